import { NO_SESSION, type SessionId } from "../ids.ts";
import type { Buffer, Stat } from "../wire/records.ts";
import type { Zxid } from "../zxid.ts";
import { releaseAcl } from "./acl-cache.ts";
import { contentChanged, nodeRemoved } from "./digest.ts";
import { ephemeralKind } from "./ephemeral-type.ts";
import { addToHashSet, deleteFromHashSet, newHashSet } from "./java-hash-set.ts";
import type { DataTree, SharedAcl, ZNode } from "./tree-state.ts";

/** What a new node begins with (`DataTree.createStat`, DataNode). */
export function newZNode(
  data: Buffer | null,
  acl: SharedAcl,
  ephemeralOwner: SessionId,
  zxid: Zxid,
  time: number,
): ZNode {
  return {
    data,
    acl,
    children: null,
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctime: time,
    mtime: time,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner,
    contentHigh: 0,
    contentLow: 0,
    digestHigh: 0,
    digestLow: 0,
  };
}

/**
 * The stat as clients see it (`DataNode.copyStat`): cversion counts creates and deletes of children, as 2·creates −
 * children, which is below zero for `/` and `/zookeeper`, whose first children nobody created; and the owner of a
 * container or TTL node is 0.
 */
export function exportedStat(tree: DataTree, node: ZNode): Stat {
  const { ephemeralOwner } = node;
  const isEphemeral =
    ephemeralOwner !== NO_SESSION && ephemeralKind(ephemeralOwner, tree.extendedTypes) === "normal";
  const numChildren = node.children === null ? 0 : node.children.size;
  return {
    czxid: node.czxid,
    mzxid: node.mzxid,
    ctime: node.ctime,
    mtime: node.mtime,
    version: node.version,
    cversion: (node.cversion * 2 - numChildren) | 0,
    aversion: node.aversion,
    ephemeralOwner: isEphemeral ? ephemeralOwner : NO_SESSION,
    dataLength: node.data === null ? 0 : node.data.length,
    numChildren,
    pzxid: node.pzxid,
  };
}

export function addChild(parent: ZNode, name: string): void {
  parent.children ??= new Set();
  parent.children.add(name);
}

/**
 * Puts a node under its path, and into the list of its kind. The parent's part is the caller's. One that is in the way
 * goes: a replayed delete of a node leaves the children that it got later without a parent, until their own creates.
 */
export function putNode(tree: DataTree, path: string, node: ZNode): void {
  const last = tree.nodes.get(path);
  if (last !== undefined) dropNode(tree, path, last);
  tree.nodes.set(path, node);
  contentChanged(tree, path, node);
  const owner = node.ephemeralOwner;
  const kind = ephemeralKind(owner, tree.extendedTypes);
  if (kind === "void") return;
  if (kind === "container") tree.containers.add(path);
  else if (kind === "ttl") tree.ttls.add(path);
  else addEphemeral(tree, owner, path);
}

/** The reverse of `putNode`. */
export function dropNode(tree: DataTree, path: string, node: ZNode): void {
  tree.nodes.delete(path);
  nodeRemoved(tree, node);
  releaseAcl(tree, node.acl);
  const owner = node.ephemeralOwner;
  const kind = ephemeralKind(owner, tree.extendedTypes);
  if (kind === "void") return;
  if (kind === "container") tree.containers.delete(path);
  else if (kind === "ttl") tree.ttls.delete(path);
  else {
    const paths = tree.ephemerals.get(owner);
    if (paths !== undefined) deleteFromHashSet(paths, path);
  }
}

function addEphemeral(tree: DataTree, owner: SessionId, path: string): void {
  let paths = tree.ephemerals.get(owner);
  if (paths === undefined) {
    paths = newHashSet();
    tree.ephemerals.set(owner, paths);
  }
  addToHashSet(paths, path);
}
