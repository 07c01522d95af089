import fc from "fast-check";
import { expect, test } from "vitest";
import { type SessionId, sessionId } from "../ids.ts";
import { zxid } from "../zxid.ts";
import { OPEN_ACL, READ_ACL } from "./acl-cache.ts";
import { applyTxn, type DataTree, ephemeralsOf, newTree, statOf, treeDigest } from "./data-tree.ts";
import { treeDigestFromScratch } from "./digest.ts";
import { nodeName, parentOf } from "./path.ts";
import { STATS } from "./quota.ts";
import { treeFromImage, treeImage } from "./snapshot.ts";
import { bytesOf } from "./text-bytes.ts";
import type { SimpleTxn, Txn, TxnHeader } from "./txn.ts";
import { newWatches } from "./watches.ts";

/** Random transactions, as a leader would prepare them and as none would, against what must hold of every tree. */

const OPTIONS = { extendedTypes: true };
const SESSIONS = [0x100000000000001n, 0x100000000000002n, -0x200000000000000n].map(sessionId);
const QUOTA_PATHS = [
  "/zookeeper/quota/a",
  "/zookeeper/quota/a/b",
  "/zookeeper/quota/a/zookeeper_limits",
];
const PATHS = ["/a", "/a/b", "/a/b/c", "/a", "/a/b", "/e", "/e/f", ...QUOTA_PATHS];

const path = fc.constantFrom(...PATHS, "/zookeeper/quota/a/zookeeper_stats");
const data = fc.option(fc.constantFrom("", "x", "count=2,bytes=9", "some bytes").map(bytesOf));
const acl = fc.constantFrom(OPEN_ACL, READ_ACL, [
  { perms: 5, id: { scheme: "digest", id: "u:h" } },
]);

const simple: fc.Arbitrary<SimpleTxn> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("create" as const),
      path,
      data,
      acl,
      ephemeral: fc.boolean(),
      parentCversion: fc.integer({ min: -1, max: 9 }),
    }),
  },
  fc.record({
    kind: fc.constant("createContainer" as const),
    path,
    data,
    acl,
    parentCversion: fc.constant(-1),
  }),
  fc.record({
    kind: fc.constant("createTTL" as const),
    path,
    data,
    acl,
    parentCversion: fc.constant(-1),
    ttl: fc.integer({ min: 1, max: 99 }),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("delete" as const, "deleteContainer" as const),
      path,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("setData" as const),
      path: fc.oneof(path, fc.constant("/")),
      data,
      version: fc.integer({ min: 0, max: 9 }),
    }),
  },
  fc.record({
    kind: fc.constant("setACL" as const),
    path: fc.oneof(path, fc.constant("/")),
    acl,
    version: fc.integer({ min: 0, max: 9 }),
  }),
  fc.record({ kind: fc.constant("error" as const), err: fc.constant(-101) }),
);

const anyTxn: fc.Arbitrary<Txn> = fc.oneof(
  { weight: 6, arbitrary: simple },
  fc.record({ kind: fc.constant("multi" as const), txns: fc.array(simple, { maxLength: 4 }) }),
  fc.record({
    kind: fc.constant("closeSession" as const),
    paths: fc.array(path, { maxLength: 3 }),
  }),
);

const step = fc.record({ txn: anyTxn, session: fc.constantFrom(...SESSIONS) });
/** Long ones, since a node must come, have children, go and come again. */
const steps = fc.array(step, { maxLength: 80, size: "max" });

interface Logged {
  readonly header: TxnHeader;
  readonly txn: Txn;
}

function apply(tree: DataTree, { header, txn }: Logged): void {
  applyTxn(tree, newWatches(), header, txn, () => undefined);
}

function headerOf(index: number, session: SessionId): TxnHeader {
  const at = index + 1;
  return {
    sessionId: session,
    cxid: at,
    zxid: zxid(at * 0x40000000),
    time: 1_700_000_000_000 + at,
  };
}

/** What a leader makes of a request: an error where the tree does not allow it, else versions that follow. */
function prepared(tree: DataTree, txn: SimpleTxn): SimpleTxn {
  const refused: SimpleTxn = { kind: "error", err: -101 };
  if (txn.kind === "error" || txn.kind === "check") return txn;
  const node = tree.nodes.get(txn.path);
  const parent = tree.nodes.get(parentOf(txn.path));
  switch (txn.kind) {
    case "create":
    case "createContainer":
    case "createTTL":
      return node !== undefined || parent === undefined || isEphemeral(tree, parentOf(txn.path))
        ? refused
        : { ...txn, parentCversion: parent.cversion + 1 };
    case "delete":
    case "deleteContainer":
      return node === undefined || (node.children?.size ?? 0) > 0 ? refused : txn;
    case "setData":
      return node === undefined ? refused : { ...txn, version: node.version + 1 };
    case "setACL":
      return node === undefined ? refused : { ...txn, version: node.aversion + 1 };
  }
}

function isEphemeral(tree: DataTree, at: string): boolean {
  return (statOf(tree, at)?.ephemeralOwner ?? 0n) !== 0n;
}

/** The log that a leader would have written for these requests, and the tree at its end. */
function history(requests: readonly { txn: Txn; session: SessionId }[]) {
  const tree = newTree(OPTIONS);
  const log: Logged[] = [];
  // A session that was closed does not come back: whoever it was goes on as another.
  const lives = new Map<SessionId, bigint>();
  for (const [index, { txn, session }] of requests.entries()) {
    const life = lives.get(session) ?? 0n;
    const header = headerOf(index, sessionId(session + life));
    if (txn.kind === "closeSession") lives.set(session, life + 0x100n);
    const entry = { header, txn: preparedWhole(tree, header, txn) };
    log.push(entry);
    apply(tree, entry);
  }
  return { tree, log };
}

function preparedWhole(tree: DataTree, header: TxnHeader, txn: Txn): Txn {
  if (txn.kind === "closeSession") {
    return { kind: "closeSession", paths: ephemeralsOf(tree, header.sessionId) };
  }
  if (txn.kind === "createSession") return txn;
  if (txn.kind !== "multi") return prepared(tree, txn);
  const ahead = structuredClone(tree);
  const txns = txn.txns.map((part) => {
    const one = prepared(ahead, part);
    apply(ahead, { header, txn: one });
    return one;
  });
  return { kind: "multi", txns };
}

/** The image without the texts that a restart counts anew. */
function comparable(tree: DataTree) {
  const image = treeImage(tree);
  const nodes = image.nodes.map((node) => ({
    ...node,
    data: nodeName(node.path) === STATS ? null : node.data,
  }));
  return { ...image, nodes };
}

test("the digest that follows the changes is the digest of the nodes, also of a log that nobody prepared", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const tree = newTree(OPTIONS);
      for (const [index, { txn, session }] of all.entries()) {
        apply(tree, { header: headerOf(index, session), txn });
        expect(treeDigest(tree)).toBe(treeDigestFromScratch(tree));
      }
    }),
  );
});

test("two trees of the same log are the same, and another log's digest is another", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { tree, log } = history(all);
      const again = newTree(OPTIONS);
      const digests = new Map([[treeDigest(again), JSON.stringify(inOrder(again), plain)]]);
      for (const entry of log) {
        apply(again, entry);
        const nodes = JSON.stringify(inOrder(again), plain);
        expect(digests.get(treeDigest(again)) ?? nodes).toBe(nodes);
        digests.set(treeDigest(again), nodes);
      }
      expect(treeDigest(again)).toBe(treeDigest(tree));
      expect(again).toEqual(tree);
    }),
  );
});

test("a tree survives structuredClone in the middle of a log", () => {
  fc.assert(
    fc.property(steps, fc.nat(60), (all, at) => {
      const { tree, log } = history(all);
      let copy = newTree(OPTIONS);
      for (const [index, entry] of log.entries()) {
        if (index === at) copy = structuredClone(copy);
        apply(copy, entry);
      }
      expect(copy).toEqual(tree);
    }),
  );
});

test("an image gives the tree back", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { tree } = history(all);
      const again = treeFromImage(structuredClone(treeImage(tree)), OPTIONS);
      expect(comparable(again)).toEqual(comparable(tree));
      expect(treeDigest(again)).toBe(treeDigest(tree));
      expect(treeDigest(again)).toBe(treeDigestFromScratch(again));
      for (const lists of ["containers", "ttls", "quotaPrefixes"] as const) {
        expect(again[lists]).toEqual(tree[lists]);
      }
      for (const session of tree.ephemerals.keys()) {
        expect(new Set(ephemeralsOf(again, session))).toEqual(new Set(ephemeralsOf(tree, session)));
      }
      expect(usesOf(again)).toEqual(usesOf(tree));
    }),
  );
});

test("the end of a log over a tree that has it already changes nothing (a fuzzy snapshot)", () => {
  fc.assert(
    fc.property(steps, fc.nat(60), (all, from) => {
      const { tree, log } = history(all);
      const before = structuredClone(tree);
      for (const entry of log.slice(from)) apply(tree, entry);
      expect(sorted(comparable(tree))).toEqual(sorted(comparable(before)));
      expect(treeDigest(tree)).toBe(treeDigest(before));
      expect(treeDigest(tree)).toBe(treeDigestFromScratch(tree));
    }),
    { numRuns: 300 },
  );
});

test("stats: cversion counts changes of children, numChildren is true, pzxid and mzxid only grow", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { log } = history(all);
      const tree = newTree(OPTIONS);
      let last = new Map<string, ReturnType<typeof statOf>>();
      for (const entry of log) {
        const before = new Map([...tree.nodes].map(([at, node]) => [at, new Set(node.children)]));
        apply(tree, entry);
        const now = new Map([...tree.nodes.keys()].map((at) => [at, statOf(tree, at)]));
        for (const [at, stat] of now) {
          const children = [...tree.nodes.keys()].filter(
            (p) => p !== "/" && p !== "" && parentOf(p) === at,
          );
          if (at !== "/") expect(stat?.numChildren).toBe(children.length);
          const earlier = last.get(at);
          if (stat === undefined || earlier === undefined || stat.czxid !== earlier.czxid) continue;
          expect(stat.pzxid).toBeGreaterThanOrEqual(earlier.pzxid);
          expect(stat.mzxid).toBeGreaterThanOrEqual(earlier.mzxid);
          // A multi may make and delete a child, which is two changes that leave no trace in the sets.
          const after = new Set(tree.nodes.get(at)?.children);
          const changes = [...(before.get(at) ?? []), ...after].filter(
            (name) => after.has(name) !== before.get(at)?.has(name),
          ).length;
          const grown = stat.cversion - earlier.cversion;
          expect(grown).toBeGreaterThanOrEqual(changes);
          if (entry.txn.kind !== "multi") expect(grown).toBe(changes);
          expect(stat.pzxid === entry.header.zxid).toBe(grown > 0);
        }
        last = now;
      }
    }),
  );
});

function inOrder(tree: DataTree) {
  return sorted(comparable(tree)).nodes;
}

/** By path: a replay leaves children in another order of insertion, which is nobody's business. */
function sorted(image: ReturnType<typeof comparable>) {
  const nodes = image.nodes
    .map((node) => ({ ...node, acl: image.acls[node.acl] }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return { lastProcessedZxid: image.lastProcessedZxid, nodes };
}

function usesOf(tree: DataTree): ReadonlyMap<string, number> {
  return new Map([...tree.acls].map(([key, { uses }]) => [key, uses]));
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
