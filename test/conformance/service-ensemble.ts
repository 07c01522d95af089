import type { PeerConfig } from "../../core/server/peer.ts";
import type { ConnectionId } from "../../core/server/port.ts";
import type { ServiceObservation } from "../../core/server/service/service-observations.ts";
import type {
  ClientConnection,
  ServerMessage,
  ServiceInput,
} from "../../core/server/service/service-port.ts";
import { encodeFrame, newFrameSplitter, splitFrames } from "../../core/wire/index.ts";
import type { ClientTraffic } from "../../sim/client-traffic.ts";
import { networkOf } from "../../sim/network/link.ts";
import { THREAD_PROFILES } from "../../sim/process/threads.ts";
import { type ServerView, World } from "../../sim/world.ts";
import { clientSpec } from "../support/clients.ts";
import type { Client, HostedConnection, ServiceHost } from "./service-host.ts";

/** A simulated ensemble, and a node beside it that speaks bytes to the client ports of its servers. */

/** What a server of the ensemble is to the others. */
export const ENSEMBLE_ROLES = ["follower", "leader", "observer"] as const;
export type EnsembleRole = (typeof ENSEMBLE_ROLES)[number];

/** The first server of that role. */
export function serverIn(world: World, role: EnsembleRole): number {
  const id = world.views().find((view) => roleOf(view) === role)?.id;
  if (id === undefined) throw new Error(`the ensemble has no ${role}`);
  return id;
}

function roleOf({ type, state }: ServerView): EnsembleRole {
  if (type === "OBSERVER") return "observer";
  return state === "LEADING" ? "leader" : "follower";
}

const US_PER_MS = 1000;
/** From a client over a learner to the leader, to a quorum's disks and back takes less than a millisecond here. */
const SETTLE_MS = 3;
const FORCE_US = 100;
/** A server that finds no quorum has turned read-only by then, if it may. */
const ALONE_MS = 5000;
const BOOT_LIMIT_MS = 60_000;
const DIAL_LIMIT_US = 1_000_000;

/** The address that the recorded clients had. */
const ADDRESS = "127.0.0.1";

/** The world knows clients of core/ only. This one is never started: its node is where the raw connections begin. */
const RAW_CLIENT = clientSpec(1000, [], { name: "raw connections" });

interface RawConnection {
  readonly client: Client;
  /** What was sent before the connection stood. */
  readonly early: object[];
  state: "dialling" | "open" | "closed";
}

export class EnsembleHost implements ServiceHost {
  readonly writesMembership = true;
  readonly #world: World;
  readonly #node: number;
  readonly #connections = new Map<ConnectionId, RawConnection>();
  /** The messages of session closes that take several ephemerals, and which close it is (CaseEvent). */
  readonly #closes = new WeakMap<ServerMessage, number>();
  readonly #server: (world: World) => number;

  /**
   * @param boot servers that are started together; the next ones when these have settled.
   * @param server which one cases mean that name none.
   */
  constructor(
    peers: readonly PeerConfig[],
    boot: readonly (readonly number[])[],
    server: (world: World) => number,
  ) {
    this.#world = new World({
      seed: 1,
      peers,
      clients: [RAW_CLIENT],
      codec: true,
      network: networkOf("loopback"),
      disk: { force: { kind: "constant", us: FORCE_US } },
      threads: THREAD_PROFILES.quick,
      trace: "off",
    });
    this.#node = peers.length;
    this.#server = server;
    this.#listenIn();
    for (const ids of boot) this.#boot(ids);
  }

  open(client: Client, server = this.#server(this.#world)): HostedConnection {
    const { network } = this.#world;
    const raw: RawConnection = { client, early: [], state: "dialling" };
    const to = this.#world.processes.findIndex(({ id }) => id === server);
    const connection = network.dial(this.#node, to, "client", DIAL_LIMIT_US);
    this.#connections.set(connection, raw);
    const splitter = newFrameSplitter({ maxLength: Number.MAX_SAFE_INTEGER });
    return {
      send: (bytes) => {
        for (const event of splitFrames(splitter, bytes)) {
          if (event.kind !== "frame") throw new Error(`a case sends a ${event.kind}`);
          const traffic = rawTraffic(event.content);
          if (raw.state === "dialling") raw.early.push(traffic);
          else network.send(connection, traffic);
        }
      },
      close: () => {
        raw.state = "closed";
        network.close(connection);
      },
    };
  }

  run(ms: number): void {
    const { kernel } = this.#world;
    this.#world.run({ untilTime: kernel.now + ms * US_PER_MS });
  }

  settle(): void {
    this.run(SETTLE_MS);
  }

  /** Until all that run serve, if there are enough of them for a leader. */
  #boot(ids: readonly number[]): void {
    const world = this.#world;
    for (const server of ids) world.perform({ do: "boot", server });
    const running = world.views().filter(({ process }) => process === "up");
    const voters = world.views().filter(({ type }) => type === "PARTICIPANT");
    if (running.filter(({ type }) => type === "PARTICIPANT").length * 2 <= voters.length) {
      this.run(ALONE_MS);
      return;
    }
    const allServe = (): boolean => running.every(({ id }) => world.view(id)?.serving === true);
    world.run({ untilTime: world.kernel.now + BOOT_LIMIT_MS * US_PER_MS, until: allServe });
    if (!allServe()) throw new Error("the ensemble does not come up");
    this.settle();
  }

  /** Puts itself where the world has nothing of its own: at the raw node, and at the servers' client ports. */
  #listenIn(): void {
    const [raw] = this.#world.clients;
    if (raw === undefined) throw new Error("the world has no raw node");
    raw.connected = (connection) => this.#connected(connection);
    raw.dialFailed = (connection) => this.#closed(connection);
    raw.closed = (connection) => this.#closed(connection);
    raw.received = (connection, content) => this.#received(connection, content as ClientTraffic);
    for (const process of this.#world.processes) setAddress(process as unknown as Serving);
    this.#markCloses();
  }

  #connected(connection: ConnectionId): void {
    const raw = this.#connections.get(connection);
    if (raw?.state !== "dialling") return;
    raw.state = "open";
    for (const traffic of raw.early.splice(0)) this.#world.network.send(connection, traffic);
  }

  #closed(connection: ConnectionId): void {
    const raw = this.#connections.get(connection);
    if (raw === undefined || raw.state === "closed") return;
    raw.state = "closed";
    raw.client.onClosed();
  }

  #received(connection: ConnectionId, { kind, message, bytes }: ClientTraffic): void {
    const raw = this.#connections.get(connection);
    if (raw?.state !== "open" || kind !== "toClient" || typeof bytes === "number") return;
    raw.client.onBytes(encodeFrame(bytes), this.#closes.get(message));
  }

  /** Between the two observations of a session close go its events; those of several ephemerals have no order. */
  #markCloses(): void {
    let sent: ServerMessage[] | undefined;
    for (const process of this.#world.processes) {
      const send = process.send.bind(process);
      process.send = (connection: ClientConnection, message: ServerMessage): void => {
        sent?.push(message);
        send(connection, message);
      };
    }
    this.#world.onServiceObservation = (_node, o: ServiceObservation) => {
      if (o.kind === "applied") {
        sent = o.txn.kind === "closeSession" && o.txn.paths.length > 1 ? [] : undefined;
      } else if (o.kind === "sessionRemoved") {
        for (const message of sent ?? []) this.#closes.set(message, o.zxid);
        sent = undefined;
      }
    };
  }
}

/** A process's way into its server, which is its own business but for what the recordings need. */
interface Serving {
  serve(input: ServiceInput): void;
}

function setAddress(process: Serving): void {
  const serve = process.serve.bind(process);
  process.serve = (input) =>
    serve(input.kind === "clientAccepted" ? { ...input, address: ADDRESS } : input);
}

/** Servers read the bytes. Of the message a trace would tell something, and none is kept. */
function rawTraffic(bytes: Uint8Array): ClientTraffic {
  const message = {
    kind: "request",
    header: { xid: 0, type: 0 },
    request: { kind: "ping" },
  } as const;
  return { kind: "toServer", message, bytes };
}
