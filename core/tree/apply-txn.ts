import { NO_SESSION, type SessionId } from "../ids.ts";
import { ERROR_CODES } from "../wire/error-codes.ts";
import type { Acl, Buffer, Stat } from "../wire/records.ts";
import { assertNever } from "../assert-never.ts";
import { releaseAcl, shareAcl } from "./acl-cache.ts";
import { contentChanged, statChanged } from "./digest.ts";
import { CONTAINER_OWNER, ttlOwner } from "./ephemeral-type.ts";
import { deleteFromHashSet, hashSetOrder } from "./java-hash-set.ts";
import { nodeName, parentOf, ROOT } from "./path.ts";
import { countChange, quotaNodeCreated, quotaNodeDeleted } from "./quota.ts";
import type { DataTree } from "./tree-state.ts";
import type { CreateTxn, SimpleTxn, Txn, TxnHeader } from "./txn.ts";
import { triggerChildWatches, triggerDataWatches } from "./trigger.ts";
import type { EventSink, Watches } from "./watches.ts";
import { addChild, exportedStat, dropNode, newZNode, putNode } from "./znode.ts";

/** What came of a transaction (`DataTree.ProcessTxnResult`). */
export interface TxnResult {
  readonly kind: Txn["kind"];
  /** 0, or an error code: that of an error transaction, of a multi the first of its parts' that is not 0. */
  readonly err: number;
  readonly path?: string;
  /** Of create*, setData and setACL: the node's right after the change. */
  readonly stat?: Stat;
  /** Of a multi, one a part. If it failed all are of kind "error": 0 before the part that failed, −2 behind it. */
  readonly results?: readonly TxnResult[];
}

/** What all parts of an apply need. */
interface Apply {
  readonly tree: DataTree;
  readonly watches: Watches;
  readonly header: TxnHeader;
  readonly sink: EventSink;
}

/**
 * Applies the next transaction (`DataTree.processTxn`): changes the tree, fires the watches as it goes, and then moves
 * lastProcessedZxid up. A prepared transaction cannot fail here; one that is replayed over a tree that has some of it
 * already can, and is then ignored but for its error code: a create of an existing node still lifts the parent's
 * cversion and pzxid, a delete of a missing one the pzxid.
 */
export function applyTxn(
  tree: DataTree,
  watches: Watches,
  header: TxnHeader,
  txn: Txn,
  sink: EventSink,
): TxnResult {
  const result = apply({ tree, watches, header, sink }, txn);
  if (header.zxid > tree.lastProcessedZxid) tree.lastProcessedZxid = header.zxid;
  return result;
}

function apply(on: Apply, txn: Txn): TxnResult {
  switch (txn.kind) {
    case "create":
    case "createContainer":
    case "createTTL":
      return create(on, txn);
    case "delete":
    case "deleteContainer":
      return { kind: txn.kind, err: deleteNode(on, txn.path), path: txn.path };
    case "setData":
      return setData(on, txn.path, txn.data, txn.version);
    case "setACL":
      return setAcl(on, txn.path, txn.acl, txn.version);
    case "check":
      return { kind: "check", err: ERROR_CODES.Ok, path: txn.path };
    case "error":
      return { kind: "error", err: txn.err };
    case "multi":
      return multi(on, txn.txns);
    case "closeSession":
      killSession(on, txn.paths);
      return { kind: "closeSession", err: ERROR_CODES.Ok };
    case "createSession":
      return { kind: "createSession", err: ERROR_CODES.Ok };
    default:
      return assertNever(txn);
  }
}

/** All parts, or none when one of them is an error. */
function multi(on: Apply, txns: readonly SimpleTxn[]): TxnResult {
  const results = txns.some((txn) => txn.kind === "error")
    ? failedParts(txns)
    : txns.map((txn) => apply(on, txn));
  const failure = results.find((result) => result.err !== ERROR_CODES.Ok);
  return { kind: "multi", err: failure?.err ?? ERROR_CODES.Ok, results };
}

function failedParts(txns: readonly SimpleTxn[]): readonly TxnResult[] {
  let err: number = ERROR_CODES.Ok;
  return txns.map((txn) => {
    if (txn.kind !== "error") return { kind: "error", err };
    err = ERROR_CODES.RuntimeInconsistency;
    return { kind: "error", err: txn.err };
  });
}

function create(on: Apply, txn: CreateTxn): TxnResult {
  const { tree, header } = on;
  const parentPath = parentOf(txn.path);
  const name = nodeName(txn.path);
  const parent = tree.nodes.get(parentPath);
  if (parent === undefined) return { kind: txn.kind, err: ERROR_CODES.NoNode, path: txn.path };
  const isNew = parent.children === null || !parent.children.has(name);
  // Only upwards: a replay, and a sequence that has run over 2^31, leave both as they are. Where the node exists
  // ZooKeeper lifts them for the type create only, and forgets create2, containers and TTLs; here all do.
  const cversion = txn.parentCversion === -1 ? (parent.cversion + 1) | 0 : txn.parentCversion;
  if (cversion > parent.cversion) {
    parent.cversion = cversion;
    parent.pzxid = header.zxid;
    statChanged(tree, parentPath, parent);
  }
  if (!isNew) return { kind: txn.kind, err: ERROR_CODES.NodeExists, path: txn.path };
  addChild(parent, name);
  const acl = shareAcl(tree, txn.acl);
  const node = newZNode(txn.data, acl, ownerOf(txn, header), header.zxid, header.time);
  putNode(tree, txn.path, node);
  const stat = exportedStat(tree, node);
  quotaNodeCreated(tree, parentPath, name);
  countChange(tree, txn.path, sizeOf(txn.data), 1);
  triggerDataWatches(on, txn.path, "NodeCreated", acl.list);
  triggerChildWatches(on, watchedName(parentPath), "NodeChildrenChanged", parent.acl.list);
  return { kind: txn.kind, err: ERROR_CODES.Ok, path: txn.path, stat };
}

function ownerOf(txn: CreateTxn, header: TxnHeader): SessionId {
  switch (txn.kind) {
    case "create":
      return txn.ephemeral ? header.sessionId : NO_SESSION;
    case "createContainer":
      return CONTAINER_OWNER;
    case "createTTL":
      return ttlOwner(txn.ttl);
    default:
      return assertNever(txn);
  }
}

/** `DataTree.deleteNode`, which tells the parent before it looks whether there is anything to delete. */
function deleteNode(on: Apply, path: string): number {
  const { tree, header } = on;
  const parentPath = parentOf(path);
  const name = nodeName(path);
  const parent = tree.nodes.get(parentPath);
  if (parent === undefined) return ERROR_CODES.NoNode;
  parent.children?.delete(name);
  if (header.zxid > parent.pzxid) {
    parent.pzxid = header.zxid;
    statChanged(tree, parentPath, parent);
  }
  const node = tree.nodes.get(path);
  if (node === undefined) return ERROR_CODES.NoNode;
  dropNode(tree, path, node);
  quotaNodeDeleted(tree, parentPath, name);
  countChange(tree, path, -sizeOf(node.data), -1);
  const acl = node.acl.list;
  const told = triggerDataWatches(on, path, "NodeDeleted", acl);
  triggerChildWatches(on, path, "NodeDeleted", acl, told);
  triggerChildWatches(on, watchedName(parentPath), "NodeChildrenChanged", parent.acl.list);
  return ERROR_CODES.Ok;
}

function setData(on: Apply, path: string, data: Buffer | null, version: number): TxnResult {
  const { tree, header } = on;
  const node = tree.nodes.get(path);
  if (node === undefined) return { kind: "setData", err: ERROR_CODES.NoNode, path };
  const lastSize = sizeOf(node.data);
  node.data = data;
  node.mtime = header.time;
  node.mzxid = header.zxid;
  node.version = version;
  contentChanged(tree, path, node);
  const stat = exportedStat(tree, node);
  countChange(tree, path, sizeOf(data) - lastSize, 0);
  triggerDataWatches(on, path, "NodeDataChanged", node.acl.list);
  return { kind: "setData", err: ERROR_CODES.Ok, path, stat };
}

/** Changes no zxid, and no watch fires. */
function setAcl(on: Apply, path: string, acl: readonly Acl[], version: number): TxnResult {
  const { tree } = on;
  const node = tree.nodes.get(path);
  if (node === undefined) return { kind: "setACL", err: ERROR_CODES.NoNode, path };
  const last = node.acl;
  node.acl = shareAcl(tree, acl);
  releaseAcl(tree, last);
  node.aversion = version;
  statChanged(tree, path, node);
  return { kind: "setACL", err: ERROR_CODES.Ok, path, stat: exportedStat(tree, node) };
}

/**
 * `DataTree.killSession`: deletes what the transaction names, whoever owns it, and then what the session still has,
 * which is nothing unless the two have come apart. What is gone already is passed over.
 */
function killSession(on: Apply, paths: readonly string[]): void {
  const { tree, header } = on;
  const left = tree.ephemerals.get(header.sessionId);
  tree.ephemerals.delete(header.sessionId);
  for (const path of paths) {
    deleteNode(on, path);
    if (left !== undefined) deleteFromHashSet(left, path);
  }
  if (left === undefined || left.members.size === 0) return;
  for (const path of hashSetOrder(left)) deleteNode(on, path);
}

/** Watches on the root are under "/", though its children's parent is "". */
function watchedName(parentPath: string): string {
  return parentPath === "" ? ROOT : parentPath;
}

function sizeOf(data: Buffer | null): number {
  return data === null ? 0 : data.length;
}
