import type { SessionId } from "../../ids.ts";
import { getNode } from "../../tree/data-tree.ts";
import type { DataTree } from "../../tree/tree-state.ts";
import type { Acl, Buffer } from "../../wire/records.ts";
import type { Zxid } from "../../zxid.ts";

/**
 * What transactions that are prepared but not applied will have changed (ZooKeeperServer.outstandingChanges): laid
 * over the tree it is the view in which requests are checked, so that pipelined requests need not wait for each
 * other. Keys are paths as they are written; the root's two names are two keys, as in ZooKeeper, where a change of
 * "/" and the children below "" do not see each other until they are applied.
 */
export interface OutstandingChanges {
  /** In order of zxid. Those before `first` are applied and forgotten. */
  records: ChangeRecord[];
  first: number;
  /** The latest of each path. */
  readonly byPath: Map<string, ChangeRecord>;
}

/** One node as one transaction will leave it (ChangeRecord). */
export interface ChangeRecord {
  readonly zxid: Zxid;
  readonly path: string;
  /** Undefined: deleted. */
  readonly node: PendingNode | undefined;
}

/** As much of a node as checks ask for. */
export interface PendingNode {
  readonly version: number;
  /** As stored: child creates only. */
  readonly cversion: number;
  readonly aversion: number;
  /** As stored, with the marks of containers and TTLs. */
  readonly ephemeralOwner: SessionId;
  readonly childCount: number;
  readonly acl: readonly Acl[];
  readonly data: Buffer | null;
}

export function newOutstandingChanges(): OutstandingChanges {
  return { records: [], first: 0, byPath: new Map() };
}

/** The node in the pending view, or undefined (getRecordForPath). */
export function pendingNode(
  tree: DataTree,
  changes: OutstandingChanges,
  path: string,
): PendingNode | undefined {
  const record = changes.byPath.get(path);
  if (record !== undefined) return record.node;
  const node = getNode(tree, path);
  if (node === undefined) return undefined;
  return {
    version: node.version,
    cversion: node.cversion,
    aversion: node.aversion,
    ephemeralOwner: node.ephemeralOwner,
    childCount: node.children?.size ?? 0,
    acl: node.acl.list,
    data: node.data,
  };
}

export function addChange(changes: OutstandingChanges, record: ChangeRecord): void {
  changes.records.push(record);
  changes.byPath.set(record.path, record);
}

/** Where a multi begins: what `rollBack` returns to. */
export interface Savepoint {
  readonly length: number;
  /** What the paths that the multi touches had before it, by the order of its records. */
  readonly before: (ChangeRecord | undefined)[];
}

export function savepoint(changes: OutstandingChanges): Savepoint {
  return { length: changes.records.length, before: [] };
}

/** Adds a change that may be rolled back. */
export function addChangeWithin(
  changes: OutstandingChanges,
  point: Savepoint | undefined,
  record: ChangeRecord,
): void {
  point?.before.push(changes.byPath.get(record.path));
  addChange(changes, record);
}

/** Takes the changes of a multi that failed back, latest first (rollbackPendingChanges, ZOOKEEPER-1624). */
export function rollBack(changes: OutstandingChanges, point: Savepoint): void {
  while (changes.records.length > point.length) {
    const record = changes.records.pop();
    const before = point.before.pop();
    if (record === undefined) return;
    if (before === undefined) changes.byPath.delete(record.path);
    else changes.byPath.set(record.path, before);
  }
}

/** The transaction is applied: the tree itself now says what its records said (ZooKeeperServer.processTxn). */
export function forgetUpTo(changes: OutstandingChanges, applied: Zxid): void {
  const { records } = changes;
  let record = records[changes.first];
  while (record !== undefined && record.zxid <= applied) {
    if (changes.byPath.get(record.path) === record) changes.byPath.delete(record.path);
    changes.first++;
    record = records[changes.first];
  }
  if (changes.first === records.length || changes.first > 1024) {
    changes.records = records.slice(changes.first);
    changes.first = 0;
  }
}

/** All records that wait, in order: what closeSession looks through for ephemerals. */
export function* outstandingRecords(changes: OutstandingChanges): Iterable<ChangeRecord> {
  for (let i = changes.first; i < changes.records.length; i++) {
    const record = changes.records[i];
    if (record !== undefined) yield record;
  }
}
