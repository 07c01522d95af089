import type { Context, Peer } from "../server/peer.ts";
import type { ConnectionId } from "../server/port.ts";
import { applyCommitted, completeSync } from "../server/service/apply.ts";
import { appendToLog } from "../server/service/request-log.ts";
import type { LogEntry } from "../server/service/service-port.ts";
import { finishResumption } from "../server/service/session-init.ts";
import { oldestWrite } from "../server/service/session-order.ts";
import type { Zxid } from "../zxid.ts";
import type { Learning } from "./learner-state.ts";
import type { QuorumPacket } from "./packets.ts";

/**
 * A learner that serves (Follower.processPacket, Observer.processPacket): a follower logs and acknowledges proposals and
 * applies them when their commits come, an observer hears of what is committed. What else may come is passed over, as
 * ZooKeeper does with a warning.
 */
export function learnerServes(
  ctx: Context,
  peer: Peer,
  learning: Learning,
  packet: QuorumPacket,
): void {
  const isObserver = ctx.config.type === "OBSERVER";
  const { kind } = packet;
  if (kind === "PROPOSAL" && !isObserver) {
    logProposal(ctx, peer, learning, packet.entry);
  } else if (kind === "COMMIT" && !isObserver) {
    commit(ctx, peer, learning, packet.zxid);
  } else if (kind === "INFORM" && isObserver) {
    inform(ctx, peer, packet.entry);
  } else if (kind === "PING") {
    ping(ctx, learning, packet.zxid);
  } else if (kind === "SYNC") {
    const request = learning.pendingSyncs.shift();
    if (request !== undefined) completeSync(ctx.service, peer.service, request);
  } else if (kind === "REVALIDATE") {
    revalidated(ctx, peer, learning, packet);
  }
}

/** The answer tells the leader which sessions were heard of. */
function ping(ctx: Context, learning: Learning, zxid: Zxid): void {
  const connection = learning.connection as ConnectionId;
  if (learning.touchTable.size === 0) {
    ctx.port.send(connection, { kind: "PING", zxid });
    return;
  }
  ctx.port.send(connection, { kind: "PING", zxid, sessions: [...learning.touchTable] });
  learning.touchTable.clear();
}

/** FollowerZooKeeperServer.logRequest. */
export function logProposal(ctx: Context, peer: Peer, learning: Learning, entry: LogEntry): void {
  learning.pendingTxns.push(entry);
  appendToLog(ctx.service, peer.service, { entry, request: undefined });
}

/** FollowerZooKeeperServer.commit: commits come in the order of the proposals, or the process ends. */
export function commit(ctx: Context, peer: Peer, learning: Learning, zxid: Zxid): void {
  const [oldest] = learning.pendingTxns;
  if (oldest === undefined) return;
  if (oldest.header.zxid !== zxid) {
    ctx.port.exit("a commit does not match the oldest proposal");
    return;
  }
  learning.pendingTxns.shift();
  apply(ctx, peer, oldest);
}

/** ObserverZooKeeperServer.commitRequest. */
export function inform(ctx: Context, peer: Peer, entry: LogEntry): void {
  if (ctx.config.syncEnabled) appendToLog(ctx.service, peer.service, { entry, request: undefined });
  apply(ctx, peer, entry);
}

/** The client that asked for it may be one of this server's, and waits for the answer (CommitProcessor). */
function apply(ctx: Context, peer: Peer, entry: LogEntry): void {
  const { sessionId, cxid } = entry.header;
  const request = oldestWrite(peer.service.order, sessionId, cxid);
  applyCommitted(ctx.service, peer.service, { entry, request });
}

function revalidated(
  ctx: Context,
  peer: Peer,
  learning: Learning,
  packet: Extract<QuorumPacket, { readonly kind: "REVALIDATE" }>,
): void {
  const { service } = peer;
  const connection = learning.pendingRevalidations.get(packet.session);
  learning.pendingRevalidations.delete(packet.session);
  const cnxn = connection === undefined ? undefined : service.connections.get(connection);
  if (cnxn !== undefined) finishResumption(ctx.service, service, cnxn, packet.valid === true);
}
