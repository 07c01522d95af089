import { epochOf, makeZxid } from "../zxid.ts";
import type { LeaveReason } from "../server/observations.ts";
import type { Context, Peer } from "../server/peer.ts";
import type { ConnectionId } from "../server/port.ts";
import type { Learning } from "./learner-state.ts";
import { QUORUM_PROTOCOL_VERSION, type QuorumPacket } from "./packets.ts";

/**
 * A server that follows or observes, as far as discovery's first step (Learner.connectToLeader and
 * registerWithLeader): it dials the leader's quorum port, tells of itself, is offered the new epoch, and promises
 * it on disk. Each function gives the reason when the role ends.
 */

/** Failed tries after which a learner gives up and looks again. */
const MAX_TRIES = 5;

export function startLearning(ctx: Context, peer: Peer): LeaveReason | undefined {
  const leader = peer.currentVote.leader;
  peer.learning = {
    leader,
    phase: "dialling",
    connection: undefined,
    tries: 0,
    startedAtMs: ctx.port.now(),
    epoch: peer.acceptedEpoch,
    ending: undefined,
    readTimeoutMs: ctx.config.initLimit * ctx.config.tickMs,
    readDeadlineMs: 0,
  };
  return dialLeader(ctx, peer.learning);
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
  learning.phase = "registered";
  heard(ctx, learning);
  ctx.port.setTimer("read", learning.connection as ConnectionId, learning.readTimeoutMs);
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
export function learnerDialFailed(ctx: Context, learning: Learning): LeaveReason | undefined {
  learning.connection = undefined;
  const again =
    remainingMs(ctx, learning) > ctx.config.leaderConnectDelayMs && learning.tries < MAX_TRIES - 1;
  learning.tries++;
  ctx.port.observe({
    kind: "leaderUnreachable",
    leader: learning.leader,
    tries: learning.tries,
    again,
  });
  if (!again) return "could not connect to the leader";
  learning.phase = "pausing";
  ctx.port.setTimer("connectRetry", 0, ctx.config.leaderConnectDelayMs);
  return undefined;
}

export function retryConnect(ctx: Context, learning: Learning): LeaveReason | undefined {
  return learning.phase === "pausing" ? dialLeader(ctx, learning) : undefined;
}

export function learnerReceived(
  ctx: Context,
  peer: Peer,
  learning: Learning,
  packet: QuorumPacket,
): LeaveReason | undefined {
  heard(ctx, learning);
  switch (packet.kind) {
    case "LEADERINFO":
      return offered(ctx, peer, learning, packet);
    case "PING":
      if (learning.phase === "registered") return "unexpected packet";
      // Until the epoch is promised, a ping is passed over, as during synchronisation.
      if (learning.phase === "following") {
        ctx.port.send(learning.connection as ConnectionId, { kind: "PING", zxid: packet.zxid });
      }
      return undefined;
    case "FOLLOWERINFO":
    case "OBSERVERINFO":
      return onceWritten(learning, "unexpected packet");
  }
}

/** The promised epoch is on disk: the server may follow. */
export function learnerWritten(ctx: Context, learning: Learning): LeaveReason | undefined {
  if (learning.phase !== "promising") return undefined;
  if (learning.ending === undefined) follow(ctx, learning);
  return learning.ending;
}

export function learnerClosed(learning: Learning): LeaveReason | undefined {
  return onceWritten(learning, "connection to the leader lost");
}

/**
 * In ZooKeeper the thread that writes the promise is the one that would end the role, so the role can't end before
 * the write does. Otherwise the server could find the same leader again and follow on a promise that no disk has.
 */
function onceWritten(learning: Learning, why: LeaveReason): LeaveReason | undefined {
  if (learning.phase !== "promising") return why;
  learning.ending ??= why;
  return undefined;
}

/** The read timer fires; it may only be early, for packets move the deadline and not the timer. */
export function learnerReadTimer(ctx: Context, learning: Learning): LeaveReason | undefined {
  // Nobody reads while the promise is written; the timer starts anew after that.
  if (learning.phase === "promising") return undefined;
  const left = learning.readDeadlineMs - ctx.port.now();
  if (left <= 0) return "nothing heard from the leader";
  ctx.port.setTimer("read", learning.connection as ConnectionId, left);
  return undefined;
}

/**
 * The leader offers its epoch. A higher one is promised on disk before anything else; a lower one is refused,
 * because whoever made that promise must never again talk to a leader of an earlier epoch.
 */
function offered(
  ctx: Context,
  peer: Peer,
  learning: Learning,
  packet: QuorumPacket,
): LeaveReason | undefined {
  if (learning.phase !== "registered") return onceWritten(learning, "unexpected packet");
  learning.epoch = epochOf(packet.zxid);
  if (learning.epoch < peer.acceptedEpoch) {
    return "the leader's epoch is lower than the one promised";
  }
  if (learning.epoch === peer.acceptedEpoch) {
    follow(ctx, learning);
    return undefined;
  }
  learning.phase = "promising";
  peer.acceptedEpoch = learning.epoch;
  ctx.port.write("acceptedEpoch", learning.epoch);
  return undefined;
}

function follow(ctx: Context, learning: Learning): void {
  learning.phase = "following";
  learning.readTimeoutMs = ctx.config.syncLimit * ctx.config.tickMs;
  heard(ctx, learning);
  ctx.port.setTimer("read", learning.connection as ConnectionId, learning.readTimeoutMs);
  ctx.port.observe({ kind: "following", leader: learning.leader, epoch: learning.epoch });
}

function dialLeader(ctx: Context, learning: Learning): LeaveReason | undefined {
  const left = remainingMs(ctx, learning);
  if (left <= 0) return "could not connect to the leader";
  learning.phase = "dialling";
  learning.connection = ctx.port.dial(learning.leader, "quorum", left);
  return undefined;
}

/** What is left of the time to connect: initLimit, or connectToLearnerMasterLimit where it is set. */
function remainingMs(ctx: Context, learning: Learning): number {
  const { config } = ctx;
  const limit = config.connectToLearnerMasterLimit || config.initLimit;
  return limit * config.tickMs - (ctx.port.now() - learning.startedAtMs);
}

function heard(ctx: Context, learning: Learning): void {
  learning.readDeadlineMs = ctx.port.now() + learning.readTimeoutMs;
}
