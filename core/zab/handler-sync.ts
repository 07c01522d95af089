import type { ServerId } from "../ids.ts";
import { lastZxid, takeSnapshot } from "../server/database.ts";
import type { Context, Peer } from "../server/peer.ts";
import { makeZxid } from "../zxid.ts";
import { maxCommitted, minCommitted } from "./committed-log.ts";
import { loseLearner, startReading } from "./handler-thread.ts";
import type { Leading, LearnerHandler, OutstandingProposal } from "./leader-state.ts";
import { planSync } from "./sync-plan.ts";

/** How a leader brings one learner to its history (LearnerHandler.syncFollower, Leader.startForwarding). */

/** Sends the learner what it lacks, and from here on all that is proposed. */
export function synchronize(
  ctx: Context,
  peer: Peer,
  leading: Leading,
  handler: LearnerHandler,
): void {
  const { config, port } = ctx;
  const { connection, sid } = handler;
  if (sid === undefined) return;
  const plan = planSync({
    peerLastZxid: handler.peerLastZxid,
    forceSnapshotSync: handler.forceSnapshotSync,
    lastProcessedZxid: lastZxid(peer),
    committedLog: peer.committedLog,
    stored: () => ctx.service.port.stored(),
    snapshotSizeFactor: config.snapshotSizeFactor,
    preAllocBytes: config.preAllocBytes,
    rules: ctx.rules.zab,
  });
  if (handler.isObserver && isThrottled(ctx, leading, plan.mode === "SNAP")) {
    loseLearner(ctx, leading, handler, "too many observers synchronise");
    return;
  }
  handler.syncMode = plan.mode;
  if (plan.mode !== "DIFF" && ctx.rules.zab.withdrawsAcks) withdrawAcks(ctx, leading, handler, sid);
  port.observe({
    kind: "learnerSynced",
    learner: sid,
    mode: plan.mode,
    zxid: plan.zxid,
    peerLastZxid: handler.peerLastZxid,
    minCommittedLog: minCommitted(peer.committedLog),
    maxCommittedLog: maxCommitted(peer.committedLog),
    lastProcessedZxid: lastZxid(peer),
    proposals: plan.entries.length,
  });
  if (plan.mode === "SNAP") {
    port.send(connection, { kind: "SNAP", zxid: plan.zxid, snapshot: takeSnapshot(peer) });
  } else {
    port.send(connection, { kind: plan.mode, zxid: plan.zxid });
  }
  for (const entry of plan.entries) {
    const { zxid } = entry.header;
    port.send(connection, { kind: "PROPOSAL", zxid, entry });
    port.send(connection, { kind: "COMMIT", zxid });
  }
  // Nothing can be between committed and applied here, so what is left is what has no quorum yet.
  if (!handler.isObserver) {
    for (let i = leading.firstOutstanding; i < leading.outstanding.length; i++) {
      const entry = leading.outstanding[i]?.proposal.entry;
      if (entry === undefined || entry.header.zxid <= plan.lastSeen) continue;
      port.send(connection, { kind: "PROPOSAL", zxid: entry.header.zxid, entry });
    }
  }
  handler.isForwarding = true;
  port.send(connection, {
    kind: "NEWLEADER",
    zxid: makeZxid(leading.epoch, 0),
    config: config.configText,
  });
  startReading(ctx, handler, "newLeaderAck");
}

/**
 * A follower that comes back to the same leader loses, by TRUNC or SNAP, what has no quorum yet, and is sent it once
 * more. That it had acknowledged it before, perhaps on a connection that still brings news of it, means nothing now.
 * ZooKeeper counts it, and can commit what is on no quorum's disks.
 */
function withdrawAcks(
  ctx: Context,
  leading: Leading,
  handler: LearnerHandler,
  sid: ServerId,
): void {
  for (let i = leading.firstOutstanding; i < leading.outstanding.length; i++) {
    const { acks } = leading.outstanding[i] as OutstandingProposal;
    const at = acks.indexOf(sid);
    if (at >= 0) acks.splice(at, 1);
  }
  const before = leading.handlers.slice(0, leading.handlers.indexOf(handler));
  for (const other of before) {
    if (other.sid === sid) loseLearner(ctx, leading, other, "closed");
  }
}

/** Observers, which nobody waits for, come in groups (LearnerSnapshotThrottler); followers are never kept waiting. */
function isThrottled(ctx: Context, leading: Leading, isSnapshot: boolean): boolean {
  const { maxConcurrentSnapSyncs, maxConcurrentDiffSyncs } = ctx.config;
  const limit = isSnapshot ? maxConcurrentSnapSyncs : maxConcurrentDiffSyncs;
  let underWay = 0;
  for (const { isObserver, phase, syncMode } of leading.handlers) {
    if (!isObserver || phase !== "newLeaderAck") continue;
    if ((syncMode === "SNAP") === isSnapshot) underWay++;
  }
  return limit > 0 && underWay >= limit;
}
