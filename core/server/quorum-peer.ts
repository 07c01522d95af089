import { assertNever } from "../assert-never.ts";
import {
  accepted,
  closed,
  connected,
  dialFailed,
  handshakeTimedOut,
  introduced,
  newConnections,
  senderOf,
} from "../election/connection-manager.ts";
import {
  lookForLeader,
  newElection,
  pollTimedOut,
  pump,
} from "../election/fast-leader-election.ts";
import type { Notification } from "../election/messages.ts";
import { receive } from "../election/worker-receiver.ts";
import { round, type ServerId } from "../ids.ts";
import {
  epochWaitTimedOut,
  handlerClosed,
  handlerReadTimer,
  leaderReceived,
  leaderTick,
  leaderWritten,
  learnerAccepted,
  startLeading,
  stopLeading,
  voterLooksAgain,
} from "../zab/leader.ts";
import {
  learnerClosed,
  learnerConnected,
  learnerDialFailed,
  learnerReadTimer,
  learnerReceived,
  learnerWritten,
  retryConnect,
  startLearning,
  stopLearning,
} from "../zab/learner.ts";
import type { LeaveReason } from "./observations.ts";
import type { Context, Durable, Peer } from "./peer.ts";
import type { ConnectionId, Input, Message, TimerName } from "./port.ts";

/**
 * One server's outer loop (QuorumPeer.run): look for a leader, lead or follow, and look again when that ends. `step`
 * takes one input, changes the peer, and hands effects to the port. It only dispatches; what happens is in the
 * folders of the election and of Zab.
 */

/** A server as it is when its process starts: what the disk keeps, and nothing else. */
export function newPeer(ctx: Context, disk: Durable): Peer {
  return {
    state: "LOOKING",
    // Cast for itself before any election, by observers as well (QuorumPeer.startLeaderElection).
    currentVote: {
      leader: ctx.config.id,
      zxid: disk.lastZxid,
      peerEpoch: disk.currentEpoch,
      round: round(0),
      state: "LOOKING",
      version: 0,
    },
    acceptedEpoch: disk.acceptedEpoch,
    currentEpoch: disk.currentEpoch,
    lastProcessedZxid: disk.lastZxid,
    election: newElection(),
    connections: newConnections(
      ctx.config.members.map((member) => member.id),
      ctx.config.id,
    ),
    leading: undefined,
    learning: undefined,
  };
}

export function step(ctx: Context, peer: Peer, input: Input): void {
  switch (input.kind) {
    case "boot":
      ctx.port.listen("election");
      look(ctx, peer);
      return;
    case "timer":
      timer(ctx, peer, input.timer, input.key as ConnectionId);
      return;
    case "accepted":
      if (input.port === "election") accepted(ctx, peer, input.connection);
      else if (peer.leading !== undefined) learnerAccepted(ctx, peer.leading, input.connection);
      else ctx.port.close(input.connection);
      return;
    case "connected":
      if (isLeaderConnection(peer, input.connection)) {
        if (peer.learning !== undefined) learnerConnected(ctx, peer, peer.learning);
      } else if (!connected(ctx, peer, input.connection)) {
        ctx.port.close(input.connection);
      }
      return;
    case "dialFailed":
      if (isLeaderConnection(peer, input.connection) && peer.learning !== undefined) {
        endIf(ctx, peer, learnerDialFailed(ctx, peer.learning));
      } else {
        dialFailed(peer, input.connection);
      }
      return;
    case "message":
      message(ctx, peer, input.connection, input.message);
      return;
    case "loopback":
      heard(ctx, peer, ctx.config.id, input.message);
      return;
    case "closed":
      connectionClosed(ctx, peer, input.connection);
      return;
    case "written":
      if (peer.leading !== undefined) leaderWritten(ctx, peer.leading);
      if (peer.learning !== undefined) endIf(ctx, peer, learnerWritten(ctx, peer.learning));
      return;
    default:
      assertNever(input);
  }
}

/** Looks for a leader, and takes up the role that comes of it. */
function look(ctx: Context, peer: Peer): void {
  peer.state = "LOOKING";
  if (lookForLeader(ctx, peer)) takeRole(ctx, peer);
}

function takeRole(ctx: Context, peer: Peer): void {
  endIf(ctx, peer, peer.state === "LEADING" ? startLeading(ctx, peer) : startLearning(ctx, peer));
}

/** Ends the role, if there is a reason to, and looks again (QuorumPeer.updateServerState). */
function endIf(ctx: Context, peer: Peer, why: LeaveReason | undefined): void {
  if (why === undefined) return;
  const state = peer.state;
  stopLeading(ctx, peer);
  stopLearning(ctx, peer);
  ctx.port.observe({ kind: "roleLeft", state, why });
  peer.state = "LOOKING";
  if (state === "OBSERVING" && ctx.config.observerElectionDelayMs > 0) {
    // Observers come back one by one, not all at once (Observer.waitForObserverElectionDelay).
    ctx.port.setTimer("lookDelay", 0, ctx.port.draw(ctx.config.observerElectionDelayMs));
  } else {
    look(ctx, peer);
  }
}

function timer(ctx: Context, peer: Peer, name: TimerName, key: ConnectionId): void {
  switch (name) {
    case "poll":
      if (pollTimedOut(ctx, peer)) takeRole(ctx, peer);
      return;
    case "handshake":
      handshakeTimedOut(ctx, peer, key);
      return;
    case "connectRetry":
      if (peer.learning !== undefined) endIf(ctx, peer, retryConnect(ctx, peer.learning));
      return;
    case "read":
      readTimer(ctx, peer, key);
      return;
    case "epochWait":
      if (peer.leading !== undefined) endIf(ctx, peer, epochWaitTimedOut(peer.leading));
      return;
    case "tick":
      if (peer.leading !== undefined) endIf(ctx, peer, leaderTick(ctx, peer.leading));
      return;
    case "lookDelay":
      if (peer.state === "LOOKING") look(ctx, peer);
      return;
    default:
      assertNever(name);
  }
}

function message(ctx: Context, peer: Peer, connection: ConnectionId, content: Message): void {
  if (content.kind === "Notification") {
    const from = senderOf(peer, connection);
    if (from !== undefined) heard(ctx, peer, from, content);
    return;
  }
  if (content.kind === "InitialMessage") {
    introduced(ctx, peer, connection, content);
    return;
  }
  if (peer.learning !== undefined && peer.learning.connection === connection) {
    endIf(ctx, peer, learnerReceived(ctx, peer, peer.learning, content));
    return;
  }
  const handler = peer.leading?.handlers.find((h) => h.connection === connection);
  if (peer.leading !== undefined && handler !== undefined) {
    leaderReceived(ctx, peer, peer.leading, handler, content);
  }
}

/** A notification, from the network or from oneself. */
function heard(ctx: Context, peer: Peer, from: ServerId, content: Notification): void {
  if (receive(ctx, peer, from, content)) {
    if (pump(ctx, peer)) takeRole(ctx, peer);
  } else if (peer.leading !== undefined && content.state === "LOOKING") {
    endIf(ctx, peer, voterLooksAgain(ctx, peer.leading, from));
  }
}

function connectionClosed(ctx: Context, peer: Peer, connection: ConnectionId): void {
  if (closed(ctx, peer, connection)) return;
  if (peer.learning !== undefined && peer.learning.connection === connection) {
    endIf(ctx, peer, learnerClosed(peer.learning));
    return;
  }
  const handler = peer.leading?.handlers.find((h) => h.connection === connection);
  if (peer.leading !== undefined && handler !== undefined) {
    handlerClosed(ctx, peer.leading, handler);
  }
}

function readTimer(ctx: Context, peer: Peer, connection: ConnectionId): void {
  if (peer.learning !== undefined && peer.learning.connection === connection) {
    endIf(ctx, peer, learnerReadTimer(ctx, peer.learning));
    return;
  }
  const handler = peer.leading?.handlers.find((h) => h.connection === connection);
  if (peer.leading !== undefined && handler !== undefined) {
    handlerReadTimer(ctx, peer.leading, handler);
  }
}

function isLeaderConnection(peer: Peer, connection: ConnectionId): boolean {
  return peer.learning?.connection === connection;
}
