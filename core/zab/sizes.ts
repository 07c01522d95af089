import type { ClientRequest } from "../server/service/client-request.ts";
import type { LogEntry } from "../server/service/service-port.ts";
import type { Snapshot } from "../server/service/snapshot.ts";
import type { Acl, Buffer } from "../wire/records.ts";
import { requestSize } from "../wire/size.ts";
import type { SimpleTxn, Txn } from "../tree/txn.ts";
import { javaTextLength } from "../wire/utf8.ts";

/**
 * What transactions, snapshots and forwarded requests take on the wire and on disk, in bytes (jute's lengths). Only
 * links with a bandwidth and rules about the size of files ask for them.
 */

const INT = 4;
const LONG = 8;
/** clientId:long, cxid:int, zxid:long, time:long, type:int. */
const TXN_HEADER = LONG + INT + LONG + LONG + INT;
/** version:int, treeDigest:long. */
const TXN_DIGEST = INT + LONG;
/** Adler-32, as a long. */
const CHECKSUM = LONG;
/** What ends each record of the log. */
const END_OF_RECORD = 1;
/** StatPersisted. */
const STAT = 4 * INT + 6 * LONG;

export function entryBytes(entry: LogEntry): number {
  return TXN_HEADER + txnBytes(entry.txn) + TXN_DIGEST;
}

/** With the checksum, the length and the mark at the end that a record of the log has. */
export function logRecordBytes(entry: LogEntry): number {
  return CHECKSUM + INT + entryBytes(entry) + END_OF_RECORD;
}

export function requestBytes(request: ClientRequest): number {
  const body = request.body === undefined ? 0 : requestSize(request.body);
  return LONG + INT + INT + body;
}

export function snapshotBytes(snapshot: Snapshot): number {
  const { acls, nodes } = snapshot.tree;
  let bytes = INT + snapshot.sessions.length * (LONG + INT);
  for (const acl of acls) bytes += LONG + aclBytes(acl);
  for (const node of nodes) bytes += stringBytes(node.path) + bufferBytes(node.data) + LONG + STAT;
  return bytes;
}

function txnBytes(txn: Txn): number {
  if (txn.kind === "createSession") return INT;
  if (txn.kind === "closeSession") return INT + sum(txn.paths, stringBytes);
  if (txn.kind !== "multi") return simpleTxnBytes(txn);
  return INT + sum(txn.txns, (part) => INT + INT + simpleTxnBytes(part));
}

function simpleTxnBytes(txn: SimpleTxn): number {
  switch (txn.kind) {
    case "create":
      return createBytes(txn) + 1 + INT;
    case "createContainer":
      return createBytes(txn) + INT;
    case "createTTL":
      return createBytes(txn) + INT + LONG;
    case "delete":
    case "deleteContainer":
      return stringBytes(txn.path);
    case "setData":
      return stringBytes(txn.path) + bufferBytes(txn.data) + INT;
    case "setACL":
      return stringBytes(txn.path) + aclBytes(txn.acl) + INT;
    case "check":
      return stringBytes(txn.path) + INT;
    case "error":
      return INT;
  }
}

function createBytes(txn: {
  readonly path: string;
  readonly data: Buffer | null;
  readonly acl: readonly Acl[];
}): number {
  return stringBytes(txn.path) + bufferBytes(txn.data) + aclBytes(txn.acl);
}

function aclBytes(acl: readonly Acl[]): number {
  return INT + sum(acl, (entry) => INT + stringBytes(entry.id.scheme) + stringBytes(entry.id.id));
}

function stringBytes(text: string | null): number {
  return INT + (text === null ? 0 : javaTextLength(text));
}

function bufferBytes(data: Buffer | null): number {
  return INT + (data === null ? 0 : data.length);
}

function sum<T>(items: readonly T[], bytes: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += bytes(item);
  return total;
}
