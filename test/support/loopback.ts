import { stepClient } from "../../core/client/client.ts";
import type {
  ClientDelivery,
  ClientInput,
  ClientMessage,
  ClientTimer,
  RequestToken,
  ServerMessage,
} from "../../core/client/client-port.ts";
import { type Client, type ClientConfig, newClient } from "../../core/client/client-state.ts";
import { CREATE_MODES } from "../../core/client/create-mode.ts";
import type { ClientOp } from "../../core/client/operations.ts";
import { type SessionId, sessionId } from "../../core/ids.ts";
import type { ConnectionId } from "../../core/server/port.ts";
import { ERROR_CODES } from "../../core/wire/error-codes.ts";
import { OPCODES, XID } from "../../core/wire/opcodes.ts";
import {
  EVENT_TYPES,
  type EventTypeName,
  type Request,
  type Response,
} from "../../core/wire/records.ts";
import { ZERO_ZXID, zxid } from "../../core/zxid.ts";
import type { ClientHost, HostedClient } from "../../scenarios/client/client-host.ts";
import { Ledger } from "../../scenarios/client/ledger.ts";
import type { Pump } from "../../scenarios/client/run-async.ts";
import { STAT } from "./client-port.ts";

/**
 * A toy world for the promise client: one event queue, every message takes a millisecond, and one server that knows
 * just enough to answer. It is no ZooKeeper: no ACLs, no error but the commonest, one watch table.
 */
export class LoopbackWorld implements ClientHost, Pump {
  readonly ledger = new Ledger();
  nowMs = 0;
  executed = 0;
  /** Every event, as a line: two runs that agree in it are the same run. */
  readonly trace: string[] = [];
  /** Whether anybody answers a dial. */
  isUp = true;
  /** Nothing that is sent arrives. */
  isSilent = false;
  readonly #queue: { atMs: number; seq: number; what: string; run: () => void }[] = [];
  readonly #nodes = new Map<string, { data: Uint8Array | null; owner: SessionId }>([
    ["/", { data: null, owner: sessionId(0n) }],
  ]);
  readonly #ends: ClientEnd[] = [];
  readonly #sessions = new Set<SessionId>();
  readonly #watches = new Map<ClientEnd, Map<string, boolean>>();
  #seq = 0;
  #connections = 0;
  #lastZxid = 0;
  #seed = 1;

  at(delayMs: number, what: string, run: () => void): () => void {
    const event = { atMs: this.nowMs + delayMs, seq: this.#seq++, what, run };
    this.#queue.push(event);
    return () => {
      const i = this.#queue.indexOf(event);
      if (i >= 0) this.#queue.splice(i, 1);
    };
  }

  after(delayMs: number, wake: () => void): void {
    this.at(delayMs, "sleep", wake);
  }

  runOne(): boolean {
    this.#queue.sort((a, b) => a.atMs - b.atMs || a.seq - b.seq);
    const event = this.#queue.shift();
    if (event === undefined) return false;
    this.nowMs = event.atMs;
    this.executed++;
    this.trace.push(`${event.atMs} ${event.what}`);
    event.run();
    return true;
  }

  draw(below: number): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed % below;
  }

  newConnection(): ConnectionId {
    return ++this.#connections as ConnectionId;
  }

  startClient(config: ClientConfig, deliver: (delivery: ClientDelivery) => void): HostedClient {
    const end = new ClientEnd(this, config, deliver);
    this.#ends.push(end);
    this.at(0, "start", () => end.input({ kind: "start" }));
    return end;
  }

  /** Breaks every connection. */
  breakConnections(): void {
    for (const end of this.#ends) {
      this.#watches.delete(end);
      const { connection } = end.client;
      if (connection !== undefined) {
        this.at(0, "closed", () => end.input({ kind: "closed", connection }));
      }
    }
  }

  expire(session: SessionId): void {
    this.#sessions.delete(session);
    for (const [path, node] of this.#nodes) if (node.owner === session) this.#remove(path);
    this.breakConnections();
  }

  receive(end: ClientEnd, connection: ConnectionId, message: ClientMessage): void {
    if (this.isSilent || end.client.connection !== connection) return;
    if (message.kind === "connect") this.#connect(end, connection, message.request.sessionId);
    else this.#serve(end, connection, message.header.xid, message.request);
  }

  #connect(end: ClientEnd, connection: ConnectionId, asked: SessionId): void {
    const id = asked === 0n ? sessionId(BigInt(0x1000 + this.#sessions.size)) : asked;
    if (asked === 0n) this.#sessions.add(id);
    const isKnown = this.#sessions.has(id);
    this.#send(end, connection, {
      kind: "connect",
      response: {
        protocolVersion: 0,
        timeOut: isKnown ? end.config.sessionTimeoutMs : 0,
        sessionId: isKnown ? id : sessionId(0n),
        passwd: new Uint8Array(16),
        readOnly: false,
      },
    });
  }

  #serve(end: ClientEnd, connection: ConnectionId, xid: number, request: Request): void {
    const done = this.#apply(end, request);
    const err = typeof done === "number" ? done : 0;
    const response = typeof done === "number" ? undefined : done;
    const isAside = xid === XID.ping || xid === XID.auth;
    const last = isAside ? ZERO_ZXID : zxid(this.#lastZxid);
    this.#send(end, connection, { kind: "reply", header: { xid, zxid: last, err }, response });
  }

  #apply(end: ClientEnd, request: Request): Response | number {
    switch (request.kind) {
      case "create":
      case "create2":
        return this.#create(end, request.path ?? "", request.data, request.flags);
      case "delete":
        if (!this.#nodes.has(request.path ?? "")) return ERROR_CODES.NoNode;
        this.#remove(request.path ?? "");
        return { kind: "none" };
      case "exists":
        if (request.watch) this.#watch(end, request.path ?? "", false);
        return this.#nodes.has(request.path ?? "")
          ? { kind: "stat", stat: STAT }
          : ERROR_CODES.NoNode;
      case "getData": {
        const node = this.#nodes.get(request.path ?? "");
        if (node === undefined) return ERROR_CODES.NoNode;
        if (request.watch) this.#watch(end, request.path ?? "", false);
        return { kind: "dataStat", data: node.data, stat: STAT };
      }
      case "setData": {
        const node = this.#nodes.get(request.path ?? "");
        if (node === undefined) return ERROR_CODES.NoNode;
        if (request.version > 0) return ERROR_CODES.BadVersion;
        node.data = request.data;
        this.#lastZxid++;
        this.#tell("NodeDataChanged", request.path ?? "");
        return { kind: "stat", stat: STAT };
      }
      case "getChildren":
        return { kind: "children", children: this.#children(request.path ?? "") };
      case "getChildren2":
        return { kind: "childrenStat", children: this.#children(request.path ?? ""), stat: STAT };
      case "addWatch":
        this.#watch(end, request.path ?? "", true);
        return { kind: "error", err: 0 };
      case "sync":
        return { kind: "path", path: request.path };
      case "multi":
        return this.#multi(end, request.ops);
      case "auth":
        return request.scheme === "world" ? ERROR_CODES.AuthFailed : { kind: "none" };
      case "setWatches":
      case "setWatches2":
        this.#watchAgain(end, request.dataWatches, true, "NodeDeleted");
        this.#watchAgain(end, request.existWatches, false, "NodeCreated");
        for (const path of request.persistentWatches ?? []) this.#watch(end, path ?? "", true);
        for (const path of request.persistentRecursiveWatches ?? []) {
          this.#watch(end, path ?? "", true);
        }
        return { kind: "none" };
      case "check":
      case "checkWatches":
      case "closeSession":
      case "createContainer":
      case "createSession":
      case "createTTL":
      case "deleteContainer":
      case "getACL":
      case "getAllChildrenNumber":
      case "getEphemerals":
      case "multiRead":
      case "ping":
      case "reconfig":
      case "removeWatches":
      case "sasl":
      case "setACL":
      case "whoAmI":
        return { kind: "none" };
    }
  }

  #create(end: ClientEnd, path: string, data: Uint8Array | null, flags: number): Response | number {
    if (this.#nodes.has(path)) return ERROR_CODES.NodeExists;
    const parent = path.slice(0, path.lastIndexOf("/")) || "/";
    if (!this.#nodes.has(parent)) return ERROR_CODES.NoNode;
    const isEphemeral = flags === CREATE_MODES.ephemeral;
    const owner = isEphemeral ? end.client.sessionId : sessionId(0n);
    this.#nodes.set(path, { data, owner });
    this.#lastZxid++;
    this.#tell("NodeCreated", path);
    return { kind: "path", path };
  }

  #multi(end: ClientEnd, list: readonly Request[]): Response {
    const results = list.map((op) => ({ op, done: this.#apply(end, op) }));
    const failed = results.findIndex(({ done }) => typeof done === "number");
    return {
      kind: "multi",
      results: results.map(({ op, done }, i) => {
        if (failed < 0) return { type: OPCODES[op.kind], err: 0, response: done as Response };
        const later = i < failed ? ERROR_CODES.Ok : ERROR_CODES.RuntimeInconsistency;
        const err = i === failed ? (done as number) : later;
        return { type: OPCODES.error, err, response: { kind: "error", err } };
      }),
    };
  }

  #remove(path: string): void {
    this.#nodes.delete(path);
    this.#lastZxid++;
    this.#tell("NodeDeleted", path);
  }

  #children(path: string): string[] {
    const prefix = path === "/" ? path : `${path}/`;
    return [...this.#nodes.keys()]
      .filter((p) => p !== path && p.startsWith(prefix) && !p.slice(prefix.length).includes("/"))
      .map((p) => p.slice(prefix.length));
  }

  #watch(end: ClientEnd, path: string, isPersistent: boolean): void {
    const own = this.#watches.get(end) ?? new Map<string, boolean>();
    own.set(path, isPersistent);
    this.#watches.set(end, own);
  }

  /** Watches of znodes that are there, or are not, as they were; a notice for the others. */
  #watchAgain(
    end: ClientEnd,
    paths: readonly (string | null)[] | null,
    isThere: boolean,
    otherwise: EventTypeName,
  ): void {
    for (const path of paths ?? []) {
      if (path === null) continue;
      if (this.#nodes.has(path) === isThere) this.#watch(end, path, false);
      else this.#notify(end, otherwise, path);
    }
  }

  #tell(type: EventTypeName, path: string): void {
    for (const [end, own] of this.#watches) {
      if (!own.has(path)) continue;
      if (own.get(path) === false) own.delete(path);
      this.#notify(end, type, path);
    }
  }

  #notify(end: ClientEnd, type: EventTypeName, path: string): void {
    const { connection } = end.client;
    if (connection !== undefined) {
      const header = { xid: XID.notification, zxid: -1 as never, err: 0 };
      const event = { type: EVENT_TYPES[type], state: 3, path };
      this.#send(end, connection, { kind: "notice", header, event });
    }
  }

  #send(end: ClientEnd, connection: ConnectionId, message: ServerMessage): void {
    this.at(1, `to client: ${message.kind}`, () =>
      end.input({ kind: "message", connection, message }),
    );
  }
}

/** One client in the world. What a step delivers is handed on when the step is over. */
class ClientEnd implements HostedClient {
  readonly client: Client;
  readonly config: ClientConfig;
  readonly #world: LoopbackWorld;
  readonly #deliver: (delivery: ClientDelivery) => void;
  readonly #timers = new Map<ClientTimer, () => void>();
  readonly #deliveries: ClientDelivery[] = [];
  readonly #inputs: ClientInput[] = [];
  #isBusy = false;

  constructor(
    world: LoopbackWorld,
    config: ClientConfig,
    deliver: (delivery: ClientDelivery) => void,
  ) {
    this.#world = world;
    this.#deliver = deliver;
    this.config = config;
    this.client = newClient({ config, port: this });
  }

  request(token: RequestToken, op: ClientOp): void {
    this.input({ kind: "request", token, op });
  }

  input(input: ClientInput): void {
    this.#inputs.push(input);
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      stepClient({ config: this.config, port: this }, this.client, next);
      for (const delivery of this.#deliveries.splice(0)) this.#deliver(delivery);
    }
    this.#isBusy = false;
  }

  now(): number {
    return this.#world.nowMs;
  }
  draw(below: number): number {
    return this.#world.draw(below);
  }
  dial(): ConnectionId {
    const connection = this.#world.newConnection();
    this.#world.at(1, "dial", () =>
      this.input(
        this.#world.isUp
          ? { kind: "dialled", connection }
          : { kind: "dialFailed", connection, reason: "refused" },
      ),
    );
    return connection;
  }
  send(connection: ConnectionId, message: ClientMessage): void {
    const what = message.kind === "connect" ? "connect" : message.request.kind;
    this.#world.at(1, `to server: ${what}`, () => this.#world.receive(this, connection, message));
  }
  close(): void {}
  probe(): void {}
  setTimer(timer: ClientTimer, delayMs: number): void {
    this.cancelTimer(timer);
    const cancel = this.#world.at(delayMs, `timer ${timer}`, () => {
      this.#timers.delete(timer);
      this.input({ kind: "timer", timer });
    });
    this.#timers.set(timer, cancel);
  }
  cancelTimer(timer: ClientTimer): void {
    this.#timers.get(timer)?.();
    this.#timers.delete(timer);
  }
  deliver(delivery: ClientDelivery): void {
    this.#deliveries.push(delivery);
  }
  observe(): void {}
}
