import type { Acl, Buffer } from "../wire/records.ts";
import type { CreateModeName } from "./create-mode.ts";
import type {
  AddWatchMode,
  CheckOp,
  ClientOp,
  CreateOp,
  DeleteOp,
  MultiOp,
  SetDataOp,
  WatchKind,
} from "./operations.ts";
import type { WatcherId } from "./watcher.ts";

/** Short ways to write operations down, with the defaults that the command line of ZooKeeper has. */

/** Everything is allowed to everyone (ZooDefs.Ids.OPEN_ACL_UNSAFE). */
export const OPEN_ACL: readonly Acl[] = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];
/** Everybody may read (ZooDefs.Ids.READ_ACL_UNSAFE). */
export const READ_ACL: readonly Acl[] = [{ perms: 1, id: { scheme: "world", id: "anyone" } }];
/** Everything is allowed to those who created the znode (ZooDefs.Ids.CREATOR_ALL_ACL). */
export const CREATOR_ALL_ACL: readonly Acl[] = [{ perms: 31, id: { scheme: "auth", id: "" } }];

/** Any version. */
export const ANY_VERSION = -1;

export interface CreateOptions {
  readonly mode?: CreateModeName | undefined;
  readonly acl?: readonly Acl[] | undefined;
  readonly ttl?: number | undefined;
  readonly stat?: boolean | undefined;
}

type Op<Kind extends ClientOp["kind"]> = Extract<ClientOp, { readonly kind: Kind }>;

export function create(
  path: string,
  data: Buffer | null = null,
  options: CreateOptions = {},
): CreateOp {
  return {
    kind: "create",
    path,
    data,
    acl: options.acl ?? OPEN_ACL,
    mode: options.mode ?? "persistent",
    ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
    ...(options.stat === undefined ? {} : { stat: options.stat }),
  };
}

export function remove(path: string, version = ANY_VERSION): DeleteOp {
  return { kind: "delete", path, version };
}

export function setData(path: string, data: Buffer | null, version = ANY_VERSION): SetDataOp {
  return { kind: "setData", path, data, version };
}

export function check(path: string, version: number): CheckOp {
  return { kind: "check", path, version };
}

export function exists(path: string, watch?: WatcherId): Op<"exists"> {
  return { kind: "exists", path, ...watching(watch) };
}

export function getData(path: string, watch?: WatcherId): Op<"getData"> {
  return { kind: "getData", path, ...watching(watch) };
}

export function getChildren(path: string, watch?: WatcherId, stat?: boolean): Op<"getChildren"> {
  return {
    kind: "getChildren",
    path,
    ...watching(watch),
    ...(stat === undefined ? {} : { stat }),
  };
}

export function getConfig(watch?: WatcherId): Op<"getConfig"> {
  return { kind: "getConfig", ...watching(watch) };
}

export function getACL(path: string): Op<"getACL"> {
  return { kind: "getACL", path };
}

export function setACL(path: string, acl: readonly Acl[], version = ANY_VERSION): Op<"setACL"> {
  return { kind: "setACL", path, acl, version };
}

export function sync(path: string): Op<"sync"> {
  return { kind: "sync", path };
}

export function getAllChildrenNumber(path: string): Op<"getAllChildrenNumber"> {
  return { kind: "getAllChildrenNumber", path };
}

export function getEphemerals(prefixPath = "/"): Op<"getEphemerals"> {
  return { kind: "getEphemerals", prefixPath };
}

/** A transaction, or (of getData and getChildren only) several reads in one request. */
export function multi(ops: readonly MultiOp[]): Op<"multi"> {
  return { kind: "multi", ops };
}

export function addWatch(
  path: string,
  watcher: WatcherId,
  mode: AddWatchMode = "persistentRecursive",
): Op<"addWatch"> {
  return { kind: "addWatch", path, mode, watcher };
}

export function removeWatches(
  path: string,
  options: {
    readonly type?: WatchKind | undefined;
    readonly watcher?: WatcherId | undefined;
    readonly local?: boolean | undefined;
  } = {},
): Op<"removeWatches"> {
  return {
    kind: "removeWatches",
    path,
    type: options.type ?? "any",
    ...(options.watcher === undefined ? {} : { watcher: options.watcher }),
    ...(options.local === undefined ? {} : { local: options.local }),
  };
}

export function reconfig(
  joining: string | null,
  leaving: string | null,
  newMembers: string | null = null,
  fromConfig = -1,
): Op<"reconfig"> {
  return { kind: "reconfig", joining, leaving, newMembers, fromConfig };
}

export function addAuth(scheme: string, auth: Buffer | null): Op<"addAuth"> {
  return { kind: "addAuth", scheme, auth };
}

export function whoAmI(): Op<"whoAmI"> {
  return { kind: "whoAmI" };
}

export function close(): Op<"close"> {
  return { kind: "close" };
}

function watching(watch: WatcherId | undefined): { readonly watch?: WatcherId } {
  return watch === undefined ? {} : { watch };
}
