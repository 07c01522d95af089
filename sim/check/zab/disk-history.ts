import type { StoredFiles, StoredLog } from "../../../core/server/service/recovery.ts";
import type { LogEntry } from "../../../core/server/service/service-port.ts";
import { formatZxid, isPhantom, type Zxid, ZERO_ZXID } from "../../../core/zxid.ts";
import type { Entry, Histories } from "./history.ts";
import { isSameTxn } from "./same-txn.ts";
import type { ZabProperty } from "./violation.ts";

/** What a server that starts on these files would have for its history: its newest snapshot, and the log behind it. */
export interface DiskHistory {
  /** The end of what is on disk without a gap and without a stray. */
  readonly last: Entry;
  /** The first thing that should not be so. */
  readonly problem: DiskProblem | undefined;
}

export interface DiskProblem {
  readonly property: ZabProperty;
  readonly zxids: readonly number[];
  readonly message: string;
}

export function readDisk(histories: Histories, files: StoredFiles): DiskHistory {
  const records = recordsOf(files.logs);
  const base = newestSnapshot(files);
  const known = histories.resolve(base);
  let last = known ?? endBelow(histories, records, base);
  let problem =
    fallsSomewhere(records) ?? (known === undefined ? unknownSnapshot(base) : undefined);
  for (const record of records) {
    if (record.header.zxid <= base) continue;
    const entry = histories.entry(record.header.zxid);
    const flaw = flawOf(histories, last, entry, record);
    if (flaw !== undefined || entry === undefined) {
      problem ??= flaw;
      break;
    }
    last = entry;
  }
  return { last, problem };
}

/** Records in the order of the files' names. A torn one ends its file, a corrupt one everything. */
function recordsOf(logs: readonly StoredLog[]): readonly LogEntry[] {
  const records: LogEntry[] = [];
  for (const log of [...logs].sort((a, b) => a.firstZxid - b.firstZxid)) {
    for (const stored of log.entries) {
      if (stored.kind === "torn") break;
      if (stored.kind === "corrupt") return records;
      records.push(stored.entry);
    }
  }
  return records;
}

function newestSnapshot(files: StoredFiles): number {
  let newest: number = ZERO_ZXID;
  for (const { zxid, content } of files.snapshots) {
    if (content !== undefined && zxid > newest) newest = zxid;
  }
  return newest;
}

/** A snapshot of that name tells nothing; then the log says what there is. */
function endBelow(histories: Histories, records: readonly LogEntry[], base: number): Entry {
  let last = histories.committed[0] as Entry;
  for (const { header } of records) {
    const entry = header.zxid > base ? undefined : histories.entry(header.zxid);
    if (entry !== undefined) last = entry;
  }
  return last;
}

function unknownSnapshot(base: number): DiskProblem | undefined {
  // (epoch, 0) hides no transaction, even if nobody led that epoch: what is missing shows behind it.
  if (isPhantom(base as Zxid)) return undefined;
  const message = `has a snapshot at ${formatZxid(base)}, which nobody ever broadcast`;
  return { property: "integrity", zxids: [base], message };
}

function fallsSomewhere(records: readonly LogEntry[]): DiskProblem | undefined {
  let before = 0;
  for (const { header } of records) {
    if (header.zxid <= before) {
      const message = `has ${formatZxid(header.zxid)} behind ${formatZxid(before)} in its log`;
      return { property: "logs have no holes", zxids: [before, header.zxid], message };
    }
    before = header.zxid;
  }
  return undefined;
}

/** Why the record can't follow what comes before it on this disk. */
function flawOf(
  histories: Histories,
  last: Entry,
  entry: Entry | undefined,
  record: LogEntry,
): DiskProblem | undefined {
  const { zxid } = record.header;
  const name = formatZxid(zxid);
  if (entry?.proposal === undefined) {
    const message = `has ${name} in its log, which nobody ever broadcast`;
    return { property: "integrity", zxids: [zxid], message };
  }
  if (!isSameTxn(entry.proposal, record.header, record.txn)) {
    const message = `has another transaction as ${name} in its log than the one that was broadcast`;
    return { property: "integrity", zxids: [zxid], message };
  }
  const { prev } = entry;
  if (prev === last || prev === undefined) return undefined;
  if (histories.contains(prev, last)) {
    const message = `has ${name} on its disk right behind ${formatZxid(last.zxid)}, and lacks ${formatZxid(prev.zxid)}`;
    return { property: "logs have no holes", zxids: [last.zxid, prev.zxid, zxid], message };
  }
  const message = `has ${name} on its disk behind ${formatZxid(last.zxid)}, which is no part of that history`;
  return { property: "prefix", zxids: [last.zxid, zxid], message };
}
