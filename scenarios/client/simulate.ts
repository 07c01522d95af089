import type { ClientDelivery } from "../../core/client/client-port.ts";
import type { ClientConfig } from "../../core/client/client-state.ts";
import { formatHostPort } from "../../core/client/connect-string.ts";
import { isQuorum } from "../../core/quorum/verifier.ts";
import type { Action, ServerRef } from "../../sim/action.ts";
import { EVENT } from "../../sim/events.ts";
import type { TraceLevel } from "../../sim/kernel/trace.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";
import { type ServerView, World } from "../../sim/world.ts";
import { Checks } from "../checks.ts";
import { partition } from "../partition.ts";
import type { ClientHost, HostedClient } from "./client-host.ts";
import {
  expectBoolean,
  expectFields,
  expectFunction,
  expectList,
  expectMs,
  expectObject,
  expectOneOf,
  expectText,
  expectWhole,
  shown,
} from "./door.ts";
import { expectAction } from "./expect-action.ts";
import { LATENCY_OPTIONS, type LatencyOptions, latencyOf } from "./latency.ts";
import { Ledger, type Settle } from "./ledger.ts";
import { type Pump, runAsync } from "./run-async.ts";
import { SERVER_OPTIONS, type ServerOptions, type Servers, serversOf } from "./servers.ts";
import { sleep } from "./sleep.ts";
import { ViolationError } from "./violation-error.ts";
import { connect, type ConnectOptions, ZooKeeper } from "./zookeeper.ts";

/** What a program of promises runs against. Everything has a default. */
export interface SimulateOptions extends ServerOptions, LatencyOptions {
  readonly seed?: number;
  readonly trace?: TraceLevel;
  /**
   * Whether an ensemble is judged, while it runs, by what ZooKeeper's protocols promise. True, unless it is told not
   * to; the trace is kept then.
   */
  readonly check?: boolean;
  /** Puts every message through the bytes of the wire. The run is the same, and slower. */
  readonly codec?: boolean;
  /** How many clients may be made in all. */
  readonly maxClients?: number;
  /** After so many events the run is given up. */
  readonly maxEvents?: number;
}

const OPTIONS = [
  "seed",
  "trace",
  "check",
  "codec",
  "maxClients",
  "maxEvents",
  ...SERVER_OPTIONS,
  ...LATENCY_OPTIONS,
] as const satisfies readonly (keyof SimulateOptions)[];
const TRACE_LEVELS: readonly TraceLevel[] = ["off", "hash", "kept"];
const CLIENT_ACTIONS = ["crash", "pause", "resume"] as const;

const DEFAULT_SEED = 1;
const FIRST_CLIENT = 1001;
const DEFAULT_CLIENTS = 16;
/** Longer than any disk takes for an empty snapshot, and an election after it. */
const START_LIMIT_US = 60_000_000;
/** The most that a trace can tell apart. */
const MOST_NODES = 254;
const MOST_CLIENTS = 250;
const DEFAULT_PATIENCE_MS = 60_000;

/** Who is at one end of a link: a server by its id, or as whoever leads; or a client. */
export type Machine = ServerRef | ZooKeeper;

export interface ServerConnectOptions extends ConnectOptions {
  readonly chroot?: string;
  /** To which servers it may go, by their ids; to all of them unless said otherwise. */
  readonly servers?: readonly number[];
}

/** What can be done to one process. */
type ProcessAction = Extract<Action, { readonly server: ServerRef }>;

interface Wait {
  readonly isSo: () => boolean;
  readonly settle: Settle<void>;
}

/** A simulated world with ZooKeeper's servers in it, as the program inside sees it. */
export class Simulation implements ClientHost, Pump {
  readonly ledger = new Ledger();
  /** To look at. What is awaited is best asked for with `until`: of a hook on the world nobody knows here. */
  readonly world: World;
  /** The ids of the servers, ascending. */
  readonly servers: readonly number[];
  readonly #seed: number;
  readonly #addresses: Servers["addresses"];
  readonly #checks: Checks | undefined;
  #started = 0;
  readonly #processes = new Map<ZooKeeper, ClientProcess>();
  readonly #waits = new Set<Wait>();

  constructor(options: SimulateOptions = {}) {
    expectFields("simulate", options, OPTIONS);
    const { seed = DEFAULT_SEED, trace = "hash", codec = false, maxEvents = 1 } = options;
    expectWhole("simulate.seed", seed, 0, Number.MAX_SAFE_INTEGER);
    expectOneOf("simulate.trace", trace, TRACE_LEVELS);
    expectBoolean("simulate.codec", codec);
    expectWhole("simulate.maxEvents", maxEvents, 1, Number.MAX_SAFE_INTEGER);
    const latency = latencyOf(options);
    const { peers, standalone, addresses, rules } = serversOf(options);
    const isChecked = expectCheck(options, standalone === undefined);
    const { maxClients = DEFAULT_CLIENTS } = options;
    const most = Math.min(MOST_CLIENTS, MOST_NODES - peers.length);
    expectWhole("simulate.maxClients", maxClients, 1, most);
    this.servers = standalone === undefined ? peers.map(({ id }) => id) : [standalone.id];
    this.#seed = seed;
    this.#addresses = addresses;
    const firstClient = Math.max(FIRST_CLIENT, ...this.servers.map((id) => id + 1));
    this.world = new World({
      seed: this.#seed,
      peers,
      ...(standalone === undefined ? {} : { standalone }),
      ...(rules === undefined ? {} : { rules }),
      clients: Array.from({ length: maxClients }, (_, i) => ({
        id: firstClient + i,
        name: `client ${i + 1}`,
        // Said when somebody connects.
        config: UNUSED,
      })),
      codec,
      trace: isChecked ? "kept" : trace,
      // It is for the program to end; `maxEvents` is for those that do not.
      bounds: { maxEvents: Infinity, maxTime: Infinity },
      ...latency,
    });
    if (isChecked) this.#checks = new Checks(this.world, []);
    this.world.kernel.handle(EVENT.wake, (_target, _ref, wake) => (wake as () => void)());
    for (const server of this.servers) this.world.perform({ do: "boot", server });
    // Until then they turn clients away.
    const serve = (): boolean => this.servers.every((id) => this.#serves(id));
    this.world.run({ until: serve, untilTime: START_LIMIT_US });
  }

  /** A new client, which looks for a server by itself; operations may be called at once. */
  connect(options: ServerConnectOptions = {}): ZooKeeper {
    this.ledger.expectRunning();
    expectObject("connect", options);
    const { servers = [...this.#addresses.keys()], chroot = "", ...rest } = options;
    expectList("connect.servers", servers, "ids");
    expectText("connect.chroot", chroot);
    if (servers.length === 0) throw new RangeError("connect.servers: expected at least one server");
    const hosts = servers.map((id) => {
      this.#expectServer("connect.servers", id);
      const address = this.#addresses.get(id);
      if (address !== undefined) return formatHostPort(address);
      throw new RangeError(`connect.servers: server ${id} has no client port`);
    });
    const process = this.world.clients[this.#started];
    const zk = connect(this, `${hosts.join(",")}${chroot}`, rest);
    if (process !== undefined) this.#processes.set(zk, process);
    return zk;
  }

  /** Waits for so many ms of virtual time. */
  sleep(ms: number): Promise<void> {
    return sleep(this, ms);
  }

  /** Milliseconds of virtual time since the world began. */
  get now(): number {
    return Math.floor(this.world.kernel.now / 1000);
  }

  /** The trace hash so far. */
  get hash(): string {
    return this.world.trace.digest();
  }

  // What there is to know about the servers.

  /** Who leads, once it has a quorum behind it; undefined if nobody does. A standalone server, while it serves. */
  get leader(): number | undefined {
    const { standalone } = this.world;
    if (standalone === undefined) return this.world.leader?.id;
    return this.#serves(standalone.id) ? standalone.id : undefined;
  }

  /** Whether the server serves reads and writes: by itself, as the leader, or as one of those who follow one. */
  isServing(server: ServerRef): boolean {
    return this.#serves(this.#server("isServing", server));
  }

  /** How a server of an ensemble stands: its state, vote, epochs and zxid. */
  view(server: ServerRef): ServerView {
    const view = this.world.view(this.#server("view", server));
    if (view === undefined) throw new RangeError("view: only the servers of an ensemble have one");
    return view;
  }

  /** The server that a client has its session with; undefined while it looks for one. */
  serverOf(zk: ZooKeeper): number | undefined {
    const { client } = this.#processOf(zk);
    if (client?.phase !== "established" || client.connection === undefined) return undefined;
    return this.servers[this.world.network.otherNode(client.connection)];
  }

  /** Waits until a client has its session with a server, whose id it gives. */
  async untilConnected(zk: ZooKeeper, options: Patience = {}): Promise<number> {
    expectFields("untilConnected", options, ["withinMs"]);
    let server: number | undefined;
    const isSo = (): boolean => (server = this.serverOf(zk)) !== undefined;
    await this.until(isSo, { ...options, what: "the client has found a server" });
    return server as unknown as number;
  }

  /**
   * Waits until a quorum serves clients under one leader, whose id it gives. Others may not have come so far: see
   * `isServing`. Who has just been cut off does not know it yet, and counts.
   */
  async untilServing(options: Patience = {}): Promise<number> {
    expectFields("untilServing", options, ["withinMs"]);
    let leader: number | undefined;
    let seen = -1;
    const isSo = (): boolean => {
      const { changes } = this.world;
      // A standalone server begins to serve without letting it be known.
      if (changes === seen && this.world.standalone === undefined) return false;
      seen = changes;
      leader = this.#leaderOfQuorum();
      return leader !== undefined;
    };
    await this.until(isSo, { ...options, what: "a quorum serves clients" });
    return leader as unknown as number;
  }

  /** Waits until it is so; asks after every event of the simulation. */
  async until(
    isSo: () => boolean,
    options: Patience & { readonly what?: string } = {},
  ): Promise<void> {
    expectFunction("until", isSo);
    expectFields("until", options, ["withinMs", "what"]);
    const { withinMs = DEFAULT_PATIENCE_MS, what = "what a program waits for" } = options;
    expectMs("until.withinMs", withinMs);
    expectText("until.what", what);
    await this.ledger.promise(what, (settle: Settle<void>) => {
      const wait = { isSo, settle };
      this.#waits.add(wait);
      if (this.#look(wait)) return;
      this.after(withinMs, () => {
        if (!this.#waits.delete(wait)) return;
        settle.reject(
          new Error(
            `${withinMs} ms of virtual time have gone by, and it is not so that ${what}; ${this.#situation()}`,
          ),
        );
      });
    });
  }

  // What can be done to the servers.

  /** Starts a server that is down. Gives its id, as all of these do. */
  boot(server: ServerRef): number {
    return this.#toServer("boot", server);
  }

  /** Its process ends at once; what it had not forced to its disk is gone, or some of it. */
  crash(server: ServerRef): number {
    return this.#toServer("crash", server);
  }

  restart(server: ServerRef): number {
    return this.#toServer("restart", server);
  }

  /** It stands still, as in a long garbage collection; its connections stand, and clocks go on. */
  pause(server: ServerRef): number {
    return this.#toServer("pause", server);
  }

  resume(server: ServerRef): number {
    return this.#toServer("resume", server);
  }

  /** A server that is down loses all that is on its disk, as if a new machine took its place. */
  wipe(server: ServerRef): number {
    return this.#toServer("wipe", server);
  }

  /** The program behind a client dies without a word, stands still, or goes on. Its promises stay open for ever. */
  client(zk: ZooKeeper, what: (typeof CLIENT_ACTIONS)[number]): void {
    this.ledger.expectRunning();
    expectOneOf("client", what, CLIENT_ACTIONS);
    this.perform({ do: what, server: this.#processOf(zk).id });
  }

  // What can be done to the network. A link joins two servers, or a client and a server.

  /** Nothing gets through from here to there, and nobody is told; nor back, unless it is one way. */
  cut(from: Machine | readonly Machine[], to: Machine | readonly Machine[], way?: OneWay): void {
    this.#toLinks("cut", from, to, way);
  }

  mend(from: Machine | readonly Machine[], to: Machine | readonly Machine[], way?: OneWay): void {
    this.#toLinks("mend", from, to, way);
  }

  /** What is sent waits, until the link is unclogged; then it comes out, in its order. */
  clog(from: Machine | readonly Machine[], to: Machine | readonly Machine[], way?: OneWay): void {
    this.#toLinks("clog", from, to, way);
  }

  unclog(from: Machine | readonly Machine[], to: Machine | readonly Machine[], way?: OneWay): void {
    this.#toLinks("unclog", from, to, way);
  }

  /** Breaks the connections between two, and leaves the link as it is. */
  reset(a: Machine, b: Machine): void {
    this.ledger.expectRunning();
    const between = [this.#idOf("reset", a), this.#idOf("reset", b)] as const;
    this.#expectLink("reset", [between[0]], [between[1]]);
    this.perform({ do: "reset", between });
  }

  /**
   * Cuts every link between different groups, and mends those within one: `partition([1, 2], [3, zk])`. A server in no
   * group is alone. To a client in no group nothing happens.
   */
  partition(...groups: readonly (readonly Machine[])[]): void {
    this.ledger.expectRunning();
    if (groups.length === 0) {
      throw new TypeError("partition: expected at least one list, as in partition([1, 2], [3])");
    }
    const named = new Set<number>();
    const ids = groups.map((group) => {
      if (!Array.isArray(group)) {
        throw new TypeError("partition: expected lists, as in partition([1, 2], [3])");
      }
      return (group as readonly Machine[]).map((machine) => {
        const id = this.#idOf("partition", machine);
        if (named.has(id)) throw new RangeError(`partition: ${nameOf(machine)} is in two groups`);
        named.add(id);
        return id;
      });
    });
    this.ledger.act();
    const problem = partition(this.world, ids);
    if (problem !== undefined) throw new Error(`partition: ${problem}`);
  }

  /** Mends and unclogs every link. */
  heal(): void {
    this.perform({ do: "heal" });
  }

  /** Any action on the world; servers and clients go by their ids. */
  perform(action: Action): void {
    this.ledger.act();
    expectAction(action);
    const problem = this.world.perform(action);
    if (problem !== undefined) throw new Error(`${action.do}: ${problem}`);
  }

  /** The run is over: a last look at what the servers have on their disks. */
  finish(): void {
    const violation = this.#checks?.finish();
    if (violation !== undefined) throw new ViolationError(violation, this.world, this.#seed);
  }

  // What the promise client needs.

  startClient(config: ClientConfig, deliver: (delivery: ClientDelivery) => void): HostedClient {
    const process = this.world.clients[this.#started];
    if (process === undefined) {
      throw new RangeError(
        `all ${this.#started} clients of this simulation are in use; maxClients says how many there are`,
      );
    }
    this.#started++;
    process.configure(config);
    process.onDelivery = deliver;
    process.boot();
    const { client } = process;
    if (client === undefined) throw new Error("a client that was started is not there");
    return { client, request: (token, op) => process.request(op, token) };
  }

  after(delayMs: number, wake: () => void): void {
    this.ledger.expectRunning();
    this.world.kernel.schedule(Math.round(delayMs * 1000), EVENT.wake, -1, 0, () => {
      this.ledger.alarms--;
      wake();
    });
    this.ledger.alarms++;
  }

  runOne(): boolean {
    const { kernel } = this.world;
    if (kernel.pendingCount === 0) return false;
    const { executed } = kernel;
    kernel.run({ untilEvent: executed + 1 });
    const violation = this.#checks?.violation();
    if (violation !== undefined) throw new ViolationError(violation, this.world, this.#seed);
    for (const wait of this.#waits) this.#look(wait);
    return kernel.executed > executed;
  }

  /** Whether the wait is over. */
  #look(wait: Wait): boolean {
    const { isSo, settle } = wait;
    try {
      const answer: unknown = isSo();
      if (typeof answer !== "boolean") {
        // Nobody else hears of what it is rejected with.
        if (answer instanceof Promise) answer.catch(() => undefined);
        throw new TypeError(
          `until: expected a function that gives true or false, and it gave ${shown(answer)}`,
        );
      }
      if (!answer) return false;
      settle.resolve(undefined);
    } catch (error) {
      settle.reject(error instanceof Error ? error : new Error(String(error)));
    }
    this.#waits.delete(wait);
    return true;
  }

  #serves(id: number): boolean {
    const { standalone } = this.world;
    if (standalone?.id === id) {
      return standalone.state === "up" && standalone.service?.isRunning === true;
    }
    const view = this.world.view(id);
    if (view?.process !== "up" || view.phase !== "broadcast") return false;
    // A leader may leave serving to the others.
    return view.serving || view.state === "LEADING";
  }

  #leaderOfQuorum(): number | undefined {
    if (this.world.standalone !== undefined) return this.leader;
    const { leader } = this.world;
    if (leader === undefined || !this.#serves(leader.id)) return undefined;
    const epoch = leader.peer?.leading?.epoch;
    const behind = this.world
      .views()
      .filter(({ id, leaderEpoch }) => leaderEpoch === epoch && this.#serves(id));
    const ids = behind.map(({ id }) => id);
    return isQuorum(leader.config.verifier, ids) ? leader.id : undefined;
  }

  #situation(): string {
    const states = this.servers.map((id) => {
      const view = this.world.view(id);
      const process = view?.process ?? this.world.standalone?.state ?? "down";
      const role = [view?.state, view?.phase].filter((word) => word !== undefined).join(", ");
      return `server ${id} is ${process}${role === "" ? "" : ` (${role})`}`;
    });
    return states.join(", ");
  }

  #toServer(what: ProcessAction["do"], server: ServerRef): number {
    this.ledger.expectRunning();
    const id = this.#server(what, server);
    this.perform({ do: what, server: id });
    return id;
  }

  #toLinks(
    what: "cut" | "mend" | "clog" | "unclog",
    from: Machine | readonly Machine[],
    to: Machine | readonly Machine[],
    way: OneWay = {},
  ): void {
    this.ledger.expectRunning();
    expectFields(what, way, ["oneWay"]);
    const ids = (machines: Machine | readonly Machine[]): number[] =>
      (Array.isArray(machines) ? (machines as readonly Machine[]) : [machines as Machine]).map(
        (machine) => this.#idOf(what, machine),
      );
    const [some, others] = [ids(from), ids(to)];
    this.#expectLink(what, some, others);
    this.perform({ do: what, from: some, to: others, oneWay: way.oneWay });
  }

  /** Two clients have no link, and nobody has one to itself. */
  #expectLink(where: string, from: readonly number[], to: readonly number[]): void {
    if (from.length === 0 || to.length === 0) {
      throw new RangeError(`${where}: expected at least one machine at each end`);
    }
    const isLink = (a: number, b: number): boolean =>
      a !== b && (this.servers.includes(a) || this.servers.includes(b));
    if (from.some((a) => to.some((b) => isLink(a, b)))) return;
    throw new RangeError(
      `${where}: expected two different machines, of which at least one is a server, got ${from.join(", ")} and ${to.join(", ")}`,
    );
  }

  #idOf(where: string, machine: Machine): number {
    return machine instanceof ZooKeeper
      ? this.#processOf(machine).id
      : this.#server(where, machine);
  }

  #server(where: string, server: ServerRef): number {
    if (server !== "leader") return this.#expectServer(where, server);
    const { leader } = this;
    if (leader === undefined) throw new Error(`${where}: no server leads; ${this.#situation()}`);
    return leader;
  }

  #expectServer(where: string, id: number): number {
    if (this.servers.includes(id)) return id;
    const known = `the servers are ${this.servers.join(", ")}`;
    if (typeof id === "number")
      throw new RangeError(`${where}: there is no server ${id}; ${known}`);
    throw new TypeError(
      `${where}: expected a server's id or "leader", got ${nameOf(id)}; ${known}`,
    );
  }

  #processOf(zk: ZooKeeper): ClientProcess {
    const process = this.#processes.get(zk);
    if (process === undefined) throw new RangeError("this client is not of this simulation");
    return process;
  }
}

/** How many ms of virtual time a wait may take, before it is rejected; a minute, if nothing is said. */
export interface Patience {
  readonly withinMs?: number;
}

export interface OneWay {
  readonly oneWay?: boolean;
}

/**
 * Runs a program of promises in a simulated world, until it ends. The same program and the same seed give the same run.
 *
 *     await simulate({ seed: 7, servers: 3 }, async (sim) => {
 *       const zk = sim.connect();
 *       await zk.create("/hello", "world");
 *       sim.crash("leader");
 *     });
 *
 * What the program throws, this throws, with the seed in front of its message. A server that breaks a promise of
 * ZooKeeper's protocols ends the run with a `ViolationError`.
 */
export async function simulate<T>(
  options: SimulateOptions,
  main: (sim: Simulation) => Promise<T>,
): Promise<T> {
  expectFields("simulate", options, OPTIONS);
  if (typeof main !== "function") {
    throw new TypeError(
      `simulate: expected a program, as in simulate({ seed: 7 }, async (sim) => { … }), got ${shown(main)}`,
    );
  }
  const sim = new Simulation(options);
  const limits = options.maxEvents === undefined ? {} : { maxEvents: options.maxEvents };
  try {
    const value = await runAsync(sim, async () => main(sim), limits);
    sim.finish();
    return value;
  } catch (error) {
    if (error instanceof Error) {
      error.message = `seed ${options.seed ?? DEFAULT_SEED}: ${error.message}`;
    }
    throw error;
  } finally {
    sim.ledger.end();
  }
}

/** Whether the servers are judged. */
function expectCheck({ check, trace }: SimulateOptions, isEnsemble: boolean): boolean {
  if (check !== undefined) expectBoolean("simulate.check", check);
  if (check === true && !isEnsemble) {
    throw new TypeError(
      "simulate.check: a standalone server has nobody to agree with; it takes servers: 2",
    );
  }
  if (!isEnsemble || check === false) return false;
  if (trace === "off") {
    throw new TypeError(
      'simulate.trace: "off" leaves nothing to judge an ensemble by; say check: false too',
    );
  }
  return true;
}

function nameOf(machine: unknown): string {
  if (machine instanceof ZooKeeper) return "a client";
  return shown(machine);
}

const UNUSED: ClientConfig = {
  hosts: [{ host: "server1", port: 2181 }],
  chroot: null,
  sessionTimeoutMs: 30_000,
  canBeReadOnly: false,
  disableAutoWatchReset: false,
};
