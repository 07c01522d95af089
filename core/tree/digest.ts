import { NO_SESSION, type SessionId } from "../ids.ts";
import { newSharedAcl } from "./acl-cache.ts";
import {
  mixBytesHigh,
  mixBytesLow,
  mixHigh,
  mixLow,
  mixTextHigh,
  mixTextLow,
  SEED_HIGH,
  SEED_LOW,
  upperHalf,
} from "./mix.ts";
import { CONFIG, QUOTA, ROOT } from "./path.ts";
import type { DataTree, ZNode } from "./tree-state.ts";

/**
 * One number for all of the tree, by which replicas are compared (as DigestCalculator does, with other bits): the
 * sum of a 64-bit hash of each node's path, data, stat and ACL, so that it follows every change at the cost of the
 * one node and does not depend on any order. Left out is what each server writes for itself: the mtime of
 * `/zookeeper/config`, and the text of a quota's `zookeeper_stats`, which a restart counts anew. ZooKeeper leaves
 * out all of `/zookeeper`.
 */

/** 16 hexadecimal digits. */
export function treeDigest(tree: DataTree): string {
  return hex(tree.digestHigh) + hex(tree.digestLow);
}

/** The upper 53 of its bits, for whoever compares digests often. */
export function treeDigestNumber(tree: DataTree): number {
  return (tree.digestHigh >>> 0) * 2 ** 21 + (tree.digestLow >>> 11);
}

/** The same from nothing but the nodes, for tests and for checkers that trust nobody. */
export function treeDigestFromScratch(tree: DataTree): string {
  let high = 0;
  let low = 0;
  for (const [path, node] of tree.nodes) {
    if (path === ROOT) continue;
    const copy = { ...node, acl: newSharedAcl(node.acl.list) };
    hashContent(path, copy);
    hashNode(path, copy);
    high = (high + copy.digestHigh) | 0;
    low = (low + copy.digestLow) | 0;
  }
  return hex(high) + hex(low);
}

/** To be called when a node has come into the tree or got other data. */
export function contentChanged(tree: DataTree, path: string, node: ZNode): void {
  hashContent(path, node);
  statChanged(tree, path, node);
}

/** To be called when the stat or the ACL of a node is another. */
export function statChanged(tree: DataTree, path: string, node: ZNode): void {
  nodeRemoved(tree, node);
  hashNode(path, node);
  tree.digestHigh = (tree.digestHigh + node.digestHigh) | 0;
  tree.digestLow = (tree.digestLow + node.digestLow) | 0;
}

export function nodeRemoved(tree: DataTree, node: ZNode): void {
  tree.digestHigh = (tree.digestHigh - node.digestHigh) | 0;
  tree.digestLow = (tree.digestLow - node.digestLow) | 0;
}

function hashContent(path: string, node: ZNode): void {
  const name = path === ROOT ? "" : path;
  const data = isQuotaStats(path) ? null : node.data;
  let high = mixBytesHigh(mixTextHigh(SEED_HIGH, name), data);
  let low = mixBytesLow(mixTextLow(SEED_LOW, name), data);
  if (node.ephemeralOwner !== NO_SESSION) {
    high = mixHigh(high, upperBits(node.ephemeralOwner));
    high = mixHigh(high, lowerBits(node.ephemeralOwner));
    low = mixLow(low, upperBits(node.ephemeralOwner));
    low = mixLow(low, lowerBits(node.ephemeralOwner));
  }
  node.contentHigh = high;
  node.contentLow = low;
}

function hashNode(path: string, node: ZNode): void {
  const mtime = path === CONFIG ? 0 : node.mtime;
  let high = mixHigh(node.contentHigh, node.acl.high);
  high = mixHigh(mixHigh(high, node.czxid), upperHalf(node.czxid));
  high = mixHigh(mixHigh(high, node.mzxid), upperHalf(node.mzxid));
  high = mixHigh(mixHigh(high, node.pzxid), upperHalf(node.pzxid));
  high = mixHigh(mixHigh(high, node.ctime), upperHalf(node.ctime));
  high = mixHigh(mixHigh(high, mtime), upperHalf(mtime));
  high = mixHigh(mixHigh(mixHigh(high, node.version), node.cversion), node.aversion);
  let low = mixLow(node.contentLow, node.acl.low);
  low = mixLow(mixLow(low, node.czxid), upperHalf(node.czxid));
  low = mixLow(mixLow(low, node.mzxid), upperHalf(node.mzxid));
  low = mixLow(mixLow(low, node.pzxid), upperHalf(node.pzxid));
  low = mixLow(mixLow(low, node.ctime), upperHalf(node.ctime));
  low = mixLow(mixLow(low, mtime), upperHalf(mtime));
  low = mixLow(mixLow(mixLow(low, node.version), node.cversion), node.aversion);
  node.digestHigh = high;
  node.digestLow = low;
}

function isQuotaStats(path: string): boolean {
  return path.endsWith("/zookeeper_stats") && path.startsWith(QUOTA);
}

function upperBits(owner: SessionId): number {
  return Number(BigInt.asIntN(32, owner >> 32n));
}

function lowerBits(owner: SessionId): number {
  return Number(BigInt.asIntN(32, owner));
}

function hex(half: number): string {
  return (half >>> 0).toString(16).padStart(8, "0");
}
