import { NO_SESSION, type SessionId } from "../ids.ts";
import type { ConnectionId } from "../server/port.ts";
import type { Buffer, KeeperStateName, Request } from "../wire/records.ts";
import { ZERO_ZXID, type Zxid } from "../zxid.ts";
import type { Outcome } from "./client-error.ts";
import type { ClientPort, RequestToken } from "./client-port.ts";
import type { ConnectString, Host } from "./connect-string.ts";
import { type Fifo, newFifo } from "./fifo.ts";
import { type HostProvider, newHostProvider } from "./host-provider.ts";
import type { ClientOp } from "./operations.ts";
import { newWatches, type Watches } from "./watch-manager.ts";

/** What a client is told once, when it is built. */
export interface ClientConfig extends ConnectString {
  /** What it asks for; the server says what it gets. */
  readonly sessionTimeoutMs: number;
  /** Whether a server that is cut off from the others will do (canBeReadOnly). */
  readonly canBeReadOnly: boolean;
  /** A session to go on with, instead of a new one. */
  readonly session?: { readonly id: SessionId; readonly passwd: Buffer } | undefined;
  /** zookeeper.disableAutoWatchReset: forget the one-shot watches instead of setting them again. */
  readonly disableAutoWatchReset: boolean;
}

/** ZooKeeper.States. */
export type ClientState =
  | "NOT_CONNECTED"
  | "CONNECTING"
  | "CONNECTED"
  | "CONNECTEDREADONLY"
  | "CLOSED"
  | "AUTH_FAILED";

/**
 * Where the loop of SendThread is. `cleanup`: a connection was lost, and the socket is being cleaned up. `pausing`: a
 * wait before the next dial. `handshaking`: the connect request is out, its answer is not in. `ended`: there is no
 * loop any more.
 */
export type ClientPhase =
  | "idle"
  | "pausing"
  | "dialling"
  | "handshaking"
  | "established"
  | "cleanup"
  | "ended";

/** A request that waits to be sent, or was sent and waits for its reply (ClientCnxn.Packet). */
export interface Packet {
  /** Given when it is sent. */
  xid: number;
  readonly type: number;
  readonly request: Request;
  /** Undefined for what the client sends of its own accord. */
  readonly caller: { readonly token: RequestToken; readonly op: ClientOp } | undefined;
}

export interface AuthInfo {
  readonly scheme: string;
  readonly auth: Buffer | null;
}

/** One client: plain data (ClientCnxn, with what its two threads keep). */
export interface Client {
  state: ClientState;
  phase: ClientPhase;
  readonly hosts: HostProvider;
  /** The one that is being dialled, or that the client is connected to. */
  host: Host | undefined;
  connection: ConnectionId | undefined;
  sessionId: SessionId;
  passwd: Buffer;
  /** 0 before the first session is established. */
  negotiatedTimeoutMs: number;
  connectTimeoutMs: number;
  readTimeoutMs: number;
  /** Of the latest reply that had one: a server that is behind it is refused. */
  lastZxid: Zxid;
  lastSendMs: number;
  lastHeardMs: number;
  /** When the connection has to be looked after, and when the timer goes off, which may be earlier. */
  wakeAtMs: number | undefined;
  timerAtMs: number | undefined;
  /** No connection has been made yet. */
  isFirstConnect: boolean;
  /** The session is one that servers other than read-only ones know. */
  seenRwServer: boolean;
  /** Closing has been asked for: nothing more is accepted, and no server looked for. */
  closing: boolean;
  /** How closing went, until its caller is told. */
  closed: { readonly token: RequestToken; readonly outcome: Outcome<undefined> } | undefined;
  nextXid: number;
  readonly outgoing: Fifo<Packet>;
  readonly pending: Fifo<Packet>;
  readonly auths: AuthInfo[];
  readonly watches: Watches;
  /** What the watchers were last told; the same state is not told twice (EventThread.sessionState). */
  toldState: KeeperStateName;
  /** The event thread has come to its end. Completions still go out. */
  eventsEnded: boolean;
  /** The search for a server that is not read-only (pingRwServer). */
  rwServer: Host | undefined;
  lastProbeMs: number;
  probeDelayMs: number;
}

/** All that a step may use besides the client's own data. */
export interface ClientContext {
  readonly config: ClientConfig;
  readonly port: ClientPort;
}

/** The wait between two searches for a server that is not read-only doubles, from the one to the other. */
export const MIN_PROBE_DELAY_MS = 100;
export const MAX_PROBE_DELAY_MS = 60_000;

const PASSWD_BYTES = 16;

export function newClient(ctx: ClientContext): Client {
  const { config, port } = ctx;
  const timeout = config.sessionTimeoutMs;
  return {
    state: "NOT_CONNECTED",
    phase: "idle",
    hosts: newHostProvider(config.hosts, (below) => port.draw(below)),
    host: undefined,
    connection: undefined,
    sessionId: config.session?.id ?? NO_SESSION,
    passwd: config.session?.passwd ?? new Uint8Array(PASSWD_BYTES),
    negotiatedTimeoutMs: 0,
    connectTimeoutMs: connectTimeout(timeout, config.hosts.length),
    readTimeoutMs: readTimeout(timeout),
    lastZxid: ZERO_ZXID,
    lastSendMs: 0,
    lastHeardMs: 0,
    wakeAtMs: undefined,
    timerAtMs: undefined,
    isFirstConnect: true,
    seenRwServer: config.session !== undefined,
    closing: false,
    closed: undefined,
    nextXid: 1,
    outgoing: newFifo(),
    pending: newFifo(),
    auths: [],
    watches: newWatches(),
    toldState: "Disconnected",
    eventsEnded: false,
    rwServer: undefined,
    lastProbeMs: 0,
    probeDelayMs: MIN_PROBE_DELAY_MS,
  };
}

/** How long a dial, and after it the answer to the connect request, may take. */
export function connectTimeout(sessionTimeoutMs: number, hosts: number): number {
  return Math.trunc(sessionTimeoutMs / hosts);
}

/** How long a connection may be silent: a third of the session's timeout is left to find another server. */
export function readTimeout(sessionTimeoutMs: number): number {
  return Math.trunc((sessionTimeoutMs * 2) / 3);
}

/** States.isAlive: a client that is not will never be again. */
export function isAlive(client: Client): boolean {
  return client.state !== "CLOSED" && client.state !== "AUTH_FAILED";
}
