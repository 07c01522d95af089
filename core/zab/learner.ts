import { lastZxid } from "../server/database.ts";
import type { Context, Peer } from "../server/peer.ts";
import type { ConnectionId, EpochFile } from "../server/port.ts";
import { epochOf, makeZxid, ZERO_ZXID } from "../zxid.ts";
import { learnerServes } from "./learner-serving.ts";
import {
  beginSync,
  syncLogged,
  syncSnapshotWritten,
  syncTruncated,
  syncEpochWritten,
  syncReceived,
} from "./learner-sync.ts";
import { startReading } from "./learner-reading.ts";
import type { Learning, LearnerPhase } from "./learner-state.ts";
import { QUORUM_PROTOCOL_VERSION, type QuorumPacket } from "./packets.ts";

/**
 * A server that follows or observes (Learner): it dials the leader's quorum port, tells of itself, is offered the new
 * epoch, promises it on disk, is synchronised (learner-sync.ts) and then serves (learner-serving.ts). ZooKeeper does all
 * of it in one thread; while that is at work on the disk, packets and even the end of the connection wait.
 */

/** Failed tries after which a learner gives up and looks again. */
const MAX_TRIES = 5;

export function startLearning(ctx: Context, peer: Peer): void {
  const learning: Learning = {
    leader: peer.currentVote.leader,
    phase: "dialling",
    connection: undefined,
    tries: 0,
    startedAtMs: ctx.port.now(),
    epoch: peer.acceptedEpoch,
    readTimeoutMs: ctx.config.initLimit * ctx.config.tickMs,
    readDeadlineMs: 0,
    inbox: [],
    hasEnded: false,
    ending: undefined,
    syncMode: undefined,
    truncateTo: ZERO_ZXID,
    replaces: undefined,
    snapshotNeeded: false,
    writeToTxnLog: true,
    lastQueued: undefined,
    packetsNotLogged: [],
    packetsCommitted: [],
    pendingTxns: [],
    pendingSyncs: [],
    pendingRevalidations: new Map(),
    touchTable: new Map(),
  };
  peer.learning = learning;
  dialLeader(ctx, learning);
}

/** Leaves everything that the role holds. */
export function stopLearning(ctx: Context, peer: Peer): void {
  const learning = peer.learning;
  if (learning === undefined) return;
  ctx.port.cancelTimer("connectRetry", 0);
  if (learning.connection !== undefined) {
    ctx.port.cancelTimer("read", learning.connection);
    ctx.port.close(learning.connection);
  }
  peer.learning = undefined;
}

export function learnerConnected(ctx: Context, peer: Peer, learning: Learning): void {
  startReading(ctx, learning, "registered");
  ctx.port.send(learning.connection as ConnectionId, {
    kind: ctx.config.type === "OBSERVER" ? "OBSERVERINFO" : "FOLLOWERINFO",
    zxid: makeZxid(peer.acceptedEpoch, 0),
    serverId: ctx.config.id,
    protocolVersion: QUORUM_PROTOCOL_VERSION,
    configVersion: ctx.config.configVersion,
  });
  ctx.port.observe({
    kind: "registered",
    leader: learning.leader,
    acceptedEpoch: peer.acceptedEpoch,
  });
}

/** A try failed. Refused tries come in quick succession, so all are used up in less than half a second. */
export function learnerDialFailed(ctx: Context, learning: Learning): void {
  learning.connection = undefined;
  learning.tries++;
  const again =
    remainingMs(ctx, learning) > ctx.config.leaderConnectDelayMs && learning.tries < MAX_TRIES;
  ctx.port.observe({
    kind: "leaderUnreachable",
    leader: learning.leader,
    tries: learning.tries,
    again,
  });
  if (!again) {
    learning.ending = "could not connect to the leader";
    return;
  }
  learning.phase = "pausing";
  ctx.port.setTimer("connectRetry", 0, ctx.config.leaderConnectDelayMs);
}

export function retryConnect(ctx: Context, learning: Learning): void {
  if (learning.phase === "pausing") dialLeader(ctx, learning);
}

/** The phases in which the thread is at work on the disk and reads nothing. */
const BUSY: ReadonlySet<LearnerPhase> = new Set<LearnerPhase>([
  "promising",
  "truncating",
  "writingSnapshot",
  "discardingLog",
  "loggingHistory",
  "writingEpoch",
]);

export function isBusy(learning: Learning): boolean {
  return BUSY.has(learning.phase);
}

export function learnerReceived(
  ctx: Context,
  peer: Peer,
  learning: Learning,
  packet: QuorumPacket,
): void {
  if (isBusy(learning)) {
    learning.inbox.push(packet);
    return;
  }
  read(ctx, peer, learning, packet);
}

/** The end of the connection comes behind all that was sent on it. */
export function learnerClosed(learning: Learning): void {
  learning.hasEnded = true;
  if (!isBusy(learning)) learning.ending ??= "connection to the leader lost";
}

/** The thread reads on, with what has arrived while it was busy. */
export function catchUp(ctx: Context, peer: Peer, learning: Learning): void {
  while (!isBusy(learning) && learning.ending === undefined) {
    const packet = learning.inbox.shift();
    if (packet === undefined) {
      if (learning.hasEnded) learning.ending = "connection to the leader lost";
      return;
    }
    read(ctx, peer, learning, packet);
  }
}

function read(ctx: Context, peer: Peer, learning: Learning, packet: QuorumPacket): void {
  learning.readDeadlineMs = ctx.port.now() + learning.readTimeoutMs;
  const { phase } = learning;
  if (phase === "serving") learnerServes(ctx, peer, learning, packet);
  else if (phase === "acknowledged") beginSync(ctx, peer, learning, packet);
  else if (phase !== "registered") syncReceived(ctx, peer, learning, packet);
  else if (packet.kind === "LEADERINFO") offered(ctx, peer, learning, packet);
  else learning.ending = "unexpected packet";
}

export function learnerWritten(
  ctx: Context,
  peer: Peer,
  learning: Learning,
  file: EpochFile,
): void {
  if (file === "acceptedEpoch" && learning.phase === "promising") {
    acknowledgeEpoch(ctx, peer, learning, true);
  } else if (file === "currentEpoch" && learning.phase === "writingEpoch") {
    syncEpochWritten(ctx, peer, learning);
  }
  catchUp(ctx, peer, learning);
}

export function learnerForced(ctx: Context, peer: Peer, learning: Learning): void {
  if (learning.phase === "loggingHistory") syncLogged(ctx, peer, learning);
  catchUp(ctx, peer, learning);
}

export function learnerSnapshotWritten(ctx: Context, peer: Peer, learning: Learning): void {
  syncSnapshotWritten(ctx, peer, learning);
  catchUp(ctx, peer, learning);
}

export function learnerTruncated(ctx: Context, peer: Peer, learning: Learning): void {
  syncTruncated(ctx, peer, learning);
  catchUp(ctx, peer, learning);
}

/** The read timer fires; it may only be early, for packets move the deadline and not the timer. */
export function learnerReadTimer(ctx: Context, learning: Learning): void {
  const left = learning.readDeadlineMs - ctx.port.now();
  if (left > 0) {
    ctx.port.setTimer("read", learning.connection as ConnectionId, left);
  } else if (!isBusy(learning)) {
    learning.ending = "nothing heard from the leader";
  } else {
    // Nobody reads, so nothing can be late; the next read starts afresh.
    learning.readDeadlineMs = ctx.port.now() + learning.readTimeoutMs;
    ctx.port.setTimer("read", learning.connection as ConnectionId, learning.readTimeoutMs);
  }
}

/**
 * The leader offers its epoch. A higher one is promised on disk before anything else; a lower one is refused,
 * because whoever made that promise must never again talk to a leader of an earlier epoch.
 */
function offered(ctx: Context, peer: Peer, learning: Learning, packet: QuorumPacket): void {
  learning.epoch = epochOf(packet.zxid);
  if (!ctx.rules.zab.keepsPromises) {
    acknowledgeEpoch(ctx, peer, learning, true);
  } else if (learning.epoch < peer.acceptedEpoch) {
    learning.ending = "the leader's epoch is lower than the one promised";
  } else if (learning.epoch === peer.acceptedEpoch) {
    // Acknowledged before, perhaps to another leader that tried the same epoch: this is no second promise.
    acknowledgeEpoch(ctx, peer, learning, false);
  } else {
    learning.phase = "promising";
    peer.acceptedEpoch = learning.epoch;
    ctx.port.write("acceptedEpoch", learning.epoch);
  }
}

function acknowledgeEpoch(ctx: Context, peer: Peer, learning: Learning, isPromise: boolean): void {
  startReading(ctx, learning, "acknowledged");
  ctx.port.send(learning.connection as ConnectionId, {
    kind: "ACKEPOCH",
    zxid: lastZxid(peer),
    currentEpoch: isPromise ? peer.currentEpoch : undefined,
    ...(peer.needsSnapshot ? { forceSnapshotSync: true } : {}),
  });
  ctx.port.observe({ kind: "following", leader: learning.leader, epoch: learning.epoch });
}

function dialLeader(ctx: Context, learning: Learning): void {
  const left = remainingMs(ctx, learning);
  if (left <= 0) {
    learning.ending = "could not connect to the leader";
    return;
  }
  learning.phase = "dialling";
  learning.connection = ctx.port.dial(learning.leader, "quorum", left);
}

/** What is left of the time to connect: initLimit, or connectToLearnerMasterLimit where it is set. */
function remainingMs(ctx: Context, learning: Learning): number {
  const { config } = ctx;
  const limit = config.connectToLearnerMasterLimit || config.initLimit;
  return limit * config.tickMs - (ctx.port.now() - learning.startedAtMs);
}
