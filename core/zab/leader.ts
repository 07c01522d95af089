import { epoch, type Epoch, type ServerId } from "../ids.ts";
import { isQuorum, isVoter } from "../quorum/verifier.ts";
import { lastZxid, takeSnapshot } from "../server/database.ts";
import type { LeaveReason } from "../server/observations.ts";
import type { Context, Peer } from "../server/peer.ts";
import type { EpochFile } from "../server/port.ts";
import { startLeaderService } from "../server/role-service.ts";
import { epochOf, makeZxid, ZERO_ZXID } from "../zxid.ts";
import { halfTick } from "./half-tick.ts";
import type { Leading } from "./leader-state.ts";

/**
 * A server that leads (Leader.lead), up to the moment when it serves: it writes a snapshot, waits for a quorum of
 * followers, decides and promises the new epoch, waits until a quorum has acknowledged that, writes it as its current
 * epoch, and waits until a quorum has its history. Each of the three waits may take initLimit.
 */

const NO_EPOCH = epoch(-1);

export function startLeading(ctx: Context, peer: Peer): void {
  const leading: Leading = {
    phase: "loading",
    epoch: NO_EPOCH,
    summary: { currentEpoch: peer.currentEpoch, lastZxid: lastZxid(peer) },
    registered: [],
    electing: [],
    newLeaderAcks: [],
    handlers: [],
    lastProposed: lastZxid(peer),
    lastCommitted: ZERO_ZXID,
    outstanding: [],
    firstOutstanding: 0,
    pendingSyncs: new Map(),
    tick: 0,
    tickSkip: true,
    startedAtMs: ctx.port.now(),
    hasNews: false,
    ending: undefined,
  };
  peer.leading = leading;
  ctx.port.listen("quorum");
  if (!ctx.rules.zab.raisesZxidAfterQuorum) {
    peer.database.tree.lastProcessedZxid = makeZxid(peer.acceptedEpoch + 1, 0);
  }
  // All of the log, committed or not, before anybody has agreed to anything (ZooKeeperServer.loadData).
  ctx.service.port.writeSnapshot(takeSnapshot(peer));
}

/** The snapshot is on disk: whoever has dialled meanwhile is listened to. */
export function leaderLoaded(ctx: Context, peer: Peer, leading: Leading): void {
  leading.phase = "epochWait";
  leading.startedAtMs = ctx.port.now();
  startWait(ctx);
  register(ctx, peer, leading, ctx.config.id, peer.acceptedEpoch);
  leading.hasNews = true;
}

/**
 * A server tells of itself (Leader.getEpochToPropose). Until the quorum is complete the epoch rises above every
 * accepted epoch, observers' included; after that it is fixed, even if a late learner's is higher.
 */
export function register(
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
  // The leader itself has to be among them (ZOOKEEPER-1270).
  if (!leading.registered.includes(ctx.config.id)) return;
  if (!isQuorum(ctx.config.verifier, leading.registered)) return;
  promise(ctx, peer, leading);
}

function promise(ctx: Context, peer: Peer, leading: Leading): void {
  leading.phase = "promising";
  ctx.port.cancelTimer("epochWait", 0);
  if (ctx.rules.zab.keepsPromises) {
    peer.acceptedEpoch = leading.epoch;
    ctx.port.write("acceptedEpoch", leading.epoch);
  } else {
    leading.epoch = epoch(epochOf(lastZxid(peer)) + 1);
    promised(ctx, peer, leading);
  }
}

export function leaderWritten(ctx: Context, peer: Peer, leading: Leading, file: EpochFile): void {
  if (file === "acceptedEpoch" && leading.phase === "promising") promised(ctx, peer, leading);
  if (file === "currentEpoch" && leading.phase === "writingEpoch") epochWritten(ctx, peer, leading);
}

/** The new epoch is on disk: those who wait for it may know. */
function promised(ctx: Context, peer: Peer, leading: Leading): void {
  leading.phase = "epochAckWait";
  leading.lastProposed = makeZxid(leading.epoch, 0);
  ctx.port.observe({ kind: "leading", epoch: leading.epoch, quorum: [...leading.registered] });
  startWait(ctx);
  leading.hasNews = true;
  epochAcknowledged(ctx, peer, leading, ctx.config.id);
}

/** A voter acknowledges the epoch (Leader.waitForEpochAck); once a quorum has, nobody is asked any more. */
export function epochAcknowledged(ctx: Context, peer: Peer, leading: Leading, sid: ServerId): void {
  if (leading.phase !== "epochAckWait") return;
  const isNew = isVoter(ctx.config.verifier, sid) && !leading.electing.includes(sid);
  if (isNew) leading.electing.push(sid);
  if (!leading.electing.includes(ctx.config.id)) return;
  if (!isQuorum(ctx.config.verifier, leading.electing)) return;
  leading.phase = "writingEpoch";
  ctx.port.cancelTimer("epochWait", 0);
  ctx.port.observe({
    kind: "epochAcknowledged",
    epoch: leading.epoch,
    quorum: [...leading.electing],
  });
  if (ctx.rules.zab.keepsPromises) {
    peer.currentEpoch = leading.epoch;
    ctx.port.write("currentEpoch", leading.epoch);
  }
  leading.hasNews = true;
  if (!ctx.rules.zab.keepsPromises) epochWritten(ctx, peer, leading);
}

function epochWritten(ctx: Context, peer: Peer, leading: Leading): void {
  leading.phase = "newLeaderAckWait";
  startWait(ctx);
  historyAcknowledged(ctx, peer, leading, ctx.config.id);
}

/** A voter has the leader's history (Leader.waitForNewLeaderAck). */
export function historyAcknowledged(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  sid: ServerId,
): void {
  if (hasHistoryQuorum(ctx, leading) && leading.phase === "broadcast") return;
  const isNew = isVoter(ctx.config.verifier, sid) && !leading.newLeaderAcks.includes(sid);
  if (isNew) leading.newLeaderAcks.push(sid);
  if (!hasHistoryQuorum(ctx, leading)) return;
  leading.hasNews = true;
  // Followers may be a quorum without the leader, which then still has its own epoch to write.
  if (leading.phase === "newLeaderAckWait") activate(ctx, peer, leading);
}

export function hasHistoryQuorum(ctx: Context, leading: Leading): boolean {
  return isQuorum(ctx.config.verifier, leading.newLeaderAcks);
}

/** The leader serves (Leader.startZkServer): all of its history is committed, and (epoch, 0) is its zxid. */
function activate(ctx: Context, peer: Peer, leading: Leading): void {
  const { tree } = peer.database;
  const first = makeZxid(leading.epoch, 0);
  ctx.port.cancelTimer("epochWait", 0);
  ctx.port.observe({
    kind: "established",
    epoch: leading.epoch,
    quorum: [...leading.newLeaderAcks],
    zxid: tree.lastProcessedZxid,
  });
  leading.phase = "broadcast";
  peer.needsSnapshot = false;
  leading.lastCommitted = first;
  // For the tests that ZooKeeper has of its roll-over.
  const { initialCounter } = ctx.config;
  startLeaderService(ctx, peer, makeZxid(leading.epoch, initialCounter));
  peer.currentVote = { ...peer.currentVote, peerEpoch: leading.epoch };
  tree.lastProcessedZxid = first;
  ctx.port.observe({
    kind: "serving",
    state: "LEADING",
    leader: ctx.config.id,
    epoch: leading.epoch,
    zxid: first,
  });
  leading.hasNews = true;
  ctx.port.setTimer("tick", 0, halfTick(ctx));
}

/** One of the three waits took longer than initLimit. */
export function leaderWaitTimedOut(leading: Leading): LeaveReason | undefined {
  switch (leading.phase) {
    case "epochWait":
      return "no quorum of followers within initLimit";
    case "epochAckWait":
      return "the new epoch was not acknowledged within initLimit";
    case "newLeaderAckWait":
      return "the history was not acknowledged within initLimit";
    case "loading":
    case "promising":
    case "writingEpoch":
    case "broadcast":
      return undefined;
  }
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

/** Leaves everything that the role holds (Leader.shutdown). */
export function stopLeading(ctx: Context, peer: Peer): void {
  const leading = peer.leading;
  if (leading === undefined) return;
  ctx.port.unlisten("quorum");
  ctx.port.cancelTimer("epochWait", 0);
  ctx.port.cancelTimer("tick", 0);
  for (const handler of leading.handlers) {
    ctx.port.cancelTimer("read", handler.connection);
    ctx.port.cancelTimer("handlerWait", handler.connection);
    ctx.port.close(handler.connection);
  }
  peer.leading = undefined;
}

function startWait(ctx: Context): void {
  ctx.port.setTimer("epochWait", 0, ctx.config.initLimit * ctx.config.tickMs);
}
