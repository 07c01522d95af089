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
import { newElection, pollTimedOut, pump } from "../election/fast-leader-election.ts";
import type { Notification } from "../election/messages.ts";
import { receive } from "../election/worker-receiver.ts";
import { round, type ServerId } from "../ids.ts";
import { leaderLoaded, leaderWaitTimedOut, leaderWritten, voterLooksAgain } from "../zab/leader.ts";
import { leaderTick } from "../zab/leader-tick.ts";
import type { LearnerHandler } from "../zab/leader-state.ts";
import {
  handlerClosed,
  handlerReadTimer,
  handlerReceived,
  handlerWaitTimedOut,
  learnerAccepted,
  wakeHandlers,
} from "../zab/learner-handler.ts";
import {
  isBusy,
  learnerClosed,
  learnerConnected,
  learnerDialFailed,
  learnerForced,
  learnerReadTimer,
  learnerReceived,
  learnerSnapshotWritten,
  learnerTruncated,
  learnerWritten,
  retryConnect,
} from "../zab/learner.ts";
import { committedLogOf, type EpochProblem, epochsAtStart } from "./database.ts";
import type { BootStep, Context, Durable, Peer, RoleService } from "./peer.ts";
import type { ConnectionId, Input, Message, TimerName } from "./port.ts";
import { booted, bootOn, leave, leaveWhenDrained, look, takeRole } from "./role-change.ts";
import { startReadOnlyService } from "./role-service.ts";
import type { Recovered } from "./service/recovery.ts";
import { readWaiting } from "./service/packets.ts";
import { newService, schedulePurge, stepService } from "./service/service.ts";
import type { LogEntry } from "./service/service-port.ts";

/**
 * One server's outer loop (QuorumPeer.run): look for a leader, lead or follow, and look again when that ends. `step`
 * takes one input, changes the peer, and hands effects to the port. It only dispatches; what happens is in the
 * folders of the election, of Zab, and of the service that clients see.
 */

/** A server whose process starts, or what keeps it from starting. */
export function startPeer(
  ctx: Context,
  disk: Durable,
  recovered: Recovered,
  replayed: readonly LogEntry[],
): Peer | EpochProblem {
  const epochs = epochsAtStart(ctx.rules.zab, disk, recovered.database.tree.lastProcessedZxid);
  if (typeof epochs === "string") return epochs;
  const peer = newPeer(ctx, epochs, recovered, replayed);
  if (epochs.currentEpoch !== disk.currentEpoch) peer.booting.push({ kind: "epoch" });
  return peer;
}

/** A server as it is when its process starts: what the disk keeps, and nothing else. */
export function newPeer(
  ctx: Context,
  disk: Durable,
  recovered: Recovered,
  replayed: readonly LogEntry[],
): Peer {
  const { database } = recovered;
  const committedLog = committedLogOf(ctx, replayed);
  const service: RoleService = {
    ...newService(ctx.service, recovered),
    leading: undefined,
    learning: undefined,
    committedLog,
  };
  return {
    state: "LOOKING",
    // Cast for itself before any election, by observers as well (QuorumPeer.startLeaderElection).
    currentVote: {
      leader: ctx.config.id,
      zxid: database.tree.lastProcessedZxid,
      peerEpoch: disk.currentEpoch,
      round: round(0),
      state: "LOOKING",
      version: 0,
    },
    acceptedEpoch: disk.acceptedEpoch,
    currentEpoch: disk.currentEpoch,
    database,
    committedLog,
    election: newElection(),
    connections: newConnections(
      ctx.config.members.map((member) => member.id),
      ctx.config.id,
    ),
    leading: undefined,
    learning: undefined,
    needsSnapshot: false,
    // A disk on which there is nothing gets a snapshot of that first; a log without one could not be read again.
    booting: bootSteps(recovered, replayed),
    leaving: undefined,
    service,
  };
}

function bootSteps({ snapshot, replaced }: Recovered, replayed: readonly LogEntry[]): BootStep[] {
  if (snapshot === undefined && replayed.length === 0) return [{ kind: "snapshot" }];
  const isClean = replaced.snapshots.length === 0 && replaced.logs.length === 0;
  return isClean ? [] : [{ kind: "discard", files: replaced }];
}

export function step(ctx: Context, peer: Peer, input: Input): void {
  take(ctx, peer, input);
  // What a quorum packet has done may let connections of clients be read again.
  if (peer.service.readable.length > 0) readWaiting(ctx.service, peer.service);
  if (peer.leading !== undefined) {
    if (peer.leading.hasNews) wakeHandlers(ctx, peer, peer.leading);
    if (peer.leading.ending !== undefined) leave(ctx, peer, peer.leading.ending);
  } else if (peer.learning?.ending !== undefined && !isBusy(peer.learning)) {
    leave(ctx, peer, peer.learning.ending);
  }
}

const PURGE_LATER_MS = 1000;

function take(ctx: Context, peer: Peer, input: Input): void {
  switch (input.kind) {
    case "boot":
      boot(ctx, peer);
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
        learnerDialFailed(ctx, peer.learning);
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
      if (peer.booting[0]?.kind === "epoch") booted(ctx, peer);
      else if (peer.leading !== undefined) leaderWritten(ctx, peer, peer.leading, input.file);
      else if (peer.learning !== undefined) learnerWritten(ctx, peer, peer.learning, input.file);
      return;
    case "forced":
      stepService(ctx.service, peer.service, input);
      if (peer.learning !== undefined) learnerForced(ctx, peer, peer.learning);
      leaveWhenDrained(ctx, peer);
      return;
    case "snapshotWritten":
      snapshotWritten(ctx, peer, input.ok);
      return;
    case "truncated":
      if (peer.booting[0]?.kind === "discard") booted(ctx, peer);
      else if (peer.learning !== undefined) learnerTruncated(ctx, peer, peer.learning);
      return;
    case "serviceTimer":
      // A learner that replaces its files can't have others deleted meanwhile.
      if (input.timer === "purge" && peer.learning !== undefined && isBusy(peer.learning)) {
        ctx.service.port.setTimer("purge", PURGE_LATER_MS);
      } else {
        stepService(ctx.service, peer.service, input);
      }
      return;
    case "clientAccepted":
    case "clientFrame":
    case "clientClosed":
      stepService(ctx.service, peer.service, input);
      return;
    default:
      assertNever(input);
  }
}

function boot(ctx: Context, peer: Peer): void {
  ctx.port.listen("election");
  // The old file may end in the middle of an entry, and is never written to again.
  ctx.service.port.rollLog();
  schedulePurge(ctx.service);
  bootOn(ctx, peer);
}

function snapshotWritten(ctx: Context, peer: Peer, ok: boolean): void {
  if (!ok) {
    ctx.port.exit("the snapshot could not be written");
  } else if (peer.booting[0]?.kind === "snapshot") {
    booted(ctx, peer);
  } else if (peer.leading?.phase === "loading") {
    leaderLoaded(ctx, peer, peer.leading);
  } else if (peer.learning?.phase === "writingSnapshot") {
    learnerSnapshotWritten(ctx, peer, peer.learning);
  } else {
    peer.service.log.snapshotting = undefined;
    leaveWhenDrained(ctx, peer);
  }
}

function timer(ctx: Context, peer: Peer, name: TimerName, key: ConnectionId): void {
  const { leading, learning } = peer;
  switch (name) {
    case "poll":
      if (pollTimedOut(ctx, peer)) takeRole(ctx, peer);
      return;
    case "handshake":
      handshakeTimedOut(ctx, peer, key);
      return;
    case "connectRetry":
      if (learning !== undefined) retryConnect(ctx, learning);
      return;
    case "read":
      readTimer(ctx, peer, key);
      return;
    case "epochWait":
      if (leading !== undefined) leading.ending = leaderWaitTimedOut(leading);
      return;
    case "tick":
      if (leading !== undefined) leading.ending = leaderTick(ctx, leading);
      return;
    case "lookDelay":
      if (peer.state === "LOOKING") look(ctx, peer);
      return;
    case "handlerWait": {
      const handler = handlerOf(peer, key);
      if (leading !== undefined && handler !== undefined)
        handlerWaitTimedOut(ctx, leading, handler);
      return;
    }
    case "readOnly":
      if (peer.state === "LOOKING") startReadOnlyService(ctx, peer);
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
    learnerReceived(ctx, peer, peer.learning, content);
    return;
  }
  const handler = handlerOf(peer, connection);
  if (peer.leading !== undefined && handler !== undefined) {
    handlerReceived(ctx, peer, peer.leading, handler, content);
  }
}

/** A notification, from the network or from oneself. */
function heard(ctx: Context, peer: Peer, from: ServerId, content: Notification): void {
  if (receive(ctx, peer, from, content)) {
    if (pump(ctx, peer)) takeRole(ctx, peer);
  } else if (peer.leading !== undefined && content.state === "LOOKING") {
    peer.leading.ending ??= voterLooksAgain(ctx, peer.leading, from);
  }
}

function connectionClosed(ctx: Context, peer: Peer, connection: ConnectionId): void {
  if (closed(ctx, peer, connection)) return;
  if (peer.learning !== undefined && peer.learning.connection === connection) {
    learnerClosed(peer.learning);
    return;
  }
  const handler = handlerOf(peer, connection);
  if (peer.leading !== undefined && handler !== undefined) {
    handlerClosed(ctx, peer, peer.leading, handler);
  }
}

function readTimer(ctx: Context, peer: Peer, connection: ConnectionId): void {
  if (peer.learning !== undefined && peer.learning.connection === connection) {
    learnerReadTimer(ctx, peer.learning);
    return;
  }
  const handler = handlerOf(peer, connection);
  if (peer.leading !== undefined && handler !== undefined) {
    handlerReadTimer(ctx, peer.leading, handler);
  }
}

function handlerOf(peer: Peer, connection: ConnectionId): LearnerHandler | undefined {
  return peer.leading?.handlers.find((handler) => handler.connection === connection);
}

function isLeaderConnection(peer: Peer, connection: ConnectionId): boolean {
  return peer.learning?.connection === connection;
}
