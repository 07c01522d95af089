import type { ServiceConfig } from "../../core/server/service/config.ts";
import { recover } from "../../core/server/service/recovery.ts";
import { newService, stepService } from "../../core/server/service/service.ts";
import type { ServiceObservation } from "../../core/server/service/service-observations.ts";
import {
  type ClientConnection,
  clientConnection,
  type ServerMessage,
  type ServiceInput,
  type ServicePort,
  type ServiceTimer,
} from "../../core/server/service/service-port.ts";
import { standaloneContext } from "../../core/server/service/standalone.ts";
import type { Service, ServiceContext } from "../../core/server/service/state.ts";
import {
  encodeFrame,
  type FrameSplitter,
  lengthLimit,
  newFrameSplitter,
  splitFrames,
} from "../../core/wire/index.ts";
import { Random } from "../../sim/kernel/prng.ts";
import { readClientFrame } from "../../sim/process/client-frame.ts";
import { writeServerMessage } from "./service-codec.ts";

/** What cases are played against: a server, and bytes both ways. */
export interface ServiceHost {
  /**
   * Its servers write their membership into /zookeeper/config when they start, at zxid 0, but at the time of that moment
   * (ZKDatabase.initConfigInZKDatabase).
   */
  readonly writesMembership: boolean;
  /** `server` is the id of one of an ensemble's servers, where a case says which. */
  open(client: Client, server?: number): HostedConnection;
  /** Lets time pass. */
  run(ms: number): void;
  /** Until all that was sent is answered, as far as it ever will be. */
  settle(): void;
}

export interface Client {
  /** `close`: the session close whose events the bytes are, if it took several ephemerals (CaseEvent). */
  onBytes(bytes: Uint8Array, close: number | undefined): void;
  onClosed(): void;
}

/** The client's end of a connection. */
export interface HostedConnection {
  send(bytes: Uint8Array): void;
  close(): void;
}

/** When the recorded world began, ms since 1970. */
const WALL_START = 1_790_000_000_000;
const CLOCK_START = 1_000_000;

interface Accepted {
  readonly client: Client;
  readonly splitter: FrameSplitter;
  sawConnect: boolean;
  isOpen: boolean;
}

/** What a step of the server sends, in order; a close has no message. */
interface Outgoing {
  readonly to: Accepted;
  readonly message: ServerMessage | undefined;
  close?: number;
}

/** One standalone server in a world of its own, whose clock stands still unless it is moved. */
export class SimulatedHost implements ServiceHost {
  readonly writesMembership = false;
  readonly #context: ServiceContext;
  readonly #service: Service;
  readonly #connections = new Map<ClientConnection, Accepted>();
  readonly #timers = new Map<ServiceTimer, number>();
  readonly #random = Random.fromSeed(1).split("server");
  #inputs: ServiceInput[] = [];
  #now = 0;
  #outgoing: Outgoing[] = [];
  /** Where in them the events begin of a session close that takes several ephemerals. */
  #closeFrom = Number.POSITIVE_INFINITY;

  constructor(config: ServiceConfig) {
    this.#context = standaloneContext(config, this.#port);
    const recovery = recover({ snapshots: [], logs: [] }, config);
    if (recovery.kind === "refused") throw new Error(`the server does not start: ${recovery.why}`);
    this.#service = newService(this.#context, recovery);
    this.#inputs.push({ kind: "boot" });
    this.settle();
  }

  open(client: Client): HostedConnection {
    const connection = clientConnection(this.#connections.size + 1);
    const splitter = newFrameSplitter({
      maxLength: this.#context.config.juteMaxBuffer,
      fourLetterWords: true,
    });
    const accepted: Accepted = { client, splitter, sawConnect: false, isOpen: true };
    this.#connections.set(connection, accepted);
    this.#inputs.push({ kind: "clientAccepted", connection, address: "127.0.0.1" });
    return {
      send: (bytes) => {
        for (const piece of inPieces(bytes)) this.#receive(connection, accepted, piece);
      },
      close: () => this.#inputs.push({ kind: "clientClosed", connection }),
    };
  }

  run(ms: number): void {
    const until = this.#now + ms;
    this.settle();
    for (;;) {
      const next = this.#nextTimer();
      if (next === undefined || next.at > until) break;
      this.#now = Math.max(this.#now, next.at);
      this.#timers.delete(next.timer);
      this.#inputs.push({ kind: "serviceTimer", timer: next.timer });
      this.settle();
    }
    this.#now = until;
  }

  settle(): void {
    for (let input = this.#inputs.shift(); input !== undefined; input = this.#inputs.shift()) {
      if ("connection" in input && this.#connections.get(input.connection)?.isOpen !== true)
        continue;
      stepService(this.#context, this.#service, input);
      this.#flush();
    }
  }

  #receive(connection: ClientConnection, accepted: Accepted, piece: Uint8Array): void {
    for (const event of splitFrames(accepted.splitter, piece)) {
      if (event.kind === "command") throw new Error(`a case begins with the word ${event.word}`);
      const isFirst = !accepted.sawConnect;
      accepted.sawConnect = true;
      const frame =
        event.kind === "frame"
          ? readClientFrame(event.content, isFirst, lengthLimit(this.#context.config.juteMaxBuffer))
          : { kind: "malformed" as const, header: undefined, bytes: event.length };
      this.#inputs.push({ kind: "clientFrame", connection, frame });
    }
  }

  #nextTimer(): { timer: ServiceTimer; at: number } | undefined {
    let next: { timer: ServiceTimer; at: number } | undefined;
    for (const [timer, at] of this.#timers) {
      if (next === undefined || at < next.at) next = { timer, at };
    }
    return next;
  }

  readonly #port: ServicePort = {
    now: () => CLOCK_START + this.#now,
    wallMs: () => WALL_START + this.#now,
    draw: (below) => this.#random.int(0, below - 1),
    send: (connection, message) => this.#send(connection, message),
    closeClient: (connection) => {
      const to = this.#connections.get(connection);
      if (to?.isOpen !== true) return;
      to.isOpen = false;
      this.#outgoing.push({ to, message: undefined });
    },
    append: () => {},
    force: () => this.#inputs.push({ kind: "forced" }),
    rollLog: () => {},
    writeSnapshot: () => this.#inputs.push({ kind: "snapshotWritten", ok: true }),
    stored: () => ({ snapshots: [], logs: [] }),
    // Only a learner truncates.
    truncate: () => {},
    purge: () => {},
    setTimer: (timer, delayMs) => this.#timers.set(timer, this.#now + delayMs),
    cancelTimer: (timer) => this.#timers.delete(timer),
    observe: (observation) => this.#observe(observation),
  };

  #send(connection: ClientConnection, message: ServerMessage): void {
    const to = this.#connections.get(connection);
    if (to?.isOpen === true) this.#outgoing.push({ to, message });
  }

  /** Between the two observations of a session close go its events; those of several ephemerals have no order. */
  #observe(observation: ServiceObservation): void {
    if (observation.kind === "applied") {
      const { txn } = observation;
      const isUnordered = txn.kind === "closeSession" && txn.paths.length > 1;
      this.#closeFrom = isUnordered ? this.#outgoing.length : Number.POSITIVE_INFINITY;
    } else if (observation.kind === "sessionRemoved") {
      for (const event of this.#outgoing.slice(this.#closeFrom)) event.close = observation.zxid;
    }
  }

  #flush(): void {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    for (const { to, message, close } of outgoing) {
      if (message === undefined) to.client.onClosed();
      else to.client.onBytes(encodeFrame(writeServerMessage(message)), close);
    }
  }
}

/** Cut as a network may cut it: within a length, and within a frame. */
function inPieces(bytes: Uint8Array): Uint8Array[] {
  const half = Math.max(2, bytes.length >> 1);
  return [bytes.subarray(0, 2), bytes.subarray(2, half), bytes.subarray(half)];
}
