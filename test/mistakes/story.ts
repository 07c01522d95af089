import { create } from "../../core/client/ops.ts";
import { epoch } from "../../core/ids.ts";
import type { LeaveReason } from "../../core/server/observations.ts";
import { rulesWith } from "../../core/server/bugs.ts";
import type { Peer, PeerConfig } from "../../core/server/peer.ts";
import type { LogEntry } from "../../core/server/service/service-port.ts";
import { treeDigest } from "../../core/tree/data-tree.ts";
import { epochOf, type Zxid } from "../../core/zxid.ts";
import { ElectionChecker, majorityOf } from "../../sim/check/election.ts";
import type { ZabProperty } from "../../sim/check/zab.ts";
import { ZabOnWorld } from "../../sim/check/zab-on-world.ts";
import type { DiskSpec } from "../../sim/disk/disk-spec.ts";
import { historyOf } from "../../sim/disk/seeded-history.ts";
import type { Action } from "../../sim/action.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";
import type { PeerProcess } from "../../sim/process/peer-process.ts";
import { type ClientSpec, type DiskContents, type ServerView, World } from "../../sim/world.ts";
import { clientSpec } from "../support/clients.ts";
import { ensemble } from "../support/ensembles.ts";

/** What a story begins with. */
export interface Opening {
  readonly voters: number;
  /**
   * The transactions on the servers' disks, by id: each a beginning of the longest. A disk is empty where nothing is
   * said.
   */
  readonly disks?: Readonly<Record<number, Seed>>;
  /** How long a force takes, in ms, by id. */
  readonly forceMs?: Readonly<Record<number, number>>;
  /** To which servers each client may go. */
  readonly clients?: Readonly<Record<string, readonly number[]>>;
  readonly seed?: number;
}

export interface Seed {
  readonly zxids: readonly Zxid[];
  /** That of the last zxid, if nothing is said. */
  readonly currentEpoch?: number;
}

/** A story as it is told: the same for servers with a bug and for those without. */
export interface Plot {
  readonly opening: Opening;
  readonly play: (story: Story) => void;
}

/** What stopped a run. */
export interface Broken {
  readonly property: string;
  readonly message: string;
}

/** Plays it with these bugs, to the first broken property; undefined: to its end, where all is well. */
export function play(
  { opening, play: steps }: Plot,
  bugs: readonly string[],
  except: readonly ZabProperty[] = [],
): Broken | undefined {
  const story = new Story(opening, bugs, except);
  try {
    steps(story);
    story.endWell();
    return undefined;
  } catch (error) {
    if (error instanceof Stopped) return error.broken;
    throw error;
  }
}

class Stopped extends Error {
  readonly broken: Broken;

  constructor(broken: Broken) {
    super(broken.message);
    this.broken = broken;
  }
}

const FIRST_CLIENT = 100;
const SESSION_TIMEOUT_MS = 30_000;
/** What a step of a story may take; waiting for initLimit more than once included. */
const PATIENCE_MS = 300_000;
/** How long it goes on in the end, when nothing happens any more: whatever was left behind shows within it. */
const PEACE_MS = 60_000;

/** One run, step by step. Each step goes on until what it says is so, and ends the story when a property is broken. */
export class Story {
  readonly world: World;
  readonly #zab: ZabOnWorld;
  readonly #election: ElectionChecker;
  readonly #clients: readonly string[];
  #nodes = 0;

  constructor(opening: Opening, bugs: readonly string[], except: readonly ZabProperty[]) {
    const { voters, clients = {}, forceMs = {}, seed = 1 } = opening;
    const peers = ensemble({ voters });
    // Whoever tells how it ends speaks to anybody.
    const named = Object.entries({ ...clients, narrator: peers.map(({ id }) => id as number) });
    this.#clients = named.map(([name]) => name);
    const disks = new Map(
      Object.entries(opening.disks ?? {}).map(([id, disk]) => [Number(id), contents(disk)]),
    );
    this.world = new World({
      seed,
      peers,
      clients: named.map(([name, servers], i) => clientOf(name, FIRST_CLIENT + i, servers, peers)),
      disks,
      // All disks are equally fast, and always, so that what is asked for first is done first.
      disk: { force: { kind: "constant", us: 1000 } },
      diskSpecs: new Map(
        Object.entries(forceMs).map(([id, ms]): [number, DiskSpec] => [
          Number(id),
          { force: { kind: "constant", us: ms * 1000 } },
        ]),
      ),
      rules: rulesWith(bugs),
      trace: "kept",
    });
    const voting = peers.map(({ id }) => id as number);
    const isQuorum = majorityOf(voting);
    const before = longestOf(disks);
    this.#zab = new ZabOnWorld(this.world, { voters: voting, isQuorum, before, except });
    this.#election = new ElectionChecker(isQuorum, this.world.trace);
  }

  // What is done.

  boot(...servers: number[]): void {
    for (const server of servers) this.#do({ do: "boot", server });
  }

  /** Boots it, and it has to be up then. */
  starts(server: number): void {
    this.boot(server);
    if (this.view(server).process === "up") return;
    const message = `${server} does not start: ${this.process(server).refused}`;
    throw new Stopped({ property: "servers join", message });
  }

  crash(...servers: number[]): void {
    for (const server of servers) this.#do({ do: "crash", server });
  }

  cut(from: number[], to: number[]): void {
    this.#do({ do: "cut", from, to });
  }

  mend(from: number[], to: number[]): void {
    this.#do({ do: "mend", from, to });
  }

  /** Their connection breaks, and what was on its way is lost. */
  reset(a: number, b: number): void {
    this.#do({ do: "reset", between: [a, b] });
  }

  /** A client comes, and opens a session that a quorum has. */
  connects(name: string): void {
    this.comes(name);
    const process = this.client(name);
    this.until(`${name} has a session`, () => process.client?.state === "CONNECTED");
  }

  /** A client comes and asks for a session; whether it will have one, the story tells. */
  comes(name: string): void {
    this.#do({ do: "boot", server: this.client(name).id });
  }

  /** A client creates a node; whether it can be done, the story tells. */
  asks(name: string): void {
    this.client(name).request(create(`/${name}-${++this.#nodes}`));
  }

  /** A client creates a node and is told that it is there. */
  writes(name: string): void {
    let done = false;
    const client = this.client(name);
    client.onDelivery = (delivery) => {
      if (delivery.kind === "completion") done = delivery.outcome.ok;
    };
    this.asks(name);
    this.until(`${name} is told that its node is there`, () => done);
    client.onDelivery = undefined;
  }

  runs(ms: number): void {
    this.#run(ms, () => false);
  }

  until(what: string, isSo: () => boolean): void {
    if (!this.#run(PATIENCE_MS, isSo))
      throw new Error(`it never happens that ${what}; ${this.situation}`);
  }

  /** These serve, all others aside. */
  serve(...servers: number[]): void {
    this.until(`${servers.join(", ")} serve`, () =>
      servers.every((id) => this.view(id).serving && this.world.leader !== undefined),
    );
  }

  /** Nobody who was elected has given up for this reason. */
  nobodyLeaves(why: LeaveReason): void {
    const { trace } = this.world;
    for (let i = 0; i < trace.count; i++) {
      const { kind, fields, server } = trace.record(i);
      if (kind !== "roleLeft" || fields["why"] !== why) continue;
      const message = `${server} leaves its role: ${why}`;
      throw new Stopped({ property: "leader activates", message });
    }
  }

  /**
   * All come back, all faults end, and all have the same tree, which a write gets to; and once more after a restart.
   */
  endWell(): void {
    const ids = this.world.processes.map(({ id }) => id as number);
    this.#do({ do: "heal" });
    this.boot(...ids.filter((id) => this.view(id).process === "down"));
    this.serve(...ids);
    for (const name of this.#clients) {
      if (this.client(name).state === "down") continue;
      this.#do({ do: "crash", server: this.client(name).id });
    }
    this.connects("narrator");
    this.writes("narrator");
    this.#equal(ids);
    this.crash(...ids);
    this.boot(...ids);
    this.serve(...ids);
    this.#run(PEACE_MS, () => false);
    this.#equal(ids);
    this.#zab.finish();
    this.#stopIfBroken();
  }

  // What there is.

  view(server: number): ServerView {
    return this.world.view(server) as ServerView;
  }

  process(server: number): PeerProcess {
    return this.world.process(server) as PeerProcess;
  }

  peer(server: number): Peer {
    const { peer } = this.process(server);
    if (peer === undefined) throw new Error(`${server} is down`);
    return peer;
  }

  client(name: string): ClientProcess {
    const found = this.world.clients.find((client) => client.name === name);
    if (found === undefined) throw new Error(`there is no client ${name}`);
    return found;
  }

  /** Whether the transaction is in the server's log, forced. */
  hasLogged(server: number, zxid: Zxid): boolean {
    const { logs } = this.process(server).disk.durableFiles;
    return logs.some(({ entries }) =>
      entries.some((stored) => stored.kind === "entry" && stored.entry.header.zxid === zxid),
    );
  }

  hasSnapshot(server: number, zxid: Zxid): boolean {
    return this.process(server)
      .disk.stored()
      .snapshots.some((stored) => stored.zxid === zxid);
  }

  /** For whoever has to find out why a story does not go on. */
  get situation(): string {
    const servers = this.world
      .views()
      .map(
        ({ id, process, state, phase, zxid, currentEpoch }) =>
          `${id} ${process} ${state} ${phase} ${zxid.toString(16)} epoch ${currentEpoch}`,
      );
    return `at ${this.world.kernel.now / 1e6} s: ${servers.join("; ")}`;
  }

  #do(action: Action): void {
    const problem = this.world.perform(action);
    if (problem !== undefined) throw new Error(`${problem}; ${this.situation}`);
    this.#stopIfBroken();
  }

  #run(ms: number, isSo: () => boolean): boolean {
    const untilTime = this.world.kernel.now + ms * 1000;
    let isOver = isSo();
    if (!isOver) {
      this.world.run({
        untilTime,
        until: () => this.#broken() !== undefined || (isOver = isSo()),
      });
    }
    this.#stopIfBroken();
    return isOver;
  }

  #stopIfBroken(): void {
    const broken = this.#broken();
    if (broken !== undefined) throw new Stopped(broken);
  }

  #broken(): Broken | undefined {
    this.#election.readOn();
    return this.#election.violations[0] ?? this.#zab.violation;
  }

  #equal(ids: readonly number[]): void {
    const digests = (): Set<string> =>
      new Set(ids.map((id) => treeDigest(this.peer(id).database.tree)));
    this.until("all have the same tree", () => digests().size === 1);
  }
}

function contents({ zxids, currentEpoch }: Seed): DiskContents {
  const last = epochOf(zxids.at(-1) ?? (0 as Zxid));
  const of = epoch(currentEpoch ?? last);
  return { currentEpoch: of, acceptedEpoch: of, files: historyOf(zxids) };
}

function longestOf(disks: ReadonlyMap<number, DiskContents>): LogEntry[] {
  let longest: LogEntry[] = [];
  for (const { files } of disks.values()) {
    const stored = (files?.logs ?? []).flatMap(({ entries }) => entries);
    const entries = stored.flatMap((one) => (one.kind === "entry" ? [one.entry] : []));
    if (entries.length > longest.length) longest = entries;
  }
  return longest;
}

function clientOf(
  name: string,
  id: number,
  servers: readonly number[],
  peers: readonly PeerConfig[],
): ClientSpec {
  const hosts = peers
    .filter((peer) => servers.includes(peer.id))
    .map(({ clientAddress }) => clientAddress);
  return clientSpec(id, hosts, { name, sessionTimeoutMs: SESSION_TIMEOUT_MS });
}
