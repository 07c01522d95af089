import { type OpName, OPCODES, XID } from "../../core/wire/opcodes.ts";
import { ByteReader, concat, framed, ShortReply } from "./service-bytes.ts";
import type { CaseEvent, StepResult } from "./service-case.ts";
import { codecProblem } from "./service-codec.ts";
import type { HostedConnection } from "./service-host.ts";
import {
  type ConnectReply,
  readConnectReply,
  readEvent,
  readHead,
  readReply,
  type ReplyHead,
  type StatReader,
} from "./service-replies.ts";
import { pingPacket, type WireRequest } from "./service-requests.ts";

/** A request that was sent, and what came back for it. */
export interface Exchange {
  readonly connection: CaseConnection;
  /** Undefined for the ping that ends a step. */
  readonly op: string | undefined;
  readonly replyXid: number;
  /** It went out with another opcode than its own. */
  readonly isOverridden: boolean;
  reply: StepResult | undefined;
  /** Events that this connection got in the step before the reply. */
  eventsBefore: number;
}

/** The client side of one connection: it puts frames together, and tells which reply belongs to which request. */
export class CaseConnection {
  readonly name: string;
  readonly #stats: StatReader;
  readonly #wire: HostedConnection;
  #unread: Uint8Array = new Uint8Array();
  #xid = 0;
  #waiting: Exchange[] = [];
  #connectReply: ConnectReply | ReplyHead | undefined;
  #events: Omit<CaseEvent, "to">[] = [];
  /** What broke the protocol. */
  #malformed: string[] = [];
  #state: "open" | "dropped" | "closed" | "reportedClosed" = "open";

  constructor(name: string, wire: HostedConnection, stats: StatReader) {
    this.name = name;
    this.#wire = wire;
    this.#stats = stats;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get connectReply(): ConnectReply | ReplyHead | undefined {
    return this.#connectReply;
  }

  sendConnect(packet: Uint8Array): void {
    this.#wire.send(framed(packet));
  }

  /** Sends requests in one go; `make` gets the next xid of each. */
  send(requests: readonly { op: string; make: (xid: number) => WireRequest }[]): Exchange[] {
    const exchanges: Exchange[] = [];
    const frames: Uint8Array[] = [];
    for (const { op, make } of requests) {
      const { packet, replyXid, isOverridden } = make(++this.#xid);
      frames.push(framed(packet));
      exchanges.push(this.#exchange(op, replyXid, isOverridden));
    }
    this.#waiting.push(...exchanges);
    this.#wire.send(concat(frames));
    return exchanges;
  }

  ping(): Exchange {
    const exchange = this.#exchange(undefined, XID.ping, false);
    this.#waiting.push(exchange);
    this.#wire.send(framed(pingPacket()));
    return exchange;
  }

  #exchange(op: string | undefined, replyXid: number, isOverridden: boolean): Exchange {
    return { connection: this, op, replyXid, isOverridden, reply: undefined, eventsBefore: 0 };
  }

  /** The client closes its socket. */
  drop(): void {
    this.#state = "dropped";
    this.#wire.close();
  }

  /** The events since the last call. */
  takeEvents(): readonly Omit<CaseEvent, "to">[] {
    const events = this.#events;
    this.#events = [];
    this.#waiting = this.#waiting.filter(({ reply }) => reply === undefined);
    return events;
  }

  /** Whether the server has closed it since the last call. */
  takeClosed(): boolean {
    if (this.#state !== "closed") return false;
    this.#state = "reportedClosed";
    return true;
  }

  takeMalformed(): string[] {
    return this.#malformed.splice(0);
  }

  onClosed(): void {
    if (this.#state === "open") this.#state = "closed";
  }

  /** `close`: the session close whose events these are (CaseEvent). */
  onBytes(bytes: Uint8Array, close: number | undefined): void {
    if (this.#state !== "open") return;
    this.#unread = concat([this.#unread, bytes]);
    for (;;) {
      if (this.#unread.length < 4) return;
      const length = new ByteReader(this.#unread).int();
      if (this.#unread.length < 4 + length) return;
      const packet = this.#unread.subarray(4, 4 + length);
      this.#unread = this.#unread.subarray(4 + length);
      try {
        this.#onPacket(packet, close);
      } catch (error) {
        if (!(error instanceof ShortReply)) throw error;
        this.#malformed.push(`${this.name}: ${error.message}`);
      }
    }
  }

  #onPacket(packet: Uint8Array, close: number | undefined): void {
    if (this.#connectReply === undefined) {
      this.#connectReply = readConnectReply(packet);
      if ("sessionId" in this.#connectReply) this.#blame(codecProblem(packet, "connect"));
      return;
    }
    const reader = new ByteReader(packet);
    const head = readHead(reader);
    if (head.xid === XID.notification) {
      const event = readEvent(head, reader);
      this.#blame(codecProblem(packet, "event"));
      this.#events.push(close === undefined ? event : { ...event, close });
      return;
    }
    const exchange = this.#answered(head.xid);
    exchange.reply = readReply(exchange.op ?? "ping", head, reader, this.#stats);
    exchange.eventsBefore = this.#events.length;
    // What was sent under another name has a reply that nobody knows how to read; Java's surrogates come back as
    // U+FFFD.
    const { op } = exchange;
    if (op === undefined || !(op in OPCODES) || exchange.isOverridden) return;
    if (exchange.reply.malformed !== undefined) return;
    if (JSON.stringify(exchange.reply).includes("\ufffd")) return;
    this.#blame(codecProblem(packet, op as OpName));
  }

  #blame(problem: string | undefined): void {
    if (problem !== undefined) this.#malformed.push(`${this.name}: ${problem}`);
  }

  /** Replies come in the order of the requests; a top-level check may go without one. */
  #answered(xid: number): Exchange {
    const index = this.#waiting.findIndex(
      ({ replyXid, reply }) => replyXid === xid && reply === undefined,
    );
    const exchange = this.#waiting[index];
    if (exchange === undefined) throw new ShortReply(`a reply with the xid ${xid} of no request`);
    const late = this.#waiting.slice(index + 1).find(({ reply }) => reply !== undefined);
    if (late !== undefined) throw new ShortReply(`the reply of xid ${xid} is out of its order`);
    return exchange;
  }
}
