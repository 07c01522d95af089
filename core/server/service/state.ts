import type { SessionId } from "../../ids.ts";
import type { ExpiryQueue } from "../../session/expiry-queue.ts";
import type { SessionTable, SessionTracker } from "../../session/session-tracker.ts";
import type { DataTree } from "../../tree/tree-state.ts";
import type { Watches } from "../../tree/watches.ts";
import type { Id } from "../../wire/records.ts";
import type { Zxid } from "../../zxid.ts";
import type { ClientRequest } from "./client-request.ts";
import type { ServiceConfig } from "./config.ts";
import type { OutstandingChanges } from "./outstanding-changes.ts";
import type { Pipeline } from "./pipeline.ts";
import type {
  ClientConnection,
  ClientFrame,
  LogEntry,
  ServicePort,
  ServiceTimer,
} from "./service-port.ts";

/** All that a step may use besides the service's own data. */
export interface ServiceContext {
  readonly config: ServiceConfig;
  readonly port: ServicePort;
  readonly pipeline: Pipeline;
}

/** What transactions make, and snapshots keep (ZKDatabase). The last zxid applied is the tree's. */
export interface Database {
  readonly tree: DataTree;
  readonly sessions: SessionTable;
}

/** What preparing a request looks at and changes (PrepRequestProcessor). */
export interface Preparation {
  database: Database;
  tracker: SessionTracker;
  /** Sessions of this server alone, where those are allowed (localSessionsEnabled). */
  local: SessionTracker | undefined;
  /** Local sessions that are becoming known to all; their createSession is under way. */
  upgrading: Set<SessionId>;
  outstanding: OutstandingChanges;
  /** The last zxid that was given to a transaction (ZooKeeperServer.hzxid). */
  lastPreparedZxid: Zxid;
}

/** A request that became a transaction, on its way to the log and from there to the tree. */
export interface Proposal {
  readonly entry: LogEntry;
  /** Undefined if no request of this server led to it. */
  readonly request: ClientRequest | undefined;
}

/** One client's connection (ServerCnxn). Watches and identities live and die with it. */
export interface ClientCnxn {
  readonly connection: ClientConnection;
  readonly address: string;
  /** `connecting`: its session is being made or checked, and nothing more is read. */
  stage: "unestablished" | "connecting" | "established";
  session: SessionId;
  /** The session timeout as this connection negotiated it. */
  timeoutMs: number;
  /** Whether the client sent the readOnly field, and so expects it back. */
  sendsReadOnly: boolean;
  /** In the order of a Java hash set. Replaced, never changed: requests keep what they were read with. */
  identities: readonly Id[];
  /** Requests with a positive xid that have not been answered. */
  outstanding: number;
  /** Nothing is read until one of its requests is answered. */
  isThrottled: boolean;
  /** Frames that arrived while nothing was read. */
  unread: ClientFrame[];
  /** The client's end is closed; found out when the frames before it have been read. */
  hasEnded: boolean;
}

/** Writes that are under way, and requests that wait behind a write of their session; see session-order.ts. */
export interface SessionOrder {
  /** A session's queue begins with a write that is under way, or is not there at all. */
  readonly sessions: Map<SessionId, Waiting[]>;
  /** The writes of all sessions, the oldest first (queuedWriteRequests). */
  readonly writes: ClientRequest[];
}

export type Waiting =
  | { readonly kind: "write"; readonly request: ClientRequest }
  | { readonly kind: "other"; readonly request: ClientRequest; readonly err: number };

/** The log as the service sees it (SyncRequestProcessor). */
export interface RequestLog {
  /** Not appended yet: the thread of the log waits for its disk. */
  queued: Proposal[];
  /** Appended and not yet known to be durable, in order. */
  toFlush: Proposal[];
  isForcing: boolean;
  /** How many of the oldest nobody waits for any more: their role has ended. */
  silent: number;
  /** Entries since the last snapshot began. */
  txnCount: number;
  /** How many it takes until the next begins. */
  snapshotAfter: number;
  snapshotting: PendingSnapshot | undefined;
}

/** A snapshot under way: begun at `zxid`, and without a tree until its thread gets there. */
export interface PendingSnapshot {
  readonly zxid: Zxid;
  readonly sessions: readonly (readonly [SessionId, number])[];
}

/** Containers and TTL nodes that are to be deleted one by one (ContainerManager). */
export interface Reaper {
  candidates: readonly string[];
  next: number;
}

/** The part of a server that clients see: plain data, which a crash loses as a whole. */
export interface Service extends Preparation {
  /** Whether clients are served: once a standalone server has its snapshot, or a role of an ensemble's server its leader. */
  isRunning: boolean;
  /** A server that looks for a leader serves reads meanwhile (ReadOnlyZooKeeperServer). */
  isReadOnly: boolean;
  watches: Watches;
  readonly connections: Map<ClientConnection, ClientCnxn>;
  /** The connection of each session that has one here (ServerCnxnFactory.sessionMap). */
  readonly sessionConnections: Map<SessionId, ClientConnection>;
  readonly connectionExpiry: ExpiryQueue<ClientConnection>;
  order: SessionOrder;
  readonly log: RequestLog;
  reaper: Reaper;
  /** Connections whose frames may be read again; emptied before a step ends. */
  readonly readable: ClientConnection[];
  /** Requests of clients between submission and reply. */
  inProcess: number;
  /** When the timers that follow a queue's first deadline are set for. */
  readonly armed: Map<ServiceTimer, number>;
}
