import { awaitedReply, stepClient } from "../../core/client/client.ts";
import type { Outcome } from "../../core/client/client-error.ts";
import type {
  ClientDelivery,
  ClientInput,
  ClientMessage,
  ClientObservation,
  ClientPort,
  ClientTimer,
  ServerMessage,
} from "../../core/client/client-port.ts";
import {
  type Client,
  type ClientConfig,
  type ClientContext,
  newClient,
} from "../../core/client/client-state.ts";
import { formatHostPort, type Host } from "../../core/client/connect-string.ts";
import type { ClientOp } from "../../core/client/operations.ts";
import { type SessionId, sessionId } from "../../core/ids.ts";
import type { ConnectionId } from "../../core/server/port.ts";
import { XID } from "../../core/wire/opcodes.ts";
import {
  EVENT_TYPES,
  type EventTypeName,
  type Request,
  type Response,
  type Stat,
} from "../../core/wire/records.ts";
import type { Zxid } from "../../core/zxid.ts";
import { clientConfig } from "./clients.ts";

/**
 * One client, alone on a bench: its port writes down every effect, its timers are wound by hand, and the test plays
 * every server. What goes in and what comes out is frozen, so a client that changes a message throws.
 */

export type ClientEffect =
  | { readonly kind: "dial"; readonly host: string; readonly atMs: number }
  | { readonly kind: "send"; readonly message: ClientMessage; readonly atMs: number }
  | { readonly kind: "close"; readonly connection: ConnectionId; readonly atMs: number }
  | { readonly kind: "probe"; readonly host: string; readonly atMs: number }
  | { readonly kind: "deliver"; readonly delivery: ClientDelivery; readonly atMs: number }
  | { readonly kind: "setTimer"; readonly timer: ClientTimer; readonly delayMs: number }
  | { readonly kind: "cancelTimer"; readonly timer: ClientTimer };

/** Freezes plain data; the bytes of a buffer can't be. */
export function freezeData<T>(value: T): T {
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freezeData(part);
  }
  return value;
}

export class RecordingClientPort implements ClientPort {
  nowMs = 0;
  readonly effects: ClientEffect[] = [];
  readonly observed: ClientObservation[] = [];
  readonly timers = new Map<ClientTimer, number>();
  /** What `draw` gives next; 0 when there is none left. */
  readonly draws: number[] = [];
  readonly bounds: number[] = [];
  #connections = 0;

  now(): number {
    return this.nowMs;
  }
  draw(below: number): number {
    this.bounds.push(below);
    return this.draws.shift() ?? 0;
  }
  dial(host: Host): ConnectionId {
    this.effects.push({ kind: "dial", host: formatHostPort(host), atMs: this.nowMs });
    return ++this.#connections as ConnectionId;
  }
  send(_connection: ConnectionId, message: ClientMessage): void {
    this.effects.push({ kind: "send", message: freezeData(message), atMs: this.nowMs });
  }
  close(connection: ConnectionId): void {
    this.effects.push({ kind: "close", connection, atMs: this.nowMs });
  }
  probe(host: Host): void {
    this.effects.push({ kind: "probe", host: formatHostPort(host), atMs: this.nowMs });
  }
  setTimer(timer: ClientTimer, delayMs: number): void {
    this.effects.push({ kind: "setTimer", timer, delayMs });
    this.timers.set(timer, this.nowMs + delayMs);
  }
  cancelTimer(timer: ClientTimer): void {
    this.effects.push({ kind: "cancelTimer", timer });
    this.timers.delete(timer);
  }
  deliver(delivery: ClientDelivery): void {
    this.effects.push({ kind: "deliver", delivery: freezeData(delivery), atMs: this.nowMs });
  }
  observe(observation: ClientObservation): void {
    this.observed.push(freezeData(observation));
  }
}

export const SESSION: SessionId = sessionId(0x100000d025b0010n);
export const PASSWD = new Uint8Array(16).fill(7);

export const STAT: Stat = freezeData({
  czxid: 3 as Zxid,
  mzxid: 4 as Zxid,
  ctime: 1000,
  mtime: 2000,
  version: 1,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: sessionId(0n),
  dataLength: 0,
  numChildren: 0,
  pzxid: 3 as Zxid,
});

export interface BenchSpec extends Partial<Omit<ClientConfig, "hosts">> {
  /** Names of servers, all at port 2181. */
  readonly hosts?: readonly string[];
}

/** Three servers, tried in the order given: a draw of the last place leaves a list as it is. */
export class ClientBench {
  readonly port = new RecordingClientPort();
  readonly ctx: ClientContext;
  readonly client: Client;
  #tokens = 0;
  #seen = 0;

  constructor({ hosts = ["a", "b", "c"], ...more }: BenchSpec = {}) {
    const addresses = hosts.map((host) => ({ host, port: 2181 }));
    const config: ClientConfig = freezeData(clientConfig(addresses, more));
    for (let size = hosts.length; size > 1; size--) this.port.draws.push(size - 1);
    this.ctx = { config, port: this.port };
    this.client = newClient(this.ctx);
  }

  get connection(): ConnectionId {
    if (this.client.connection === undefined) throw new Error("there is no connection");
    return this.client.connection;
  }

  input(input: ClientInput): void {
    stepClient(this.ctx, this.client, freezeData(input));
  }

  start(): void {
    this.input({ kind: "start" });
  }

  dialled(): void {
    this.input({ kind: "dialled", connection: this.connection });
  }

  refused(): void {
    this.input({ kind: "dialFailed", connection: this.connection, reason: "refused" });
  }

  closed(): void {
    this.input({ kind: "closed", connection: this.connection });
  }

  message(message: ServerMessage): void {
    this.input({ kind: "message", connection: this.connection, message });
  }

  welcome(timeOut = 30_000, readOnly = false): void {
    const response = {
      protocolVersion: 0,
      timeOut,
      sessionId: SESSION,
      passwd: PASSWD,
      readOnly,
    };
    this.message({ kind: "connect", response });
  }

  /** The answer to a session that there is none of any more. */
  expired(): void {
    const response = {
      protocolVersion: 0,
      timeOut: 0,
      sessionId: sessionId(0n),
      passwd: new Uint8Array(16),
      readOnly: false,
    };
    this.message({ kind: "connect", response });
  }

  /** From nothing to a session. What it took is not in `did`. */
  connect(timeOut = 30_000, readOnly = false): this {
    this.start();
    this.dialled();
    this.welcome(timeOut, readOnly);
    this.did();
    return this;
  }

  /** From a lost connection to the next session, with all the waits between them. */
  reconnect(timeOut = 30_000, readOnly = false): void {
    while (this.client.phase === "cleanup" || this.client.phase === "pausing") this.tick();
    this.dialled();
    this.welcome(timeOut, readOnly);
  }

  request(op: ClientOp): number {
    const token = ++this.#tokens;
    this.input({ kind: "request", token, op });
    return token;
  }

  /** Answers the oldest request that waits. */
  reply(response?: Response, { err = 0, zxid = 0 }: { err?: number; zxid?: number } = {}): void {
    const awaited = awaitedReply(this.client);
    if (awaited === undefined) throw new Error("no request waits for a reply");
    const header = { xid: awaited.xid, zxid: zxid as Zxid, err };
    this.message({ kind: "reply", header, response: err === 0 ? response : undefined });
  }

  fail(err: number): void {
    this.reply(undefined, { err });
  }

  pong(zxid = 0): void {
    const header = { xid: XID.ping, zxid: zxid as Zxid, err: 0 };
    this.message({ kind: "reply", header, response: { kind: "none" } });
  }

  authReply(err: number): void {
    const header = { xid: XID.auth, zxid: 0 as Zxid, err };
    this.message({ kind: "reply", header, response: undefined });
  }

  event(type: EventTypeName, path: string): void {
    const header = { xid: XID.notification, zxid: -1 as Zxid, err: 0 };
    this.message({ kind: "notice", header, event: { type: EVENT_TYPES[type], state: 3, path } });
  }

  /** Lets the next timer go off. */
  tick(): void {
    let next: readonly [ClientTimer, number] | undefined;
    for (const entry of this.port.timers) {
      if (next === undefined || entry[1] < next[1]) next = entry;
    }
    if (next === undefined) throw new Error("no timer is set");
    this.port.timers.delete(next[0]);
    this.port.nowMs = next[1];
    this.input({ kind: "timer", timer: next[0] });
  }

  /** Lets time pass, with every timer that goes off in it. */
  advance(ms: number): void {
    const until = this.port.nowMs + ms;
    while ([...this.port.timers.values()].some((at) => at <= until)) this.tick();
    this.port.nowMs = until;
  }

  /** The effects since the last time, without the timers. */
  did(): ClientEffect[] {
    const latest = this.port.effects.slice(this.#seen);
    this.#seen = this.port.effects.length;
    return latest.filter((e) => e.kind !== "setTimer" && e.kind !== "cancelTimer");
  }

  /** What was sent since the last time, and nothing else. */
  sent(): ClientMessage[] {
    return this.did().flatMap((effect) => (effect.kind === "send" ? [effect.message] : []));
  }

  sentRequests(): Request[] {
    return this.sent().flatMap((message) => (message.kind === "request" ? [message.request] : []));
  }

  /** Events and completions since the last time, in short: `None Disconnected → 0`, `3 ok`, `4 NoNode`. */
  delivered(): string[] {
    return this.did().flatMap((effect) =>
      effect.kind === "deliver" ? [describeDelivery(effect.delivery)] : [],
    );
  }

  /** All the outcomes there ever were, by token. */
  outcome(token: number): Outcome<unknown> | undefined {
    for (const effect of this.port.effects) {
      if (effect.kind !== "deliver" || effect.delivery.kind !== "completion") continue;
      if (effect.delivery.token === token) return effect.delivery.outcome;
    }
    return undefined;
  }
}

function describeDelivery(delivery: ClientDelivery): string {
  if (delivery.kind === "completion") {
    const { token, outcome } = delivery;
    return `${token} ${outcome.ok ? "ok" : outcome.error.name}`;
  }
  const { event, watchers } = delivery;
  const what = event.type === "None" ? event.state : `${event.type} ${event.path}`;
  return `${what} → ${watchers.join(" ")}`;
}
