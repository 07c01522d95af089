import { epoch, type Epoch, type ServerId } from "../ids.ts";
import { isQuorum, isVoter } from "../quorum/verifier.ts";
import type { LeaveReason, LostReason } from "../server/observations.ts";
import type { Context, Peer } from "../server/peer.ts";
import type { ConnectionId } from "../server/port.ts";
import { epochOf, makeZxid } from "../zxid.ts";
import type { Leading, LearnerHandler } from "./leader-state.ts";
import { QUORUM_PROTOCOL_VERSION, type QuorumPacket } from "./packets.ts";

/**
 * A server that leads, as far as discovery's first step (Leader.lead and getEpochToPropose): it waits for a quorum
 * of followers, decides and promises the new epoch, and then makes sure twice a tick that a quorum is still there.
 * Each function that can end the role gives the reason.
 */

const NO_EPOCH = epoch(-1);

export function startLeading(ctx: Context, peer: Peer): LeaveReason | undefined {
  const leading: Leading = {
    phase: "epochWait",
    epoch: NO_EPOCH,
    registered: [],
    handlers: [],
    lastProposed: peer.lastProcessedZxid,
    tick: 0,
    tickSkip: true,
    startedAtMs: ctx.port.now(),
  };
  peer.leading = leading;
  ctx.port.listen("quorum");
  ctx.port.setTimer("epochWait", 0, ctx.config.initLimit * ctx.config.tickMs);
  register(ctx, peer, leading, ctx.config.id, peer.acceptedEpoch);
  return undefined;
}

/** Leaves everything that the role holds (Leader.shutdown). */
export function stopLeading(ctx: Context, peer: Peer): void {
  const leading = peer.leading;
  if (leading === undefined) return;
  ctx.port.unlisten("quorum");
  ctx.port.cancelTimer("epochWait", 0);
  ctx.port.cancelTimer("tick", 0);
  for (const handler of leading.handlers) {
    ctx.port.cancelTimer("read", handler.connection);
    ctx.port.close(handler.connection);
  }
  peer.leading = undefined;
}

export function learnerAccepted(ctx: Context, leading: Leading, connection: ConnectionId): void {
  const timeoutMs = ctx.config.initLimit * ctx.config.tickMs;
  leading.handlers.push({
    connection,
    sid: undefined,
    informed: false,
    readDeadlineMs: ctx.port.now() + timeoutMs,
    tickOfNextAckDeadline: leading.tick + ctx.config.initLimit + ctx.config.syncLimit,
  });
  ctx.port.setTimer("read", connection, timeoutMs);
}

export function leaderReceived(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
  packet: QuorumPacket,
): void {
  if (handler.sid === undefined) {
    introduced(ctx, peer, leading, handler, packet);
    return;
  }
  if (packet.kind !== "PING") {
    loseLearner(ctx, leading, handler, "refused");
    return;
  }
  handler.tickOfNextAckDeadline = leading.tick + ctx.config.syncLimit;
  handler.readDeadlineMs = ctx.port.now() + ctx.config.syncLimit * ctx.config.tickMs;
}

/** The new epoch is on disk: those who wait for it may know, and the main loop begins. */
export function leaderWritten(ctx: Context, leading: Leading): void {
  if (leading.phase !== "promising") return;
  leading.phase = "established";
  leading.lastProposed = makeZxid(leading.epoch, 0);
  ctx.port.cancelTimer("epochWait", 0);
  ctx.port.observe({ kind: "leading", epoch: leading.epoch, quorum: [...leading.registered] });
  for (const handler of leading.handlers) {
    if (handler.sid !== undefined) inform(ctx, leading, handler);
  }
  ctx.port.setTimer("tick", 0, halfTick(ctx));
}

/** Once every half tick: the ticks are counted and the quorum checked in every second one, pings go out in all. */
export function leaderTick(ctx: Context, leading: Leading): LeaveReason | undefined {
  if (leading.phase !== "established") return undefined;
  if (!leading.tickSkip) {
    leading.tick++;
    if (!isQuorum(ctx.config.verifier, synced(ctx, leading))) {
      return "not sufficient followers synced";
    }
  }
  leading.tickSkip = !leading.tickSkip;
  for (const handler of leading.handlers) {
    if (handler.informed) {
      ctx.port.send(handler.connection, { kind: "PING", zxid: leading.lastProposed });
    }
  }
  ctx.port.setTimer("tick", 0, halfTick(ctx));
  return undefined;
}

/** No quorum of followers came within initLimit. */
export function epochWaitTimedOut(leading: Leading): LeaveReason | undefined {
  return leading.phase === "epochWait" ? "no quorum of followers within initLimit" : undefined;
}

/** The read timer of a learner's connection fires; it may only be early, for packets move the deadline alone. */
export function handlerReadTimer(ctx: Context, leading: Leading, handler: LearnerHandler): void {
  // Between the learner's first packet and the epoch nobody reads; LEADERINFO starts the timer anew.
  if (handler.sid !== undefined && !handler.informed) return;
  const left = handler.readDeadlineMs - ctx.port.now();
  if (left <= 0) loseLearner(ctx, leading, handler, "read timeout");
  else ctx.port.setTimer("read", handler.connection, left);
}

export function handlerClosed(ctx: Context, leading: Leading, handler: LearnerHandler): void {
  loseLearner(ctx, leading, handler, "closed");
}

/**
 * Another server looks again. With leader.maxTimeToWaitForEpoch set, a leader that still waits for its quorum
 * longer than that need not wait for all of initLimit (ZOOKEEPER-3109). Any voter will do: Leader.reportLookingSid
 * asks for one of those that elected it, but SyncedLearnerTracker.hasSid looks at the configuration alone.
 */
export function voterLooksAgain(
  ctx: Context,
  leading: Leading,
  sid: ServerId,
): LeaveReason | undefined {
  const limit = ctx.config.maxTimeToWaitForEpochMs;
  if (limit < 0 || leading.phase !== "epochWait") return undefined;
  if (!isVoter(ctx.config.verifier, sid)) return undefined;
  if (ctx.port.now() - leading.startedAtMs <= limit) return undefined;
  return "a voter looks again";
}

/**
 * Servers that count in the quorum check: the leader and every learner heard from lately (LearnerHandler.synced).
 * A learner that came back may have two handlers until the older one times out, and counts once.
 */
export function synced(ctx: Context, leading: Leading): ServerId[] {
  const sids = [ctx.config.id];
  for (const { sid, tickOfNextAckDeadline } of leading.handlers) {
    if (sid === undefined || leading.tick > tickOfNextAckDeadline) continue;
    if (!sids.includes(sid)) sids.push(sid);
  }
  return sids;
}

function introduced(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
  packet: QuorumPacket,
): void {
  const known =
    (packet.kind === "FOLLOWERINFO" || packet.kind === "OBSERVERINFO") &&
    packet.configVersion <= ctx.config.configVersion;
  if (!known) {
    loseLearner(ctx, leading, handler, "refused");
    return;
  }
  handler.sid = packet.serverId;
  register(ctx, peer, leading, packet.serverId, epochOf(packet.zxid));
  if (leading.phase === "established") inform(ctx, leading, handler);
}

/**
 * A server tells of itself (Leader.getEpochToPropose). Until the quorum is complete the epoch rises above every
 * accepted epoch, observers' included; after that it is fixed, even if a late learner's is higher.
 */
function register(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  sid: ServerId,
  acceptedEpoch: Epoch,
): void {
  if (leading.phase === "epochWait") {
    if (acceptedEpoch >= leading.epoch) leading.epoch = epoch(acceptedEpoch + 1);
    const voter = isVoter(ctx.config.verifier, sid);
    if (voter && !leading.registered.includes(sid)) leading.registered.push(sid);
  }
  if (sid !== ctx.config.id) {
    ctx.port.observe({
      kind: "followerRegistered",
      follower: sid,
      acceptedEpoch,
      registered: [...leading.registered],
    });
  }
  if (leading.phase !== "epochWait") return;
  if (!isQuorum(ctx.config.verifier, leading.registered)) return;
  leading.phase = "promising";
  peer.acceptedEpoch = leading.epoch;
  ctx.port.write("acceptedEpoch", leading.epoch);
}

function inform(ctx: Context, leading: Leading, handler: LearnerHandler): void {
  handler.informed = true;
  handler.readDeadlineMs = ctx.port.now() + ctx.config.syncLimit * ctx.config.tickMs;
  ctx.port.setTimer("read", handler.connection, ctx.config.syncLimit * ctx.config.tickMs);
  ctx.port.send(handler.connection, {
    kind: "LEADERINFO",
    zxid: makeZxid(leading.epoch, 0),
    protocolVersion: QUORUM_PROTOCOL_VERSION,
  });
}

function loseLearner(
  ctx: Context,
  leading: Leading,
  handler: LearnerHandler,
  why: LostReason,
): void {
  leading.handlers.splice(leading.handlers.indexOf(handler), 1);
  ctx.port.cancelTimer("read", handler.connection);
  ctx.port.close(handler.connection);
  if (handler.sid !== undefined) {
    ctx.port.observe({ kind: "learnerLost", learner: handler.sid, why });
  }
}

function halfTick(ctx: Context): number {
  return Math.floor(ctx.config.tickMs / 2);
}
