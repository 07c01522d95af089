import { expect, test } from "vitest";
import { NO_SESSION, sessionId } from "../ids.ts";
import { type Zxid, zxid, ZERO_ZXID } from "../zxid.ts";
import { OPEN_ACL, READ_ACL, shareAcl } from "./acl-cache.ts";
import { applyTxn, type DataTree, newTree, treeDigest } from "./data-tree.ts";
import { contentChanged, treeDigestFromScratch } from "./digest.ts";
import { bytesOf } from "./text-bytes.ts";
import type { ZNode } from "./tree-state.ts";
import { newWatches } from "./watches.ts";
import { newZNode, putNode } from "./znode.ts";

const OPTIONS = { extendedTypes: false };
const BIG = zxid(0x200000003);

/** The digest of a tree whose node `path` has been changed, checked against the one from scratch. */
function digestWith(change: (node: ZNode, tree: DataTree) => void, path = "/a"): string {
  const tree = newTree(OPTIONS);
  const node = newZNode(
    bytesOf("data"),
    shareAcl(tree, OPEN_ACL),
    NO_SESSION,
    BIG,
    1_700_000_000_000,
  );
  putNode(tree, path, node);
  change(node, tree);
  contentChanged(tree, path, node);
  expect(treeDigest(tree)).toBe(treeDigestFromScratch(tree));
  return treeDigest(tree);
}

function digestWithNode(owner: bigint, czxid: Zxid, ctime: number, path = "/a"): string {
  const tree = newTree(OPTIONS);
  putNode(
    tree,
    path,
    newZNode(bytesOf("data"), shareAcl(tree, OPEN_ACL), sessionId(owner), czxid, ctime),
  );
  return treeDigest(tree);
}

const CHANGES: readonly (readonly [what: string, change: (node: ZNode, tree: DataTree) => void])[] =
  [
    ["nothing", () => undefined],
    ["mzxid", (node) => (node.mzxid = zxid(BIG + 1))],
    ["mzxid's epoch", (node) => (node.mzxid = zxid(0x300000003))],
    ["pzxid", (node) => (node.pzxid = zxid(BIG + 1))],
    ["pzxid's epoch", (node) => (node.pzxid = zxid(0x300000003))],
    ["mtime", (node) => (node.mtime += 1)],
    ["mtime by 2^32", (node) => (node.mtime += 0x100000000)],
    ["version", (node) => (node.version = 1)],
    ["cversion", (node) => (node.cversion = 1)],
    ["aversion", (node) => (node.aversion = 1)],
    ["aversion −1", (node) => (node.aversion = -1)],
    ["acl", (node, tree) => (node.acl = shareAcl(tree, READ_ACL))],
    ["data", (node) => (node.data = bytesOf("Data"))],
    ["data's last byte", (node) => (node.data = bytesOf("datA"))],
    ["one byte more", (node) => (node.data = bytesOf("data\0"))],
    ["five bytes", (node) => (node.data = bytesOf("datas"))],
    ["no bytes", (node) => (node.data = bytesOf(""))],
    ["null", (node) => (node.data = null)],
  ];

test("every field of a node is in both halves of the digest", () => {
  const digests = CHANGES.map(([, change]) => digestWith(change));
  const made = [
    digestWithNode(0n, zxid(BIG + 1), 1_700_000_000_000),
    digestWithNode(0n, BIG, 1_700_000_000_001),
    digestWithNode(0n, BIG, 1_700_000_000_000, "/b"),
    digestWithNode(0n, BIG, 1_700_000_000_000, "/ab"),
    digestWithNode(1n, BIG, 1_700_000_000_000),
    digestWithNode(0x100000000n, BIG, 1_700_000_000_000),
    digestWithNode(-1n, BIG, 1_700_000_000_000),
  ];
  const all = [...digests, ...made];
  expect(new Set(all.map((digest) => digest.slice(0, 8))).size).toBe(all.length);
  expect(new Set(all.map((digest) => digest.slice(8))).size).toBe(all.length);
});

test("what each server writes for itself is in none", () => {
  const here = newTree({ ...OPTIONS, ensembleConfig: { data: bytesOf("x"), mtime: 1 } });
  const there = newTree({ ...OPTIONS, ensembleConfig: { data: bytesOf("x"), mtime: 2 } });
  expect(treeDigest(here)).toBe(treeDigest(there));
  const stats = "/zookeeper/quota/a/zookeeper_stats";
  const digest = digestWith(() => undefined, stats);
  expect(digestWith((node) => (node.data = bytesOf("count=1,bytes=1")), stats)).toBe(digest);
});

test("the order of changes to different nodes does not show", () => {
  const digestOf = (paths: readonly string[]) => {
    const tree = newTree(OPTIONS);
    for (const path of paths) {
      const header = { sessionId: NO_SESSION, cxid: 0, zxid: ZERO_ZXID, time: 5 };
      const parentCversion = 1;
      const txn = {
        kind: "create",
        path,
        data: null,
        acl: OPEN_ACL,
        ephemeral: false,
        parentCversion,
      } as const;
      applyTxn(tree, newWatches(), header, txn, () => undefined);
    }
    return treeDigest(tree);
  };
  expect(digestOf(["/a", "/b"])).toBe(digestOf(["/b", "/a"]));
  expect(digestOf(["/a", "/b"])).not.toBe(digestOf(["/a", "/c"]));
});

test("a digest is 16 digits, and means the same for ever", () => {
  expect(treeDigest(newTree(OPTIONS))).toMatch(/^[0-9a-f]{16}$/);
  expect(treeDigest(newTree(OPTIONS))).toMatchInlineSnapshot(`"f587a625d6c6d6fe"`);
});
