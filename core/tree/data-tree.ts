import type { SessionId } from "../ids.ts";
import type { Acl, Buffer, Stat } from "../wire/records.ts";
import { ephemeralKind, ttlOf } from "./ephemeral-type.ts";
import {
  addToHashSet,
  cloneHashSet,
  hashSetOrder,
  type JavaHashSet,
  newHashSet,
} from "./java-hash-set.ts";
import { ROOT } from "./path.ts";
import type { DataTree, ZNode } from "./tree-state.ts";
import { exportedStat } from "./znode.ts";

export { applyTxn, type TxnResult } from "./apply-txn.ts";
export { treeDigest } from "./digest.ts";
export { newTree, setEnsembleConfig } from "./new-tree.ts";
export type { DataTree, EnsembleConfig, SharedAcl, TreeOptions, ZNode } from "./tree-state.ts";

/**
 * ZooKeeper's data tree (DataTree): this file reads it, apply-txn.ts changes it. Whoever reads checks permissions and
 * registers watches itself, in the order that the request asks for. A node that is not there is undefined.
 */

/** The live node, to be looked at only. */
export function getNode(tree: DataTree, path: string): ZNode | undefined {
  return tree.nodes.get(path);
}

/** The stat as clients see it. */
export function statOf(tree: DataTree, path: string): Stat | undefined {
  const node = tree.nodes.get(path);
  return node === undefined ? undefined : exportedStat(tree, node);
}

export function dataOf(tree: DataTree, path: string): Buffer | null | undefined {
  return tree.nodes.get(path)?.data;
}

/** Sorted by name. ZooKeeper's order is that of a hash and promised to nobody: code must not come to need this one. */
export function childrenOf(tree: DataTree, path: string): readonly string[] | undefined {
  const node = tree.nodes.get(path);
  if (node === undefined) return undefined;
  return [...(node.children ?? [])].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

export function aclOf(tree: DataTree, path: string): readonly Acl[] | undefined {
  return tree.nodes.get(path)?.acl.list;
}

/** All descendants of a node (`getAllChildrenNumber`). The root's alias counts as one below "", as in ZooKeeper. */
export function allChildrenNumber(tree: DataTree, path: string): number {
  if (path === ROOT) return tree.nodes.size - 2;
  if (path === "") return tree.nodes.size - 1;
  let count = 0;
  const pending = [path];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const child of tree.nodes.get(at)?.children ?? []) {
      pending.push(`${at}/${child}`);
      count++;
    }
  }
  return count;
}

/** A session's ephemerals in the order in which getEphemerals lists them and closeSession deletes them. */
export function ephemeralsOf(tree: DataTree, session: SessionId): readonly string[] {
  return hashSetOrder(ephemeralSetOf(tree, session));
}

/**
 * The same as the copy that ZooKeeper hands out (`DataTree.getEphemerals`), for the preparation of a closeSession,
 * which takes pending deletes out and puts pending creates in before it goes through them.
 */
export function ephemeralSetOf(tree: DataTree, session: SessionId): JavaHashSet {
  const paths = tree.ephemerals.get(session);
  return paths === undefined ? newHashSet() : cloneHashSet(paths);
}

/** As getEphemerals filters: null, blank and "/" mean all, anything else a beginning of the text, not of the path. */
export function ephemeralsUnder(
  tree: DataTree,
  session: SessionId,
  prefixPath: string | null,
): readonly string[] {
  const paths = ephemeralsOf(tree, session);
  const trimmed = (prefixPath ?? "").trim();
  if (prefixPath === null || trimmed === "" || trimmed === ROOT) return paths;
  return paths.filter((path) => path.startsWith(prefixPath));
}

/** As `srvr` counts, with both names of the root. */
export function nodeCount(tree: DataTree): number {
  return tree.nodes.size;
}

/**
 * The containers and TTL nodes that may go (`ContainerManager.getCandidates`), in the order of a Java hash set. A
 * container goes once it is empty again; one that never had a child only where `maxNeverUsedIntervalMs` is not 0 and
 * has passed. A TTL counts from the last setData. Times in ms by the server's clock.
 */
export function reapCandidates(
  tree: DataTree,
  now: number,
  maxNeverUsedIntervalMs: number,
): readonly string[] {
  const candidates = newHashSet();
  for (const path of tree.containers) {
    const node = emptyNode(tree, path);
    if (node === undefined) continue;
    const isStale = maxNeverUsedIntervalMs !== 0 && now - node.mtime > maxNeverUsedIntervalMs;
    if (node.cversion > 0 || isStale) addToHashSet(candidates, path);
  }
  for (const path of tree.ttls) {
    const node = emptyNode(tree, path);
    if (node === undefined || ephemeralKind(node.ephemeralOwner, tree.extendedTypes) !== "ttl") {
      continue;
    }
    const ttl = ttlOf(node.ephemeralOwner);
    if (ttl !== 0 && now - node.mtime > ttl) addToHashSet(candidates, path);
  }
  return hashSetOrder(candidates);
}

function emptyNode(tree: DataTree, path: string): ZNode | undefined {
  const node = tree.nodes.get(path);
  return node?.children === null || node?.children.size === 0 ? node : undefined;
}
