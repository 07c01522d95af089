import type { StoredFiles, StoredLog } from "../server/service/recovery.ts";
import type { LogEntry } from "../server/service/service-port.ts";
import type { Zxid } from "../zxid.ts";
import { logRecordBytes, snapshotBytes } from "./sizes.ts";

/**
 * History out of the transaction log on disk, for those who want to read what they once wrote. A file ends at a torn
 * entry and the next one goes on, as in recovery. At a corrupt entry all reading ends.
 */

/** How much log a leader reads for a learner before it sends a snapshot instead. */
export interface TxnLogLimits {
  /** The log may be this part of the newest snapshot in size; 0: unlimited, below 0: none is read. */
  readonly snapshotSizeFactor: number;
  /** Bytes by which log files grow; 0: they are as long as what is in them. */
  readonly preAllocBytes: number;
}

const DEFAULT_SNAPSHOT_SIZE_FACTOR = 0.33;
/** Magic number, version and id of the database (FileHeader); files are allocated beyond it. */
const FILE_HEADER_BYTES = 16;

/**
 * The log from the beginning of the file that may hold a zxid (ZKDatabase.getProposalsFromTxnLog); undefined if it
 * begins above the zxid, so that nobody knows what is missing in between, or is too long.
 */
export function proposalsFromTxnLog(
  files: StoredFiles,
  zxid: Zxid,
  limits: TxnLogLimits,
): Iterable<LogEntry> | undefined {
  if (limits.snapshotSizeFactor < 0) return undefined;
  const logs = logsFrom(files.logs, zxid);
  const opened = logs.findIndex(
    ({ entries: [first] }) => first !== undefined && first.kind !== "torn",
  );
  const first = logs[opened]?.entries[0];
  if (first?.kind !== "entry" || first.entry.header.zxid > zxid) return undefined;
  // As built, what has been opened to look at its first entry is not counted: one file is never too long.
  if (isTooLong(logs.slice(opened + 1), files, limits)) return undefined;
  return entriesOf(logs.slice(opened));
}

/**
 * The log's entries above a zxid, in order: what a server that leaves its role has yet to apply
 * (FileTxnSnapLog.fastForwardFromEdits). Sought from the end, since they are few. Only the last entry of a file can be
 * torn, for whoever comes back after a crash begins a new one.
 */
export function entriesAfter(files: StoredFiles, zxid: Zxid): LogEntry[] {
  const found: LogEntry[] = [];
  for (const { entries } of inOrder(files.logs).reverse()) {
    for (let i = entries.length - 1; i >= 0; i--) {
      const stored = entries[i];
      if (stored?.kind === "corrupt") found.length = 0;
      if (stored?.kind !== "entry") continue;
      if (stored.entry.header.zxid <= zxid) return found.reverse();
      found.push(stored.entry);
    }
  }
  return found.reverse();
}

/**
 * The last file that begins below a zxid, and all behind it (FileTxnIterator.init). Not as in recovery: a file that
 * begins with that very zxid does not do, since the entry before it is asked for as well.
 */
function logsFrom(logs: readonly StoredLog[], zxid: Zxid): StoredLog[] {
  const sorted = inOrder(logs);
  return sorted.slice(
    Math.max(
      0,
      sorted.findLastIndex((log) => log.firstZxid < zxid),
    ),
  );
}

function inOrder(logs: readonly StoredLog[]): StoredLog[] {
  return [...logs].sort((a, b) => a.firstZxid - b.firstZxid);
}

function* entriesOf(logs: readonly StoredLog[]): Iterable<LogEntry> {
  for (const log of logs) {
    for (const stored of log.entries) {
      if (stored.kind === "torn") break;
      if (stored.kind === "corrupt") return;
      yield stored.entry;
    }
  }
}

/** ZKDatabase.calculateTxnLogSizeLimit, FileTxnIterator.getStorageSize. */
function isTooLong(
  logs: readonly StoredLog[],
  files: StoredFiles,
  { snapshotSizeFactor, preAllocBytes }: TxnLogLimits,
): boolean {
  if (logs.length === 0) return false;
  const factor = snapshotSizeFactor > 1 ? DEFAULT_SNAPSHOT_SIZE_FACTOR : snapshotSizeFactor;
  const limit = Math.floor(newestSnapshotBytes(files) * factor);
  if (limit === 0) return false;
  let bytes = 0;
  for (const log of logs) bytes += fileBytes(log, preAllocBytes);
  return bytes > limit;
}

/** 0 without a snapshot that is whole, which makes the log unlimited. */
function newestSnapshotBytes(files: StoredFiles): number {
  const newestFirst = [...files.snapshots].sort((a, b) => b.zxid - a.zxid);
  const content = newestFirst.find((stored) => stored.content !== undefined)?.content;
  return content === undefined ? 0 : snapshotBytes(content);
}

/** With the zeros behind the last entry, which are there before the first one is (FilePadding). */
function fileBytes(log: StoredLog, preAllocBytes: number): number {
  let bytes = 0;
  for (const stored of log.entries) {
    if (stored.kind === "entry") bytes += logRecordBytes(stored.entry);
  }
  if (preAllocBytes === 0) return FILE_HEADER_BYTES + bytes;
  return FILE_HEADER_BYTES + preAllocBytes * Math.max(1, Math.ceil(bytes / preAllocBytes));
}
