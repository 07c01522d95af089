import type { SessionId } from "../ids.ts";
import type { Zxid } from "../zxid.ts";

/**
 * The records of the client protocol as plain data, named as in zookeeper.jute. A buffer or text that the wire sends
 * with length −1 is null, which is not the same as an empty one; so is a list.
 */

export type Buffer = Uint8Array;

/** A Java `long` that may be anything a client writes: a number where a double keeps it, and else a bigint. */
export type Long = number | bigint;

export interface Id {
  readonly scheme: string | null;
  readonly id: string | null;
}

export interface Acl {
  /** Bits of READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16; further bits are kept as they come. */
  readonly perms: number;
  readonly id: Id;
}

/** In the order of the wire. Times in ms since 1970. */
export interface Stat {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  /** 0n where no session owns the node. */
  readonly ephemeralOwner: SessionId;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: Zxid;
}

export interface ConnectRequest {
  readonly protocolVersion: number;
  readonly lastZxidSeen: Zxid;
  /** ms. */
  readonly timeOut: number;
  /** 0n for a new session. */
  readonly sessionId: SessionId;
  readonly passwd: Buffer | null;
  /** Undefined if the client does not send the field (44 bytes instead of 45). */
  readonly readOnly: boolean | undefined;
}

export interface ConnectResponse {
  readonly protocolVersion: number;
  readonly timeOut: number;
  readonly sessionId: SessionId;
  readonly passwd: Buffer;
  /** Undefined if the client did not send it. */
  readonly readOnly: boolean | undefined;
}

export interface CreateBody {
  readonly path: string | null;
  readonly data: Buffer | null;
  readonly acl: readonly (Acl | null)[] | null;
  readonly flags: number;
}

/** Paths to watch again. A list that is null decodes; the server stumbles over it when it comes to it. */
export type WatchList = readonly (string | null)[] | null;

/** A request body with the name of its opcode. */
export type Request =
  | ({ readonly kind: "create" | "create2" | "createContainer" } & CreateBody)
  | ({ readonly kind: "createTTL"; readonly ttl: Long } & CreateBody)
  | { readonly kind: "delete" | "check"; readonly path: string | null; readonly version: number }
  | {
      readonly kind: "exists" | "getData" | "getChildren" | "getChildren2";
      readonly path: string | null;
      readonly watch: boolean;
    }
  | {
      readonly kind: "setData";
      readonly path: string | null;
      readonly data: Buffer | null;
      readonly version: number;
    }
  | {
      readonly kind: "getACL" | "sync" | "getAllChildrenNumber";
      readonly path: string | null;
    }
  /** The path is the whole body, without a length: a server sends it to itself (ContainerManager). */
  | { readonly kind: "deleteContainer"; readonly path: string }
  | {
      readonly kind: "setACL";
      readonly path: string | null;
      readonly acl: readonly (Acl | null)[] | null;
      readonly version: number;
    }
  | { readonly kind: "ping" | "closeSession" | "whoAmI" }
  | { readonly kind: "createSession"; readonly timeOut: number }
  | { readonly kind: "getEphemerals"; readonly prefixPath: string | null }
  | { readonly kind: "addWatch"; readonly path: string | null; readonly mode: number }
  | {
      readonly kind: "checkWatches" | "removeWatches";
      readonly path: string | null;
      readonly type: number;
    }
  | {
      readonly kind: "setWatches" | "setWatches2";
      readonly relativeZxid: Zxid;
      readonly dataWatches: WatchList;
      readonly existWatches: WatchList;
      readonly childWatches: WatchList;
      /** Empty in setWatches. */
      readonly persistentWatches: WatchList;
      readonly persistentRecursiveWatches: WatchList;
    }
  | {
      readonly kind: "reconfig";
      readonly joiningServers: string | null;
      readonly leavingServers: string | null;
      readonly newMembers: string | null;
      readonly curConfigId: Long;
    }
  | {
      readonly kind: "auth";
      readonly type: number;
      readonly scheme: string | null;
      readonly auth: Buffer | null;
    }
  | { readonly kind: "sasl"; readonly token: Buffer | null }
  | { readonly kind: "multi" | "multiRead"; readonly ops: readonly Request[] };

export type RequestKind = Request["kind"];

export interface RequestHeader {
  readonly xid: number;
  /** The opcode, known or not. */
  readonly type: number;
}

/** A reply body, by what it holds. `none` where the header says it all. */
export type Response =
  | { readonly kind: "none" }
  | { readonly kind: "path"; readonly path: string | null }
  | { readonly kind: "pathStat"; readonly path: string | null; readonly stat: Stat }
  | { readonly kind: "stat"; readonly stat: Stat }
  | { readonly kind: "dataStat"; readonly data: Buffer | null; readonly stat: Stat }
  | { readonly kind: "aclStat"; readonly acl: readonly Acl[]; readonly stat: Stat }
  | { readonly kind: "children"; readonly children: readonly string[] }
  | { readonly kind: "childrenStat"; readonly children: readonly string[]; readonly stat: Stat }
  | { readonly kind: "ephemerals"; readonly paths: readonly string[] }
  | { readonly kind: "number"; readonly totalNumber: number }
  | { readonly kind: "error"; readonly err: number }
  | { readonly kind: "whoAmI"; readonly clientInfo: readonly ClientInfo[] }
  | { readonly kind: "token"; readonly token: Buffer | null }
  | { readonly kind: "multi"; readonly results: readonly MultiResult[] };

export interface ClientInfo {
  readonly authScheme: string;
  readonly user: string;
}

/** One entry of a multi's reply: the opcode of its header (−1 for an error), its header's error, and its body. */
export interface MultiResult {
  readonly type: number;
  readonly err: number;
  readonly response: Response;
}

export interface ReplyHeader {
  readonly xid: number;
  readonly zxid: Zxid;
  readonly err: number;
}

/** A reply, or a watch event (xid −1). The body is absent when `err` is not 0, but for a refused multiRead. */
export interface Reply {
  readonly header: ReplyHeader;
  readonly response: Response | undefined;
}

/** A watch event as it travels: its header has xid −1 and no error. */
export interface Notice {
  readonly header: ReplyHeader;
  readonly event: WatcherEvent;
}

export interface WatcherEvent {
  readonly type: number;
  readonly state: number;
  readonly path: string;
}

export const EVENT_TYPES = {
  None: -1,
  NodeCreated: 1,
  NodeDeleted: 2,
  NodeDataChanged: 3,
  NodeChildrenChanged: 4,
  DataWatchRemoved: 5,
  ChildWatchRemoved: 6,
  PersistentWatchRemoved: 7,
} as const;

export type EventTypeName = keyof typeof EVENT_TYPES;

export const KEEPER_STATES = {
  Unknown: -1,
  Disconnected: 0,
  NoSyncConnected: 1,
  SyncConnected: 3,
  AuthFailed: 4,
  ConnectedReadOnly: 5,
  SaslAuthenticated: 6,
  Closed: 7,
  Expired: -112,
} as const;

export type KeeperStateName = keyof typeof KEEPER_STATES;
