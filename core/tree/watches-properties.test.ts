import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventTypeName } from "../wire/records.ts";
import { triggerChildWatches, triggerDataWatches } from "./trigger.ts";
import {
  addChildWatch,
  addDataWatch,
  addWatch,
  newWatches,
  removeWatcher,
  removeWatches,
  watchCount,
  type WatchTable,
} from "./watches.ts";

/** The tables against a list of entries that is searched from end to end. */
interface Entry {
  readonly table: "data" | "child";
  readonly path: string;
  readonly watcher: number;
  readonly mode: "standard" | "persistent" | "recursive";
}

const path = fc.constantFrom("/", "/a", "/a/b", "/a/b/c", "/ab");
const watcher = fc.integer({ min: 1, max: 4 });
const type = fc.constantFrom<EventTypeName>("NodeCreated", "NodeDeleted", "NodeDataChanged");

const command = fc.oneof(
  fc.record({ kind: fc.constantFrom("dataWatch" as const, "childWatch" as const), path, watcher }),
  fc.record({ kind: fc.constantFrom("persistent" as const, "recursive" as const), path, watcher }),
  fc.record({
    kind: fc.constant("remove" as const),
    path,
    watcher,
    type: fc.constantFrom(1, 2, 3),
  }),
  fc.record({ kind: fc.constant("close" as const), watcher }),
  fc.record({ kind: fc.constant("data" as const), path, type }),
  fc.record({ kind: fc.constant("children" as const), path }),
  fc.record({ kind: fc.constant("deleted" as const), path }),
);

function entriesByPath({ byPath }: WatchTable): ReadonlySet<string> {
  return new Set([...byPath].flatMap(([at, modes]) => [...modes.keys()].map((w) => `${w} ${at}`)));
}

function entriesByWatcher({ byWatcher }: WatchTable): ReadonlySet<string> {
  return new Set([...byWatcher].flatMap(([w, paths]) => [...paths].map((at) => `${w} ${at}`)));
}

function isUnder(path: string, ancestor: string): boolean {
  return ancestor === "/" ? path !== "/" : path.startsWith(`${ancestor}/`);
}

function model() {
  let entries: Entry[] = [];
  return {
    size: () => entries.length,
    add(entry: Entry) {
      const isSame = (e: Entry) =>
        e.table === entry.table && e.path === entry.path && e.watcher === entry.watcher;
      const index = entries.findIndex(isSame);
      if (index === -1) entries.push(entry);
      else entries[index] = entry;
    },
    remove(keep: (entry: Entry) => boolean): boolean {
      const { length } = entries;
      entries = entries.filter(keep);
      return entries.length < length;
    },
    /** Whoever is told, nearest path first. */
    fire(table: Entry["table"], at: string, event: EventTypeName): number[] {
      const own = entries.filter((e) => e.table === table && e.path === at);
      const above = entries
        .filter((e) => e.table === table && isUnder(at, e.path) && e.mode === "recursive")
        .sort((a, b) => b.path.length - a.path.length || entries.indexOf(a) - entries.indexOf(b));
      const told = [...own, ...above].filter(
        (e) => !(e.mode === "recursive" && event === "NodeChildrenChanged"),
      );
      entries = entries.filter((e) => !(told.includes(e) && e.mode === "standard"));
      return [...new Set(told.map((e) => e.watcher))];
    },
  };
}

test("the tables do what a plain list of watches does", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const watches = newWatches();
      const expected = model();
      let told: number[] = [];
      const telling = { watches, sink: (w: number) => told.push(w) };
      for (const c of commands) {
        told = [];
        switch (c.kind) {
          case "dataWatch":
            addDataWatch(watches, c.watcher, c.path);
            expected.add({ ...c, table: "data", mode: "standard" });
            break;
          case "childWatch":
            addChildWatch(watches, c.watcher, c.path);
            expected.add({ ...c, table: "child", mode: "standard" });
            break;
          case "persistent":
          case "recursive":
            addWatch(watches, c.watcher, c.path, c.kind === "persistent" ? 0 : 1);
            expected.add({ ...c, table: "data", mode: c.kind });
            expected.add({ ...c, table: "child", mode: c.kind });
            break;
          case "remove": {
            const tables = c.type === 1 ? ["child"] : c.type === 2 ? ["data"] : ["child", "data"];
            const removed = expected.remove(
              (e) => e.watcher !== c.watcher || e.path !== c.path || !tables.includes(e.table),
            );
            expect(removeWatches(watches, c.watcher, c.path, c.type)).toBe(removed ? 0 : -121);
            break;
          }
          case "close":
            removeWatcher(watches, c.watcher);
            expected.remove((e) => e.watcher !== c.watcher);
            break;
          case "data":
            triggerDataWatches(telling, c.path, c.type, []);
            expect(told).toEqual(expected.fire("data", c.path, c.type));
            break;
          case "children":
            triggerChildWatches(telling, c.path, "NodeChildrenChanged", []);
            expect(told).toEqual(expected.fire("child", c.path, "NodeChildrenChanged"));
            break;
          case "deleted": {
            const first = triggerDataWatches(telling, c.path, "NodeDeleted", []);
            triggerChildWatches(telling, c.path, "NodeDeleted", [], first);
            const data = expected.fire("data", c.path, "NodeDeleted");
            const child = expected.fire("child", c.path, "NodeDeleted");
            expect(told).toEqual([...data, ...child.filter((w) => !data.includes(w))]);
            break;
          }
        }
        expect(watchCount(watches)).toBe(expected.size());
        for (const table of [watches.data, watches.child]) {
          expect(entriesByWatcher(table)).toEqual(entriesByPath(table));
        }
      }
      for (const w of [1, 2, 3, 4]) removeWatcher(watches, w);
      expect(watches).toEqual(newWatches());
    }),
    { numRuns: 300 },
  );
});
