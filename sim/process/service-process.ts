import { formatSessionId, type ServerId } from "../../core/ids.ts";
import type { ConnectionId } from "../../core/server/port.ts";
import type { ServiceConfig } from "../../core/server/service/config.ts";
import { recover } from "../../core/server/service/recovery.ts";
import { newService, stepService } from "../../core/server/service/service.ts";
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
import type { Service, ServiceContext } from "../../core/server/service/state.ts";
import { tryDecodeConnectRequest, tryDecodeRequest } from "../../core/wire/index.ts";
import { type ClientTraffic, lengthOf, toClient } from "../client-traffic.ts";
import type { ServiceDisk } from "../disk/service-disk.ts";
import { EVENT } from "../events.ts";
import type { Random } from "../kernel/prng.ts";
import type { PortName } from "../network/network.ts";
import { numbersOf, RECORD } from "../records.ts";
import type { ClockSpec } from "./clock.ts";
import { Process, type ProcessHost } from "./process.ts";

/** What a standalone server's process is built from. */
export interface ServiceProcessSpec {
  readonly node: number;
  readonly id: ServerId;
  readonly config: ServiceConfig;
  readonly clock: ClockSpec;
  /** Whether messages to and from clients are read from bytes. */
  readonly codec: boolean;
}

export interface ServiceHost extends ProcessHost {
  /** The IP address of a node. */
  addressOf(node: number): string;
}

/** When virtual time begins, for clocks that show the time of day: 2026-01-01 00:00 UTC. */
export const WALL_CLOCK_START_MS = 1_767_225_600_000;

const TIMER_NUMBER = numbersOf(SERVICE_TIMERS);

/** The process of a standalone server: it hosts what clients see of a server, and is its port. */
export class ServiceProcess extends Process implements ServicePort {
  readonly id: ServerId;
  readonly disk: ServiceDisk;
  /** The server's memory, while there is a process. */
  service: Service | undefined;
  /** Why the server did not start, if it did not. */
  refused: string | undefined;
  readonly #host: ServiceHost;
  readonly #context: ServiceContext;
  readonly #codec: boolean;
  /** Connections whose connect request has not come. */
  /** When it last started, in ms of its clock. */
  #startedMs = Number.NEGATIVE_INFINITY;
  readonly #fresh = new Set<ClientConnection>();

  constructor(spec: ServiceProcessSpec, host: ServiceHost, disk: ServiceDisk, random: Random) {
    super(spec.node, host, spec.clock, random);
    this.id = spec.id;
    this.disk = disk;
    this.#host = host;
    this.#codec = spec.codec;
    this.#context = { config: spec.config, port: this };
  }

  /**
   * Session ids begin at the millisecond of the start, so two starts in one would give two clients the same session.
   * No real process is as quick as that.
   */
  override get bootProblem(): string | undefined {
    return Math.floor(this.now()) === this.#startedMs
      ? `server ${this.id} started in this very millisecond, and no process starts twice in one`
      : undefined;
  }

  // What reaches it.

  accepted(connection: ConnectionId, port: PortName): void {
    if (port !== "client") return;
    const client = clientConnection(connection);
    this.#fresh.add(client);
    const address = this.#host.addressOf(this.network.otherNode(connection));
    this.#input({ kind: "clientAccepted", connection: client, address });
  }

  /** It dials nobody. */
  connected(): void {}

  dialFailed(): void {}

  received(connection: ConnectionId, message: object): void {
    const client = clientConnection(connection);
    const frame = this.#frameOf(client, message as ClientTraffic);
    this.#fresh.delete(client);
    if (frame !== undefined) this.#input({ kind: "clientFrame", connection: client, frame });
  }

  closed(connection: ConnectionId): void {
    const client = clientConnection(connection);
    this.#fresh.delete(client);
    this.#input({ kind: "clientClosed", connection: client });
  }

  own(kind: number, incarnation: number): void {
    if (incarnation !== this.incarnation || this.state === "down") return;
    switch (kind) {
      case EVENT.forced:
        this.disk.completeForce();
        this.own(EVENT.forceKnown, incarnation);
        return;
      case EVENT.forceKnown:
        if (!this.defer(kind, incarnation, undefined)) this.#input({ kind: "forced" });
        return;
      case EVENT.snapshotWritten:
        this.disk.completeSnapshot();
        this.own(EVENT.snapshotKnown, incarnation);
        return;
      case EVENT.snapshotKnown:
        if (this.defer(kind, incarnation, undefined)) return;
        this.#input({ kind: "snapshotWritten", ok: true });
        return;
    }
  }

  protected started(): void {
    this.#startedMs = Math.floor(this.now());
    const { config } = this.#context;
    const recovery = recover(this.disk.files, { extendedTypes: config.extendedTypes });
    const { trace } = this.kernel;
    if (recovery.kind === "refused") {
      this.refused = recovery.why;
      if (trace.on) trace.begin(RECORD.serviceRefused, this.node).text(recovery.why).end();
      this.crash();
      return;
    }
    this.refused = undefined;
    this.service = newService(this.#context, recovery);
    if (trace.on) {
      const record = trace.begin(RECORD.serviceStarted, this.node);
      record.zxid(recovery.database.tree.lastProcessedZxid).int(recovery.replayed).end();
    }
    this.listen("client");
    this.#input({ kind: "boot" });
    this.changed();
  }

  protected ended(): void {
    this.service = undefined;
    this.#fresh.clear();
    this.disk.crash();
  }

  protected timedOut(ref: number): void {
    this.#input({ kind: "serviceTimer", timer: SERVICE_TIMERS[ref] as ServiceTimer });
  }

  // What it does: core/'s port.

  wallMs(): number {
    return WALL_CLOCK_START_MS + this.now();
  }

  send(connection: ClientConnection, message: ServerMessage): void {
    this.network.send(end(connection), toClient(message, this.#codec));
  }

  closeClient(connection: ClientConnection): void {
    this.#fresh.delete(connection);
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

  purge(retainCount: number): void {
    this.disk.purge(retainCount);
  }

  setTimer(timer: ServiceTimer, delayMs: number): void {
    this.arm(TIMER_NUMBER[timer], delayMs);
  }

  cancelTimer(timer: ServiceTimer): void {
    this.disarm(TIMER_NUMBER[timer]);
  }

  observe(o: ServiceObservation): void {
    this.changed();
    const { trace } = this.kernel;
    if (!trace.on) return;
    switch (o.kind) {
      case "prepared":
      case "applied":
        trace.begin(RECORD[o.kind], this.node).zxid(o.header.zxid);
        trace.text(formatSessionId(o.header.sessionId)).text(o.txn.kind).end();
        return;
      case "sessionExpiring":
        trace.begin(RECORD.sessionExpiring, this.node).text(formatSessionId(o.session)).end();
        return;
      case "sessionRemoved":
        trace.begin(RECORD.sessionRemoved, this.node).text(formatSessionId(o.session));
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
    return this.#fresh.has(connection) ? connectFrame(traffic.bytes) : requestFrame(traffic.bytes);
  }

  #input(input: ServiceInput): void {
    if (this.service !== undefined) stepService(this.#context, this.service, input);
  }
}

/** One end of a connection, by the name that the network has for it. */
function end(connection: ClientConnection): ConnectionId {
  return connection as number as ConnectionId;
}

function connectFrame(content: Uint8Array): ClientFrame {
  const bytes = content.length;
  const decoded = tryDecodeConnectRequest(content);
  return decoded.kind === "malformed"
    ? { kind: "malformed", header: undefined, bytes }
    : { kind: "connect", request: decoded.request, bytes };
}

function requestFrame(content: Uint8Array): ClientFrame {
  const bytes = content.length;
  const decoded = tryDecodeRequest(content);
  switch (decoded.kind) {
    case "request":
      return { kind: "request", header: decoded.header, request: decoded.request, bytes };
    case "unknownType":
      return { kind: "unknownOpcode", header: decoded.header, bytes };
    case "malformed":
      return { kind: "malformed", header: decoded.header, bytes };
    case "headless":
      return { kind: "malformed", header: undefined, bytes };
  }
}
