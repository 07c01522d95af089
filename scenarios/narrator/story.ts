import type { TraceRecord } from "../../sim/kernel/trace.ts";
import { type Cast, NO_CAST } from "../service/cast.ts";
import type { Fact, Told } from "./fact.ts";
import { ServiceStory } from "./service-story.ts";
import { Links } from "./links.ts";
import type { Since } from "./zab-fact.ts";
import { ZabStory } from "./zab-story.ts";
import { flagIn, numberIn, serverIn, serversIn, textIn } from "./read-record.ts";

/**
 * Reads a story off a trace: which records matter, which of them are one fact about several servers, and which are
 * only counted. It looks at nothing but the records.
 */
export class Story {
  readonly #told: Told[] = [];
  readonly #everything: boolean;
  readonly #links: Links;
  #linkRecords: number[] = [];
  #linkTimeUs = 0;
  /** Facts that are told once for a stretch of time, when something else happens. */
  readonly #summaries = new Map<string, Told>();
  readonly #failedTries = new Map<number, number>();
  /** What a server does when its role ends is recorded before that, and told after it. */
  #atRoleEnd: { record: TraceRecord; fact: Fact } | undefined;
  /** The commit that is being sent to learners. */
  #commit: { record: TraceRecord; fact: Extract<Fact, { kind: "commits" }> } | undefined;

  readonly #service: ServiceStory;
  readonly #zab = new ZabStory();
  readonly #isEnsemble: boolean;

  /** @param servers all of them. `everything`: no record is left out and none are put together. */
  constructor(servers: readonly number[], everything = false, cast: Cast = NO_CAST) {
    this.#links = new Links(servers, [...cast.clients.keys()]);
    this.#service = new ServiceStory(cast);
    this.#isEnsemble = cast.standalone === undefined;
    this.#everything = everything;
  }

  add(record: TraceRecord): void {
    if (record.kind === "link") {
      this.#addLink(record);
      return;
    }
    this.#takeLinks();
    const fact = this.#factOf(record);
    if (this.#everything) {
      this.#tell(record.time, [record.index], fact ?? aside(record));
      return;
    }
    this.#noteCommit(record, fact);
    if (fact === undefined) return;
    if (!this.#isRoleEnd(record, fact)) this.#takeRoleEnd();
    if (fact.kind === "fastForwards") this.#atRoleEnd = { record, fact };
    else this.#add(record, fact);
    if (fact.kind === "looks") this.#takeRoleEnd();
  }

  #add(record: TraceRecord, fact: Fact): void {
    if (fact.kind === "waits" || fact.kind === "lost" || fact.kind === "dialsInVain") {
      this.#count(record, fact);
    } else if (!this.#mergeIntoEarlier(record, fact)) {
      this.#takeSummaries();
      this.#tell(record.time, [record.index], fact);
    }
  }

  #factOf(record: TraceRecord): Fact | undefined {
    if (record.kind === "crash") this.#service.ended(record.server ?? -1);
    const since = this.#zab.sinceLeft(record);
    const fact = factOf(record, this.#failedTries, since ?? null);
    if (fact?.kind === "commits") fact.ofSession = this.#zab.ofSession(fact.zxid) ?? null;
    if (fact !== undefined) return fact;
    const told = this.#service.factOf(record);
    // Every write passes by both, and each has something of its own to remember.
    const zab = this.#zab.factOf(record);
    if (told !== undefined) return told;
    return record.kind === "applied" && this.#isEnsemble ? this.#zab.applied(record) : zab;
  }

  /** All that was told, once the last record is in. */
  end(): readonly Told[] {
    this.#takeLinks();
    this.#takeRoleEnd();
    this.#takeSummaries();
    return this.#everything ? this.#told : withConsequences(this.#told);
  }

  #tell(timeUs: number, records: number[], fact: Fact): void {
    this.#told.push({ timeUs, records, fact });
  }

  /** Whether a server's role ends with this, whose fast-forward is to be told. */
  #isRoleEnd(record: TraceRecord, fact: Fact): boolean {
    const held = this.#atRoleEnd?.record;
    if (held?.server !== record.server || held?.time !== record.time) return false;
    return fact.kind === "leaves" || fact.kind === "looks";
  }

  #takeRoleEnd(): void {
    const held = this.#atRoleEnd;
    if (held === undefined) return;
    this.#atRoleEnd = undefined;
    this.#takeSummaries();
    this.#tell(held.record.time, [held.record.index], held.fact);
  }

  /** A commit goes to all learners at once: its sentence says to whom, and as what. */
  #noteCommit(record: TraceRecord, fact: Fact | undefined): void {
    if (fact?.kind === "commits") {
      this.#commit = { record, fact };
      return;
    }
    const commit = this.#commit;
    if (record.kind !== "packet" || commit === undefined) return;
    const isOfIt =
      record.server === commit.record.server &&
      record.time === commit.record.time &&
      numberIn(record, "zxid") === commit.fact.zxid;
    const to = serverIn(record, "to");
    if (!isOfIt || to === null) return;
    const type = textIn(record, "type");
    if (type === "COMMIT") commit.fact.commitTo.push(to);
    if (type === "INFORM") commit.fact.informTo.push(to);
  }

  #addLink(record: TraceRecord): void {
    this.#takeRoleEnd();
    const finished = record.time === this.#linkTimeUs ? this.#links.add(record) : undefined;
    if (record.time !== this.#linkTimeUs) {
      this.#takeLinks();
      this.#links.add(record);
    } else if (finished !== undefined) {
      this.#tellLinks(finished);
    }
    this.#linkTimeUs = record.time;
    this.#linkRecords.push(record.index);
  }

  #takeLinks(): void {
    const fact = this.#links.take();
    if (fact !== undefined) this.#tellLinks(fact);
  }

  #tellLinks(fact: Fact): void {
    this.#takeSummaries();
    this.#tell(this.#linkTimeUs, this.#linkRecords, fact);
    this.#linkRecords = [];
  }

  #count(
    record: TraceRecord,
    fact: Extract<Fact, { kind: "waits" | "lost" | "dialsInVain" }>,
  ): void {
    const key = sameness(fact);
    const summary = this.#summaries.get(key);
    if (summary === undefined) {
      this.#summaries.set(key, { timeUs: record.time, records: [record.index], fact });
      return;
    }
    summary.records.push(record.index);
    join(summary.fact, fact);
  }

  #takeSummaries(): void {
    this.#told.push(...this.#summaries.values());
    this.#summaries.clear();
  }

  /**
   * Says it of one more server in a sentence that was told a moment ago, unless the server has done something else
   * since: what it did first must be told first. The steps of a write are effects and causes of each other, so that
   * nothing at all may be told between those that are put together.
   */
  #mergeIntoEarlier(record: TraceRecord, fact: Fact): boolean {
    // Between two truncations of some length, much may happen that is told in between.
    if (fact.kind === "truncates") return false;
    const key = sameness(fact);
    if (fact.kind === "acknowledges" || fact.kind === "applies") {
      const last = this.#told.at(-1);
      if (last === undefined || last.fact.kind !== fact.kind) return false;
      if (last.timeUs < record.time - MOMENT_US || sameness(last.fact) !== key) return false;
      last.records.push(record.index);
      join(last.fact, fact);
      if (record.time > last.timeUs) last.fact.untilUs = record.time;
      return true;
    }
    for (const told of this.#told.toReversed()) {
      if (told.timeUs < record.time - MOMENT_US) return false;
      if (told.fact.kind === fact.kind && sameness(told.fact) === key) {
        told.records.push(record.index);
        join(told.fact, fact);
        return true;
      }
      if (told.fact.servers.some((id) => fact.servers.includes(id))) return false;
    }
    return false;
  }
}

/** What a server does at the same moment because of what was told before it goes into the same sentence. */
function withConsequences(told: readonly Told[]): Told[] {
  const joined: Told[] = [];
  for (const next of told) {
    const before = joined.at(-1);
    const isAtOnce =
      before?.timeUs === next.timeUs && next.fact.servers.join() === before.fact.servers.join();
    if (before !== undefined && isAtOnce && isConsequence(before.fact, next.fact)) {
      before.records.push(...next.records);
    } else {
      joined.push(next);
    }
  }
  return joined;
}

/** Whoever boots or leaves a role looks for a leader at once; whose history is committed serves; who exits is gone. */
function isConsequence(before: Fact, next: Fact): boolean {
  if (next.kind === "looks" && (before.kind === "boots" || before.kind === "leaves")) {
    before.looks = next;
    return true;
  }
  if (next.kind === "serves" && before.kind === "leads") {
    before.serves = next;
    return true;
  }
  return next.kind === "crashes" && before.kind === "exits";
}

/** What happens within this time may be told in one sentence. */
const MOMENT_US = 100_000;

/** Alike for facts that differ in the servers, and in what is only counted. */
function sameness(fact: Fact): string {
  const { servers: _servers, ...rest } = fact;
  const counted = { times: 0, longestWaitMs: 0, failedTries: 0, untilUs: 0 };
  return JSON.stringify({ ...rest, ...counted });
}

function join(into: Fact, other: Fact): void {
  for (const id of other.servers) if (!into.servers.includes(id)) into.servers.push(id);
  into.servers.sort((a, b) => a - b);
  if (into.kind === "waits" && other.kind === "waits") {
    into.times += other.times;
    into.longestWaitMs = Math.max(into.longestWaitMs, other.longestWaitMs);
  }
  if (into.kind === "lost" && other.kind === "lost") into.times += other.times;
  if (into.kind === "dialsInVain" && other.kind === "dialsInVain") into.times += other.times;
  if (into.kind === "registers" && other.kind === "registers") {
    into.failedTries += other.failedTries;
  }
}

function aside(record: TraceRecord): Fact {
  return { kind: "record", servers: record.server === undefined ? [] : [record.server], record };
}

/** The fact that a record stands for; undefined for one that only matters to those who want to see everything. */
function factOf(
  record: TraceRecord,
  failedTries: Map<number, number>,
  since: Since | null,
): Fact | undefined {
  const server = record.server ?? -1;
  const servers = [server];
  const number = (field: string): number => numberIn(record, field);
  const who = (field: string): number | null => serverIn(record, field);
  switch (record.kind) {
    case "boot":
      return {
        kind: "boots",
        servers,
        acceptedEpoch: number("acceptedEpoch"),
        currentEpoch: number("currentEpoch"),
        zxid: number("zxid"),
      };
    case "crash":
      failedTries.delete(server);
      return { kind: "crashes", servers };
    case "pause":
      return { kind: "pauses", servers };
    case "resume":
      return { kind: "resumes", servers };
    case "wiped":
      return { kind: "wiped", servers };
    case "exited":
      return { kind: "exits", servers, why: textIn(record, "why") };
    case "looking":
      return {
        kind: "looks",
        servers,
        round: number("round"),
        zxid: number("zxid"),
        peerEpoch: number("peerEpoch"),
      };
    case "voteChanged":
      return {
        kind: "changesVote",
        servers,
        from: who("from"),
        round: number("round"),
        vote: {
          leader: who("leader"),
          zxid: number("zxid"),
          peerEpoch: number("peerEpoch"),
        },
        before: {
          leader: who("beforeLeader"),
          zxid: number("beforeZxid"),
          peerEpoch: number("beforePeerEpoch"),
        },
        because: textIn(record, "because"),
      };
    case "roundRaised":
      return {
        kind: "raisesRound",
        servers,
        from: who("from"),
        round: number("round"),
        before: number("before"),
      };
    case "quorumAgrees":
      return {
        kind: "quorumAgrees",
        servers,
        leader: who("leader"),
        round: number("round"),
        supporters: serversIn(record, "supporters"),
      };
    case "finalizeInterrupted":
      return { kind: "interrupted", servers, from: who("from"), leader: who("leader") };
    case "pollTimedOut":
      return {
        kind: "waits",
        servers,
        action: textIn(record, "action"),
        times: 1,
        longestWaitMs: number("nextWaitMs"),
      };
    case "elected":
      return {
        kind: "elected",
        servers,
        state: textIn(record, "state"),
        leader: who("leader"),
        zxid: number("zxid"),
        peerEpoch: number("peerEpoch"),
        round: number("round"),
        how: textIn(record, "how"),
        supporters: serversIn(record, "supporters"),
      };
    case "leaderUnreachable": {
      if (flagIn(record, "again")) {
        failedTries.set(server, number("tries"));
        return undefined;
      }
      failedTries.delete(server);
      return { kind: "givesUp", servers, leader: who("leader"), tries: number("tries") };
    }
    case "registered": {
      const failed = failedTries.get(server) ?? 0;
      failedTries.delete(server);
      return {
        kind: "registers",
        servers,
        leader: who("leader"),
        acceptedEpoch: number("acceptedEpoch"),
        failedTries: failed,
      };
    }
    case "leading":
    case "epochAcknowledged":
      return {
        kind: record.kind === "leading" ? "proposesEpoch" : "epochAcknowledged",
        servers,
        epoch: number("epoch"),
        quorum: serversIn(record, "quorum"),
      };
    case "following":
      return { kind: "follows", servers, leader: who("leader"), epoch: number("epoch") };
    case "learnerSynced":
      return {
        kind: "sendsHistory",
        servers: [who("learner") ?? -1],
        leader: server,
        mode: textIn(record, "mode"),
        zxid: number("zxid"),
        peerLastZxid: number("peerLastZxid"),
        lastProcessedZxid: number("lastProcessedZxid"),
        minCommittedLog: number("minCommittedLog"),
        proposals: number("proposals"),
      };
    case "synchronizing":
      // That there is nothing to undo goes without saying; of what is truncated, "truncated" tells.
      if (textIn(record, "mode") !== "SNAP") return undefined;
      return {
        kind: "synchronizes",
        servers,
        leader: who("leader"),
      };
    case "truncated":
      return { kind: "truncates", servers, target: number("target"), zxid: number("zxid") };
    case "newLeaderAcknowledged":
      return { kind: "hasHistory", servers, leader: who("leader"), epoch: number("epoch") };
    case "established":
      return {
        kind: "leads",
        servers,
        epoch: number("epoch"),
        quorum: serversIn(record, "quorum"),
        zxid: number("zxid"),
        since,
      };
    case "serving":
      return {
        kind: "serves",
        servers,
        state: textIn(record, "state"),
        leader: who("leader"),
        epoch: number("epoch"),
        zxid: number("zxid"),
      };
    case "committed":
      return {
        kind: "commits",
        servers,
        zxid: number("zxid"),
        quorum: serversIn(record, "quorum"),
        ofSession: null,
        commitTo: [],
        informTo: [],
      };
    case "fastForwarded":
      return { kind: "fastForwards", servers, from: number("from"), to: number("to") };
    case "learnerLost":
      return {
        kind: "losesLearner",
        servers,
        learner: who("learner"),
        why: textIn(record, "why"),
      };
    case "roleLeft":
      return {
        kind: "leaves",
        servers,
        state: textIn(record, "state"),
        why: textIn(record, "why"),
      };
    case "lost":
      // What was sent to a server that has hung up is part of every role's end.
      if (textIn(record, "why") === "connection closed") return undefined;
      return { kind: "lost", servers, why: textIn(record, "why"), times: 1 };
    default:
      return undefined;
  }
}
