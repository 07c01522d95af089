import { applyTxn, newTree } from "../../tree/data-tree.ts";
import { ephemeralsOf } from "../../tree/data-tree.ts";
import { treeFromImage } from "../../tree/snapshot.ts";
import type { TreeOptions } from "../../tree/tree-state.ts";
import { newWatches } from "../../tree/watches.ts";
import { ZERO_ZXID, type Zxid } from "../../zxid.ts";
import { firstLogToRead } from "./purge.ts";
import type { LogEntry } from "./service-port.ts";
import type { ReplacedFiles, Snapshot } from "./snapshot.ts";
import type { Database } from "./state.ts";

/**
 * From a disk to a database (FileTxnSnapLog.restore): the newest snapshot that is whole, and the log behind it. A
 * snapshot may hold some of what the log repeats, since transactions went on while it was written; applying those twice
 * does no harm.
 */

/** What a disk kept of one server's data directory. */
export interface StoredFiles {
  readonly snapshots: readonly StoredSnapshot[];
  readonly logs: readonly StoredLog[];
}

export interface StoredSnapshot {
  /** From the name of the file. */
  readonly zxid: Zxid;
  /** Undefined: it can't be used. */
  readonly content: Snapshot | undefined;
  /**
   * Why not: true if it is all there and its checksum does not fit. Otherwise it was cut short, and so lacks the trailer
   * by which ZooKeeper knows a snapshot (SnapStream.isValidSnapshot).
   */
  readonly isCorrupt?: true;
}

export interface StoredLog {
  /** From the name of the file: the zxid of its first entry. */
  readonly firstZxid: Zxid;
  readonly entries: readonly StoredEntry[];
}

export type StoredEntry =
  | { readonly kind: "entry"; readonly entry: LogEntry }
  /** Bytes are missing at its end: the write did not get further, and neither does this file. */
  | { readonly kind: "torn" }
  /** It is all there, and its checksum does not fit. */
  | { readonly kind: "corrupt" };

export interface Recovered {
  readonly kind: "recovered";
  readonly database: Database;
  /** The snapshot that it began with; undefined if there was none. */
  readonly snapshot: Zxid | undefined;
  readonly replayed: number;
  /** Files that a leader's snapshot has replaced, and that are still there. */
  readonly replaced: ReplacedFiles;
}

export type Recovery =
  | Recovered
  /** The server does not start. */
  | {
      readonly kind: "refused";
      readonly why: "no snapshot, but a log" | "no valid snapshot" | "corrupt log entry";
    };

export interface RecoveryOptions extends TreeOptions {
  /** `zookeeper.snapshot.trust.empty`: a log without a snapshot is replayed from its beginning (ZOOKEEPER-3056). */
  readonly trustEmptySnapshot?: boolean;
  /** Told of every transaction of the log once it was replayed (FileTxnSnapLog.PlayBackListener). */
  readonly onReplayed?: (entry: LogEntry) => void;
}

export function recover(stored: StoredFiles, options: RecoveryOptions): Recovery {
  const replaced = replacedFiles(stored);
  const files = without(stored, replaced);
  const begin = newestSnapshot(files, options);
  if (begin.kind === "refused") return begin;
  const { database, snapshot } = begin;
  let replayed = 0;
  for (const log of logsFrom(files.logs, database.tree.lastProcessedZxid)) {
    for (const stored of log.entries) {
      if (stored.kind === "torn") break;
      if (stored.kind === "corrupt") return { kind: "refused", why: "corrupt log entry" };
      if (stored.entry.header.zxid <= (snapshot ?? ZERO_ZXID)) continue;
      replay(database, stored.entry);
      options.onReplayed?.(stored.entry);
      replayed++;
    }
  }
  killDeadSessions(database);
  return { kind: "recovered", database, snapshot, replayed, replaced };
}

/**
 * What is left of the files that a leader's snapshot replaced. Behind it they would bring back what nobody else has
 * (ZOOKEEPER-2832), or be sent to learners as a history that has a hole in it (ZOOKEEPER-2846).
 */
function replacedFiles({ snapshots, logs }: StoredFiles): ReplacedFiles {
  const replaces = snapshots.flatMap(({ content }) => content?.replaces ?? []);
  if (replaces.length === 0) return NONE_REPLACED;
  const isIn = (kind: keyof ReplacedFiles, zxid: Zxid): boolean =>
    replaces.some((names) => names[kind].includes(zxid));
  return {
    snapshots: snapshots.map(({ zxid }) => zxid).filter((zxid) => isIn("snapshots", zxid)),
    logs: logs.map(({ firstZxid }) => firstZxid).filter((zxid) => isIn("logs", zxid)),
  };
}

const NONE_REPLACED: ReplacedFiles = { snapshots: [], logs: [] };

function without({ snapshots, logs }: StoredFiles, replaced: ReplacedFiles): StoredFiles {
  return {
    snapshots: snapshots.filter(({ zxid }) => !replaced.snapshots.includes(zxid)),
    logs: logs.filter(({ firstZxid }) => !replaced.logs.includes(firstZxid)),
  };
}

/**
 * The newest snapshot that can be used, or an empty database. One that was cut short is as good as none
 * (FileSnap.findNValidSnapshots); one that is corrupt is passed over too, but not when there is nothing else
 * (FileSnap.deserialize).
 */
function newestSnapshot(files: StoredFiles, options: RecoveryOptions): Recovery {
  const newestFirst = [...files.snapshots].sort((a, b) => b.zxid - a.zxid);
  const content = newestFirst.find((stored) => stored.content !== undefined)?.content;
  if (content !== undefined) {
    const tree = treeFromImage(content.tree, options);
    // What the tree has beyond the file's name is replayed all the same.
    tree.lastProcessedZxid = content.zxid;
    const database = { tree, sessions: new Map(content.sessions) };
    return {
      kind: "recovered",
      database,
      snapshot: content.zxid,
      replayed: 0,
      replaced: NONE_REPLACED,
    };
  }
  if (newestFirst.some((stored) => stored.isCorrupt)) {
    return { kind: "refused", why: "no valid snapshot" };
  }
  const hasLog = files.logs.some((log) => log.entries.length > 0);
  if (hasLog && options.trustEmptySnapshot !== true) {
    return { kind: "refused", why: "no snapshot, but a log" };
  }
  const database = { tree: newTree(options), sessions: new Map<never, number>() };
  return { kind: "recovered", database, snapshot: undefined, replayed: 0, replaced: NONE_REPLACED };
}

/** The files that can hold something behind a zxid, in order. */
function logsFrom(logs: readonly StoredLog[], behind: Zxid): readonly StoredLog[] {
  const first = firstLogToRead(
    logs.map((log) => log.firstZxid),
    behind,
  );
  return logs
    .filter((log) => first !== undefined && log.firstZxid >= first)
    .sort((a, b) => a.firstZxid - b.firstZxid);
}

/** Nobody watches. */
const NO_WATCHES = newWatches();
const NO_SINK = (): void => {};

/** FileTxnSnapLog.processTransaction. */
export function replay({ tree, sessions }: Database, { header, txn }: LogEntry): void {
  if (txn.kind === "createSession") sessions.set(header.sessionId, txn.timeOut);
  if (txn.kind === "closeSession") sessions.delete(header.sessionId);
  applyTxn(tree, NO_WATCHES, header, txn, NO_SINK);
}

/** Ephemerals whose session the table does not know go without a transaction (ZooKeeperServer.killSession). */
function killDeadSessions({ tree, sessions }: Database): void {
  const dead = [...tree.ephemerals.keys()].filter((session) => !sessions.has(session));
  for (const session of dead) {
    const header = { sessionId: session, cxid: 0, zxid: tree.lastProcessedZxid, time: 0 };
    const paths = ephemeralsOf(tree, session);
    applyTxn(tree, NO_WATCHES, header, { kind: "closeSession", paths }, NO_SINK);
  }
}
