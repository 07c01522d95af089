import { epochOf, type Zxid } from "../zxid.ts";
import { addCommitted, type CommittedLog, newCommittedLog } from "../zab/committed-log.ts";
import { entriesAfter } from "../zab/disk-log.ts";
import type { ZabRules } from "../zab/rules.ts";
import type { Context, Durable, Peer } from "./peer.ts";
import { recover, type RecoveryOptions, replay } from "./service/recovery.ts";
import type { LogEntry } from "./service/service-port.ts";
import type { Snapshot } from "./service/snapshot.ts";
import type { Database } from "./service/state.ts";
import { treeFromImage, treeImage } from "../tree/snapshot.ts";
import type { TreeOptions } from "../tree/tree-state.ts";
import { bytesOf } from "../tree/text-bytes.ts";

/** A server's data in memory, and how it follows from what is on disk (ZKDatabase). It outlives a role, not a crash. */

export function lastZxid(peer: Peer): Zxid {
  return peer.database.tree.lastProcessedZxid;
}

/** How a server of an ensemble reads what is on its disk. */
export function recoveryOptions(ctx: Context): RecoveryOptions {
  return { ...treeOptions(ctx), trustEmptySnapshot: ctx.service.config.trustEmptySnapshot };
}

/** With the membership that every server of an ensemble writes into its tree when it loads it. */
export function treeOptions(ctx: Context): TreeOptions {
  const { config, port } = ctx.service;
  return {
    extendedTypes: config.extendedTypes,
    ensembleConfig: { data: bytesOf(ctx.config.configText), mtime: port.wallMs() },
  };
}

/** Applies a transaction outside of any service: nobody watches, nobody is answered. */
export function applyEntry(ctx: Context, peer: Peer, entry: LogEntry): void {
  replay(peer.database, entry);
  addCommitted(peer.committedLog, entry, ctx.config.commitLogCount);
}

/**
 * A role has ended: what its log holds beyond the tree is applied, committed or not, so that the server's next vote
 * covers all of its log (ZKDatabase.fastForwardDataBase, ZOOKEEPER-2845).
 */
export function fastForward(ctx: Context, peer: Peer): void {
  const from = lastZxid(peer);
  for (const entry of entriesAfter(ctx.service.port.stored(), from)) applyEntry(ctx, peer, entry);
  const to = lastZxid(peer);
  if (to !== from) ctx.port.observe({ kind: "fastForwarded", from, to });
}

/** Throws the data in memory away and reads the disk again. False: what is there cannot be read. */
export function reload(ctx: Context, peer: Peer): boolean {
  const replayed: LogEntry[] = [];
  const recovery = recover(ctx.service.port.stored(), {
    ...recoveryOptions(ctx),
    onReplayed: (entry) => replayed.push(entry),
  });
  if (recovery.kind === "refused") return false;
  putDatabase(ctx, peer, recovery.database, replayed);
  return true;
}

/** The leader's snapshot takes the place of all that was known. */
export function adoptSnapshot(ctx: Context, peer: Peer, snapshot: Snapshot, zxid: Zxid): void {
  const tree = treeFromImage(snapshot.tree, treeOptions(ctx));
  tree.lastProcessedZxid = zxid;
  putDatabase(ctx, peer, { tree, sessions: new Map(snapshot.sessions) }, []);
}

export function takeSnapshot(peer: Peer): Snapshot {
  const { tree, sessions } = peer.database;
  return { zxid: tree.lastProcessedZxid, sessions: [...sessions], tree: treeImage(tree) };
}

/** What keeps a server from starting, with these files. */
export type EpochProblem =
  | "the current epoch is older than the last zxid"
  | "the accepted epoch is less than the current epoch";

/**
 * The epochs that a server starts with (QuorumPeer.loadDataBase). A crash between a history and the file of its epoch
 * leaves a log of a later epoch than the file says. Whoever has a transaction of an epoch, or a snapshot taken in it, has
 * all that came before it, so that epoch may be taken; 3.8 would never start again (ZOOKEEPER-1653, ZOOKEEPER-4269).
 */
export function epochsAtStart(
  rules: ZabRules,
  durable: Durable,
  last: Zxid,
): Durable | EpochProblem {
  // Without promises there are no such files, and nothing can be amiss with them (ZOOKEEPER-335).
  if (!rules.keepsPromises) return durable;
  const { acceptedEpoch } = durable;
  const ofLast = epochOf(last);
  const isBehind = ofLast > durable.currentEpoch;
  if (isBehind && !rules.adoptsEpochOfLog) return "the current epoch is older than the last zxid";
  const currentEpoch = isBehind ? ofLast : durable.currentEpoch;
  if (acceptedEpoch < currentEpoch) return "the accepted epoch is less than the current epoch";
  return { acceptedEpoch, currentEpoch };
}

/** What a server that has just read its disk has for learners: everything behind its snapshot, committed or not. */
export function committedLogOf(ctx: Context, replayed: readonly LogEntry[]): CommittedLog {
  const log = newCommittedLog();
  for (const entry of replayed) addCommitted(log, entry, ctx.config.commitLogCount);
  return log;
}

function putDatabase(
  ctx: Context,
  peer: Peer,
  database: Database,
  replayed: readonly LogEntry[],
): void {
  peer.database = database;
  peer.committedLog = committedLogOf(ctx, replayed);
  // The log begins snapshots of its own accord, also before the role serves.
  peer.service.database = database;
  peer.service.committedLog = peer.committedLog;
}
