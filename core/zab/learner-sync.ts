import {
  adoptSnapshot,
  applyEntry,
  lastZxid,
  recoveryOptions,
  reload,
  takeSnapshot,
} from "../server/database.ts";
import type { Context, Peer } from "../server/peer.ts";
import type { ConnectionId } from "../server/port.ts";
import { startLearnerService } from "../server/role-service.ts";
import { recover } from "../server/service/recovery.ts";
import { appendHistory } from "../server/service/request-log.ts";
import type { LogEntry } from "../server/service/service-port.ts";
import type { ReplacedFiles } from "../server/service/snapshot.ts";
import { planTruncation, truncatedFiles } from "../server/service/truncation.ts";
import { makeZxid, type Zxid } from "../zxid.ts";
import { startReading } from "./learner-reading.ts";
import { commit, inform, logProposal } from "./learner-serving.ts";
import type { Learning } from "./learner-state.ts";
import type { QuorumPacket } from "./packets.ts";

/**
 * How a learner comes to its leader's history (Learner.syncWithLeader): the first packet says whether it keeps what it
 * has, cuts it or replaces it; transactions follow; at NEWLEADER all of that goes to the disk, then the epoch, and only
 * then the acknowledgement, which means that the history is safe here; and with UPTODATE the learner serves.
 */

export function beginSync(
  ctx: Context,
  peer: Peer,
  learning: Learning,
  packet: QuorumPacket,
): void {
  const { kind, zxid } = packet;
  if (kind !== "DIFF" && kind !== "SNAP" && kind !== "TRUNC") {
    ctx.port.exit("synchronisation begins with an unexpected packet");
    return;
  }
  learning.syncMode = kind;
  learning.phase = "synchronizing";
  ctx.port.observe({ kind: "synchronizing", leader: learning.leader, mode: kind, zxid });
  if (kind === "DIFF") {
    learning.snapshotNeeded = lacksSnapshot(ctx);
    if (!ctx.rules.zab.raisesZxidByTransactions) peer.database.tree.lastProcessedZxid = zxid;
  } else {
    learning.snapshotNeeded = true;
    if (packet.kind === "SNAP") adoptSnapshot(ctx, peer, packet.snapshot, zxid);
    else truncate(ctx, peer, learning, zxid);
  }
  learning.writeToTxnLog = !learning.snapshotNeeded;
}

/** Allowed by snapshot.trust.empty alone, and made up for after an election (ZOOKEEPER-3781). */
function lacksSnapshot(ctx: Context): boolean {
  const { port, config } = ctx.service;
  return config.trustEmptySnapshot && port.stored().snapshots.length === 0;
}

/**
 * Cuts the log at the target. Where that can't be reached from what is left (a log that began behind the target, as after
 * a snapshot), nothing is cut, and the server asks for a snapshot the next time; ZooKeeper would go on with less than the
 * target and say that it has it.
 */
function truncate(ctx: Context, peer: Peer, learning: Learning, target: Zxid): void {
  const files = ctx.service.port.stored();
  const truncation = planTruncation(files, target, ctx.rules.zab);
  const left = recover(truncatedFiles(files, truncation), recoveryOptions(ctx));
  if (left.kind === "refused" || left.database.tree.lastProcessedZxid < target) {
    peer.needsSnapshot = true;
    learning.ending = "the log could not be truncated";
    return;
  }
  learning.truncateTo = target;
  learning.phase = "truncating";
  ctx.service.port.truncate(truncation);
}

/** The disk has done what TRUNC asked for, or has dropped the log that a snapshot replaced. */
export function syncTruncated(ctx: Context, peer: Peer, learning: Learning): void {
  ctx.service.port.rollLog();
  if (learning.phase === "discardingLog") {
    snapshotIsSafe(ctx, peer, learning);
    return;
  }
  if (learning.phase !== "truncating") return;
  startReading(ctx, learning, "synchronizing");
  if (!reload(ctx, peer)) {
    learning.ending = "the log could not be truncated";
    return;
  }
  ctx.port.observe({ kind: "truncated", target: learning.truncateTo, zxid: lastZxid(peer) });
  // What is above the target is gone, or passed over in silence where the rules of truncation are off.
  peer.database.tree.lastProcessedZxid = learning.truncateTo;
}

export function syncReceived(
  ctx: Context,
  peer: Peer,
  learning: Learning,
  packet: QuorumPacket,
): void {
  // A ping is passed over without an answer until the learner serves.
  const { kind, zxid } = packet;
  if (kind === "PROPOSAL" || kind === "INFORM") proposed(learning, packet.entry);
  if (kind === "COMMIT" || kind === "INFORM") committed(ctx, peer, learning, zxid);
  if (kind === "NEWLEADER" && learning.phase === "synchronizing") newLeader(ctx, peer, learning);
  if (kind !== "UPTODATE") return;
  if (learning.phase === "awaitingUptodate") upToDate(ctx, peer, learning);
  else learning.ending = "unexpected packet";
}

/** A leader may lack zxids of its own (requests that took one and became nothing), so they need only rise. */
function proposed(learning: Learning, entry: LogEntry): void {
  const { zxid } = entry.header;
  if (learning.lastQueued !== undefined && zxid <= learning.lastQueued) {
    learning.ending = "a proposal is missing";
    return;
  }
  learning.lastQueued = zxid;
  learning.packetsNotLogged.push(entry);
}

/** Before the snapshot of NEWLEADER a transaction is only applied: the snapshot will hold it. */
function committed(ctx: Context, peer: Peer, learning: Learning, zxid: Zxid): void {
  if (learning.writeToTxnLog) {
    learning.packetsCommitted.push(zxid);
    return;
  }
  const [oldest] = learning.packetsNotLogged;
  if (oldest === undefined || oldest.header.zxid !== zxid) return;
  learning.packetsNotLogged.shift();
  applyEntry(ctx, peer, oldest);
}

function newLeader(ctx: Context, peer: Peer, learning: Learning): void {
  if (!learning.snapshotNeeded) {
    snapshotIsSafe(ctx, peer, learning);
    return;
  }
  const snapshot = takeSnapshot(peer);
  if (learning.syncMode === "SNAP") learning.replaces = filesBefore(ctx, snapshot.zxid);
  const { replaces } = learning;
  learning.phase = "writingSnapshot";
  ctx.service.port.writeSnapshot(replaces === undefined ? snapshot : { ...snapshot, replaces });
}

/** What a snapshot of the leader's replaces; older snapshots stay, and do no harm. */
function filesBefore(ctx: Context, zxid: Zxid): ReplacedFiles {
  const { snapshots, logs } = ctx.service.port.stored();
  return {
    snapshots: snapshots.map((stored) => stored.zxid).filter((name) => name > zxid),
    logs: logs.map(({ firstZxid }) => firstZxid),
  };
}

/**
 * The snapshot is on disk. One that came from the leader replaces all that was there: what was logged before would
 * otherwise come back behind it (ZOOKEEPER-2832), or leave a hole in the history that the log tells (ZOOKEEPER-2846).
 */
export function syncSnapshotWritten(ctx: Context, peer: Peer, learning: Learning): void {
  if (learning.phase !== "writingSnapshot") return;
  peer.needsSnapshot = false;
  const { snapshots, logs } = learning.replaces ?? { snapshots: [], logs: [] };
  if (snapshots.length === 0 && logs.length === 0) {
    snapshotIsSafe(ctx, peer, learning);
    return;
  }
  learning.phase = "discardingLog";
  ctx.service.port.truncate({ snapshots, cut: undefined, logs });
}

function snapshotIsSafe(ctx: Context, peer: Peer, learning: Learning): void {
  learning.writeToTxnLog = true;
  if (ctx.rules.zab.writesEpochAfterLog) logHistory(ctx, peer, learning);
  else writeEpoch(ctx, peer, learning);
}

/** Everything committed that came before NEWLEADER goes to the log, under one force (ZOOKEEPER-3911). */
function logHistory(ctx: Context, peer: Peer, learning: Learning): void {
  if (ctx.config.type === "OBSERVER" || !ctx.rules.zab.logsBeforeNewLeaderAck) {
    historyIsSafe(ctx, peer, learning);
    return;
  }
  if (!ctx.rules.zab.acksNewLeaderFirst) {
    handToLog(ctx, peer, learning);
    historyIsSafe(ctx, peer, learning);
    return;
  }
  const history = takeCommitted(learning);
  if (history.length === 0) {
    historyIsSafe(ctx, peer, learning);
    return;
  }
  appendHistory(ctx.service, peer.service, history);
  for (const entry of history) applyEntry(ctx, peer, entry);
  learning.phase = "loggingHistory";
}

/** As 3.8.0 does: the log's thread gets everything and acknowledges it whenever it is done. */
function handToLog(ctx: Context, peer: Peer, learning: Learning): void {
  const entries = learning.packetsNotLogged;
  learning.packetsNotLogged = [];
  for (const entry of entries) logProposal(ctx, peer, learning, entry);
}

/** The oldest transactions, as far as their commits are there too. */
function takeCommitted(learning: Learning): LogEntry[] {
  const { packetsNotLogged, packetsCommitted } = learning;
  let count = 0;
  while (
    count < packetsCommitted.length &&
    packetsNotLogged[count]?.header.zxid === packetsCommitted[count]
  ) {
    count++;
  }
  packetsCommitted.splice(0, count);
  return packetsNotLogged.splice(0, count);
}

export function syncLogged(ctx: Context, peer: Peer, learning: Learning): void {
  if (peer.service.log.isForcing) return;
  historyIsSafe(ctx, peer, learning);
}

function historyIsSafe(ctx: Context, peer: Peer, learning: Learning): void {
  if (ctx.rules.zab.writesEpochAfterLog) writeEpoch(ctx, peer, learning);
  else acknowledge(ctx, learning);
}

function writeEpoch(ctx: Context, peer: Peer, learning: Learning): void {
  if (!ctx.rules.zab.keepsPromises) {
    acknowledge(ctx, learning);
    return;
  }
  learning.phase = "writingEpoch";
  peer.currentEpoch = learning.epoch;
  ctx.port.write("currentEpoch", learning.epoch);
}

export function syncEpochWritten(ctx: Context, peer: Peer, learning: Learning): void {
  if (ctx.rules.zab.writesEpochAfterLog) acknowledge(ctx, learning);
  else logHistory(ctx, peer, learning);
}

function acknowledge(ctx: Context, learning: Learning): void {
  learning.syncMode = undefined;
  learning.readTimeoutMs = ctx.config.syncLimit * ctx.config.tickMs;
  startReading(ctx, learning, "awaitingUptodate");
  ctx.port.observe({
    kind: "newLeaderAcknowledged",
    leader: learning.leader,
    epoch: learning.epoch,
  });
  sendAck(ctx, learning);
}

function upToDate(ctx: Context, peer: Peer, learning: Learning): void {
  sendAck(ctx, learning);
  startLearnerService(ctx, peer);
  // From now on it names the new epoch to those who look (QuorumPeer.updateElectionVote, ZOOKEEPER-1732).
  peer.currentVote = { ...peer.currentVote, peerEpoch: learning.epoch };
  learning.phase = "serving";
  ctx.port.observe({
    kind: "serving",
    state: peer.state,
    leader: learning.leader,
    epoch: learning.epoch,
    zxid: lastZxid(peer),
  });
  const { packetsNotLogged, packetsCommitted } = learning;
  learning.packetsNotLogged = [];
  learning.packetsCommitted = [];
  if (ctx.config.type === "OBSERVER") {
    const committed = new Set(packetsCommitted);
    for (const entry of packetsNotLogged) {
      if (committed.has(entry.header.zxid)) inform(ctx, peer, entry);
    }
    return;
  }
  for (const entry of packetsNotLogged) logProposal(ctx, peer, learning, entry);
  for (const zxid of packetsCommitted) commit(ctx, peer, learning, zxid);
}

function sendAck(ctx: Context, learning: Learning): void {
  ctx.port.send(learning.connection as ConnectionId, {
    kind: "ACK",
    zxid: makeZxid(learning.epoch, 0),
  });
}
