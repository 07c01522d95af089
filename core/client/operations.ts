import type { Acl, Buffer, ClientInfo, Stat } from "../wire/records.ts";
import type { ErrorName } from "../wire/error-codes.ts";
import type { CreateModeName } from "./create-mode.ts";
import type { WatcherId } from "./watcher.ts";

/** Everything that can be asked of a client, as plain data, and what each gives when it succeeds. */

export interface CreateOp {
  readonly kind: "create";
  readonly path: string;
  readonly data: Buffer | null;
  readonly acl: readonly Acl[];
  readonly mode: CreateModeName;
  /** ms. Needed by the two modes with a time to live, refused by the others. */
  readonly ttl?: number;
  /** Whether the Stat of the new znode is wanted (create2 instead of create). */
  readonly stat?: boolean;
}

export interface DeleteOp {
  readonly kind: "delete";
  readonly path: string;
  /** −1 for any. */
  readonly version: number;
}

export interface SetDataOp {
  readonly kind: "setData";
  readonly path: string;
  readonly data: Buffer | null;
  readonly version: number;
}

/** Only in a multi: a server never answers a successful one that comes alone. */
export interface CheckOp {
  readonly kind: "check";
  readonly path: string;
  readonly version: number;
}

/** Of a multi: all of them writes and checks, or all of them reads. */
export type MultiOp =
  | CreateOp
  | DeleteOp
  | SetDataOp
  | CheckOp
  | PathOp<"getData">
  | PathOp<"getChildren">;

export type WatchKind = "children" | "data" | "any";
export type AddWatchMode = "persistent" | "persistentRecursive";

interface PathOp<Kind extends string> {
  readonly kind: Kind;
  readonly path: string;
}

interface WatchableOp<Kind extends string> extends PathOp<Kind> {
  /** Who is told when what was read changes. */
  readonly watch?: WatcherId;
}

export type ClientOp =
  | CreateOp
  | DeleteOp
  | SetDataOp
  | WatchableOp<"exists">
  | WatchableOp<"getData">
  | (WatchableOp<"getChildren"> & {
      /** Whether the Stat is wanted (getChildren2 instead of getChildren). */
      readonly stat?: boolean;
    })
  /** The data of /zookeeper/config, whatever the chroot. */
  | { readonly kind: "getConfig"; readonly watch?: WatcherId }
  | PathOp<"getACL">
  | PathOp<"sync">
  | PathOp<"getAllChildrenNumber">
  | {
      readonly kind: "setACL";
      readonly path: string;
      readonly acl: readonly Acl[];
      readonly version: number;
    }
  | { readonly kind: "getEphemerals"; readonly prefixPath: string }
  | { readonly kind: "multi"; readonly ops: readonly MultiOp[] }
  | {
      readonly kind: "addWatch";
      readonly path: string;
      readonly mode: AddWatchMode;
      readonly watcher: WatcherId;
    }
  | {
      readonly kind: "removeWatches";
      readonly path: string;
      readonly type: WatchKind;
      /** Without one, every watcher of the path goes. */
      readonly watcher?: WatcherId;
      /** Whether to forget the watchers even if the server can't be asked. */
      readonly local?: boolean;
    }
  | {
      readonly kind: "reconfig";
      readonly joining: string | null;
      readonly leaving: string | null;
      readonly newMembers: string | null;
      readonly fromConfig: number;
    }
  | { readonly kind: "addAuth"; readonly scheme: string; readonly auth: Buffer | null }
  | { readonly kind: "whoAmI" }
  | { readonly kind: "close" };

/** One entry of a multi's result (OpResult). */
export type OpResult =
  /** The path is the server's: Java does not take the chroot off it here. */
  | { readonly kind: "create"; readonly path: string; readonly stat: Stat | undefined }
  | { readonly kind: "setData"; readonly stat: Stat }
  | { readonly kind: "delete" | "check" }
  | { readonly kind: "getData"; readonly data: Buffer | null; readonly stat: Stat }
  | { readonly kind: "getChildren"; readonly children: readonly string[] }
  | { readonly kind: "error"; readonly code: number; readonly name: ErrorName | "Unknown" };

export interface DataAndStat {
  readonly data: Buffer | null;
  readonly stat: Stat;
}

/** What each operation gives. */
export interface OpValues {
  create: { readonly path: string; readonly stat: Stat | undefined };
  delete: undefined;
  setData: Stat;
  /** Null if there is no such znode. */
  exists: Stat | null;
  getData: DataAndStat;
  getChildren: { readonly children: readonly string[]; readonly stat: Stat | undefined };
  getConfig: DataAndStat;
  getACL: { readonly acl: readonly Acl[]; readonly stat: Stat };
  setACL: Stat;
  sync: string;
  getAllChildrenNumber: number;
  getEphemerals: readonly string[];
  multi: readonly OpResult[];
  addWatch: undefined;
  removeWatches: undefined;
  reconfig: DataAndStat;
  addAuth: undefined;
  whoAmI: readonly ClientInfo[];
  close: undefined;
}

export type ValueOf<Op extends ClientOp> = OpValues[Op["kind"]];
