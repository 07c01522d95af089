import type { LogEntry } from "../server/service/service-port.ts";
import { ZERO_ZXID, type Zxid } from "../zxid.ts";

/** The transactions that were applied last, oldest first (ZKDatabase.committedLog). Their zxids rise. */
export interface CommittedLog {
  entries: LogEntry[];
  /** Those before it have been let go. */
  first: number;
}

export function newCommittedLog(): CommittedLog {
  return { entries: [], first: 0 };
}

/**
 * ZKDatabase.addCommittedProposal. As in 3.8 an old entry goes before the new one comes, and only if there are more
 * than `commitLogCount`, so that one more than that stays. What is there already, or was, is passed over: a log is
 * replayed from a little before the point where it is needed.
 */
export function addCommitted(log: CommittedLog, entry: LogEntry, commitLogCount: number): void {
  if (entry.header.zxid <= maxCommitted(log)) return;
  if (log.entries.length - log.first > commitLogCount) log.first++;
  log.entries.push(entry);
  // When half of the array is let go, so that each entry is moved once on average.
  if (log.first * 2 > log.entries.length) {
    log.entries = log.entries.slice(log.first);
    log.first = 0;
  }
}

/** 0 if the log is empty. */
export function minCommitted(log: CommittedLog): Zxid {
  return zxidAt(log, log.first);
}

/** 0 if the log is empty. */
export function maxCommitted(log: CommittedLog): Zxid {
  return zxidAt(log, log.entries.length - 1);
}

/** From the last entry at or below a zxid to the end; all entries if they are above it. */
export function* committedFrom(log: CommittedLog, zxid: Zxid): Iterable<LogEntry> {
  for (let i = Math.max(log.first, firstAbove(log, zxid) - 1); i < log.entries.length; i++) {
    const entry = log.entries[i];
    if (entry !== undefined) yield entry;
  }
}

/** Where the first entry above a zxid is, by halving. */
function firstAbove(log: CommittedLog, zxid: Zxid): number {
  let low = log.first;
  let high = log.entries.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (zxidAt(log, middle) <= zxid) low = middle + 1;
    else high = middle;
  }
  return low;
}

function zxidAt(log: CommittedLog, index: number): Zxid {
  return log.entries[index]?.header.zxid ?? ZERO_ZXID;
}
