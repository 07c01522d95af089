import type { EventTypeName, KeeperStateName } from "../wire/records.ts";
import { ERROR_CODES } from "../wire/error-codes.ts";
import type { ClientOp } from "./operations.ts";
import { DEFAULT_WATCHER, type WatcherId } from "./watcher.ts";

/** The watchers of a client, by the client's path (ZKWatchManager). Here they are told in the order of registration. */
export interface Watches {
  readonly data: WatchTable;
  /** Of exists on a znode that was not there. */
  readonly exist: WatchTable;
  readonly child: WatchTable;
  readonly persistent: WatchTable;
  readonly persistentRecursive: WatchTable;
}

export type WatchTable = Map<string, Set<WatcherId>>;

export function newWatches(): Watches {
  return {
    data: new Map(),
    exist: new Map(),
    child: new Map(),
    persistent: new Map(),
    persistentRecursive: new Map(),
  };
}

const CONFIG_NODE = "/zookeeper/config";

/** Takes the watcher of an operation in, if the outcome is one with which the server keeps a watch (WatchRegistration). */
export function registerWatch(watches: Watches, op: ClientOp, err: number): void {
  const ok = err === ERROR_CODES.Ok;
  const missing = err === ERROR_CODES.NoNode;
  switch (op.kind) {
    case "exists":
      if (op.watch === undefined || !(ok || missing)) return;
      add(ok ? watches.data : watches.exist, op.path, op.watch);
      return;
    case "getData":
      if (op.watch !== undefined && ok) add(watches.data, op.path, op.watch);
      return;
    case "getConfig":
      if (op.watch !== undefined && ok) add(watches.data, CONFIG_NODE, op.watch);
      return;
    case "getChildren":
      if (op.watch !== undefined && ok) add(watches.child, op.path, op.watch);
      return;
    case "addWatch":
      if (ok || missing) add(watches[op.mode], op.path, op.watcher);
      return;
    case "create":
    case "delete":
    case "setData":
    case "getACL":
    case "setACL":
    case "sync":
    case "getAllChildrenNumber":
    case "getEphemerals":
    case "multi":
    case "removeWatches":
    case "reconfig":
    case "addAuth":
    case "whoAmI":
    case "close":
      return;
  }
}

/** Whom an event concerns; the one-shot watchers among them are forgotten (ZKWatchManager.materialize). */
export function materialize(
  watches: Watches,
  type: EventTypeName,
  state: KeeperStateName,
  path: string,
  disableAutoWatchReset: boolean,
): WatcherId[] {
  const told = new Set<WatcherId>();
  switch (type) {
    case "None":
      tellEveryone(watches, told);
      if (disableAutoWatchReset && state !== "SyncConnected") {
        watches.data.clear();
        watches.exist.clear();
        watches.child.clear();
      }
      break;
    case "NodeCreated":
    case "NodeDataChanged":
      take(watches.data, path, told);
      take(watches.exist, path, told);
      addPersistent(watches, path, told);
      break;
    case "NodeChildrenChanged":
      take(watches.child, path, told);
      addPersistent(watches, path, told);
      break;
    case "NodeDeleted":
      take(watches.data, path, told);
      take(watches.exist, path, told);
      take(watches.child, path, told);
      addPersistent(watches, path, told);
      break;
    case "DataWatchRemoved":
    case "ChildWatchRemoved":
    case "PersistentWatchRemoved":
      // No server sends these.
      break;
  }
  return [...told];
}

function tellEveryone(watches: Watches, told: Set<WatcherId>): void {
  told.add(DEFAULT_WATCHER);
  const { data, exist, child, persistent, persistentRecursive } = watches;
  for (const table of [data, exist, child, persistent, persistentRecursive]) {
    for (const watchers of table.values()) for (const watcher of watchers) told.add(watcher);
  }
}

/** A recursive watcher hears of its path and of everything below it (PathParentIterator). */
function addPersistent(watches: Watches, path: string, told: Set<WatcherId>): void {
  addAll(watches.persistent.get(path), told);
  if (watches.persistentRecursive.size === 0) return;
  for (let at = path; at !== ""; at = parentOrNone(at)) {
    addAll(watches.persistentRecursive.get(at), told);
  }
}

function parentOrNone(path: string): string {
  if (path === "/") return "";
  const parent = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
  return parent === "" && path.startsWith("/") ? "/" : parent;
}

function add(table: WatchTable, path: string, watcher: WatcherId): void {
  const watchers = table.get(path);
  if (watchers === undefined) table.set(path, new Set([watcher]));
  else watchers.add(watcher);
}

function addAll(from: Iterable<WatcherId> | undefined, to: Set<WatcherId>): void {
  if (from !== undefined) for (const watcher of from) to.add(watcher);
}

function take(table: WatchTable, path: string, told: Set<WatcherId>): void {
  addAll(table.get(path), told);
  table.delete(path);
}
