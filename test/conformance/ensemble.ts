import { parseZooCfg } from "../../core/config/zoo-cfg.ts";
import { epoch } from "../../core/ids.ts";
import type { Durable, PeerConfig } from "../../core/server/peer.ts";
import { peersOf } from "../../core/server/peer-config.ts";
import { counterOf, formatZxid, parseZxid, type Zxid, ZERO_ZXID } from "../../core/zxid.ts";
import { Random } from "../../sim/kernel/prng.ts";
import type { TraceRecord } from "../../sim/kernel/trace.ts";
import { networkOf } from "../../sim/network/link.ts";
import { FRESH_DISK, World } from "../../sim/world.ts";
import {
  type CaseAction,
  type Course,
  coursesOf,
  type EnsembleCase,
  type Observed,
  type ObservedServer,
  type Phase,
  possible,
  type RecordedVote,
  type ServerName,
} from "./ensemble-case.ts";

/**
 * Runs a recorded ensemble case in the simulated world and compares, phase by phase, who was elected and how each
 * server voted.
 *
 * Elections are simulated from beginning to end. What synchronisation and broadcast do between them is not simulated
 * yet, so it is taken from the recording: after each `settle` and `write`, servers get the zxids and epochs that
 * the real ones had. Every vote of every phase is then the election's own doing.
 */

/** What a case came to: differences per phase, for the course of events that fits best. */
export interface EnsembleVerdict {
  readonly phases: number;
  readonly agreed: number;
  readonly differences: readonly string[];
}

/** Settings of all recordings; a hop takes what it takes on one host. */
const SETTINGS = "tickTime=500\ninitLimit=20\nsyncLimit=8\ndataDir=/data\nclientPort=2181\n";
/** `settle` polls, and takes this long at least. */
const SETTLE_MS = 1000;
const SETTLE_LIMIT_MS = 120_000;

/**
 * How long a real process took from its start to its first vote is not in the recordings, and on a busy machine it was
 * anything from a second to three. So a case agrees if it does for one of these timings: first the same second for
 * everybody, then drawn ones.
 */
const TIMINGS = 24;
const START_MS = 1000;
const LONGEST_START_MS = 3000;

export function checkEnsembleCase(recorded: EnsembleCase): EnsembleVerdict {
  let best: EnsembleVerdict | undefined;
  for (let timing = 0; timing < TIMINGS; timing++) {
    for (const course of coursesOf(recorded)) {
      const verdict = checkCourse(recorded, course, timing);
      if (best === undefined || verdict.differences.length < best.differences.length)
        best = verdict;
      if (best.differences.length === 0) return best;
    }
  }
  if (best === undefined) throw new Error(`case ${recorded.id} has no course of events`);
  return best;
}

function checkCourse(recorded: EnsembleCase, course: Course, timing: number): EnsembleVerdict {
  const run = new CaseRun(recorded, course, timing);
  const differences: string[] = [];
  const disagreeing = new Set<number>();
  for (const difference of run.play()) {
    differences.push(difference.text);
    disagreeing.add(difference.phase);
  }
  const phases = course.phases.length;
  return { phases, agreed: phases - disagreeing.size, differences };
}

interface Difference {
  readonly phase: number;
  readonly text: string;
}

class CaseRun {
  readonly #recorded: EnsembleCase;
  readonly #course: Course;
  readonly #world: World;
  readonly #ids: readonly number[];
  #starts: Random | undefined;
  #lastKilled = 0;
  #lastSettle: Observed | undefined;
  #differences: Difference[] = [];
  #phase = -1;

  constructor(recorded: EnsembleCase, course: Course, timing: number) {
    if (timing > 0) this.#starts = Random.fromSeed(timing).split("starts");
    this.#recorded = recorded;
    this.#course = course;
    const peers = peersFor(recorded);
    this.#ids = peers.map((peer) => peer.id);
    this.#world = new World({
      seed: 1,
      peers,
      disks: disksFor(recorded),
      network: networkOf("loopback"),
      trace: "kept",
    });
  }

  play(): readonly Difference[] {
    const { phases, observed } = this.#course;
    let from = 0;
    for (const [index, action] of this.#recorded.actions.entries()) {
      const next = this.#phase + 1;
      if (phases[next]?.afterAction === index) {
        this.#endPhase(from);
        from = this.#world.trace.count;
        this.#phase = next;
      }
      this.#perform(action, observed[index] ?? {});
    }
    this.#endPhase(from);
    return this.#differences;
  }

  #perform(action: CaseAction, observed: Observed): void {
    switch (action.do) {
      case "start":
        this.#boot([this.#resolve(action.server, observed)]);
        return;
      case "startAll":
        this.#boot(action.servers ?? this.#ids);
        return;
      case "kill":
      case "stop":
        this.#crash([this.#resolve(action.server, observed)]);
        return;
      case "killAll":
        this.#crash(this.#running());
        return;
      case "wait":
        this.#run(action.ms);
        return;
      case "settle":
        this.#settle(action.except ?? [], observed);
        return;
      case "write":
        this.#run(SETTLE_MS);
        this.#give(this.#running(), firstZxid(observed.closeZxid));
        return;
      case "loneWrite":
        this.#loneWrite(action.n, observed);
        return;
    }
  }

  /** Until there is one leader and all others serve; or, without a quorum, until nobody does. */
  #settle(except: readonly number[], observed: Observed): void {
    const expected = this.#running().filter((id) => !except.includes(id));
    const settled = (): boolean => {
      const { leader } = this.#world;
      if (leader === undefined) return observed.leader === null;
      return expected.every((id) => this.#world.view(id)?.follows === leader.id);
    };
    const limit = this.#world.kernel.now / 1000 + SETTLE_LIMIT_MS;
    this.#world.run({ untilTime: limit * 1000, until: settled });
    if (!settled()) {
      this.#differ(`did not settle: ${this.#describe()}`);
    }
    this.#run(SETTLE_MS);
    const leader = this.#world.leader?.id ?? null;
    if (leader !== (observed.leader ?? null)) {
      this.#differ(`settled on leader ${leader}, recorded ${observed.leader ?? null}`);
    }
    this.#lastSettle = observed;
    for (const [id, server] of Object.entries(observed.servers ?? {}))
      this.#sync(Number(id), server);
  }

  /** Gives a server what synchronisation left it with. */
  #sync(id: number, server: ObservedServer): void {
    const process = this.#world.process(id);
    if (process === undefined || process.state === "down" || server.zxid === undefined) return;
    const acceptedEpoch = possible(server.acceptedEpoch)[0];
    const currentEpoch = possible(server.currentEpoch)[0];
    if (acceptedEpoch === null || acceptedEpoch === undefined) return;
    if (currentEpoch === null || currentEpoch === undefined) return;
    const inMemory: Durable = {
      acceptedEpoch: epoch(acceptedEpoch),
      currentEpoch: epoch(currentEpoch),
      lastZxid: firstZxid(server.zxid),
    };
    const { durable } = process.disk;
    if (!possible(server.acceptedEpoch).includes(durable.acceptedEpoch)) {
      this.#differ(`${id} accepted epoch ${durable.acceptedEpoch}, recorded ${acceptedEpoch}`);
    }
    // A leader's (epoch, 0) is in its memory alone (zab.md 8.5); a snapshot from a serving leader is on disk.
    const phantom = server.mode === "leader" && counterOf(inMemory.lastZxid) === 0;
    const onDisk = phantom ? { ...inMemory, lastZxid: durable.lastZxid } : inMemory;
    process.adoptHistory(onDisk, inMemory);
  }

  /** Gives servers a last zxid, on disk and in memory: what a broadcast that reached them left. */
  #give(ids: readonly number[], zxid: Zxid): void {
    for (const id of ids) {
      const process = this.#world.process(id);
      const server = this.#lastSettle?.servers?.[id];
      if (process?.peer === undefined || server?.zxid === undefined) continue;
      process.adoptHistory({ ...process.disk.durable, lastZxid: zxid });
    }
  }

  /** A session is opened, the followers die, the leader logs what it can't commit, and dies. */
  #loneWrite(n: number, observed: Observed): void {
    const leader = this.#resolve("leader", observed);
    const session = firstZxid(observed.sessionZxid);
    this.#run(SETTLE_MS);
    this.#give(this.#running(), session);
    this.#crash(this.#running().filter((id) => id !== leader));
    this.#give([leader], (session + n) as Zxid);
    this.#crash([leader]);
  }

  #boot(ids: readonly number[]): void {
    let longest = 0;
    for (const id of ids) {
      const start = this.#starts?.int(START_MS, LONGEST_START_MS) ?? START_MS;
      longest = Math.max(longest, start);
      this.#world.schedule(start * 1000, { do: "boot", server: id });
    }
    this.#run(longest);
  }

  #crash(ids: readonly number[]): void {
    for (const id of ids) {
      const problem = this.#world.perform({ do: "crash", server: id });
      if (problem !== undefined) this.#differ(problem);
      this.#lastKilled = id;
    }
  }

  #resolve(name: ServerName, observed: Observed): number {
    const leader = this.#world.leader?.id ?? 0;
    const followers = this.#running().filter(
      (id) => id !== leader && this.#world.view(id)?.type === "PARTICIPANT",
    );
    const found =
      name === "leader"
        ? leader
        : name === "lowFollower"
          ? Math.min(...followers)
          : name === "highFollower"
            ? Math.max(...followers)
            : name === "lastKilled"
              ? this.#lastKilled
              : name;
    if (observed.server !== undefined && observed.server !== found) {
      this.#differ(`${name} is ${found}, recorded ${observed.server}`);
      return observed.server;
    }
    return found;
  }

  #running(): number[] {
    return this.#ids.filter((id) => this.#world.process(id)?.state === "up");
  }

  #run(ms: number): void {
    this.#world.run({ untilTime: this.#world.kernel.now + ms * 1000 });
  }

  /** Compares what the phase's records say with what was recorded. */
  #endPhase(from: number): void {
    const phase = this.#course.phases[this.#phase];
    if (phase === undefined) return;
    const records = [...this.#world.trace.records(from)];
    this.#compareElected(phase, records);
    const votes = ownVotes(records, this.#recorded.observers ?? []);
    for (const id of this.#ids) this.#compareVotes(phase, id, votes.get(id) ?? []);
  }

  #compareElected(phase: Phase, records: readonly TraceRecord[]): void {
    const elected = records
      .filter((r) => r.kind === "elected" && r.fields["state"] === "LEADING")
      .map((r) => r.server);
    const expected = phase.elected === undefined ? [] : [phase.elected];
    if (elected.join() !== expected.join()) {
      this.#differ(
        `elected ${elected.join(" then ") || "nobody"}, recorded ${phase.elected ?? "nobody"}`,
      );
    }
  }

  #compareVotes(phase: Phase, id: number, votes: readonly RecordedVote[]): void {
    const last = votes.at(-1) ?? null;
    const finals = possible(phase.finalVote?.[id] ?? null);
    if (!finals.some((final) => showVote(final) === showVote(last))) {
      const recorded = finals.map(showVote).join(" or ");
      this.#differ(`${id}'s final vote is ${showVote(last)}, recorded ${recorded}`);
    }
  }

  #describe(): string {
    return this.#world
      .views()
      .map((v) => `${v.id} ${v.state ?? "down"}`)
      .join(", ");
  }

  #differ(text: string): void {
    const { afterAction } = this.#course.phases[this.#phase] ?? { afterAction: 0 };
    this.#differences.push({
      phase: this.#phase,
      text: `phase after action ${afterAction}: ${text}`,
    });
  }
}

/**
 * The votes that each server gave out for itself, without repetitions: those that it sent to itself among others,
 * which is what the recordings took from the servers' logs. An observer sends itself nothing, so its votes are told
 * by when it began, changed or repeated them.
 */
function ownVotes(
  records: readonly TraceRecord[],
  observers: readonly number[],
): Map<number, RecordedVote[]> {
  const votes = new Map<number, RecordedVote[]>();
  const current = new Map<number, RecordedVote>();
  for (const { kind, server, fields } of records) {
    if (server === undefined) continue;
    const own = votes.get(server) ?? [];
    const give = (vote: RecordedVote | undefined): void => {
      if (vote === undefined || showVote(own.at(-1) ?? null) === showVote(vote)) return;
      own.push(vote);
      votes.set(server, own);
    };
    if (!observers.includes(server)) {
      if (kind === "notification" && fields["to"] === server && fields["state"] === "LOOKING") {
        give(voteOf(fields["leader"] as number, fields));
      }
    } else if (kind === "looking" || kind === "voteChanged") {
      const vote = voteOf(kind === "looking" ? NOBODY : Number(fields["leader"] ?? NOBODY), fields);
      current.set(server, vote);
      give(vote);
    } else if (kind === "pollTimedOut" && fields["action"] === "resent") {
      give(current.get(server));
    }
  }
  return votes;
}

/** Below every id that a server can have. */
const NOBODY = Number.MIN_SAFE_INTEGER;

function voteOf(leader: number, fields: TraceRecord["fields"]): RecordedVote {
  return [
    leader,
    formatZxid(Number(fields["zxid"])),
    `0x${Number(fields["round"]).toString(16)}`,
    formatZxid(Number(fields["peerEpoch"])),
  ];
}

/** Nobody is −2^63 in the recording, whose digits JavaScript's numbers round. */
function showVote(vote: RecordedVote | null): string {
  if (vote === null) return "none";
  const [leader, zxid, round, peerEpoch] = vote;
  return `${leader < 0 ? "nobody" : leader} (zxid ${zxid}, round ${round}, epoch ${peerEpoch})`;
}

function peersFor(recorded: EnsembleCase): PeerConfig[] {
  const lines = Array.from({ length: recorded.servers }, (_, i) => {
    const type = recorded.observers?.includes(i + 1) === true ? ":observer" : "";
    return `server.${i + 1}=127.0.0.1:${2888 + i}:${3888 + i}${type}\n`;
  });
  const result = parseZooCfg(SETTINGS + lines.join(""), { configPath: "/zoo.cfg", myid: "1" });
  if (!result.accepted)
    throw new Error(`the case's zoo.cfg is refused: ${result.errors[0]?.message}`);
  return peersOf(result.config);
}

function disksFor(recorded: EnsembleCase): Map<number, Durable> {
  const disks = new Map<number, Durable>();
  for (const [id, seed] of Object.entries(recorded.seeds ?? {})) {
    const last = seed.zxids.at(-1);
    disks.set(Number(id), {
      ...FRESH_DISK,
      currentEpoch: epoch(seed.currentEpoch),
      acceptedEpoch: epoch(seed.acceptedEpoch),
      lastZxid: last === undefined ? ZERO_ZXID : firstZxid(last),
    });
  }
  return disks;
}

function firstZxid(recorded: Observed["closeZxid"]): Zxid {
  const text = recorded === undefined ? undefined : possible(recorded)[0];
  const zxid = text === undefined ? undefined : parseZxid(text);
  if (zxid === undefined) throw new Error(`${text} is no zxid`);
  return zxid;
}
