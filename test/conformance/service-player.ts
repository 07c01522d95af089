import { CaseConnection, type Exchange } from "./service-connection.ts";
import type { CaseEvent, ServiceStep, StepArgs, StepResult, SubOp } from "./service-case.ts";
import type { Client, ServiceHost } from "./service-host.ts";
import type { StatReader } from "./service-replies.ts";
import { connectPacket, requestPacket, type WireRequest } from "./service-requests.ts";

/** Plays the steps of a recorded case against a hosted server, and gives what each came to. */

/** How long a step takes, so that times differ; the real ones took little longer. */
const STEP_MS = 1;
/** Connections that are kept alive ping this often while time passes. */
const PING_MS = 100;
const TIMEOUT_MS = 30_000;

/** A step that has begun; its result is known when all is answered. */
interface Acted {
  readonly result: () => StepResult;
  /** That of the step's own request, if it has just one. */
  readonly exchange?: Exchange | undefined;
}

interface Session {
  readonly id: bigint;
  readonly password: Uint8Array;
}

export class CasePlayer {
  readonly #host: ServiceHost;
  readonly #connections = new Map<string, CaseConnection>();
  readonly #sessions = new Map<string, Session>();
  readonly #sessionNames = new Map<bigint, string>();
  readonly #times = new Map<number, number>([[0, 0]]);
  readonly #problems: string[] = [];
  readonly #stats: StatReader = {
    nameOf: (id) => this.#nameOf(id),
    seeTime: (zxid, time) => this.#seeTime(zxid, time),
  };

  constructor(host: ServiceHost) {
    this.#host = host;
  }

  /** What contradicts the rules of times since the last call. */
  takeProblems(): string[] {
    return this.#problems.splice(0);
  }

  /** The step is over when its reply is in and every connection has answered a ping sent after it. */
  play(step: ServiceStep): StepResult {
    this.#host.run(STEP_MS);
    const { result, exchange } = this.#act(step);
    this.#host.settle();
    for (const connection of this.#open()) connection.ping();
    this.#host.settle();
    return { ...result(), ...this.#sideEffects(exchange) };
  }

  #act(step: ServiceStep): Acted {
    const { s, op, args = {} } = step;
    switch (op) {
      case "connect":
        return { result: this.#connect(s, args) };
      case "drop":
        this.#connections.get(s)?.drop();
        return { result: () => ({}) };
      case "advance":
        this.#advance(args);
        return { result: () => ({}) };
      case "pipeline":
        return { result: this.#pipeline(s, args.ops ?? []) };
      default: {
        const connection = this.#connection(s);
        if (!connection.isOpen) return { result: () => ({ closed: true }) };
        const [exchange] = connection.send([{ op, make: maker(op, args) }]);
        return { result: () => resultOf(connection, exchange), exchange };
      }
    }
  }

  #connect(name: string, args: StepArgs): () => StepResult {
    const { timeout = TIMEOUT_MS, lastZxid = 0, readOnly = false, readOnlyField = true } = args;
    const client: Client = {
      onBytes: (bytes, close) => connection.onBytes(bytes, close),
      onClosed: () => connection.onClosed(),
    };
    const wire = this.#host.open(client, args.server);
    const connection = new CaseConnection(name, wire, this.#stats);
    this.#connections.set(name, connection);
    const session = this.#session(args);
    const { id: sessionId, password } = session;
    connection.sendConnect(
      connectPacket({ lastZxid, timeout, sessionId, password, readOnly, readOnlyField }),
    );
    this.#host.settle();
    const reply = connection.connectReply;
    if (reply === undefined)
      return () => (connection.isOpen ? { noReply: true } : { closed: true });
    if ("err" in reply) return () => ({ headerOnly: true, zxid: reply.zxid, err: reply.err });
    if (reply.timeout <= 0 || reply.sessionId === 0n) {
      const { timeout } = reply;
      return () => ({ expired: true, timeout, sessionIdZero: reply.sessionId === 0n });
    }
    if (args.resume === undefined) {
      this.#sessions.set(name, { id: reply.sessionId, password: reply.password });
      this.#sessionNames.set(reply.sessionId, name);
    }
    const ping = connection.isOpen ? connection.ping() : undefined;
    return () => ({
      session: this.#nameOf(reply.sessionId),
      timeout: reply.timeout,
      readOnly: reply.readOnly,
      ...(ping?.reply === undefined ? {} : { lastZxid: ping.reply.zxid ?? -1 }),
      ...(ping?.reply?.err === 0 || ping?.reply === undefined
        ? {}
        : { pingErr: ping.reply.err ?? 0 }),
    });
  }

  #session({ resume, badPassword = false }: StepArgs): Session {
    if (resume === undefined) return { id: 0n, password: new Uint8Array(16) };
    const session = this.#sessions.get(resume);
    if (session === undefined) throw new Error(`there is no session "${resume}"`);
    if (!badPassword) return session;
    return { id: session.id, password: session.password.map((byte) => byte ^ 0xff) };
  }

  #advance({ ms = 0, keepAlive = [] }: StepArgs): void {
    for (let left = ms; left > 0; left -= PING_MS) {
      for (const name of keepAlive) {
        const connection = this.#connections.get(name);
        if (connection?.isOpen === true) connection.ping();
      }
      this.#host.run(Math.min(left, PING_MS));
    }
  }

  #pipeline(name: string, ops: readonly SubOp[]): () => StepResult {
    const connection = this.#connection(name);
    if (!connection.isOpen) return () => ({ closed: true });
    const exchanges = connection.send(
      ops.map(({ op, args = {} }) => ({ op, make: maker(op, args) })),
    );
    return () => ({
      replies: exchanges.map((exchange) => {
        const { reply, eventsBefore } = exchange;
        return reply === undefined ? resultOf(connection, exchange) : { ...reply, eventsBefore };
      }),
    });
  }

  /** What the step did to connections, and the events of each. */
  #sideEffects(exchange: Exchange | undefined): StepResult {
    const events: CaseEvent[] = [];
    const closedConns: string[] = [];
    const malformed: string[] = [];
    for (const connection of this.#connections.values()) {
      const { name } = connection;
      const own = exchange?.reply !== undefined && exchange.connection === connection;
      for (const [index, event] of connection.takeEvents().entries()) {
        const before = own && index < exchange.eventsBefore;
        events.push({ to: name, ...event, ...(before ? { before } : {}) });
      }
      if (connection.takeClosed()) closedConns.push(name);
      malformed.push(...connection.takeMalformed());
    }
    return {
      ...(events.length > 0 ? { events } : {}),
      ...(closedConns.length > 0 ? { closedConns } : {}),
      ...(malformed.length > 0 ? { malformed: malformed.join("; ") } : {}),
    };
  }

  #connection(name: string): CaseConnection {
    const connection = this.#connections.get(name);
    if (connection === undefined) throw new Error(`there is no connection "${name}"`);
    return connection;
  }

  #open(): CaseConnection[] {
    return [...this.#connections.values()].filter(({ isOpen }) => isOpen);
  }

  #nameOf(id: bigint): string {
    return this.#sessionNames.get(id) ?? `0x${BigInt.asUintN(64, id).toString(16)}`;
  }

  /** Equal zxids mean equal times, in every node, and what a fresh server has is of time 0. */
  #seeTime(zxid: number, time: number): void {
    if (zxid === 0 && this.#host.writesMembership) return;
    const known = this.#times.get(zxid);
    if (known === undefined) this.#times.set(zxid, time);
    else if (known !== time) {
      this.#problems.push(`the time of zxid ${zxid} is ${time} in one place, ${known} in another`);
    }
  }
}

function maker(op: string, args: StepArgs): (xid: number) => WireRequest {
  return (xid) => requestPacket(op, args, xid);
}

function resultOf(connection: CaseConnection, exchange: Exchange | undefined): StepResult {
  if (exchange?.reply !== undefined) return exchange.reply;
  return connection.isOpen ? { noReply: true } : { closed: true };
}
