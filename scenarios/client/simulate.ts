import type { ClientDelivery } from "../../core/client/client-port.ts";
import type { ClientConfig } from "../../core/client/client-state.ts";
import { serverId } from "../../core/ids.ts";
import { type ServiceConfig, serviceConfig } from "../../core/server/service/config.ts";
import type { Action } from "../../sim/action.ts";
import type { DiskSpec } from "../../sim/disk/disk.ts";
import { EVENT } from "../../sim/events.ts";
import type { TraceLevel } from "../../sim/kernel/trace.ts";
import type { NetworkSpec } from "../../sim/network/link.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";
import { World } from "../../sim/world.ts";
import type { ClientHost, HostedClient } from "./client-host.ts";
import { expectFields, expectOneOf } from "./door.ts";
import { Ledger } from "./ledger.ts";
import { type Pump, runAsync } from "./run-async.ts";
import { sleep } from "./sleep.ts";
import { connect, type ConnectOptions, type ZooKeeper } from "./zookeeper.ts";

/** What a program of promises runs against. Everything has a default. */
export interface SimulateOptions {
  readonly seed?: number;
  /** The server's settings, with ZooKeeper's defaults; tickTime is 2000 unless said otherwise. */
  readonly server?: Partial<ServiceConfig>;
  readonly network?: NetworkSpec;
  readonly disk?: DiskSpec;
  readonly trace?: TraceLevel;
  /** Puts every message through the bytes of the wire. The run is the same, and slower. */
  readonly codec?: boolean;
  /** How many clients may be made in all. */
  readonly maxClients?: number;
  /** After so many events the run is given up. */
  readonly maxEvents?: number;
}

const OPTIONS = [
  "seed",
  "server",
  "network",
  "disk",
  "trace",
  "codec",
  "maxClients",
  "maxEvents",
] as const satisfies readonly (keyof SimulateOptions)[];
const SERVER_SETTINGS = Object.keys(serviceConfig({}));
const TRACE_LEVELS: readonly TraceLevel[] = ["off", "hash", "kept"];
const SERVER_ACTIONS = ["boot", "crash", "restart", "pause", "resume"] as const;
const CLIENT_ACTIONS = ["crash", "pause", "resume"] as const;
const LINK_ACTIONS = ["cut", "mend", "clog", "unclog", "reset"] as const;

const SERVER = serverId(1);
const ADDRESS = { host: "server1", port: 2181 };
const FIRST_CLIENT = 1001;
const DEFAULT_CLIENTS = 16;
/** Longer than any disk takes for an empty snapshot. */
const START_LIMIT_US = 60_000_000;
/** The most that a trace can tell apart. */
const MOST_CLIENTS = 250;

/** A simulated world with one ZooKeeper server in it, as the program inside sees it. */
export class Simulation implements ClientHost, Pump {
  readonly ledger = new Ledger();
  readonly world: World;
  #started = 0;
  readonly #processes = new Map<ZooKeeper, ClientProcess>();

  constructor(options: SimulateOptions = {}) {
    expectFields("simulate", options, OPTIONS);
    expectFields("simulate.server", options.server ?? {}, SERVER_SETTINGS);
    if (options.trace !== undefined) expectOneOf("trace", options.trace, TRACE_LEVELS);
    const count = options.maxClients ?? DEFAULT_CLIENTS;
    if (!Number.isInteger(count) || count < 1 || count > MOST_CLIENTS) {
      throw new RangeError(
        `maxClients: expected a whole number from 1 to ${MOST_CLIENTS}, got ${count}`,
      );
    }
    this.world = new World({
      seed: options.seed ?? 1,
      standalone: {
        id: SERVER,
        config: serviceConfig({ tickTime: 2000, ...options.server }),
        address: ADDRESS,
      },
      clients: Array.from({ length: count }, (_, i) => ({
        id: FIRST_CLIENT + i,
        name: `client ${i + 1}`,
        // Said when somebody connects.
        config: UNUSED,
      })),
      codec: options.codec ?? false,
      trace: options.trace ?? "hash",
      ...(options.network === undefined ? {} : { network: options.network }),
      ...(options.disk === undefined ? {} : { disk: options.disk }),
    });
    this.world.kernel.handle(EVENT.wake, (_target, _ref, wake) => (wake as () => void)());
    this.world.perform({ do: "boot", server: SERVER });
    // Until it has written its first snapshot, a server turns clients away.
    const { standalone } = this.world;
    const serves = (): boolean => standalone?.service?.isRunning === true;
    this.world.run({ until: serves, untilTime: START_LIMIT_US });
  }

  /** A new client, which looks for the server by itself; operations may be called at once. */
  connect(options: ConnectOptions & { readonly chroot?: string } = {}): ZooKeeper {
    const process = this.world.clients[this.#started];
    const zk = connect(this, `${ADDRESS.host}:${ADDRESS.port}${options.chroot ?? ""}`, options);
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

  /** Does something to the server: it crashes, starts again, stands still, or goes on. */
  server(what: (typeof SERVER_ACTIONS)[number]): void {
    expectOneOf("server", what, SERVER_ACTIONS);
    this.perform({ do: what, server: SERVER });
  }

  /** The program behind a client dies without a word, stands still, or goes on. Its promises stay open for ever. */
  client(zk: ZooKeeper, what: (typeof CLIENT_ACTIONS)[number]): void {
    expectOneOf("client", what, CLIENT_ACTIONS);
    this.perform({ do: what, server: this.#idOf(zk) });
  }

  /** Cuts the link between a client and the server, or mends it. */
  link(zk: ZooKeeper, what: (typeof LINK_ACTIONS)[number]): void {
    expectOneOf("link", what, LINK_ACTIONS);
    const id = this.#idOf(zk);
    this.perform(
      what === "reset"
        ? { do: "reset", between: [id, SERVER] }
        : { do: what, from: [id], to: [SERVER] },
    );
  }

  /** Any action on the world; servers and clients go by their ids. */
  perform(action: Action): void {
    this.ledger.activity++;
    const problem = this.world.perform(action);
    if (problem !== undefined) throw new Error(`${action.do}: ${problem}`);
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
    this.world.kernel.schedule(Math.round(delayMs * 1000), EVENT.wake, -1, 0, wake);
  }

  runOne(): boolean {
    const { kernel } = this.world;
    if (kernel.pendingCount === 0) return false;
    kernel.run({ untilEvent: kernel.executed + 1 });
    return true;
  }

  #idOf(zk: ZooKeeper): number {
    const process = this.#processes.get(zk);
    if (process === undefined) throw new RangeError("this client is not of this simulation");
    return process.id;
  }
}

/**
 * Runs a program of promises in a simulated world, until it ends. The same program and the same seed give the same run.
 *
 *     await simulate({ seed: 7 }, async (sim) => {
 *       const zk = sim.connect();
 *       await zk.create("/hello", "world");
 *     });
 *
 * What the program throws, this throws, with the seed in front of its message.
 */
export async function simulate<T>(
  options: SimulateOptions,
  main: (sim: Simulation) => Promise<T>,
): Promise<T> {
  const sim = new Simulation(options);
  const limits = options.maxEvents === undefined ? {} : { maxEvents: options.maxEvents };
  try {
    return await runAsync(sim, () => main(sim), limits);
  } catch (error) {
    if (error instanceof Error) error.message = `seed ${options.seed ?? 1}: ${error.message}`;
    throw error;
  }
}

const UNUSED: ClientConfig = {
  hosts: [ADDRESS],
  chroot: null,
  sessionTimeoutMs: 30_000,
  canBeReadOnly: false,
  disableAutoWatchReset: false,
};
