import { isDeepStrictEqual } from "node:util";
import type { ClientDelivery, ClientMessage, RequestToken } from "../../core/client/client-port.ts";
import type { ClientOp } from "../../core/client/operations.ts";
import type { SessionId } from "../../core/ids.ts";
import type { ConnectionId } from "../../core/server/port.ts";
import type { ServiceObservation } from "../../core/server/service/service-observations.ts";
import type { ServerMessage } from "../../core/server/service/service-port.ts";
import { EVENT_TYPES, type Id, type Request } from "../../core/wire/records.ts";
import { ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import type { ClientTraffic } from "../../sim/client-traffic.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";
import { WALL_CLOCK_START_MS } from "../../sim/process/serving-process.ts";
import type { StandaloneProcess } from "../../sim/process/standalone-process.ts";
import type { World } from "../../sim/world.ts";
import {
  type Change,
  nameOfCode,
  type Result,
  type Read,
  type TreeModel,
  type Write,
} from "../model/tree-model.ts";
import { compareText, statOf } from "../model/node-model.ts";
import {
  ClientWatches,
  type ModelEvent,
  ServerWatches,
  type WatchPaths,
} from "../model/watch-model.ts";

/** Somebody's request, from the call to the answer. */
interface Ask {
  readonly op: ClientOp;
  readonly user: User;
  readonly incarnation: number;
  /** The identities of the connection when the server read it. */
  who: readonly Id[];
  expected: Result | undefined;
  isAnswered: boolean;
  isOver: boolean;
}

/** Set by the client itself on every new connection. */
interface Reset {
  readonly paths: WatchPaths;
  readonly seen: Zxid;
  isDone: boolean;
}

/** What the server sent and the client's user has not been told of. */
type Item = { readonly ask: Ask } | { readonly event: ModelEvent };

/** One connection, as the server and then the client go through it. */
interface Cnxn {
  isOpen: boolean;
  session: SessionId | undefined;
  /** The session that the client asked for: 0 for a new one. */
  wanted: bigint;
  /** When the server read that. */
  openedMs: number;
  who: readonly Id[];
  readonly watches: ServerWatches;
  /** Requests as they were sent, by xid. */
  readonly requests: Map<number, Ask | Reset>;
  /** Xids that the server has read and not answered. */
  readonly unanswered: number[];
  /** Events that are due, one list for each transaction; the order within that of a closed session is open. */
  due: ModelEvent[][];
  readonly items: Item[];
}

/** A client process, and what its user knows. */
interface User {
  readonly process: ClientProcess;
  incarnation: number;
  /** Asked and not sent. */
  unsent: Ask[];
  readonly byToken: Map<RequestToken, Ask>;
  watches: ClientWatches;
  lastZxid: Zxid;
  connection: ConnectionId | undefined;
  isClosing: boolean;
}

interface Pending {
  readonly zxid: Zxid;
  readonly session: SessionId;
  readonly kind: string;
  readonly time: number;
  readonly seen: Zxid;
  readonly ask: Ask | undefined;
}

/** SHA-1 of name and password. */
const DIGESTS: Readonly<Record<string, string>> = {
  "alice:a": "alice:AIueg8ag5ALfqeEyKdLnva1Wvi0=",
  "bob:b": "bob:LcrmCNs/wfVD+i5a5yaz89GyjIM=",
};
const LOST = -4;
const EXPIRED = -112;

/**
 * Holds a world against the model while it runs: every reply and event that the server sends, every completion and
 * event that a client's user gets, every restart. Which writes happened and in what order, the server says itself
 * (`prepared`, `applied`, and after a restart the last zxid it came back with); what they do, the model says.
 */
export class ServiceJudge {
  readonly problems: string[] = [];
  readonly counts: Record<string, number> = {};
  /** Something was done to the world on account of which answers may be lost. */
  faulted = false;
  readonly #world: World;
  readonly #server: StandaloneProcess;
  readonly #model: TreeModel;
  readonly #users: readonly User[];
  readonly #asks: Ask[] = [];
  /** By the number that both ends have in common. */
  readonly #cnxns = new Map<number, Cnxn>();
  readonly #cnxnOf = new Map<SessionId, Cnxn>();
  /** When the server last heard of each session, in ms, and the session's timeout. */
  readonly #heard = new Map<SessionId, number>();
  readonly #timeouts = new Map<SessionId, number>();
  /** Checked and not applied. */
  #pending: Pending[] = [];
  #asking: Ask | undefined;

  constructor(world: World, model: TreeModel) {
    this.#world = world;
    this.#server = world.standalone as StandaloneProcess;
    this.#model = model;
    this.#tapServer(this.#server);
    this.#users = world.clients.map((process) => this.#tapClient(process));
  }

  ask(process: ClientProcess, op: ClientOp): void {
    const user = this.#users.find((one) => one.process === process);
    if (user === undefined || process.state !== "up") return;
    const { incarnation } = user;
    const flags = { isAnswered: false, isOver: false };
    const ask: Ask = { op, user, incarnation, who: [], expected: undefined, ...flags };
    this.#asks.push(ask);
    this.#count("asked");
    if (op.kind !== "addAuth") user.unsent.push(ask);
    this.#asking = ask;
    const token = process.request(op);
    this.#asking = undefined;
    user.byToken.set(token, ask);
    if (op.kind === "close") user.isClosing = true;
  }

  /** After the calm: nobody waits, the dead are buried, and the trees are the same. */
  finish(): void {
    if (this.problems.length > 0) return;
    for (const { op, user, incarnation, isOver } of this.#asks) {
      if (!isOver && incarnation === user.incarnation && user.process.state === "up") {
        this.#problem(`${op.kind} of ${user.process.name} was never answered`);
      }
    }
    if (this.#pending.length > 0) this.#problem("a transaction was prepared and not applied");
    this.#compareTrees("at the end");
    const living = new Set<unknown>();
    for (const { process } of this.#users) {
      if (process.client?.state === "CONNECTED") living.add(process.client.sessionId);
    }
    for (const session of living) {
      if (!this.#model.sessions.has(session as SessionId)) this.#problem("a live session is gone");
    }
    for (const session of this.#model.sessions) {
      if (!living.has(session)) this.#problem("a dead session is still there");
    }
    for (const [path, node] of this.#server.service?.database.tree.nodes ?? []) {
      const isOrphan = node.ephemeralOwner !== 0n && !living.has(node.ephemeralOwner);
      if (isOrphan) this.#problem(`${path} has outlived its session`);
    }
  }

  // The server.

  #tapServer(server: StandaloneProcess): void {
    const boot = server.boot.bind(server);
    const crash = server.crash.bind(server);
    const accepted = server.accepted.bind(server);
    const received = server.received.bind(server);
    const closed = server.closed.bind(server);
    const send = server.send.bind(server);
    const closeClient = server.closeClient.bind(server);
    const observe = server.observe.bind(server);
    server.boot = () => {
      boot();
      this.#booted();
    };
    server.crash = () => {
      for (const cnxn of this.#cnxns.values()) cnxn.isOpen = false;
      crash();
    };
    server.accepted = (connection, port) => {
      this.#cnxns.set(connection >> 1, newCnxn());
      accepted(connection, port);
    };
    server.received = (connection, message) => {
      this.#serverReceived(connection, message as ClientTraffic);
      received(connection, message);
    };
    server.closed = (connection) => {
      this.#cnxn(connection).isOpen = false;
      closed(connection);
    };
    server.closeClient = (connection) => {
      this.#cnxn(connection).isOpen = false;
      closeClient(connection);
    };
    server.send = (connection, message) => {
      this.#serverSends(this.#cnxn(connection), message);
      send(connection, message);
    };
    server.observe = (observation) => {
      this.#observed(observation);
      observe(observation);
    };
  }

  /** What was not applied before the crash is decided now: all up to the zxid that the server came back with. */
  #booted(): void {
    const { service, refused } = this.#server;
    if (service === undefined) {
      this.#problem(`the server does not start: ${refused}`);
      return;
    }
    const { tree, sessions } = service.database;
    const applied = this.#model.lastZxid;
    this.#model.restarted();
    for (const pending of this.#pending) {
      if (pending.zxid <= tree.lastProcessedZxid) this.#apply(pending);
    }
    this.#pending = [];
    if (tree.lastProcessedZxid < applied) this.#problem(`the server has lost zxid ${applied}`);
    this.#same("last zxid after the start", tree.lastProcessedZxid, this.#model.lastZxid);
    this.#same("sessions after the start", sorted(sessions.keys()), sorted(this.#model.sessions));
    for (const session of this.#model.sessions) this.#heard.set(session, this.#nowMs());
    this.#compareTrees("after the start");
    this.#count("boots");
  }

  #serverReceived(connection: ConnectionId, traffic: ClientTraffic): void {
    if (traffic.kind !== "toServer") return;
    const cnxn = this.#cnxn(connection);
    const { message } = traffic;
    if (message.kind === "connect") {
      cnxn.wanted = message.request.sessionId;
      cnxn.openedMs = this.#nowMs();
      return;
    }
    const { header, request } = message;
    if (request.kind === "auth") {
      const id = DIGESTS[String.fromCharCode(...(request.auth ?? []))] ?? "";
      if (!cnxn.who.some((own) => own.id === id)) {
        // In the order in which `auth` is replaced; see javaOrder.
        cnxn.who = javaOrder([...cnxn.who, { scheme: "digest", id }]);
      }
    }
    // A session does not live on auth packets, nor on what comes behind its end.
    else if (cnxn.session !== undefined && !this.#isClosing(cnxn.session)) {
      this.#heard.set(cnxn.session, this.#nowMs());
    }
    if (header.xid <= 0) return;
    const asked = cnxn.requests.get(header.xid);
    if (asked !== undefined && "op" in asked) asked.who = cnxn.who;
    cnxn.unanswered.push(header.xid);
  }

  #observed(o: ServiceObservation): void {
    // A connection whose session is not there at the next full ten seconds is closed, however young it is.
    if (o.kind === "connectionClosed" && o.why === "idle") this.faulted = true;
    if (o.kind === "prepared") {
      const { zxid, sessionId: session, cxid, time } = o.header;
      const asked = this.#cnxnOf.get(session)?.requests.get(cxid);
      const ask = asked !== undefined && "op" in asked ? asked : undefined;
      const last = this.#pending.at(-1)?.zxid ?? this.#model.lastZxid;
      this.#same("zxid", zxid, last + 1);
      this.#same("time", time, WALL_CLOCK_START_MS + this.#nowMs());
      const { kind } = o.txn;
      if (kind === "closeSession" && ask === undefined) this.#expires(session);
      const seen = this.#model.lastZxid;
      this.#pending.push({ zxid, session, kind, time, seen, ask });
    } else if (o.kind === "applied") {
      const pending = this.#pending.shift();
      if (pending?.zxid !== o.header.zxid) {
        this.#problem(`${o.header.zxid} is applied, and not ${pending?.zxid}`);
        return;
      }
      const changes = this.#apply(pending);
      this.#count("applied");
      for (const cnxn of this.#cnxns.values()) {
        if (!cnxn.isOpen) continue;
        const events = cnxn.watches.fire(changes, cnxn.who);
        if (events.length === 0) continue;
        if (pending.kind === "closeSession") cnxn.due.push(events);
        else cnxn.due.push(...events.map((event) => [event]));
      }
    }
  }

  #expires(session: SessionId): void {
    this.#count("expired");
    const silent = this.#nowMs() - (this.#heard.get(session) ?? 0);
    const timeout = this.#timeouts.get(session) ?? 0;
    if (silent < timeout) this.#problem(`a session expires after ${silent} ms of ${timeout}`);
  }

  #apply({ zxid, session, kind, time, seen, ask }: Pending): readonly Change[] {
    if (kind === "createSession") {
      this.#model.openSession(session, zxid);
      return [];
    }
    const at = { zxid, time, session, who: ask?.who ?? [], seen };
    if (ask === undefined) {
      if (kind !== "closeSession") this.#problem(`nobody asked for the ${kind} of ${zxid}`);
      return this.#model.closeSession(session, at).changes;
    }
    const { result, changes } = this.#model.write(ask.op as Write, at);
    ask.expected = result;
    return changes;
  }

  #serverSends(cnxn: Cnxn, message: ServerMessage): void {
    switch (message.kind) {
      case "connectResponse": {
        const { sessionId, timeOut } = message.response;
        const wanted = cnxn.wanted as SessionId;
        const isAlive = this.#model.sessions.has(wanted) && !this.#isClosing(wanted);
        if (cnxn.wanted !== 0n) this.#same("session goes on", timeOut > 0, isAlive);
        if (timeOut <= 0) return;
        cnxn.session = sessionId;
        this.#cnxnOf.set(sessionId, cnxn);
        this.#heard.set(sessionId, cnxn.openedMs);
        this.#timeouts.set(sessionId, timeOut);
        return;
      }
      case "event": {
        this.#resetWatches(cnxn);
        const { type, path } = message.event;
        const names = Object.entries(EVENT_TYPES) as [ModelEvent["type"], number][];
        const event = { type: names.find(([, n]) => n === type)?.[0] ?? "None", path };
        const [due] = cnxn.due;
        const at = due?.findIndex((one) => one.type === event.type && one.path === path) ?? -1;
        this.#count("events");
        if (at < 0) this.#problem(`event ${event.type} ${path}, due was ${describe(due)}`);
        due?.splice(at, 1);
        if (due?.length === 0) cnxn.due.shift();
        cnxn.items.push({ event });
        return;
      }
      case "reply":
        if (message.reply.header.xid > 0) this.#replies(cnxn, message.reply.header);
    }
  }

  #replies(
    cnxn: Cnxn,
    header: { readonly xid: number; readonly zxid: Zxid; readonly err: number },
  ): void {
    this.#resetWatches(cnxn);
    const { xid } = header;
    this.#same("xid", xid, cnxn.unanswered.shift());
    this.#same("zxid of a reply", header.zxid, this.#model.lastZxid);
    if (cnxn.due.length > 0) this.#problem(`reply before the event ${describe(cnxn.due[0])}`);
    const asked = cnxn.requests.get(xid);
    if (asked === undefined || !("op" in asked)) return;
    const { op, who } = asked;
    if (asked.isAnswered) this.#problem(`${op.kind} is answered twice`);
    asked.isAnswered = true;
    this.#count("answered");
    if (isWrite(op)) {
      if (asked.expected === undefined) {
        this.#problem(`${op.kind} is answered and not applied`);
        return;
      }
    } else {
      asked.expected = this.#model.read(op as Read, cnxn.session as SessionId, who);
      cnxn.watches.add(op, asked.expected.code);
    }
    const err = op.kind === "multi" ? 0 : asked.expected.code;
    this.#same(`error of ${op.kind}`, header.err, err);
    cnxn.items.push({ ask: asked });
  }

  /** The client's setWatches is what it asks first of all, and happens right before what comes of it is sent. */
  #resetWatches(cnxn: Cnxn): void {
    const first = cnxn.requests.get(cnxn.unanswered[0] ?? 0);
    if (first === undefined || "op" in first || first.isDone) return;
    first.isDone = true;
    const events = cnxn.watches.restore(this.#model, first.paths, first.seen);
    cnxn.due.push(...events.map((event) => [event]));
    this.#count("resets");
  }

  #compareTrees(when: string): void {
    const tree = this.#server.service?.database.tree;
    if (tree === undefined) {
      this.#problem(`there is no server ${when}`);
      return;
    }
    const paths = [...tree.nodes.keys()].filter((path) => path !== "").sort(compareText);
    this.#same(`nodes ${when}`, paths, [...this.#model.nodes.keys()].sort(compareText));
    for (const [path, node] of this.#model.nodes) {
      const real = tree.nodes.get(path);
      if (real === undefined) continue;
      const { czxid, mzxid, pzxid, ctime, mtime, version, aversion, ephemeralOwner } = real;
      const numChildren = real.children?.size ?? 0;
      const { data } = real;
      const cversion = 2 * real.cversion - numChildren;
      const dataLength = data?.length ?? 0;
      const versions = { version, cversion, aversion };
      const times = { czxid, mzxid, pzxid, ctime, mtime };
      const stat = { ...versions, ...times, ephemeralOwner, dataLength, numChildren };
      this.#same(
        `${path} ${when}`,
        { data, acl: real.acl.list, stat },
        {
          data: node.data,
          acl: node.acl,
          stat: statOf(node),
        },
      );
    }
  }

  // The clients.

  #tapClient(process: ClientProcess): User {
    const user: User = {
      process,
      incarnation: 0,
      unsent: [],
      byToken: new Map(),
      watches: new ClientWatches(),
      lastZxid: ZERO_ZXID,
      connection: undefined,
      isClosing: false,
    };
    const boot = process.boot.bind(process);
    const send = process.send.bind(process);
    const received = process.received.bind(process);
    process.boot = () => {
      user.incarnation++;
      user.unsent = [];
      user.byToken.clear();
      user.watches = new ClientWatches();
      user.lastZxid = ZERO_ZXID;
      user.isClosing = false;
      boot();
    };
    process.send = (connection, message) => {
      this.#clientSends(user, connection, message);
      send(connection, message);
    };
    process.received = (connection, message) => {
      this.#clientReceived(user, connection, message as ClientTraffic);
      received(connection, message);
    };
    process.onDelivery = (delivery) => this.#delivered(user, delivery);
    return user;
  }

  #clientSends(user: User, connection: ConnectionId, message: ClientMessage): void {
    user.connection = connection;
    if (message.kind === "connect") {
      this.#same("lastZxidSeen", message.request.lastZxidSeen, user.lastZxid);
      return;
    }
    const { header, request } = message;
    if (header.xid <= 0) return;
    const { requests } = this.#cnxn(connection);
    if (request.kind === "setWatches" || request.kind === "setWatches2") {
      const paths = pathsOf(request);
      this.#same("watches that are set again", inOrder(paths), user.watches.paths());
      this.#same("relativeZxid", request.relativeZxid, user.lastZxid);
      requests.set(header.xid, { paths, seen: request.relativeZxid, isDone: false });
      return;
    }
    const ask = user.unsent.shift();
    if (ask === undefined) this.#problem(`${user.process.name} sends what nobody asked for`);
    else requests.set(header.xid, ask);
  }

  #clientReceived(user: User, connection: ConnectionId, traffic: ClientTraffic): void {
    if (traffic.kind !== "toClient" || connection !== user.connection) return;
    if (traffic.message.kind !== "reply") return;
    const { xid, zxid } = traffic.message.reply.header;
    if (xid <= 0) return;
    if (zxid < user.lastZxid) this.#problem(`${user.process.name} goes back to zxid ${zxid}`);
    user.lastZxid = zxid;
  }

  #delivered(user: User, delivery: ClientDelivery): void {
    if (delivery.kind === "event") {
      const { type, path } = delivery.event;
      if (type === "None") return;
      const item = this.#nextItem(user);
      const watchers = [...delivery.watchers].sort((a, b) => a - b);
      const expected = item && "event" in item ? item : undefined;
      this.#same("event told", { event: { type, path }, watchers }, expected);
      return;
    }
    const { token, outcome } = delivery;
    const ask = user.byToken.get(token) ?? this.#asking;
    if (ask === undefined || ask.isOver) {
      this.#problem(`completion ${token} of nothing`);
      return;
    }
    ask.isOver = true;
    user.unsent = user.unsent.filter((one) => one !== ask);
    const { op } = ask;
    if (op.kind === "addAuth") return;
    if (!outcome.ok && (outcome.error.code === LOST || outcome.error.code === EXPIRED)) {
      this.#count("lost");
      const isExcused = this.faulted || user.isClosing || this.#isOver(user);
      if (!isExcused) this.#problem(`${op.kind} is lost without a reason`);
      return;
    }
    if (op.kind === "close") {
      this.#same("close", outcome, { ok: true, value: undefined });
      return;
    }
    this.#count("completed");
    const item = this.#nextItem(user);
    if (item === undefined || "event" in item || item.ask !== ask) {
      this.#problem(`${op.kind} is told out of turn, behind ${describe(item)}`);
      return;
    }
    const { code } = ask.expected as Result;
    user.watches.add(op, code);
    this.#same(`result of ${describe(op)}`, tidy(op, outcome), expectedOutcome(ask));
  }

  /** The next thing that the server sent and the user is told of: not events that nobody is left for. */
  #nextItem(user: User): (Item & { readonly watchers?: readonly number[] }) | undefined {
    if (user.connection === undefined) return undefined;
    const { items } = this.#cnxn(user.connection);
    for (let item = items.shift(); item !== undefined; item = items.shift()) {
      if ("ask" in item) return item;
      const watchers = user.watches.take(item.event);
      if (watchers.length > 0) return { ...item, watchers };
    }
    return undefined;
  }

  /** Its end is in the log, and is not applied. */
  #isClosing(session: SessionId): boolean {
    return this.#pending.some((one) => one.kind === "closeSession" && one.session === session);
  }

  #isOver({ process }: User): boolean {
    const { client } = process;
    return client !== undefined && client.sessionId !== 0n && client.state === "CLOSED";
  }

  // Small things.

  #cnxn(end: number): Cnxn {
    const connection = end >> 1;
    let cnxn = this.#cnxns.get(connection);
    if (cnxn === undefined) {
      cnxn = newCnxn();
      this.#cnxns.set(connection, cnxn);
    }
    return cnxn;
  }

  #nowMs(): number {
    return Math.floor(this.#world.kernel.now / 1000);
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  #same(what: string, real: unknown, expected: unknown): void {
    if (isDeepStrictEqual(real, expected)) return;
    this.#problem(`${what}: ${describe(real)}, expected ${describe(expected)}`);
  }

  #problem(text: string): void {
    this.problems.push(`${this.#world.kernel.now} µs: ${text}`);
  }
}

function newCnxn(): Cnxn {
  return {
    isOpen: true,
    session: undefined,
    wanted: 0n,
    openedMs: 0,
    who: [],
    watches: new ServerWatches(),
    requests: new Map(),
    unanswered: [],
    due: [],
    items: [],
  };
}

function isWrite(op: ClientOp): boolean {
  if (op.kind === "multi") return op.ops.every((sub) => !sub.kind.startsWith("get"));
  return ["create", "delete", "setData", "setACL", "close"].includes(op.kind);
}

/** As the client tells it (KeeperException, and null of an exists that found nothing). */
function expectedOutcome({ op, expected }: Ask): unknown {
  const { code, value } = expected as Result;
  if (code === 0) return tidy(op, { ok: true, value });
  if (op.kind === "exists" && code === -101) return { ok: true, value: null };
  const error = { code, name: nameOfCode(code) };
  if (op.kind === "multi") return { ok: false, error: { ...error, path: null, results: value } };
  return { ok: false, error: { ...error, path: "path" in op ? op.path : null } };
}

/** What ZooKeeper leaves open is put in order. */
function tidy(op: ClientOp, outcome: { readonly ok: boolean; readonly value?: unknown }): unknown {
  if (op.kind !== "getEphemerals" || !outcome.ok) return outcome;
  return { ok: true, value: [...(outcome.value as string[])].sort(compareText) };
}

function pathsOf(request: Extract<Request, { kind: "setWatches" | "setWatches2" }>): WatchPaths {
  const list = (paths: readonly (string | null)[] | null): string[] =>
    (paths ?? []).map((path) => path ?? "");
  return {
    data: list(request.dataWatches),
    exist: list(request.existWatches),
    child: list(request.childWatches),
    persistent: list(request.persistentWatches),
    persistentRecursive: list(request.persistentRecursiveWatches),
  };
}

function inOrder(paths: WatchPaths): WatchPaths {
  const lists = Object.entries(paths) as [keyof WatchPaths, readonly string[]][];
  return Object.fromEntries(
    lists.map(([list, of]) => [list, [...of].sort(compareText)]),
  ) as unknown as WatchPaths;
}

/** The identities that `auth` stands for come in the order of a Java hash set: alice before bob, or not. */
function javaOrder(who: readonly Id[]): readonly Id[] {
  return [...who].sort((a, b) => compareText(a.id ?? "", b.id ?? ""));
}

function sorted(sessions: Iterable<SessionId>): readonly SessionId[] {
  return [...sessions].sort((a, b) => (a < b ? -1 : 1));
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null && "ask" in value) {
    return `the answer to ${describe((value.ask as Ask).op)}`;
  }
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === "bigint") return `0x${inner.toString(16)}`;
    return inner instanceof Uint8Array ? [...inner].join(" ") : inner;
  });
}
