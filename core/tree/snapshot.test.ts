import { expect, test } from "vitest";
import { NO_SESSION } from "../ids.ts";
import { zxid } from "../zxid.ts";
import { READ_ACL } from "./acl-cache.ts";
import { applyTxn, childrenOf, dataOf, newTree, statOf } from "./data-tree.ts";
import { treeFromImage, treeImage } from "./snapshot.ts";
import { bytesOf } from "./text-bytes.ts";
import { newWatches } from "./watches.ts";

const OPTIONS = { extendedTypes: false };

function treeOf(paths: readonly string[]) {
  const tree = newTree(OPTIONS);
  for (const [index, path] of paths.entries()) {
    const header = { sessionId: NO_SESSION, cxid: 0, zxid: zxid(index + 1), time: 5 };
    const more = { data: null, acl: READ_ACL, ephemeral: false, parentCversion: -1 };
    applyTxn(tree, newWatches(), header, { kind: "create", path, ...more }, () => undefined);
  }
  return tree;
}

test("an image has parents before children, children as they came, and each ACL once", () => {
  const image = treeImage(treeOf(["/b", "/a", "/b/y", "/b/x"]));
  expect(image.nodes.map((node) => node.path)).toEqual([
    "",
    "/zookeeper",
    "/zookeeper/quota",
    "/zookeeper/config",
    "/b",
    "/b/y",
    "/b/x",
    "/a",
  ]);
  expect(image.acls.length).toBe(2);
  expect(image.lastProcessedZxid).toBe(4);
});

test("the image does not follow the tree", () => {
  const tree = treeOf(["/a"]);
  const image = treeImage(tree);
  const before = structuredClone(image);
  const header = { sessionId: NO_SESSION, cxid: 0, zxid: zxid(9), time: 9 };
  const txn = { kind: "setData", path: "/a", data: bytesOf("x"), version: 1 } as const;
  applyTxn(tree, newWatches(), header, txn, () => undefined);
  expect(image).toEqual(before);
});

test("a server of an ensemble writes its membership over the one in the snapshot", () => {
  const config = { data: bytesOf("server.1=a:1:2"), mtime: 77 };
  const tree = treeFromImage(treeImage(treeOf(["/a"])), { ...OPTIONS, ensembleConfig: config });
  expect(dataOf(tree, "/zookeeper/config")).toEqual(config.data);
  expect(statOf(tree, "/zookeeper/config")).toMatchObject({ version: -1, aversion: -1, mtime: 77 });
  expect(childrenOf(tree, "/")).toEqual(["a", "zookeeper"]);
});

test("the root is one node again", () => {
  const tree = treeFromImage(treeImage(treeOf([])), OPTIONS);
  expect(tree.nodes.get("")).toBe(tree.nodes.get("/"));
  expect(statOf(tree, "/")?.cversion).toBe(-1);
});

test("an image that is none is refused", () => {
  const image = treeImage(treeOf(["/a", "/a/b"]));
  const orphan = { ...image, nodes: image.nodes.filter((node) => node.path !== "/a") };
  expect(() => treeFromImage(orphan, OPTIONS)).toThrow("the image has no parent of /a/b");
  expect(() => treeFromImage({ ...image, acls: [] }, OPTIONS)).toThrow("no ACL 0");
});
