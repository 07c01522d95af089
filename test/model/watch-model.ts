import type { AddWatchMode, ClientOp } from "../../core/client/operations.ts";
import type { WatcherId } from "../../core/client/watcher.ts";
import type { Acl, EventTypeName, Id } from "../../core/wire/records.ts";
import type { Zxid } from "../../core/zxid.ts";
import { permits, READ } from "./acl-model.ts";
import { compareText, parentOf } from "./node-model.ts";
import type { Change, TreeModel } from "./tree-model.ts";

/** What one watcher hears: the sort of change, and the path that it watches or, recursively, one below it. */
export interface ModelEvent {
  readonly type: EventTypeName;
  readonly path: string;
}

/** The paths that a client sets its watches on again with, after a reconnect. */
export interface WatchPaths {
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly persistent: readonly string[];
  readonly persistentRecursive: readonly string[];
}

type Mode = "once" | AddWatchMode;
type Table = Map<string, Mode>;

/**
 * The watches that a server keeps for one connection: a table of those on a node (exists, getData) and one of those on
 * its list of children (getChildren). A path has one mode in each, the last that was asked for.
 */
export class ServerWatches {
  readonly #data: Table = new Map();
  readonly #child: Table = new Map();

  /** The watch that a read leaves: exists always, the others only if they succeed. */
  add(op: ClientOp, code: number): void {
    if (op.kind === "addWatch") {
      this.#data.set(op.path, op.mode);
      this.#child.set(op.path, op.mode);
    }
    if (!("watch" in op) || op.watch === undefined || op.kind === "getConfig") return;
    if (op.kind !== "exists" && code !== 0) return;
    (op.kind === "getChildren" ? this.#child : this.#data).set(op.path, "once");
  }

  /** What the connection hears of a transaction, and what it is not allowed to hear uses its watch up all the same. */
  fire(changes: readonly Change[], who: readonly Id[]): ModelEvent[] {
    const events: ModelEvent[] = [];
    const tell = (type: EventTypeName, path: string, acl: readonly Acl[]): void => {
      if (permits(acl, READ, who)) events.push({ type, path });
    };
    for (const { kind, path, parent, acl, parentAcl } of changes) {
      if (kind === "created" && hit(this.#data, path)) tell("NodeCreated", path, acl);
      if (kind === "changed" && hit(this.#data, path)) tell("NodeDataChanged", path, acl);
      if (kind === "deleted") {
        // Watches of both tables fire, and the connection hears of it once.
        const onNode = hit(this.#data, path);
        const onChildren = hit(this.#child, path);
        if (onNode || onChildren) tell("NodeDeleted", path, acl);
      }
      if (kind === "changed") continue;
      const mode = this.#child.get(parent);
      if (mode === undefined || mode === "persistentRecursive") continue;
      if (mode === "once") this.#child.delete(parent);
      tell("NodeChildrenChanged", parent, parentAcl);
    }
    return events;
  }

  /** setWatches after a reconnect: what was missed since `seen` is made up for, the rest is watched again. */
  restore(tree: TreeModel, paths: WatchPaths, seen: Zxid): ModelEvent[] {
    const events: ModelEvent[] = [];
    for (const path of paths.data) {
      const node = tree.nodes.get(path);
      if (node === undefined) events.push({ type: "NodeDeleted", path });
      else if (node.mzxid > seen) events.push({ type: "NodeDataChanged", path });
      else this.#data.set(path, "once");
    }
    for (const path of paths.exist) {
      if (tree.nodes.has(path)) events.push({ type: "NodeCreated", path });
      else this.#data.set(path, "once");
    }
    for (const path of paths.child) {
      const node = tree.nodes.get(path);
      if (node === undefined) events.push({ type: "NodeDeleted", path });
      else if (node.pzxid > seen) events.push({ type: "NodeChildrenChanged", path });
      else this.#child.set(path, "once");
    }
    for (const mode of ["persistent", "persistentRecursive"] as const) {
      for (const path of paths[mode]) {
        this.#data.set(path, mode);
        this.#child.set(path, mode);
      }
    }
    return events;
  }
}

/** Whether a change of the node is heard of: by a watch on it, which may be used up, or a recursive one above it. */
function hit(table: Table, path: string): boolean {
  const mode = table.get(path);
  if (mode === "once") table.delete(path);
  if (mode !== undefined) return true;
  for (let at = path; at !== "/";) {
    at = parentOf(at);
    if (table.get(at) === "persistentRecursive") return true;
  }
  return false;
}

const LISTS = ["data", "exist", "child", "persistent", "persistentRecursive"] as const;
type List = (typeof LISTS)[number];

/** Which of its watchers a client tells, and what it has left to set again. */
export class ClientWatches {
  readonly #lists = new Map<List, Map<string, Set<WatcherId>>>(
    LISTS.map((list) => [list, new Map()]),
  );

  /** An exists of a node that is not there waits for its creation only. */
  add(op: ClientOp, code: number): void {
    if (op.kind === "addWatch") this.#put(op.mode, op.path, op.watcher);
    if (!("watch" in op) || op.watch === undefined || op.kind === "getConfig") return;
    if (op.kind === "exists" && code === -101) this.#put("exist", op.path, op.watch);
    else if (code === 0) {
      this.#put(op.kind === "getChildren" ? "child" : "data", op.path, op.watch);
    }
  }

  /** The watchers of an event, each once; those that are not persistent hear of nothing more. */
  take({ type, path }: ModelEvent): WatcherId[] {
    const told = new Set<WatcherId>();
    const used: List[] = ["data", "exist", "child"];
    if (type === "NodeChildrenChanged") used.splice(0, 2);
    else if (type !== "NodeDeleted") used.pop();
    for (const list of used) {
      for (const watcher of this.#list(list).get(path) ?? []) told.add(watcher);
      this.#list(list).delete(path);
    }
    for (const watcher of this.#list("persistent").get(path) ?? []) told.add(watcher);
    for (let at = path; ; at = parentOf(at)) {
      for (const watcher of this.#list("persistentRecursive").get(at) ?? []) told.add(watcher);
      if (at === "/") return [...told].sort((a, b) => a - b);
    }
  }

  paths(): WatchPaths {
    const of = (list: List): string[] => [...this.#list(list).keys()].sort(compareText);
    return {
      data: of("data"),
      exist: of("exist"),
      child: of("child"),
      persistent: of("persistent"),
      persistentRecursive: of("persistentRecursive"),
    };
  }

  #put(list: List, path: string, watcher: WatcherId): void {
    const watchers = this.#list(list).get(path) ?? new Set<WatcherId>();
    this.#list(list).set(path, watchers.add(watcher));
  }

  #list(list: List): Map<string, Set<WatcherId>> {
    return this.#lists.get(list) as Map<string, Set<WatcherId>>;
  }
}
