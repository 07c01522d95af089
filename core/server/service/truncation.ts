import type { Zxid } from "../../zxid.ts";
import type { StoredEntry, StoredFiles, StoredLog } from "./recovery.ts";

/**
 * What is to be done to a disk so that nothing above a zxid is on it (FileTxnLog.truncate), one step after another: a
 * crash may fall between any two.
 */
export interface Truncation {
  /** Snapshots to delete, by the zxids in their names, one after another. */
  readonly snapshots: readonly Zxid[];
  /** The log file to cut, by the zxid in its name, and how many of its entries stay. */
  readonly cut: { readonly firstZxid: Zxid; readonly entries: number } | undefined;
  /** Log files to delete, oldest first. */
  readonly logs: readonly Zxid[];
}

/** Both hold, but for 3.8.0. */
export interface TruncationRules {
  /** Snapshots above the target go as well (ZOOKEEPER-1549, ZOOKEEPER-4837). */
  readonly truncatesSnapshots: boolean;
  /** The first transaction above the target goes, also where the target itself is missing. */
  readonly truncatesAtTarget: boolean;
}

/** The part of it that is about the log. */
type LogTruncation = Pick<Truncation, "cut" | "logs">;

/**
 * What a learner does to its files on TRUNC. By the rules nothing above the target stays. A snapshot is judged by its
 * name: one that began at or before the target may hold later transactions, but only those that were committed, which
 * no leader has truncated.
 *
 * Without `truncatesAtTarget` the log is treated as FileTxnLog.truncate does. That fails, and the server exits with 13,
 * where the log has nothing from the target on (or something unreadable before): the plan then has no `cut`, which it
 * otherwise always has.
 */
export function planTruncation(
  files: StoredFiles,
  target: Zxid,
  rules: TruncationRules,
): Truncation {
  const snapshots = rules.truncatesSnapshots
    ? files.snapshots
        .map((snapshot) => snapshot.zxid)
        .filter((zxid) => zxid > target)
        .sort((a, b) => b - a)
    : // ZOOKEEPER-1549, ZOOKEEPER-4837: they stay, and bring back what the log has lost.
      [];
  const logs = [...files.logs].sort((a, b) => a.firstZxid - b.firstZxid);
  const log = rules.truncatesAtTarget ? cutAtTarget(logs, target) : cutAsBuilt(logs, target);
  return { snapshots, ...log };
}

/**
 * The log ends behind the record of the target, or where that is missing before the first record above it. What can't
 * be read in front of that place stays, and keeps the server from starting: it may be something that was committed.
 */
function cutAtTarget(logs: readonly StoredLog[], target: Zxid): LogTruncation {
  for (const [at, { firstZxid, entries }] of logs.entries()) {
    const stop = entries.findIndex((stored) => isFrom(stored, target));
    // Nothing of a file whose name is above the target can be below it, readable or not.
    if (stop < 0 && firstZxid <= target) continue;
    const kept = Math.max(0, isAt(entries[stop], target) ? stop + 1 : stop);
    const later = namesOf(logs.slice(at + 1));
    if (kept === 0) return { cut: undefined, logs: [firstZxid, ...later] };
    const cut = kept < entries.length ? { firstZxid, entries: kept } : undefined;
    return { cut, logs: later };
  }
  return { cut: undefined, logs: [] };
}

/**
 * FileTxnLog.truncate: an iterator goes to the first record with a zxid of the target or above, and the file is cut
 * behind that record, also when it is above. The iterator opens no file before the last one that begins below the
 * target; the torn end of a file leads it to the next one, a wrong checksum nowhere.
 */
function cutAsBuilt(logs: readonly StoredLog[], target: Zxid): LogTruncation {
  const opened = Math.max(
    0,
    logs.findLastIndex((log) => log.firstZxid < target),
  );
  for (const [at, { firstZxid, entries }] of logs.entries()) {
    if (at < opened) continue;
    const stop = entries.findIndex((stored) => stored.kind === "corrupt" || isFrom(stored, target));
    if (stop < 0) continue;
    if (entries[stop]?.kind === "corrupt") break;
    return { cut: { firstZxid, entries: stop + 1 }, logs: namesOf(logs.slice(at + 1)) };
  }
  return { cut: undefined, logs: [] };
}

function isFrom(stored: StoredEntry, target: Zxid): boolean {
  return stored.kind === "entry" && stored.entry.header.zxid >= target;
}

function isAt(stored: StoredEntry | undefined, target: Zxid): boolean {
  return stored?.kind === "entry" && stored.entry.header.zxid === target;
}

function namesOf(logs: readonly StoredLog[]): readonly Zxid[] {
  return logs.map((log) => log.firstZxid);
}

/** What a server finds when all of it is done. */
export function truncatedFiles(files: StoredFiles, truncation: Truncation): StoredFiles {
  const { snapshots, cut, logs } = truncation;
  return {
    snapshots: files.snapshots.filter(({ zxid }) => !snapshots.includes(zxid)),
    logs: files.logs
      .filter(({ firstZxid }) => !logs.includes(firstZxid))
      .map((log) =>
        log.firstZxid === cut?.firstZxid
          ? { ...log, entries: log.entries.slice(0, cut.entries) }
          : log,
      ),
  };
}

/** One change to the files; a crash finds it done or not. */
export type TruncationStep =
  | { readonly kind: "deleteSnapshot"; readonly zxid: Zxid }
  | { readonly kind: "cutLog"; readonly firstZxid: Zxid; readonly entries: number }
  | { readonly kind: "deleteLog"; readonly firstZxid: Zxid };

/**
 * In their order: from the end of the history backwards. ZooKeeper cuts first and deletes the later files then, so that
 * a crash between the two leaves a log with a hole in it.
 */
export function truncationSteps({ snapshots, cut, logs }: Truncation): readonly TruncationStep[] {
  return [
    ...snapshots.map((zxid) => ({ kind: "deleteSnapshot", zxid }) as const),
    ...[...logs].reverse().map((firstZxid) => ({ kind: "deleteLog", firstZxid }) as const),
    ...(cut === undefined ? [] : [{ kind: "cutLog", ...cut } as const]),
  ];
}
