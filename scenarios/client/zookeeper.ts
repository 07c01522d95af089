import type { ClientDelivery } from "../../core/client/client-port.ts";
import type { ClientConfig, ClientState } from "../../core/client/client-state.ts";
import { parseConnectString } from "../../core/client/connect-string.ts";
import { illegalArgument, type Outcome } from "../../core/client/client-error.ts";
import type {
  AddWatchMode,
  ClientOp,
  MultiOp,
  OpResult,
  ValueOf,
  WatchKind,
} from "../../core/client/operations.ts";
import type { CreateOptions } from "../../core/client/ops.ts";
import * as ops from "../../core/client/ops.ts";
import { type ClientEvent, DEFAULT_WATCHER, type WatcherId } from "../../core/client/watcher.ts";
import type { SessionId } from "../../core/ids.ts";
import type { Acl, ClientInfo, KeeperStateName, Stat } from "../../core/wire/records.ts";
import type { ClientHost, HostedClient } from "./client-host.ts";
import {
  expectBoolean,
  expectFields,
  expectFunction,
  expectInt,
  expectList,
  expectMs,
  expectOneOf,
  expectText,
  MAX_INT,
  shown,
} from "./door.ts";
import { IllegalArgumentError, toError } from "./errors.ts";
import type { Settle } from "./ledger.ts";
import { type DataInput, expectData, NodeData, toBytes } from "./node-data.ts";
import { expectCreate, Transaction } from "./transaction.ts";
import { expectWatcher, Watch, type Watcher, WatcherNumbers } from "./watch.ts";

export interface ConnectOptions {
  readonly sessionTimeoutMs?: number;
  readonly canBeReadOnly?: boolean;
  /** A session to go on with: `{ id: zk.sessionId, passwd: zk.sessionPasswd }` of another client. */
  readonly session?: ClientConfig["session"];
  readonly disableAutoWatchReset?: boolean;
}

export interface ReadOptions {
  readonly watch?: Watcher | undefined;
}

const CONNECT_OPTIONS = [
  "sessionTimeoutMs",
  "canBeReadOnly",
  "session",
  "disableAutoWatchReset",
  // Of Simulation.connect.
  "chroot",
  "servers",
] as const;
const ADD_WATCH_MODES: readonly AddWatchMode[] = ["persistent", "persistentRecursive"];
const WATCH_KINDS: readonly WatchKind[] = ["children", "data", "any"];
const LISTENED: readonly string[] = ["state", "event"];

const DEFAULT_SESSION_TIMEOUT_MS = 30_000;

/**
 * Starts a client in a simulated world. It looks for a server by itself; operations may be called at once.
 *
 *     const zk = connect(world, "server1:2181,server2:2181/app");
 *     await zk.create("/member", "me", { mode: "ephemeral" });
 */
export function connect(
  host: ClientHost,
  connectString: string,
  options: ConnectOptions = {},
): ZooKeeper {
  expectFields("connect", options, CONNECT_OPTIONS);
  const {
    sessionTimeoutMs = DEFAULT_SESSION_TIMEOUT_MS,
    canBeReadOnly = false,
    session,
    disableAutoWatchReset = false,
  } = options;
  expectMs("connect.sessionTimeoutMs", sessionTimeoutMs, MAX_INT);
  expectBoolean("connect.canBeReadOnly", canBeReadOnly);
  expectBoolean("connect.disableAutoWatchReset", disableAutoWatchReset);
  if (session !== undefined) expectSession(session);
  const parsed = parseConnectString(connectString);
  if (!parsed.ok) {
    const { reason, part } = parsed.problem;
    throw new IllegalArgumentError(illegalArgument(`${reason} (in "${part}")`, null));
  }
  return new ZooKeeper(host, {
    ...parsed.value,
    sessionTimeoutMs,
    canBeReadOnly,
    session,
    disableAutoWatchReset,
  });
}

function expectSession(session: NonNullable<ConnectOptions["session"]>): void {
  expectFields("connect.session", session, ["id", "passwd"]);
  const { id, passwd }: { readonly id: unknown; readonly passwd: unknown } = session;
  if (typeof id !== "bigint") {
    throw new TypeError(`connect.session.id: expected a client's sessionId, got ${shown(id)}`);
  }
  if (!(passwd instanceof Uint8Array)) {
    throw new TypeError(
      `connect.session.passwd: expected a client's sessionPasswd, got ${shown(passwd)}`,
    );
  }
}

/** ZooKeeper's client for people, named after Java's class. Made by `connect`. */
export class ZooKeeper {
  readonly #host: ClientHost;
  readonly #hosted: HostedClient;
  readonly #watchers: WatcherNumbers;
  readonly #requests = new Map<number, Settle<unknown>>();
  readonly #stateListeners = new Set<(state: KeeperStateName) => void>();
  readonly #eventListeners = new Set<(event: ClientEvent) => void>();
  #nextToken = 0;

  constructor(host: ClientHost, config: ClientConfig) {
    this.#host = host;
    this.#watchers = new WatcherNumbers(host.ledger);
    this.#hosted = host.startClient(config, (delivery) => this.#delivered(delivery));
  }

  /** 0n before there is a session. */
  get sessionId(): SessionId {
    return this.#hosted.client.sessionId;
  }
  get sessionPasswd(): Uint8Array {
    return this.#hosted.client.passwd;
  }
  /** As negotiated; 0 before there is a session. */
  get sessionTimeoutMs(): number {
    return this.#hosted.client.negotiatedTimeoutMs;
  }
  get state(): ClientState {
    return this.#hosted.client.state;
  }

  /** "state" tells of Disconnected, SyncConnected, Expired …; "event" of all that the default watcher is told. */
  on(what: "state", listener: (state: KeeperStateName) => void): () => void;
  on(what: "event", listener: (event: ClientEvent) => void): () => void;
  on(
    what: "state" | "event",
    listener: ((state: KeeperStateName) => void) & ((event: ClientEvent) => void),
  ): () => void {
    const { ledger } = this.#host;
    ledger.expectRunning();
    expectOneOf("on", what, LISTENED);
    expectFunction("on", listener);
    const listeners = (what === "state" ? this.#stateListeners : this.#eventListeners) as Set<
      typeof listener
    >;
    if (!listeners.has(listener)) ledger.callbacks++;
    listeners.add(listener);
    return () => {
      if (listeners.delete(listener)) ledger.callbacks--;
    };
  }

  /** Something to read events from: `await zk.get("/a", { watch })`, then `for await (const event of watch)`. */
  watch(): Watch {
    this.#host.ledger.expectRunning();
    return new Watch(this.#host.ledger);
  }

  /** Gives the path, which a sequential mode makes longer; with `stat: true` the Stat as well. */
  create(
    path: string,
    data: DataInput | undefined,
    options: CreateOptions & { readonly stat: true },
  ): Promise<{ readonly path: string; readonly stat: Stat }>;
  create(path: string, data?: DataInput, options?: CreateOptions): Promise<string>;
  async create(
    path: string,
    data: DataInput = null,
    options: CreateOptions = {},
  ): Promise<string | { readonly path: string; readonly stat: Stat }> {
    expectCreate("create", path, data, options);
    const made = await this.#perform(ops.create(path, toBytes(data), options));
    if (options.stat !== true || made.stat === undefined) return made.path;
    return { path: made.path, stat: made.stat };
  }

  async get(path: string, options: ReadOptions = {}): Promise<NodeData> {
    const watch = this.#watchOf("get", path, options);
    const { data, stat } = await this.#perform(ops.getData(path, watch));
    return new NodeData(data, stat);
  }

  async set(path: string, data: DataInput, version = ops.ANY_VERSION): Promise<Stat> {
    expectText("set.path", path);
    expectData("set.data", data);
    expectInt("set.version", version);
    return this.#perform(ops.setData(path, toBytes(data), version));
  }

  /** Null if there is no such znode; a watch then waits for it to be created. */
  async exists(path: string, options: ReadOptions = {}): Promise<Stat | null> {
    return this.#perform(ops.exists(path, this.#watchOf("exists", path, options)));
  }

  /** In no order that can be relied on. With `stat: true` also the Stat of the parent. */
  children(
    path: string,
    options: ReadOptions & { readonly stat: true },
  ): Promise<{ readonly children: readonly string[]; readonly stat: Stat }>;
  children(path: string, options?: ReadOptions): Promise<readonly string[]>;
  async children(
    path: string,
    options: ReadOptions & { readonly stat?: boolean } = {},
  ): Promise<readonly string[] | { readonly children: readonly string[]; readonly stat: Stat }> {
    const watch = this.#watchOf("children", path, options, ["watch", "stat"]);
    const op = ops.getChildren(path, watch, options.stat);
    const { children, stat } = await this.#perform(op);
    return stat === undefined ? children : { children, stat };
  }

  async delete(path: string, version = ops.ANY_VERSION): Promise<void> {
    expectText("delete.path", path);
    expectInt("delete.version", version);
    return this.#perform(ops.remove(path, version));
  }

  async acl(path: string): Promise<{ readonly acl: readonly Acl[]; readonly stat: Stat }> {
    expectText("acl.path", path);
    return this.#perform(ops.getACL(path));
  }

  async setAcl(path: string, acl: readonly Acl[], version = ops.ANY_VERSION): Promise<Stat> {
    expectText("setAcl.path", path);
    expectList("setAcl.acl", acl, "ACLs");
    expectInt("setAcl.version", version);
    return this.#perform(ops.setACL(path, acl, version));
  }

  /** All of it or nothing; or, of reads, one result for each. `multiResults(error)` says what failed. */
  async multi(list: readonly MultiOp[]): Promise<readonly OpResult[]> {
    expectList("multi", list, "operations");
    return this.#perform(ops.multi(list));
  }

  transaction(): Transaction {
    return new Transaction((list) => this.multi(list));
  }

  /** What others wrote before is read after it. */
  async sync(path = "/"): Promise<string> {
    expectText("sync.path", path);
    return this.#perform(ops.sync(path));
  }

  /** The ephemeral znodes of this session. */
  async ephemerals(prefixPath = "/"): Promise<readonly string[]> {
    expectText("ephemerals.prefixPath", prefixPath);
    return this.#perform(ops.getEphemerals(prefixPath));
  }

  /** How many znodes there are below a path, at any depth. */
  async allChildrenNumber(path: string): Promise<number> {
    expectText("allChildrenNumber.path", path);
    return this.#perform(ops.getAllChildrenNumber(path));
  }

  /** A watch that is not used up: given back to be read, or told to a watcher. */
  addWatch(path: string, mode?: AddWatchMode): Promise<Watch>;
  addWatch(path: string, mode: AddWatchMode, watcher: Watcher): Promise<void>;
  async addWatch(
    path: string,
    mode: AddWatchMode = "persistentRecursive",
    watcher?: Watcher,
  ): Promise<Watch | void> {
    expectText("addWatch.path", path);
    expectOneOf("addWatch.mode", mode, ADD_WATCH_MODES);
    if (watcher !== undefined) expectWatcher("addWatch.watcher", watcher);
    const watch = this.watch();
    const number = this.#watchers.numberOf(watcher ?? watch);
    await this.#perform(ops.addWatch(path, number, mode));
    return watcher === undefined ? watch : undefined;
  }

  async removeWatches(
    path: string,
    options: {
      readonly type?: WatchKind;
      readonly watcher?: Watcher;
      readonly local?: boolean;
    } = {},
  ): Promise<void> {
    expectText("removeWatches.path", path);
    expectFields("removeWatches", options, ["type", "watcher", "local"]);
    expectOneOf("removeWatches.type", options.type ?? "any", WATCH_KINDS);
    if (options.watcher !== undefined) expectWatcher("removeWatches.watcher", options.watcher);
    const watcher = this.#numberOf(options.watcher);
    return this.#perform(ops.removeWatches(path, { ...options, watcher }));
  }

  whoAmI(): Promise<readonly ClientInfo[]> {
    return this.#perform(ops.whoAmI());
  }

  /** Resolved when it is on its way; a refused identity ends the client with the state AuthFailed. */
  async addAuth(scheme: string, auth: DataInput): Promise<void> {
    expectText("addAuth.scheme", scheme);
    expectData("addAuth.auth", auth);
    return this.#perform(ops.addAuth(scheme, toBytes(auth)));
  }

  async config(options: ReadOptions = {}): Promise<NodeData> {
    const watch = this.#watchOf("config", "/", options);
    const { data, stat } = await this.#perform(ops.getConfig(watch));
    return new NodeData(data, stat);
  }

  async reconfig(
    joining: string | null,
    leaving: string | null,
    newMembers: string | null = null,
    fromConfig = -1,
  ): Promise<NodeData> {
    const op = ops.reconfig(joining, leaving, newMembers, fromConfig);
    const { data, stat } = await this.#perform(op);
    return new NodeData(data, stat);
  }

  /** Ends the session. Never rejected: if the server could not be told, the session expires by itself. */
  async close(): Promise<void> {
    await this.#outcome(ops.close());
  }

  async #perform<Op extends ClientOp>(op: Op): Promise<ValueOf<Op>> {
    const outcome = await this.#outcome(op);
    if (!outcome.ok) throw toError(outcome.error);
    return outcome.value;
  }

  #outcome<Op extends ClientOp>(op: Op): Promise<Outcome<ValueOf<Op>>> {
    const what = "path" in op ? `${op.kind} ${op.path}` : op.kind;
    return this.#host.ledger.promise(what, (settle: Settle<Outcome<ValueOf<Op>>>) => {
      const token = this.#nextToken++;
      this.#requests.set(token, settle);
      this.#hosted.request(token, op);
    });
  }

  /** Who is told of a read's watch, if anybody is; and refuses what can't be the arguments of a read. */
  #watchOf(
    where: string,
    path: string,
    options: ReadOptions & { readonly stat?: boolean },
    known: readonly string[] = ["watch"],
  ): WatcherId | undefined {
    expectText(`${where}.path`, path);
    expectFields(where, options, known);
    if (options.watch !== undefined) expectWatcher(`${where}.watch`, options.watch);
    if (options.stat !== undefined) expectBoolean(`${where}.stat`, options.stat);
    return this.#numberOf(options.watch);
  }

  #numberOf(watcher: Watcher | undefined): WatcherId | undefined {
    return watcher === undefined ? undefined : this.#watchers.numberOf(watcher);
  }

  #delivered(delivery: ClientDelivery): void {
    if (delivery.kind === "completion") {
      const settle = this.#requests.get(delivery.token);
      this.#requests.delete(delivery.token);
      settle?.resolve(delivery.outcome);
      return;
    }
    const { event, watchers } = delivery;
    if (watchers.includes(DEFAULT_WATCHER)) this.#tellListeners(event);
    this.#watchers.tell(delivery);
  }

  #tellListeners(event: ClientEvent): void {
    const { ledger } = this.#host;
    for (const listener of this.#eventListeners) ledger.call(() => listener(event));
    if (event.type !== "None") return;
    for (const listener of this.#stateListeners) ledger.call(() => listener(event.state));
  }
}
