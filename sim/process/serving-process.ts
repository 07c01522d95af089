import type { ConnectionId } from "../../core/server/port.ts";
import {
  recover,
  type Recovered,
  type RecoveryOptions,
  type StoredFiles,
} from "../../core/server/service/recovery.ts";
import type { ServiceObservation } from "../../core/server/service/service-observations.ts";
import {
  type ClientConnection,
  clientConnection,
  type ClientFrame,
  type LogEntry,
  SERVICE_TIMERS,
  type ServerMessage,
  type ServiceInput,
  type ServicePort,
  type ServiceTimer,
} from "../../core/server/service/service-port.ts";
import type { Snapshot } from "../../core/server/service/snapshot.ts";
import type { Truncation } from "../../core/server/service/truncation.ts";
import { type ClientTraffic, lengthOf, toClient } from "../client-traffic.ts";
import type { ServiceDisk } from "../disk/service-disk.ts";
import { EVENT } from "../events.ts";
import type { Random } from "../kernel/prng.ts";
import type { PortName } from "../network/network.ts";
import { numbersOf, RECORD } from "../records.ts";
import { readClientFrame } from "./client-frame.ts";
import type { ClockSpec } from "./clock.ts";
import { Process, type ProcessHost } from "./process.ts";

export interface ServingSpec {
  readonly node: number;
  readonly clock: ClockSpec;
  /** Whether messages to and from clients are read from bytes. */
  readonly codec: boolean;
  /** The service's timers have the numbers from this one on, and the process has no others there. */
  readonly firstTimer: number;
}

export interface ServingHost extends ProcessHost {
  /** The IP address of a node. */
  addressOf(node: number): string;
  serviceObserved(node: number, observation: ServiceObservation): void;
}

/** When virtual time begins, for clocks that show the time of day: 2026-01-01 00:00 UTC. */
export const WALL_CLOCK_START_MS = 1_767_225_600_000;

const TIMER_NUMBER = numbersOf(SERVICE_TIMERS);

/**
 * The process of a server that has clients, by itself or in an ensemble: it hosts the part of a server that clients
 * see, and is its port, with the clients' connections on one side and log and snapshots on the other.
 */
export abstract class ServingProcess extends Process implements ServicePort {
  /** Log and snapshots. */
  readonly disk: ServiceDisk;
  /** Why the server did not start, if it did not. */
  refused: string | undefined;
  readonly #host: ServingHost;
  readonly #codec: boolean;
  readonly #firstTimer: number;
  /** Clients' connections, and whether the connect request of each is still to come. */
  readonly #clients = new Map<ClientConnection, boolean>();

  constructor(spec: ServingSpec, host: ServingHost, disk: ServiceDisk, random: Random) {
    super(spec.node, host, spec.clock, random);
    this.disk = disk;
    this.#host = host;
    this.#codec = spec.codec;
    this.#firstTimer = spec.firstTimer;
  }

  /** Hands an input to the server, if there is a process. */
  protected abstract serve(input: ServiceInput): void;

  // What reaches it.

  accepted(connection: ConnectionId, port: PortName): void {
    if (port !== "client") return;
    const client = clientConnection(connection);
    this.#clients.set(client, true);
    const address = this.#host.addressOf(this.network.otherNode(connection));
    this.serve({ kind: "clientAccepted", connection: client, address });
  }

  received(connection: ConnectionId, message: object): void {
    const client = clientConnection(connection);
    const frame = this.#frameOf(client, message as ClientTraffic);
    this.#clients.set(client, false);
    if (frame !== undefined) this.serve({ kind: "clientFrame", connection: client, frame });
  }

  closed(connection: ConnectionId): void {
    const client = clientConnection(connection);
    this.#clients.delete(client);
    this.serve({ kind: "clientClosed", connection: client });
  }

  /** The disk goes on while the process is paused; the process learns of it later. */
  own(kind: number, incarnation: number, _payload: unknown): void {
    if (incarnation !== this.incarnation || this.state === "down") return;
    switch (kind) {
      case EVENT.forced:
        this.disk.completeForce();
        this.own(EVENT.forceKnown, incarnation, undefined);
        return;
      case EVENT.forceKnown:
        if (!this.defer(kind, incarnation, undefined)) this.serve({ kind: "forced" });
        return;
      case EVENT.snapshotWritten:
        this.disk.completeSnapshot();
        this.own(EVENT.snapshotKnown, incarnation, undefined);
        return;
      case EVENT.snapshotKnown:
        if (this.defer(kind, incarnation, undefined)) return;
        this.serve({ kind: "snapshotWritten", ok: true });
        return;
      case EVENT.truncated:
        if (this.disk.completeTruncation()) this.own(EVENT.truncateKnown, incarnation, undefined);
        return;
      case EVENT.truncateKnown:
        if (!this.defer(kind, incarnation, undefined)) this.serve({ kind: "truncated" });
        return;
    }
  }

  /** The machine is replaced by a new one: nothing of what was on its disk is there. Only while the process is down. */
  wipe(): void {
    this.disk.wipe();
    const { trace } = this.kernel;
    if (trace.on) trace.begin(RECORD.wiped, this.node).end();
    this.changed();
    this.watcher?.wiped(this.node);
  }

  protected ended(): void {
    this.#clients.clear();
    this.disk.crash();
  }

  protected timedOut(ref: number): void {
    const timer = SERVICE_TIMERS[ref - this.#firstTimer] as ServiceTimer;
    this.serve({ kind: "serviceTimer", timer });
  }

  /** Reads the disk; undefined if the server can't start on it, and then the process has ended. */
  protected recovered(options: RecoveryOptions): Recovered | undefined {
    const recovery = recover(this.disk.stored(), options);
    if (recovery.kind === "recovered") {
      this.refused = undefined;
      return recovery;
    }
    this.refuse(recovery.why);
    return undefined;
  }

  /** The server does not start. */
  protected refuse(why: string): void {
    this.refused = why;
    const { trace } = this.kernel;
    if (trace.on) trace.begin(RECORD.serviceRefused, this.node).text(why).end();
    this.watcher?.refused(this.node, why);
    this.crash();
  }

  protected isClient(connection: ConnectionId): boolean {
    return this.#clients.has(clientConnection(connection));
  }

  // What it does: the port of core/'s service.

  wallMs(): number {
    return WALL_CLOCK_START_MS + this.now();
  }

  send(connection: ClientConnection, message: ServerMessage): void {
    this.network.send(end(connection), toClient(message, this.#codec));
    if (message.kind === "reply") this.watcher?.replied(this.node, connection, message.reply);
  }

  closeClient(connection: ClientConnection): void {
    this.#clients.delete(connection);
    this.network.close(end(connection));
  }

  append(entry: LogEntry): void {
    this.disk.append(entry);
  }

  force(): void {
    this.disk.force(this.incarnation);
  }

  rollLog(): void {
    this.disk.roll();
  }

  writeSnapshot(snapshot: Snapshot): void {
    this.disk.writeSnapshot(snapshot, this.incarnation);
  }

  stored(): StoredFiles {
    return this.disk.stored();
  }

  truncate(truncation: Truncation): void {
    this.disk.truncate(truncation, this.incarnation);
  }

  purge(retainCount: number): void {
    this.disk.purge(retainCount);
  }

  setTimer(timer: ServiceTimer, delayMs: number): void {
    this.arm(this.#firstTimer + TIMER_NUMBER[timer], delayMs);
  }

  cancelTimer(timer: ServiceTimer): void {
    this.disarm(this.#firstTimer + TIMER_NUMBER[timer]);
  }

  observe(o: ServiceObservation): void {
    this.#record(o);
    this.#host.serviceObserved(this.node, o);
  }

  #record(o: ServiceObservation): void {
    const { trace } = this.kernel;
    if (!trace.on) return;
    switch (o.kind) {
      case "prepared":
      case "applied":
        trace.begin(RECORD[o.kind], this.node).zxid(o.header.zxid);
        trace.session(o.header.sessionId).text(o.txn.kind).end();
        return;
      case "sessionExpiring":
        trace.begin(RECORD.sessionExpiring, this.node).session(o.session).end();
        return;
      case "sessionRemoved":
        trace.begin(RECORD.sessionRemoved, this.node).session(o.session);
        trace.zxid(o.zxid).end();
        return;
      case "snapshotBegun":
        trace.begin(RECORD.snapshotBegun, this.node).zxid(o.zxid).end();
        return;
      case "connectionClosed":
        trace
          .begin(RECORD.clientRefused, this.node)
          .int(o.connection >> 1)
          .text(o.why)
          .end();
        return;
      case "reaping":
      case "requestDropped":
      case "sessionRefused":
      case "sessionRequested":
      case "sessionResumed":
      case "snapshotFailed":
      case "snapshotSkipped":
        return;
    }
  }

  /** The frame as the server reads it: from the bytes where there are any. */
  #frameOf(connection: ClientConnection, traffic: ClientTraffic): ClientFrame | undefined {
    if (traffic.kind !== "toServer") return undefined;
    const bytes = lengthOf(traffic.bytes);
    if (typeof traffic.bytes === "number") {
      const { message } = traffic;
      return message.kind === "connect"
        ? { kind: "connect", request: message.request, bytes }
        : { kind: "request", header: message.header, request: message.request, bytes };
    }
    return readClientFrame(traffic.bytes, this.#clients.get(connection) === true);
  }
}

/** One end of a connection, by the name that the network has for it. */
function end(connection: ClientConnection): ConnectionId {
  return connection as number as ConnectionId;
}
