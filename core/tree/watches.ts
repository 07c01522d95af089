import type { Acl, EventTypeName } from "../wire/records.ts";
import type { Zxid } from "../zxid.ts";
import type { DataTree } from "./tree-state.ts";

/**
 * The watches of one server's connections (WatchManager, WatcherModeManager): two tables, D for what exists and
 * getData leave, C for what getChildren leaves. A watcher is the number of a connection; the same one registered
 * twice under a path is there once, and as in 3.8 its last mode wins (ZOOKEEPER-4466). Java fires the watchers of a
 * path in the order of a hash set, which differs from run to run; here they fire in the order of registration.
 */
export interface Watches {
  readonly data: WatchTable;
  readonly child: WatchTable;
}

export interface WatchTable {
  /** The modes of the watchers of each path, in the order of registration. */
  readonly byPath: Map<string, Map<number, WatchMode>>;
  /** The paths of each watcher; stays when the last is gone, until the connection closes. */
  readonly byWatcher: Map<number, Set<string>>;
  /** How many entries there are. */
  size: number;
  /** How many of them are recursive: as long as it is 0 no change looks at its ancestors. */
  recursive: number;
}

/** A standard watch is used up by its first event. */
export type WatchMode = "standard" | "persistent" | "persistentRecursive";

/**
 * Where watch events go. `acl` is the list that decides whether the watcher may see the event (READ); it is empty,
 * and so open to everybody, where ZooKeeper does not ask. A standard watch is used up whatever becomes of its event.
 */
export type EventSink = (
  watcher: number,
  type: EventTypeName,
  path: string,
  acl: readonly Acl[],
) => void;

/** The lists of setWatches(101) and setWatches2(105). */
export interface WatchLists {
  readonly dataWatches: readonly (string | null)[];
  readonly existWatches: readonly (string | null)[];
  readonly childWatches: readonly (string | null)[];
  readonly persistentWatches: readonly (string | null)[];
  readonly persistentRecursiveWatches: readonly (string | null)[];
}

/** What removeWatches and checkWatches name. */
const CHILDREN = 1;
const DATA = 2;
const ANY = 3;

const NO_WATCHER = -121;
const MARSHALLING = -5;

export function newWatches(): Watches {
  return { data: newTable(), child: newTable() };
}

/** What exists (also of a node that is not there) and getData leave. */
export function addDataWatch(watches: Watches, watcher: number, path: string): void {
  register(watches.data, watcher, path, "standard");
}

/** What getChildren leaves. */
export function addChildWatch(watches: Watches, watcher: number, path: string): void {
  register(watches.child, watcher, path, "standard");
}

/** addWatch(106): mode 0 is persistent, 1 persistent-recursive, any other a MarshallingError. */
export function addWatch(watches: Watches, watcher: number, path: string, mode: number): 0 | -5 {
  if (mode !== 0 && mode !== 1) return MARSHALLING;
  registerInBoth(watches, watcher, path, mode === 0 ? "persistent" : "persistentRecursive");
  return 0;
}

/** Forgets a connection that has closed (`DataTree.removeCnxn`). */
export function removeWatcher(watches: Watches, watcher: number): void {
  for (const table of [watches.data, watches.child]) {
    for (const path of table.byWatcher.get(watcher) ?? []) unregister(table, watcher, path);
    table.byWatcher.delete(watcher);
  }
}

/** removeWatches(18): type 1 is C, 2 is D, 3 either, any other a MarshallingError. It does not ask for the mode. */
export function removeWatches(
  watches: Watches,
  watcher: number,
  path: string,
  type: number,
): 0 | -121 | -5 {
  const tables = tablesOf(watches, type);
  if (tables === undefined) return MARSHALLING;
  const removed = tables.filter((table) => unregister(table, watcher, path));
  return removed.length === 0 ? NO_WATCHER : 0;
}

/** checkWatches(17), which in 3.8 is content with an entry of any connection under exactly this path. */
export function checkWatches(watches: Watches, path: string, type: number): 0 | -121 | -5 {
  const tables = tablesOf(watches, type);
  if (tables === undefined) return MARSHALLING;
  // PathParentIterator has nothing to go through for an empty path.
  return path !== "" && tables.some((table) => table.byPath.has(path)) ? 0 : NO_WATCHER;
}

/**
 * What a client has left after a reconnect (`DataTree.setWatches`): a standard watch whose event the client has
 * missed since `relativeZxid` gets it now, the others are set again. Nobody asks whether the client may READ, so
 * the sink gets an empty ACL. A null path fails the request half-way, as in Java, with a MarshallingError.
 */
export function setWatches(
  tree: DataTree,
  watches: Watches,
  watcher: number,
  relativeZxid: Zxid,
  lists: WatchLists,
  sink: EventSink,
): 0 | -5 {
  for (const path of lists.dataWatches) {
    if (path === null) return MARSHALLING;
    const node = tree.nodes.get(path);
    if (node === undefined) sink(watcher, "NodeDeleted", path, []);
    else if (node.mzxid > relativeZxid) sink(watcher, "NodeDataChanged", path, []);
    else addDataWatch(watches, watcher, path);
  }
  for (const path of lists.existWatches) {
    if (path === null) return MARSHALLING;
    if (tree.nodes.has(path)) sink(watcher, "NodeCreated", path, []);
    else addDataWatch(watches, watcher, path);
  }
  for (const path of lists.childWatches) {
    if (path === null) return MARSHALLING;
    const node = tree.nodes.get(path);
    if (node === undefined) sink(watcher, "NodeDeleted", path, []);
    else if (node.pzxid > relativeZxid) sink(watcher, "NodeChildrenChanged", path, []);
    else addChildWatch(watches, watcher, path);
  }
  // No change is under a null path, so such a watch would never fire.
  for (const path of lists.persistentWatches) {
    if (path !== null) registerInBoth(watches, watcher, path, "persistent");
  }
  for (const path of lists.persistentRecursiveWatches) {
    if (path !== null) registerInBoth(watches, watcher, path, "persistentRecursive");
  }
  return 0;
}

/** As `mntr` counts: a persistent watch is two. */
export function watchCount(watches: Watches): number {
  return watches.data.size + watches.child.size;
}

/** As the four-letter word `wchs` counts, which looks at D alone: connections that ever had a watch, paths, watches. */
export function watchesSummary(watches: Watches): {
  readonly connections: number;
  readonly paths: number;
  readonly total: number;
} {
  const { byWatcher, byPath, size } = watches.data;
  return { connections: byWatcher.size, paths: byPath.size, total: size };
}

/** `WatchManager.removeWatcher(path, watcher)`: false if there was nothing. */
export function unregister(table: WatchTable, watcher: number, path: string): boolean {
  const watchers = table.byPath.get(path);
  const mode = watchers?.get(watcher);
  if (watchers === undefined || mode === undefined) return false;
  watchers.delete(watcher);
  if (watchers.size === 0) table.byPath.delete(path);
  table.byWatcher.get(watcher)?.delete(path);
  table.size--;
  if (mode === "persistentRecursive") table.recursive--;
  return true;
}

function registerInBoth(watches: Watches, watcher: number, path: string, mode: WatchMode): void {
  register(watches.data, watcher, path, mode);
  register(watches.child, watcher, path, mode);
}

function register(table: WatchTable, watcher: number, path: string, mode: WatchMode): void {
  let watchers = table.byPath.get(path);
  if (watchers === undefined) {
    watchers = new Map();
    table.byPath.set(path, watchers);
  }
  const last = watchers.get(watcher);
  watchers.set(watcher, mode);
  if (last === "persistentRecursive") table.recursive--;
  if (mode === "persistentRecursive") table.recursive++;
  if (last !== undefined) return;
  table.size++;
  const paths = table.byWatcher.get(watcher);
  if (paths === undefined) table.byWatcher.set(watcher, new Set([path]));
  else paths.add(path);
}

function tablesOf(watches: Watches, type: number): readonly WatchTable[] | undefined {
  if (type === CHILDREN) return [watches.child];
  if (type === DATA) return [watches.data];
  return type === ANY ? [watches.child, watches.data] : undefined;
}

function newTable(): WatchTable {
  return { byPath: new Map(), byWatcher: new Map(), size: 0, recursive: 0 };
}
