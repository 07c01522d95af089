import { expect, test } from "vitest";
import { NO_SESSION } from "../ids.ts";
import type { Acl } from "../wire/records.ts";
import { zxid } from "../zxid.ts";
import { OPEN_ACL } from "./acl-cache.ts";
import { applyTxn, newTree } from "./data-tree.ts";
import type { SimpleTxn, Txn } from "./txn.ts";
import {
  addChildWatch,
  addDataWatch,
  addWatch,
  checkWatches,
  newWatches,
  removeWatcher,
  removeWatches,
  setWatches,
  watchCount,
  watchesSummary,
  type WatchLists,
} from "./watches.ts";

const PERSISTENT = 0;
const RECURSIVE = 1;
const CHILDREN = 1;
const DATA = 2;
const ANY = 3;

/** A tree with a node `/m`, zxid 1, and what comes of watches on it. Events read `watcher type path`. */
function start() {
  const tree = newTree({ extendedTypes: false });
  const watches = newWatches();
  let events: string[] = [];
  let acls: (readonly Acl[])[] = [];
  let last = 0;
  const sink = (watcher: number, type: string, path: string, acl: readonly Acl[]) => {
    events.push(`${watcher} ${type} ${path}`);
    acls.push(acl);
  };
  /** The events of one transaction. */
  const apply = (txn: Txn): string[] => {
    [events, acls] = [[], []];
    last++;
    const header = { sessionId: NO_SESSION, cxid: 0, zxid: zxid(last), time: last };
    applyTxn(tree, watches, header, txn, sink);
    return events;
  };
  const reset = (watcher: number, relativeZxid: number, lists: Partial<WatchLists>) => {
    [events, acls] = [[], []];
    const all = {
      dataWatches: [],
      existWatches: [],
      childWatches: [],
      persistentWatches: [],
      persistentRecursiveWatches: [],
      ...lists,
    };
    const err = setWatches(tree, watches, watcher, zxid(relativeZxid), all, sink);
    return { err, events };
  };
  apply(create("/m"));
  return { tree, watches, apply, reset, aclsOfEvents: () => acls };
}

function create(path: string, acl: readonly Acl[] = OPEN_ACL): SimpleTxn {
  return { kind: "create", path, data: null, acl, ephemeral: false, parentCversion: -1 };
}

function remove(path: string): SimpleTxn {
  return { kind: "delete", path };
}

function setData(path: string): SimpleTxn {
  return { kind: "setData", path, data: null, version: 1 };
}

test("an exist watch tells of the creation, a child watch on the parent of the change, in this order", () => {
  const { watches, apply } = start();
  addChildWatch(watches, 1, "/m");
  addDataWatch(watches, 1, "/m/n");
  expect(apply(create("/m/n"))).toEqual(["1 NodeCreated /m/n", "1 NodeChildrenChanged /m"]);
  expect(apply(setData("/m/n"))).toEqual([]);
  expect(watchCount(watches)).toBe(0);
});

test("whoever watches both data and children hears once of a delete", () => {
  const { watches, apply } = start();
  addDataWatch(watches, 1, "/m");
  addChildWatch(watches, 1, "/m");
  addChildWatch(watches, 2, "/m");
  addChildWatch(watches, 1, "/");
  expect(apply(remove("/m"))).toEqual([
    "1 NodeDeleted /m",
    "2 NodeDeleted /m",
    "1 NodeChildrenChanged /",
  ]);
  expect(watchCount(watches)).toBe(0);
});

test("a data watch hears nothing of children, a child watch nothing of data or grandchildren", () => {
  const { watches, apply } = start();
  apply(create("/m/n"));
  addDataWatch(watches, 1, "/m");
  addChildWatch(watches, 2, "/m");
  expect(apply(setData("/m/n"))).toEqual([]);
  expect(apply(create("/m/n/o"))).toEqual([]);
  expect(apply(remove("/m/n/o"))).toEqual([]);
  expect(apply(setData("/m"))).toEqual(["1 NodeDataChanged /m"]);
  expect(apply(remove("/m/n"))).toEqual(["2 NodeChildrenChanged /m"]);
});

test("a watch fires once, however often it was set", () => {
  const { watches, apply } = start();
  addDataWatch(watches, 1, "/m");
  addDataWatch(watches, 1, "/m");
  expect(watchCount(watches)).toBe(1);
  expect(apply(setData("/m"))).toEqual(["1 NodeDataChanged /m"]);
  expect(apply(setData("/m"))).toEqual([]);
});

test("within a multi a one-shot fires once", () => {
  const { watches, apply } = start();
  addChildWatch(watches, 1, "/m");
  addDataWatch(watches, 1, "/m");
  addDataWatch(watches, 1, "/m/n1");
  addDataWatch(watches, 1, "/m/n2");
  const txns = [create("/m/n1"), setData("/m"), create("/m/n2"), remove("/m/n1")];
  expect(apply({ kind: "multi", txns })).toEqual([
    "1 NodeCreated /m/n1",
    "1 NodeChildrenChanged /m",
    "1 NodeDataChanged /m",
    "1 NodeCreated /m/n2",
  ]);
});

test("watchers of a path fire in the order of registration", () => {
  const { watches, apply } = start();
  for (const watcher of [5, 3, 9, 3]) addDataWatch(watches, watcher, "/m");
  expect(apply(setData("/m"))).toEqual(["5", "3", "9"].map((w) => `${w} NodeDataChanged /m`));
});

test("watches on the root are under its slash", () => {
  const { watches, apply } = start();
  addChildWatch(watches, 1, "/");
  addChildWatch(watches, 2, "");
  addDataWatch(watches, 1, "/");
  expect(apply(create("/x"))).toEqual(["1 NodeChildrenChanged /"]);
  expect(apply(setData("/"))).toEqual(["1 NodeDataChanged /"]);
});

test("a persistent watch stays and tells everything of its path", () => {
  const { watches, apply } = start();
  expect(addWatch(watches, 1, "/m/n", PERSISTENT)).toBe(0);
  expect(apply(create("/m/n"))).toEqual(["1 NodeCreated /m/n"]);
  expect(apply(setData("/m/n"))).toEqual(["1 NodeDataChanged /m/n"]);
  expect(apply(create("/m/n/o"))).toEqual(["1 NodeChildrenChanged /m/n"]);
  expect(apply(setData("/m/n/o"))).toEqual([]);
  expect(apply(remove("/m/n/o"))).toEqual(["1 NodeChildrenChanged /m/n"]);
  expect(apply(remove("/m/n"))).toEqual(["1 NodeDeleted /m/n"]);
  expect(apply(create("/m/n"))).toEqual(["1 NodeCreated /m/n"]);
});

test("a recursive watch tells of nodes at and under its path, never of lists of children", () => {
  const { watches, apply } = start();
  addWatch(watches, 1, "/m", RECURSIVE);
  addWatch(watches, 2, "/", RECURSIVE);
  expect(apply(create("/m/n"))).toEqual(["1 NodeCreated /m/n", "2 NodeCreated /m/n"]);
  expect(apply(create("/mm"))).toEqual(["2 NodeCreated /mm"]);
  expect(apply(setData("/m"))).toEqual(["1 NodeDataChanged /m", "2 NodeDataChanged /m"]);
  expect(apply(remove("/m/n"))).toEqual(["1 NodeDeleted /m/n", "2 NodeDeleted /m/n"]);
});

test("one event for whoever watches a node and its ancestors", () => {
  const { watches, apply } = start();
  addWatch(watches, 1, "/", RECURSIVE);
  addWatch(watches, 1, "/m", RECURSIVE);
  addDataWatch(watches, 1, "/m/n");
  expect(apply(create("/m/n"))).toEqual(["1 NodeCreated /m/n"]);
  expect(apply(setData("/m/n"))).toEqual(["1 NodeDataChanged /m/n"]);
});

test("another mode is refused", () => {
  const { watches } = start();
  expect(addWatch(watches, 1, "/m", 2)).toBe(-5);
  expect(addWatch(watches, 1, "/m", -1)).toBe(-5);
  expect(watchCount(watches)).toBe(0);
});

test("the last registration wins, table by table (ZOOKEEPER-4466)", () => {
  const { watches, apply } = start();
  addWatch(watches, 1, "/m", PERSISTENT);
  addDataWatch(watches, 1, "/m");
  expect(apply(setData("/m"))).toEqual(["1 NodeDataChanged /m"]);
  expect(apply(setData("/m"))).toEqual([]);
  expect(apply(create("/m/n"))).toEqual(["1 NodeChildrenChanged /m"]);
  addWatch(watches, 1, "/m", RECURSIVE);
  expect(apply(create("/m/o"))).toEqual(["1 NodeCreated /m/o"]);
  addWatch(watches, 1, "/m", PERSISTENT);
  expect(apply(create("/m/p"))).toEqual(["1 NodeChildrenChanged /m"]);
  expect([watches.data.recursive, watches.child.recursive]).toEqual([0, 0]);
});

test("removeWatches takes this connection's entries of one table or both, whatever their mode", () => {
  const { watches, apply } = start();
  addWatch(watches, 1, "/m", PERSISTENT);
  addDataWatch(watches, 2, "/m");
  expect(removeWatches(watches, 1, "/m", DATA)).toBe(0);
  expect(removeWatches(watches, 1, "/m", DATA)).toBe(-121);
  expect(apply(setData("/m"))).toEqual(["2 NodeDataChanged /m"]);
  expect(removeWatches(watches, 1, "/m", ANY)).toBe(0);
  expect(removeWatches(watches, 1, "/m", CHILDREN)).toBe(-121);
  expect(removeWatches(watches, 1, "/x", ANY)).toBe(-121);
  expect(removeWatches(watches, 1, "/m", 0)).toBe(-5);
  expect(removeWatches(watches, 1, "/m", 4)).toBe(-5);
  expect(watchCount(watches)).toBe(0);
});

test("a recursive watch that lost its data half tells of deletes alone", () => {
  const { watches, apply } = start();
  addWatch(watches, 1, "/m", RECURSIVE);
  removeWatches(watches, 1, "/m", DATA);
  expect(apply(create("/m/n"))).toEqual([]);
  expect(apply(remove("/m/n"))).toEqual(["1 NodeDeleted /m/n"]);
});

test("checkWatches is content with anybody's entry under exactly the path", () => {
  const { watches } = start();
  addDataWatch(watches, 1, "/m");
  addWatch(watches, 1, "/r", RECURSIVE);
  addDataWatch(watches, 1, "");
  expect(checkWatches(watches, "/m", DATA)).toBe(0);
  expect(checkWatches(watches, "/m", ANY)).toBe(0);
  expect(checkWatches(watches, "/m", CHILDREN)).toBe(-121);
  expect(checkWatches(watches, "/r/x", ANY)).toBe(-121);
  expect(checkWatches(watches, "", ANY)).toBe(-121);
  expect(checkWatches(watches, "/m", 5)).toBe(-5);
});

test("a connection that closes takes all its watches along", () => {
  const { watches, apply } = start();
  addDataWatch(watches, 1, "/m");
  addWatch(watches, 1, "/", RECURSIVE);
  addChildWatch(watches, 2, "/m");
  removeWatcher(watches, 1);
  expect(watchCount(watches)).toBe(1);
  expect(watches.data.recursive).toBe(0);
  expect(apply(setData("/m"))).toEqual([]);
});

test("the ACL that goes with an event is the node's, of a delete the one it had, of children the parent's", () => {
  const { tree, watches, apply, aclsOfEvents } = start();
  const own: readonly Acl[] = [{ perms: 1, id: { scheme: "digest", id: "u:h" } }];
  addWatch(watches, 1, "/m", PERSISTENT);
  addWatch(watches, 1, "/m/n", PERSISTENT);
  apply(create("/m/n", own));
  const parent = tree.nodes.get("/m")?.acl.list;
  expect(aclsOfEvents()).toEqual([own, parent]);
  apply({ kind: "setACL", path: "/m/n", acl: OPEN_ACL, version: 1 });
  apply(setData("/m/n"));
  expect(aclsOfEvents()).toEqual([OPEN_ACL]);
  apply(remove("/m/n"));
  expect(aclsOfEvents()).toEqual([OPEN_ACL, parent]);
});

test("setWatches tells what was missed and sets the rest", () => {
  const { watches, apply, reset } = start();
  apply(create("/old"));
  apply(create("/old/x"));
  apply(setData("/m"));
  const { err, events } = reset(7, 3, {
    dataWatches: ["/m", "/old", "/gone"],
    existWatches: ["/m", "/missing"],
    childWatches: ["/m", "/old", "/gone", "/"],
  });
  expect(err).toBe(0);
  expect(events).toEqual([
    "7 NodeDataChanged /m",
    "7 NodeDeleted /gone",
    "7 NodeCreated /m",
    "7 NodeDeleted /gone",
  ]);
  expect([...watches.data.byPath.keys()]).toEqual(["/old", "/missing"]);
  expect([...watches.child.byPath.keys()]).toEqual(["/m", "/old", "/"]);
});

test("setWatches looks at the pzxid for children, and asks nobody whether they may read", () => {
  const { reset, apply, aclsOfEvents } = start();
  apply(create("/m/n", [{ perms: 0, id: { scheme: "world", id: "anyone" } }]));
  const { events } = reset(1, 1, { childWatches: ["/m"], dataWatches: ["/m/n"] });
  expect(events).toEqual(["1 NodeDataChanged /m/n", "1 NodeChildrenChanged /m"]);
  expect(aclsOfEvents()).toEqual([[], []]);
});

test("setWatches2 sets persistent watches without catching up", () => {
  const { watches, apply, reset } = start();
  const { events } = reset(1, 0, {
    persistentWatches: ["/m", "/gone", null],
    persistentRecursiveWatches: ["/", null],
  });
  expect(events).toEqual([]);
  expect(watchCount(watches)).toBe(6);
  expect(apply(setData("/m"))).toEqual(["1 NodeDataChanged /m"]);
  expect(apply(setData("/m"))).toEqual(["1 NodeDataChanged /m"]);
});

test("a null path fails setWatches half-way", () => {
  const { watches, reset } = start();
  expect(reset(1, 9, { dataWatches: ["/m", null], childWatches: ["/m"] }).err).toBe(-5);
  expect(watchCount(watches)).toBe(1);
  expect(reset(1, 9, { existWatches: [null] }).err).toBe(-5);
  expect(reset(1, 9, { childWatches: [null] }).err).toBe(-5);
});

test("the summary is that of D, and keeps connections whose watches are used up", () => {
  const { watches, apply } = start();
  addDataWatch(watches, 1, "/m");
  addDataWatch(watches, 2, "/m");
  addDataWatch(watches, 2, "/n");
  addChildWatch(watches, 3, "/m");
  expect(watchesSummary(watches)).toEqual({ connections: 2, paths: 2, total: 3 });
  apply(setData("/m"));
  expect(watchesSummary(watches)).toEqual({ connections: 2, paths: 1, total: 1 });
});
