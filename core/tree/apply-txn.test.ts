import { expect, test } from "vitest";
import { sessionId } from "../ids.ts";
import type { Acl } from "../wire/records.ts";
import { zxid } from "../zxid.ts";
import { OPEN_ACL, READ_ACL } from "./acl-cache.ts";
import {
  allChildrenNumber,
  applyTxn,
  childrenOf,
  dataOf,
  ephemeralsOf,
  ephemeralsUnder,
  newTree,
  nodeCount,
  reapCandidates,
  statOf,
  type TreeOptions,
  type TxnResult,
} from "./data-tree.ts";
import { ttlOwner } from "./ephemeral-type.ts";
import { bytesOf } from "./text-bytes.ts";
import type { SimpleTxn, Txn } from "./txn.ts";
import { addChildWatch, addDataWatch, newWatches } from "./watches.ts";

const SESSION = sessionId(0x100000d025b0010n);
const OTHER = sessionId(0x100000d025b0011n);

/** Applies transactions of zxid 1, 2, 3… and time 1000, 2000, …, and keeps the events as `watcher type path`. */
function start(options: TreeOptions = { extendedTypes: false }) {
  const tree = newTree(options);
  const watches = newWatches();
  const events: string[] = [];
  let last = 0;
  const applyAs = (session: typeof SESSION, txn: Txn, at = last + 1): TxnResult => {
    last = at;
    const header = { sessionId: session, cxid: at, zxid: zxid(at), time: at * 1000 };
    return applyTxn(tree, watches, header, txn, (watcher, type, path) => {
      events.push(`${watcher} ${type} ${path}`);
    });
  };
  const apply = (txn: Txn, at = last + 1): TxnResult => applyAs(SESSION, txn, at);
  return { tree, watches, events, apply, applyAs };
}

function create(path: string, more: { data?: string | null; ephemeral?: boolean } = {}): SimpleTxn {
  const { data = "", ephemeral = false } = more;
  const bytes = data === null ? null : bytesOf(data);
  return { kind: "create", path, data: bytes, acl: OPEN_ACL, ephemeral, parentCversion: -1 };
}

function setData(path: string, data: string, version: number): SimpleTxn {
  return { kind: "setData", path, data: bytesOf(data), version };
}

test("a create gives the node the header's zxid and time, and the parent a child", () => {
  const { tree, apply } = start();
  const { err, path, stat } = apply(create("/a", { data: "xyz" }));
  expect({ err, path }).toEqual({ err: 0, path: "/a" });
  expect(stat).toEqual({
    czxid: 1,
    mzxid: 1,
    ctime: 1000,
    mtime: 1000,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength: 3,
    numChildren: 0,
    pzxid: 1,
  });
  expect(statOf(tree, "/")).toMatchObject({ cversion: 0, numChildren: 2, pzxid: 1, mzxid: 0 });
  expect(tree.lastProcessedZxid).toBe(1);
});

test("the exported cversion counts creates and deletes, and only the parent's changes", () => {
  const { tree, apply } = start();
  apply(create("/a"));
  apply(create("/a/b"));
  apply(create("/a/b/c"));
  expect(statOf(tree, "/a")).toMatchObject({ cversion: 1, numChildren: 1, pzxid: 2 });
  apply({ kind: "delete", path: "/a/b/c" });
  apply({ kind: "delete", path: "/a/b" });
  expect(statOf(tree, "/a")).toMatchObject({ cversion: 2, numChildren: 0, pzxid: 5, mzxid: 1 });
  expect(tree.nodes.get("/a")?.cversion).toBe(1);
});

test("null data is not empty data", () => {
  const { tree, apply } = start();
  apply(create("/null", { data: null }));
  apply(create("/empty"));
  expect([dataOf(tree, "/null"), dataOf(tree, "/empty")]).toEqual([null, new Uint8Array(0)]);
  expect(statOf(tree, "/null")?.dataLength).toBe(0);
});

test("setData changes data, version, mzxid and mtime of its node, and nothing of the parent", () => {
  const { tree, apply } = start();
  apply(create("/a"));
  const parent = statOf(tree, "/");
  const { stat } = apply(setData("/a", "xy", 1));
  expect(stat).toMatchObject({
    czxid: 1,
    mzxid: 2,
    ctime: 1000,
    mtime: 2000,
    version: 1,
    pzxid: 1,
  });
  expect(stat?.dataLength).toBe(2);
  expect(statOf(tree, "/")).toEqual(parent);
});

test("setACL changes the aversion and no zxid", () => {
  const { tree, apply, events, watches } = start();
  apply(create("/a"));
  addDataWatch(watches, 1, "/a");
  const { stat } = apply({ kind: "setACL", path: "/a", acl: READ_ACL, version: 1 });
  expect(stat).toMatchObject({ aversion: 1, version: 0, mzxid: 1, mtime: 1000, pzxid: 1 });
  expect(tree.nodes.get("/a")?.acl.list).toEqual(READ_ACL);
  expect(events).toEqual([]);
});

test("the root is one node under two names", () => {
  const { tree, apply } = start();
  apply(setData("/", "root", 1));
  expect(dataOf(tree, "")).toEqual(bytesOf("root"));
  expect(statOf(tree, "")).toEqual(statOf(tree, "/"));
  expect(nodeCount(tree)).toBe(5);
});

test("what kind of owner a node has shows as none, but for ephemerals", () => {
  const { tree, apply } = start({ extendedTypes: true });
  const data = new Uint8Array(0);
  apply(create("/e", { ephemeral: true }));
  apply({ kind: "createContainer", path: "/c", data, acl: OPEN_ACL, parentCversion: 2 });
  apply({ kind: "createTTL", path: "/t", data, acl: OPEN_ACL, parentCversion: 3, ttl: 500 });
  expect(statOf(tree, "/e")?.ephemeralOwner).toBe(SESSION);
  expect(statOf(tree, "/c")?.ephemeralOwner).toBe(0n);
  expect(statOf(tree, "/t")?.ephemeralOwner).toBe(0n);
  expect(tree.nodes.get("/t")?.ephemeralOwner).toBe(ttlOwner(500));
  expect(ephemeralsOf(tree, SESSION)).toEqual(["/e"]);
});

test("a multi is one zxid, whose parts see each other", () => {
  const { tree, apply } = start();
  const result = apply({
    kind: "multi",
    txns: [create("/a"), create("/a/b"), setData("/a", "x", 1), { kind: "delete", path: "/a/b" }],
  });
  expect(result.err).toBe(0);
  expect(result.results?.map(({ kind, err }) => `${kind} ${err}`)).toEqual([
    "create 0",
    "create 0",
    "setData 0",
    "delete 0",
  ]);
  expect(result.results?.[2]?.stat).toMatchObject({ numChildren: 1, cversion: 1, version: 1 });
  expect(statOf(tree, "/a")).toMatchObject({ czxid: 1, mzxid: 1, pzxid: 1, cversion: 2 });
  expect(tree.lastProcessedZxid).toBe(1);
});

test("a multi with an error does nothing: 0 before it, −2 behind it", () => {
  const { tree, apply, events, watches } = start();
  addDataWatch(watches, 1, "/a");
  const check: SimpleTxn = { kind: "check", path: "/", version: 0 };
  const failure: SimpleTxn = { kind: "error", err: -101 };
  const result = apply({
    kind: "multi",
    txns: [create("/a"), check, failure, { kind: "error", err: -2 }],
  });
  expect(result.results).toEqual([
    { kind: "error", err: 0 },
    { kind: "error", err: 0 },
    { kind: "error", err: -101 },
    { kind: "error", err: -2 },
  ]);
  expect(result.err).toBe(-101);
  expect([statOf(tree, "/a"), events, tree.lastProcessedZxid]).toEqual([undefined, [], 1]);
});

test("an empty multi succeeds", () => {
  expect(start().apply({ kind: "multi", txns: [] })).toEqual({
    kind: "multi",
    err: 0,
    results: [],
  });
});

test("an error moves lastProcessedZxid and nothing else", () => {
  const { tree, apply } = start();
  expect(apply({ kind: "error", err: -101 }, 7)).toEqual({ kind: "error", err: -101 });
  expect(tree.lastProcessedZxid).toBe(7);
  apply({ kind: "createSession", timeOut: 4000 }, 5);
  expect(tree.lastProcessedZxid).toBe(7);
});

test("closing a session deletes its nodes in the order of the transaction, under one zxid", () => {
  const { tree, apply, applyAs, events, watches } = start();
  apply(create("/p"));
  for (const name of ["x", "y", "z"]) apply(create(`/p/${name}`, { ephemeral: true }));
  applyAs(OTHER, create("/p/other", { ephemeral: true }));
  addChildWatch(watches, 1, "/p");
  addDataWatch(watches, 2, "/p/y");
  apply({ kind: "closeSession", paths: ["/p/z", "/p/x", "/p/gone", "/p/y"] }, 9);
  expect(childrenOf(tree, "/p")).toEqual(["other"]);
  expect(statOf(tree, "/p")?.pzxid).toBe(9);
  expect(events).toEqual(["1 NodeChildrenChanged /p", "2 NodeDeleted /p/y"]);
  expect([...tree.ephemerals.keys()]).toEqual([OTHER]);
});

test("what a closeSession forgot to name goes as well, what it names of others too", () => {
  const { tree, apply, applyAs } = start();
  apply(create("/mine", { ephemeral: true }));
  applyAs(OTHER, create("/other", { ephemeral: true }));
  apply({ kind: "closeSession", paths: ["/other"] });
  expect(childrenOf(tree, "/")).toEqual(["zookeeper"]);
  expect(ephemeralsOf(tree, OTHER)).toEqual([]);
});

test("a replayed create of what exists only lifts the parent", () => {
  const { tree, apply } = start();
  apply(create("/a"));
  const again: Txn = { ...create("/a", { data: "new" }), parentCversion: 5 } as Txn;
  expect(apply(again, 4)).toEqual({ kind: "create", err: -110, path: "/a" });
  expect(dataOf(tree, "/a")).toEqual(new Uint8Array(0));
  expect(tree.nodes.get("/")).toMatchObject({ cversion: 5, pzxid: 4 });
  expect(apply({ ...again, parentCversion: 3 } as Txn, 6).err).toBe(-110);
  expect(tree.nodes.get("/")).toMatchObject({ cversion: 5, pzxid: 4 });
});

test("what cannot be done says so", () => {
  const { tree, apply } = start();
  expect(apply(create("/a/b")).err).toBe(-101);
  expect(apply({ kind: "delete", path: "/a/b" }).err).toBe(-101);
  expect(apply(setData("/a", "", 1)).err).toBe(-101);
  expect(apply({ kind: "setACL", path: "/a", acl: OPEN_ACL, version: 1 }).err).toBe(-101);
  expect(statOf(tree, "/")?.pzxid).toBe(0);
  // The parent learns of a delete before anybody looks for the node.
  expect(apply({ kind: "delete", path: "/a" }).err).toBe(-101);
  expect(statOf(tree, "/")?.pzxid).toBe(5);
});

test("a replayed delete does not take the parent's pzxid back", () => {
  const { tree, apply } = start();
  apply(create("/a"), 8);
  apply({ kind: "delete", path: "/a" }, 3);
  expect(statOf(tree, "/")?.pzxid).toBe(8);
});

test("a sequence that has run over 2^31 leaves the parent as it is", () => {
  const { tree, apply } = start();
  apply({ ...create("/a"), parentCversion: 2147483647 } as Txn);
  apply({ ...create("/b"), parentCversion: -2147483648 } as Txn);
  expect(tree.nodes.get("/")).toMatchObject({ cversion: 2147483647, pzxid: 1 });
  expect(childrenOf(tree, "/")).toEqual(["a", "b", "zookeeper"]);
});

test("nodes of the same ACL share it, and the last takes it along", () => {
  const { tree, apply } = start();
  const acl = (): readonly Acl[] => [{ perms: 3, id: { scheme: "digest", id: "u:h" } }];
  apply({ ...create("/a"), acl: acl() } as Txn);
  apply({ ...create("/b"), acl: acl() } as Txn);
  expect(tree.nodes.get("/a")?.acl).toBe(tree.nodes.get("/b")?.acl);
  expect(tree.acls.size).toBe(3);
  apply({ kind: "delete", path: "/a" });
  apply({ kind: "setACL", path: "/b", acl: OPEN_ACL, version: 1 });
  expect(tree.acls.size).toBe(2);
});

test("all children are counted by nodes", () => {
  const { tree, apply } = start();
  for (const path of ["/a", "/a/b", "/a/b/c", "/ab"]) apply(create(path));
  expect(allChildrenNumber(tree, "/a")).toBe(2);
  expect(allChildrenNumber(tree, "/a/b/c")).toBe(0);
  expect(allChildrenNumber(tree, "/")).toBe(nodeCount(tree) - 2);
  expect(allChildrenNumber(tree, "")).toBe(nodeCount(tree) - 1);
});

test("getEphemerals takes the beginning of a text", () => {
  const { tree, apply } = start();
  apply(create("/p"));
  for (const path of ["/a", "/ab", "/p/c"]) apply(create(path, { ephemeral: true }));
  const under = (prefix: string | null) =>
    [...ephemeralsUnder(tree, SESSION, prefix)].sort((a, b) => (a < b ? -1 : 1));
  for (const all of [null, "", " ", "/", " / "]) expect(under(all)).toEqual(["/a", "/ab", "/p/c"]);
  expect(under("/a")).toEqual(["/a", "/ab"]);
  expect(under("/none")).toEqual([]);
  expect(ephemeralsUnder(tree, OTHER, null)).toEqual([]);
});

test("containers go once they are empty again, TTL nodes when their time without setData is up", () => {
  const { tree, apply } = start({ extendedTypes: true });
  const data = new Uint8Array(0);
  apply({ kind: "createContainer", path: "/used", data, acl: OPEN_ACL, parentCversion: -1 });
  apply({ kind: "createContainer", path: "/unused", data, acl: OPEN_ACL, parentCversion: -1 });
  apply({ kind: "createTTL", path: "/ttl", data, acl: OPEN_ACL, parentCversion: -1, ttl: 500 });
  apply(create("/used/x"));
  expect(reapCandidates(tree, 3500, 0)).toEqual([]);
  expect(reapCandidates(tree, 3501, 0)).toEqual(["/ttl"]);
  apply({ kind: "delete", path: "/used/x" }, 6);
  apply(setData("/ttl", "", 1), 7);
  expect(reapCandidates(tree, 7500, 0)).toEqual(["/used"]);
  expect([...reapCandidates(tree, 7501, 0)].length).toBe(2);
  expect(reapCandidates(tree, 2001, 1)).toEqual(["/used"]);
  expect(reapCandidates(tree, 2002, 1)).toContain("/unused");
  apply(create("/ttl/x"));
  expect(reapCandidates(tree, 99999, 0)).toEqual(["/used"]);
  apply({ kind: "deleteContainer", path: "/used" });
  expect(reapCandidates(tree, 99999, 0)).toEqual([]);
});
