import type { Acl, EventTypeName } from "../wire/records.ts";
import { ROOT } from "./path.ts";
import { type EventSink, unregister, type Watches, type WatchTable } from "./watches.ts";

/** What a change needs to tell of itself. */
export interface Telling {
  readonly watches: Watches;
  readonly sink: EventSink;
}

/** The watchers that one trigger reached. */
export type Told = readonly number[];

/** Fires what D has on a path and, recursively, above it. */
export function triggerDataWatches(
  telling: Telling,
  path: string,
  type: EventTypeName,
  acl: readonly Acl[],
): Told {
  return trigger(telling.watches.data, telling.sink, path, type, acl, []);
}

/** The same with C. Watchers that were told already use up their watch without another event. */
export function triggerChildWatches(
  telling: Telling,
  path: string,
  type: EventTypeName,
  acl: readonly Acl[],
  told: Told = [],
): Told {
  return trigger(telling.watches.child, telling.sink, path, type, acl, told);
}

/**
 * `WatchManager.triggerWatch`: whoever watches the path, in the order of registration, then recursive watchers of its
 * ancestors from the nearest up, each once. All watches are used up before the first event goes out.
 */
function trigger(
  table: WatchTable,
  sink: EventSink,
  path: string,
  type: EventTypeName,
  acl: readonly Acl[],
  told: Told,
): Told {
  if (table.size === 0) return [];
  const fired = useUp(table, path, type);
  const all = table.recursive > 0 ? withAncestors(table, path, type, fired) : fired;
  const silent = told.length === 0 || all.length === 0 ? undefined : new Set(told);
  for (const watcher of all) {
    if (silent === undefined || !silent.has(watcher)) sink(watcher, type, path, acl);
  }
  return all;
}

/** The watchers of exactly this path; standard ones go. */
function useUp(table: WatchTable, path: string, type: EventTypeName): readonly number[] {
  const watchers = table.byPath.get(path);
  if (watchers === undefined) return [];
  const fired: number[] = [];
  for (const [watcher, mode] of watchers) {
    if (mode === "persistentRecursive" && type === "NodeChildrenChanged") continue;
    fired.push(watcher);
    if (mode === "standard") unregister(table, watcher, path);
  }
  return fired;
}

/** A recursive watch is told of nodes, not of lists of children. */
function withAncestors(
  table: WatchTable,
  path: string,
  type: EventTypeName,
  fired: readonly number[],
): readonly number[] {
  if (type === "NodeChildrenChanged") return fired;
  const all = new Set(fired);
  let at = path;
  while (at !== ROOT) {
    const slash = at.lastIndexOf("/");
    at = slash <= 0 ? ROOT : at.slice(0, slash);
    for (const [watcher, mode] of table.byPath.get(at) ?? []) {
      if (mode === "persistentRecursive") all.add(watcher);
    }
  }
  return [...all];
}
