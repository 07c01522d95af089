import { ERROR_CODES } from "../wire/error-codes.ts";
import type { EventTypeName } from "../wire/records.ts";
import type { ClientOp, WatchKind } from "./operations.ts";
import type { WatcherId } from "./watcher.ts";
import type { Watches, WatchTable } from "./watch-manager.ts";

type RemoveWatchesOp = Extract<ClientOp, { readonly kind: "removeWatches" }>;

/** What removing came to: the code for the caller, and who hears that it watches no more. */
export interface Removal {
  readonly err: number;
  readonly removed: readonly {
    readonly type: EventTypeName;
    readonly watchers: readonly WatcherId[];
  }[];
}

/**
 * Forgets watchers when the server has answered, or could not be asked (WatchDeregistration,
 * ZKWatchManager.removeWatcher). A persistent watcher is found under every type, but forgotten only under `any`.
 */
export function removeWatchers(watches: Watches, op: RemoveWatchesOp, err: number): Removal {
  const { path, type, watcher } = op;
  if (!tablesSearched(watches, type).some((table) => contains(table, path, watcher))) {
    return { err: ERROR_CODES.NoWatcher, removed: [] };
  }
  if (err !== ERROR_CODES.Ok && op.local !== true) return { err, removed: [] };
  const child = new Set<WatcherId>();
  const data = new Set<WatcherId>();
  const persistent = new Set<WatcherId>();
  if (type !== "data") take(watches.child, path, watcher, child);
  if (type !== "children") {
    take(watches.data, path, watcher, data);
    take(watches.exist, path, watcher, data);
  }
  if (type === "any") {
    take(watches.persistent, path, watcher, persistent);
    take(watches.persistentRecursive, path, watcher, persistent);
  }
  const removed = [
    { type: "ChildWatchRemoved" as const, watchers: [...child] },
    { type: "DataWatchRemoved" as const, watchers: [...data] },
    { type: "PersistentWatchRemoved" as const, watchers: [...persistent] },
  ].filter(({ watchers }) => watchers.length > 0);
  return removed.length === 0
    ? { err: ERROR_CODES.NoWatcher, removed }
    : { err: ERROR_CODES.Ok, removed };
}

function tablesSearched(watches: Watches, type: WatchKind): readonly WatchTable[] {
  const { data, exist, child, persistent, persistentRecursive } = watches;
  const always = [persistent, persistentRecursive];
  switch (type) {
    case "children":
      return [child, ...always];
    case "data":
      return [data, exist, ...always];
    case "any":
      return [child, data, exist, ...always];
  }
}

function contains(table: WatchTable, path: string, watcher: WatcherId | undefined): boolean {
  const watchers = table.get(path);
  if (watchers === undefined) return false;
  return watcher === undefined || watchers.has(watcher);
}

function take(
  table: WatchTable,
  path: string,
  watcher: WatcherId | undefined,
  into: Set<WatcherId>,
): void {
  const watchers = table.get(path);
  if (watchers === undefined) return;
  if (watcher === undefined) {
    for (const each of watchers) into.add(each);
    table.delete(path);
  } else if (watchers.delete(watcher)) {
    into.add(watcher);
    if (watchers.size === 0) table.delete(path);
  }
}
