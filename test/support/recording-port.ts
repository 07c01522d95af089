import type { Notification } from "../../core/election/messages.ts";
import type { ServerId } from "../../core/ids.ts";
import type { ExitReason, Observation } from "../../core/server/observations.ts";
import type {
  ConnectionId,
  EpochFile,
  Message,
  Port,
  PortName,
  TimerName,
} from "../../core/server/port.ts";
import type { ServiceObservation } from "../../core/server/service/service-observations.ts";
import type {
  ClientConnection,
  LogEntry,
  ServerMessage,
  ServiceTimer,
} from "../../core/server/service/service-port.ts";
import type { Snapshot } from "../../core/server/service/snapshot.ts";
import type { Truncation } from "../../core/server/service/truncation.ts";
import { RecordingServicePort } from "./service-port.ts";

/**
 * The ports of one server, which write down every effect. What goes out is frozen, so a server that changes a message
 * throws.
 */

export type Effect =
  | { readonly kind: "listen" | "unlisten"; readonly port: PortName }
  | {
      readonly kind: "dial";
      readonly to: ServerId;
      readonly port: PortName;
      readonly timeoutMs: number;
      readonly connection: ConnectionId;
    }
  | { readonly kind: "send"; readonly connection: ConnectionId; readonly message: Message }
  | { readonly kind: "close"; readonly connection: ConnectionId }
  | { readonly kind: "loopback"; readonly message: Notification }
  | { readonly kind: "write"; readonly file: EpochFile; readonly value: number }
  | { readonly kind: "exit"; readonly why: ExitReason }
  | { readonly kind: "append"; readonly entry: LogEntry }
  | { readonly kind: "force" }
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  | { readonly kind: "truncate"; readonly truncation: Truncation }
  | {
      readonly kind: "toClient";
      readonly client: ClientConnection;
      readonly content: ServerMessage;
    }
  | { readonly kind: "closeClient"; readonly client: ClientConnection };

/** What a disk has been asked for and has not done: a file of one number, or an operation. */
export type DiskWork = EpochFile | "force" | "snapshot" | "truncate";

export function deepFreeze<T>(value: T): T {
  // Bytes can't be frozen.
  if (ArrayBuffer.isView(value)) return value;
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

export class RecordingPort implements Port {
  nowMs = 0;
  /** Of all time; `Bench.did` gives the latest. */
  readonly effects: Effect[] = [];
  readonly observed: Observation[] = [];
  readonly timers = new Map<string, { timer: TimerName; key: number; atMs: number }>();
  readonly listening = new Set<PortName>();
  /** Connections that this end has not closed. */
  readonly open = new Set<ConnectionId>();
  /** Who is at the other end of every connection there ever was. */
  readonly others = new Map<ConnectionId, ServerId>();
  /** What `draw` gives next, and the bound that it was last asked for. */
  nextDraw = 1;
  drawnBelow: number | undefined;
  /** Why the process ended itself: nothing is asked of it any more. */
  exited: ExitReason | undefined;
  /** What the disk is at work on, oldest first. */
  readonly diskWork: DiskWork[] = [];
  #connections = 0;

  newConnection(other: ServerId): ConnectionId {
    const connection = ++this.#connections as ConnectionId;
    this.open.add(connection);
    this.others.set(connection, other);
    return connection;
  }

  now(): number {
    return this.nowMs;
  }
  draw(below: number): number {
    this.drawnBelow = below;
    return this.nextDraw;
  }
  listen(port: PortName): void {
    this.listening.add(port);
    this.effects.push({ kind: "listen", port });
  }
  unlisten(port: PortName): void {
    this.listening.delete(port);
    this.effects.push({ kind: "unlisten", port });
  }
  dial(to: ServerId, port: PortName, timeoutMs: number): ConnectionId {
    const connection = this.newConnection(to);
    this.effects.push({ kind: "dial", to, port, timeoutMs, connection });
    return connection;
  }
  send(connection: ConnectionId, message: Message): void {
    this.effects.push({ kind: "send", connection, message: deepFreeze(message) });
  }
  close(connection: ConnectionId): void {
    this.open.delete(connection);
    this.effects.push({ kind: "close", connection });
  }
  loopback(message: Notification): void {
    this.effects.push({ kind: "loopback", message: deepFreeze(message) });
  }
  setTimer(timer: TimerName, key: number, delayMs: number): void {
    this.timers.delete(`${timer} ${key}`);
    this.timers.set(`${timer} ${key}`, { timer, key, atMs: this.nowMs + delayMs });
  }
  cancelTimer(timer: TimerName, key: number): void {
    this.timers.delete(`${timer} ${key}`);
  }
  write(file: EpochFile, value: number): void {
    this.effects.push({ kind: "write", file, value });
    this.diskWork.push(file);
  }
  exit(why: ExitReason): void {
    this.effects.push({ kind: "exit", why });
    this.exited ??= why;
  }
  observe(observation: Observation): void {
    this.observed.push(deepFreeze(observation));
  }
}

/** The port towards clients and the data directory; its effects are among those of the other port. */
export class RecordingRolePort extends RecordingServicePort {
  readonly #port: RecordingPort;

  constructor(port: RecordingPort) {
    super();
    this.#port = port;
  }

  override now(): number {
    return this.#port.nowMs;
  }
  override wallMs(): number {
    return this.wallStartMs + this.#port.nowMs;
  }
  override setTimer(timer: ServiceTimer, delayMs: number): void {
    this.timers.set(timer, this.#port.nowMs + delayMs);
  }
  override send(client: ClientConnection, content: ServerMessage): void {
    super.send(client, deepFreeze(content));
    this.#port.effects.push({ kind: "toClient", client, content });
  }
  override closeClient(client: ClientConnection): void {
    super.closeClient(client);
    this.#port.effects.push({ kind: "closeClient", client });
  }
  override append(entry: LogEntry): void {
    super.append(deepFreeze(entry));
    this.#port.effects.push({ kind: "append", entry });
  }
  override force(): void {
    super.force();
    this.#asked("force", { kind: "force" });
  }
  override writeSnapshot(snapshot: Snapshot): void {
    super.writeSnapshot(deepFreeze(snapshot));
    this.#asked("snapshot", { kind: "snapshot", snapshot });
  }
  override truncate(truncation: Truncation): void {
    super.truncate(truncation);
    this.#asked("truncate", { kind: "truncate", truncation });
  }
  override observe(observation: ServiceObservation): void {
    super.observe(deepFreeze(observation));
  }

  #asked(work: DiskWork, effect: Effect): void {
    this.#port.effects.push(effect);
    this.#port.diskWork.push(work);
  }
}
