import type { Context, Peer } from "../server/peer.ts";
import type { ConnectionId } from "../server/port.ts";
import { epochOf, makeZxid, MINUS_ONE, ZERO_ZXID } from "../zxid.ts";
import { handlerServes } from "./broadcast.ts";
import { synchronize } from "./handler-sync.ts";
import { heard, isBlocked, loseLearner, startReading, startWaiting } from "./handler-thread.ts";
import { epochAcknowledged, hasHistoryQuorum, historyAcknowledged, register } from "./leader.ts";
import type { LeaderPhase, Leading, LearnerHandler } from "./leader-state.ts";
import { QUORUM_PROTOCOL_VERSION, type QuorumPacket } from "./packets.ts";
import { newSyncLimitCheck } from "./sync-limit-check.ts";

/**
 * One learner at its leader (LearnerHandler.run): from the first packet to UPTODATE. ZooKeeper has a thread for it,
 * which blocks while it waits for something; here what arrives meanwhile stays in the handler's inbox.
 */

export function learnerAccepted(ctx: Context, leading: Leading, connection: ConnectionId): void {
  const timeoutMs = ctx.config.initLimit * ctx.config.tickMs;
  leading.handlers.push({
    connection,
    phase: "introduction",
    sid: undefined,
    isObserver: false,
    inbox: [],
    hasEnded: false,
    isForwarding: false,
    syncMode: undefined,
    readTimeoutMs: timeoutMs,
    readDeadlineMs: ctx.port.now() + timeoutMs,
    tickOfNextAckDeadline: leading.tick + ctx.config.initLimit + ctx.config.syncLimit,
    peerLastZxid: ZERO_ZXID,
    forceSnapshotSync: false,
    timing: newSyncLimitCheck(),
  });
  ctx.port.setTimer("read", connection, timeoutMs);
}

export function handlerReceived(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
  packet: QuorumPacket,
): void {
  if (handler.phase === "serving" && handler.inbox.length === 0) {
    heard(ctx, handler);
    handlerServes(ctx, peer, leading, handler, packet);
    return;
  }
  handler.inbox.push(packet);
  goOn(ctx, peer, leading, handler);
}

/** The connection is at its end, which is found out when what came before has been read. */
export function handlerClosed(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
): void {
  handler.hasEnded = true;
  goOn(ctx, peer, leading, handler);
}

/** Wakes the threads of learners that wait for what has just happened. */
export function wakeHandlers(ctx: Context, peer: Peer, leading: Leading): void {
  while (leading.hasNews) {
    leading.hasNews = false;
    // A copy: whoever is lost on the way leaves the list.
    const handlers = leading.handlers.slice();
    for (const handler of handlers) goOn(ctx, peer, leading, handler);
  }
}

/** Does all that the handler's thread can do now. */
function goOn(ctx: Context, peer: Peer, leading: Leading, handler: LearnerHandler): void {
  while (leading.handlers.includes(handler)) {
    if (isReading(leading, handler)) {
      const packet = handler.inbox.shift();
      if (packet === undefined) {
        if (handler.hasEnded) loseLearner(ctx, leading, handler, "closed");
        return;
      }
      read(ctx, peer, leading, handler, packet);
    } else if (!isWaitOver(ctx, leading, handler)) {
      return;
    } else {
      waited(ctx, peer, leading, handler);
    }
  }
}

function isReading(leading: Leading, handler: LearnerHandler): boolean {
  return leading.phase !== "loading" && !isBlocked(handler);
}

function read(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
  packet: QuorumPacket,
): void {
  heard(ctx, handler);
  const { phase } = handler;
  if (phase === "introduction") introduced(ctx, peer, leading, handler, packet);
  else if (phase === "epochAck") acknowledgedEpoch(ctx, peer, leading, handler, packet);
  else if (phase === "newLeaderAck") acknowledgedHistory(ctx, peer, leading, handler, packet);
  else handlerServes(ctx, peer, leading, handler, packet);
}

const EPOCH_DECIDED: ReadonlySet<LeaderPhase> = new Set<LeaderPhase>([
  "epochAckWait",
  "writingEpoch",
  "newLeaderAckWait",
  "broadcast",
]);

const EPOCH_ACKNOWLEDGED: ReadonlySet<LeaderPhase> = new Set<LeaderPhase>([
  "writingEpoch",
  "newLeaderAckWait",
  "broadcast",
]);

function isWaitOver(ctx: Context, leading: Leading, handler: LearnerHandler): boolean {
  const { phase } = handler;
  if (phase === "epochWait") return EPOCH_DECIDED.has(leading.phase);
  if (phase === "epochAckWait") return EPOCH_ACKNOWLEDGED.has(leading.phase);
  if (phase === "newLeaderAckWait") return hasHistoryQuorum(ctx, leading);
  return phase === "startupWait" && leading.phase === "broadcast";
}

function waited(ctx: Context, peer: Peer, leading: Leading, handler: LearnerHandler): void {
  ctx.port.cancelTimer("handlerWait", handler.connection);
  const { phase, connection } = handler;
  if (phase === "epochWait") {
    const zxid = makeZxid(leading.epoch, 0);
    const protocolVersion = QUORUM_PROTOCOL_VERSION;
    ctx.port.send(connection, { kind: "LEADERINFO", zxid, protocolVersion });
    startReading(ctx, handler, "epochAck");
  } else if (phase === "epochAckWait") {
    synchronize(ctx, peer, leading, handler);
  } else if (phase === "newLeaderAckWait") {
    handler.timing.isRunning = true;
    handler.readTimeoutMs = ctx.config.syncLimit * ctx.config.tickMs;
    handler.phase = "startupWait";
  } else {
    ctx.port.send(connection, UPTODATE);
    startReading(ctx, handler, "serving");
  }
}

const UPTODATE: QuorumPacket = { kind: "UPTODATE", zxid: MINUS_ONE };

function introduced(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
  packet: QuorumPacket,
): void {
  const isKnown =
    (packet.kind === "FOLLOWERINFO" || packet.kind === "OBSERVERINFO") &&
    packet.configVersion <= ctx.config.configVersion;
  if (!isKnown) {
    loseLearner(ctx, leading, handler, "refused");
    return;
  }
  handler.sid = packet.serverId;
  handler.isObserver = packet.kind === "OBSERVERINFO";
  startWaiting(ctx, handler, "epochWait");
  register(ctx, peer, leading, packet.serverId, epochOf(packet.zxid));
}

/** Of those that elect it, nobody may be more recent than the leader; who comes later is not asked. */
function acknowledgedEpoch(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
  packet: QuorumPacket,
): void {
  if (packet.kind !== "ACKEPOCH" || handler.sid === undefined) {
    loseLearner(ctx, leading, handler, "refused");
    return;
  }
  handler.peerLastZxid = packet.zxid;
  handler.forceSnapshotSync = packet.forceSnapshotSync === true;
  startWaiting(ctx, handler, "epochAckWait");
  if (leading.phase !== "epochAckWait" || packet.currentEpoch === undefined) return;
  const { currentEpoch, lastZxid } = leading.summary;
  const isMoreRecent =
    packet.currentEpoch > currentEpoch ||
    (packet.currentEpoch === currentEpoch && packet.zxid > lastZxid);
  if (isMoreRecent) loseLearner(ctx, leading, handler, "more recent than the leader");
  else epochAcknowledged(ctx, peer, leading, handler.sid);
}

/** An acknowledgement of something else is not counted, but the handler goes on as if it were (ZOOKEEPER-4685). */
function acknowledgedHistory(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
  packet: QuorumPacket,
): void {
  if (packet.kind !== "ACK" || handler.sid === undefined) {
    loseLearner(ctx, leading, handler, "refused");
    return;
  }
  startWaiting(ctx, handler, "newLeaderAckWait");
  if (packet.zxid === makeZxid(leading.epoch, 0)) {
    historyAcknowledged(ctx, peer, leading, handler.sid);
  }
}

/** The read timer of a learner's connection fires; it may only be early, for packets move the deadline alone. */
export function handlerReadTimer(ctx: Context, leading: Leading, handler: LearnerHandler): void {
  // Until the leader has its snapshot, it accepts nobody, and whoever has dialled waits (LearnerCnxAcceptor).
  if (leading.phase === "loading") heard(ctx, handler);
  const leftMs = handler.readDeadlineMs - ctx.port.now();
  if (leftMs > 0) ctx.port.setTimer("read", handler.connection, leftMs);
  else if (!isBlocked(handler)) loseLearner(ctx, leading, handler, "read timeout");
}

/** What the handler's thread waits for has not come within initLimit. */
export function handlerWaitTimedOut(ctx: Context, leading: Leading, handler: LearnerHandler): void {
  if (isBlocked(handler)) loseLearner(ctx, leading, handler, "no quorum within initLimit");
}
