import type { Zxid } from "../../zxid.ts";

/** A snapshot file by its name, and whether it is whole, be its checksum right or wrong (FileSnap.findNValidSnapshots). */
export interface SnapshotName {
  readonly zxid: Zxid;
  readonly isValid: boolean;
}

/** Files by the zxids in their names. */
export interface PurgePlan {
  readonly snapshots: readonly Zxid[];
  readonly logs: readonly Zxid[];
}

const MIN_RETAINED = 3;

/**
 * What may be deleted (PurgeTxnLog): of the snapshots all but the newest whole ones, of the logs all that end before
 * the oldest of those. A log's name tells where it begins, so the last one that begins at or before that snapshot stays:
 * it may hold what comes behind it.
 */
export function purgePlan(
  snapshots: readonly SnapshotName[],
  logs: readonly Zxid[],
  retainCount: number,
): PurgePlan {
  const kept = snapshots
    .filter((snapshot) => snapshot.isValid)
    .map((snapshot) => snapshot.zxid)
    .sort((a, b) => b - a)
    .slice(0, Math.max(MIN_RETAINED, retainCount));
  const oldest = kept.at(-1);
  if (oldest === undefined) return { snapshots: [], logs: [] };
  const firstKept = firstLogToRead(logs, oldest);
  return {
    snapshots: snapshots.map(({ zxid }) => zxid).filter((zxid) => zxid < oldest),
    logs: logs.filter((zxid) => firstKept !== undefined && zxid < firstKept),
  };
}

/** The log file in which what comes behind a snapshot begins: the last that starts at or before it, else the first. */
export function firstLogToRead(logs: readonly Zxid[], snapshot: Zxid): Zxid | undefined {
  const inOrder = [...logs].sort((a, b) => a - b);
  return inOrder.filter((zxid) => zxid <= snapshot).at(-1) ?? inOrder[0];
}
