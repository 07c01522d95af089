import type { Zxid } from "../../core/zxid.ts";
import { Random } from "../../sim/kernel/prng.ts";
import type { World } from "../../sim/world.ts";
import {
  type CaseAction,
  type Course,
  type EnsembleCase,
  type Observed,
  type ServerName,
} from "./ensemble-case.ts";
import {
  comparePhase,
  type CurrentVotes,
  compareSettled,
  compareZxid,
} from "./ensemble-compare.ts";
import { bootClient, clientOf, requestCreates, worldFor } from "./ensemble-world.ts";

/** `settle` polls, and takes this long at least. */
const SETTLE_MS = 1000;
const SETTLE_LIMIT_MS = 120_000;
const WRITE_LIMIT_MS = 60_000;

/** Between one action and the next at least, which is enough for every disk. */
const PAUSE_MS = 200;

const START_MS = 1000;
const LONGEST_START_MS = 3000;
/** What lies between two actions is not in the recordings either: mostly little, sometimes a poll or two. */
const LONGEST_DELAYS_MS = [50, 500, 1500, 4000];

export interface Difference {
  readonly phase: number;
  readonly text: string;
}

/** One run of a recorded case, for one course of events and one timing of each of its phases. */
export class CaseRun {
  readonly #recorded: EnsembleCase;
  readonly #course: Course;
  readonly #world: World;
  readonly #ids: readonly number[];
  readonly #timings: readonly number[];
  /** Draws what is not in the recording; undefined: nothing is drawn. */
  #timing: Random | undefined;
  /** The last zxid that each server applied. */
  readonly #applied: { readonly server: number; readonly txn: string; readonly zxid: Zxid }[] = [];
  /** The vote that each observer had last. */
  readonly #votes: CurrentVotes = new Map();
  #lastKilled = 0;
  #writes = 0;
  readonly #differences: Difference[] = [];
  #phase = -1;

  /** @param timings which draw of its timing each phase has; 0 for none. */
  constructor(recorded: EnsembleCase, course: Course, timings: readonly number[]) {
    this.#timings = timings;
    this.#recorded = recorded;
    this.#course = course;
    this.#world = worldFor(recorded, 1 + (timings[0] ?? 0));
    this.#ids = this.#world.processes.map((process) => process.id);
    this.#world.onServiceObservation = (node, observation) => {
      if (observation.kind !== "applied") return;
      const { header, txn } = observation;
      const server = this.#ids[node] ?? 0;
      this.#applied.push({ server, txn: txn.kind, zxid: header.zxid });
    };
  }

  play(): readonly Difference[] {
    const { phases, observed } = this.#course;
    let from = 0;
    for (const [index, action] of this.#recorded.actions.entries()) {
      const next = this.#phase + 1;
      if (phases[next]?.afterAction === index) {
        this.#endPhase(from);
        from = this.#world.trace.count;
        this.#beginPhase(next);
      }
      this.#perform(action, observed[index] ?? {});
    }
    this.#endPhase(from);
    return this.#differences;
  }

  #beginPhase(phase: number): void {
    const timing = this.#timings[phase] ?? 0;
    this.#phase = phase;
    this.#timing = timing === 0 ? undefined : Random.fromSeed(timing).split(`timing/${phase}`);
    if (this.#timing === undefined) return;
    this.#run(this.#timing.int(0, LONGEST_DELAYS_MS[timing % LONGEST_DELAYS_MS.length] ?? 0));
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
        this.#write(action.n, this.#resolve(action.via, observed), observed);
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
      return expected.every((id) => this.#world.view(id)?.serving === true);
    };
    this.#runUntil(settled, SETTLE_LIMIT_MS);
    if (!settled()) this.#differ(`did not settle: ${this.#describe()}`);
    this.#run(SETTLE_MS);
    for (const text of compareSettled(this.#world, observed)) this.#differ(text);
  }

  /** A client opens a session, makes its nodes one after another and closes the session. */
  #write(n: number, via: number, observed: Observed): void {
    const world = this.#world;
    const client = clientOf(world, via);
    const from = this.#applied.length;
    bootClient(world, via);
    this.#runUntil(() => client.client?.state === "CONNECTED", WRITE_LIMIT_MS);
    requestCreates(client, `case-${++this.#writes}`, n);
    client.request({ kind: "close" });
    this.#runUntil(() => client.client?.state === "CLOSED", WRITE_LIMIT_MS);
    this.#run(PAUSE_MS);
    const own = this.#applied.slice(from).filter(({ server }) => server === via);
    const created = own.filter(({ txn }) => txn === "create").map(({ zxid }) => zxid);
    const zxidOf = (txn: string): Zxid | undefined => own.find((one) => one.txn === txn)?.zxid;
    this.#compare("session", zxidOf("createSession"), observed.sessionZxid);
    this.#compare("first node", created[0], observed.first);
    this.#compare("last node", created.at(-1), observed.last);
    this.#compare("end of the session", zxidOf("closeSession"), observed.closeZxid);
  }

  /** A session is opened, the followers die, the leader logs what it can't commit, and dies. */
  #loneWrite(n: number, observed: Observed): void {
    const world = this.#world;
    const leader = this.#resolve("leader", observed);
    const client = clientOf(world, leader);
    const from = this.#applied.length;
    bootClient(world, leader);
    this.#runUntil(() => client.client?.state === "CONNECTED", WRITE_LIMIT_MS);
    this.#run(SETTLE_MS);
    const session = this.#applied.slice(from).find(({ txn }) => txn === "createSession");
    this.#compare("session", session?.zxid, observed.sessionZxid);
    this.#crash(this.#running().filter((id) => id !== leader));
    const last = ((session?.zxid ?? 0) + n) as Zxid;
    requestCreates(client, `case-${++this.#writes}`, n);
    this.#runUntil(() => lastDurable(world, leader) === last, WRITE_LIMIT_MS);
    if (lastDurable(world, leader) !== last) this.#differ("the lone leader has not logged all");
    this.#crash([leader]);
  }

  #compare(what: string, zxid: Zxid | undefined, recorded: Observed["first"]): void {
    const text = compareZxid(what, zxid, recorded);
    if (text !== undefined) this.#differ(text);
  }

  #boot(ids: readonly number[]): void {
    let longest = 0;
    for (const id of ids) {
      const start = this.#timing?.int(START_MS, LONGEST_START_MS) ?? START_MS;
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
              : Number(name);
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

  #runUntil(until: () => boolean, limitMs: number): void {
    this.#world.run({ untilTime: this.#world.kernel.now + limitMs * 1000, until });
  }

  /** Compares what the phase's records say with what was recorded. */
  #endPhase(from: number): void {
    const phase = this.#course.phases[this.#phase];
    if (phase === undefined) return;
    const records = [...this.#world.trace.records(from)];
    const observers = this.#recorded.observers ?? [];
    for (const text of comparePhase(phase, records, this.#ids, observers, this.#votes))
      this.#differ(text);
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

/** What a crash now would leave in a server's log. */
function lastDurable(world: World, id: number): Zxid | undefined {
  const entry = world.process(id)?.disk.durableFiles.logs.at(-1)?.entries.at(-1);
  return entry?.kind === "entry" ? entry.entry.header.zxid : undefined;
}
