import type { ServerId } from "../ids.ts";
import { isQuorum, isVoter } from "../quorum/verifier.ts";
import type { Context, Peer, RoleService } from "../server/peer.ts";
import type { ConnectionId } from "../server/port.ts";
import { applyCommitted } from "../server/service/apply.ts";
import type { ClientRequest } from "../server/service/client-request.ts";
import { appendToLog } from "../server/service/request-log.ts";
import type { Proposal } from "../server/service/state.ts";
import { submit } from "../server/service/submit.ts";
import { touchTracked } from "../server/service/tracked-sessions.ts";
import { ownerBehind, setOwner } from "../session/session-tracker.ts";
import { counterOf, epochOf, MAX_COUNTER, ZERO_ZXID, type Zxid } from "../zxid.ts";
import type { Leading, LearnerHandler, OutstandingProposal } from "./leader-state.ts";
import type { QuorumPacket } from "./packets.ts";
import { proposalAcknowledged, proposalSent } from "./sync-limit-check.ts";

/** A leader that serves: it proposes, counts acknowledgements, commits, and answers its learners' questions. */

/**
 * Sends a transaction to all that have been synchronised, and to its own log, whose acknowledgement counts like any
 * other (Leader.propose). The last counter of an epoch is never used: with it the leadership ends (ZOOKEEPER-1277).
 */
export function propose(
  ctx: Context,
  service: RoleService,
  leading: Leading,
  proposal: Proposal,
): void {
  const { entry } = proposal;
  const { zxid } = entry.header;
  // A request that became no transaction may have used up the last one.
  if (counterOf(zxid) > MAX_COUNTER || epochOf(zxid) !== leading.epoch) {
    leading.ending = "zxids of the epoch are used up";
    return;
  }
  leading.lastProposed = zxid;
  leading.outstanding.push({ proposal, acks: [] });
  ctx.port.observe({ kind: "proposed", entry });
  const packet: QuorumPacket = { kind: "PROPOSAL", zxid, entry };
  const now = ctx.port.now();
  for (const handler of leading.handlers) {
    if (!handler.isForwarding || handler.isObserver) continue;
    proposalSent(handler.timing, zxid, now);
    ctx.port.send(handler.connection, packet);
  }
  appendToLog(ctx.service, service, proposal);
}

/** Somebody has the transaction on disk (Leader.processAck). */
export function processAck(
  ctx: Context,
  service: RoleService,
  leading: Leading,
  sid: ServerId,
  zxid: Zxid,
): void {
  if (counterOf(zxid) === 0 || leading.lastCommitted >= zxid) return;
  const outstanding = outstandingAt(leading, zxid);
  if (outstanding === undefined) return;
  const isNew = isVoter(ctx.config.verifier, sid) && !outstanding.acks.includes(sid);
  if (isNew) outstanding.acks.push(sid);
  // In order, and no other is looked at: on connections that keep the order, who has this one has those before it.
  if (leading.outstanding[leading.firstOutstanding] !== outstanding) return;
  if (!isQuorum(ctx.config.verifier, outstanding.acks)) return;
  commit(ctx, service, leading, outstanding);
}

function commit(
  ctx: Context,
  service: RoleService,
  leading: Leading,
  { proposal, acks }: OutstandingProposal,
): void {
  const { entry } = proposal;
  const { zxid } = entry.header;
  forgetFirst(leading);
  leading.lastCommitted = zxid;
  ctx.port.observe({ kind: "committed", zxid, quorum: acks });
  const toFollowers: QuorumPacket = { kind: "COMMIT", zxid };
  let toObservers: QuorumPacket | undefined;
  for (const { connection, isForwarding, isObserver } of leading.handlers) {
    if (!isForwarding) continue;
    if (isObserver) toObservers ??= { kind: "INFORM", zxid, entry };
    ctx.port.send(connection, isObserver ? (toObservers as QuorumPacket) : toFollowers);
  }
  applyCommitted(ctx.service, service, proposal);
  const syncs = leading.pendingSyncs.get(zxid);
  if (syncs === undefined) return;
  leading.pendingSyncs.delete(zxid);
  for (const connection of syncs) ctx.port.send(connection, SYNCED);
}

const SYNCED: QuorumPacket = { kind: "SYNC", zxid: ZERO_ZXID };

/** Zxids of outstanding proposals are consecutive but for requests that took one and became no transaction. */
function outstandingAt(leading: Leading, zxid: Zxid): OutstandingProposal | undefined {
  const { outstanding, firstOutstanding } = leading;
  const first = outstanding[firstOutstanding];
  if (first === undefined) return undefined;
  const guess = firstOutstanding + (zxid - first.proposal.entry.header.zxid);
  for (let i = Math.min(guess, outstanding.length - 1); i >= firstOutstanding; i--) {
    const found = outstanding[i];
    if (found === undefined || found.proposal.entry.header.zxid < zxid) return undefined;
    if (found.proposal.entry.header.zxid === zxid) return found;
  }
  return undefined;
}

const LET_GO_AFTER = 1024;

function forgetFirst(leading: Leading): void {
  leading.firstOutstanding++;
  const { outstanding, firstOutstanding } = leading;
  if (firstOutstanding < outstanding.length && firstOutstanding < LET_GO_AFTER) return;
  leading.outstanding = outstanding.slice(firstOutstanding);
  leading.firstOutstanding = 0;
}

/** A packet of a learner that serves (the loop of LearnerHandler.run). Other kinds are passed over, as there. */
export function handlerServes(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
  packet: QuorumPacket,
): void {
  handler.tickOfNextAckDeadline = leading.tick + ctx.config.syncLimit;
  if (packet.kind === "ACK") {
    if (handler.isObserver || handler.sid === undefined) return;
    proposalAcknowledged(handler.timing, packet.zxid);
    processAck(ctx, peer.service, leading, handler.sid, packet.zxid);
  } else if (packet.kind === "PING") {
    for (const [session, timeoutMs] of packet.sessions ?? []) {
      touchTracked(ctx.service, peer.service, session, timeoutMs);
    }
  } else if (packet.kind === "REQUEST") {
    requested(ctx, peer, leading, handler, packet.request);
  } else if (packet.kind === "REVALIDATE") {
    revalidate(ctx, peer, handler, packet);
  }
}

/**
 * From here on the request is one of this server's, but that its answer is given where its client is. What the learner
 * noted on it for itself does not travel.
 */
function requested(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
  request: ClientRequest,
): void {
  if (request.op === "sync") {
    processSync(ctx, leading, handler.connection);
    return;
  }
  const owner = ownerBehind(handler.connection + 1);
  submit(ctx.service, peer.service, {
    session: request.session,
    cxid: request.cxid,
    op: request.op,
    body: request.body,
    identities: request.identities,
    owner,
    connection: undefined,
    isFromClient: request.isFromClient,
  });
}

/** What was proposed before is committed before the answer; nobody asks a quorum whether this is still the leader. */
function processSync(ctx: Context, leading: Leading, connection: ConnectionId): void {
  if (leading.firstOutstanding >= leading.outstanding.length) {
    ctx.port.send(connection, SYNCED);
    return;
  }
  const waiting = leading.pendingSyncs.get(leading.lastProposed);
  if (waiting === undefined) leading.pendingSyncs.set(leading.lastProposed, [connection]);
  else waiting.push(connection);
}

/** A client has come to the learner with its session, which from now on speaks through it. */
function revalidate(
  ctx: Context,
  peer: Peer,
  handler: LearnerHandler,
  packet: Extract<QuorumPacket, { readonly kind: "REVALIDATE" }>,
): void {
  const { service } = peer;
  const valid = touchTracked(ctx.service, service, packet.session, packet.timeoutMs);
  if (valid) setOwner(service.tracker, packet.session, ownerBehind(handler.connection + 1));
  ctx.port.send(handler.connection, { ...packet, valid });
}
