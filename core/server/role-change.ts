import { lookForLeader } from "../election/fast-leader-election.ts";
import { startLeading, stopLeading } from "../zab/leader.ts";
import { startLearning, stopLearning } from "../zab/learner.ts";
import { fastForward, reload, takeSnapshot } from "./database.ts";
import type { LeaveReason } from "./observations.ts";
import type { Context, Peer } from "./peer.ts";
import { stopService, takeUpRole } from "./role-service.ts";
import { isDrained } from "./service/request-log.ts";

/** From an election into a role, and out of it into the next election (the loop of QuorumPeer.run). */

/** Looks for a leader, and takes up the role that comes of it. */
export function look(ctx: Context, peer: Peer): void {
  peer.state = "LOOKING";
  if (ctx.config.readOnlyMode) {
    ctx.port.setTimer("readOnly", 0, Math.max(READ_ONLY_DELAY_MS, ctx.config.tickMs));
  }
  if (lookForLeader(ctx, peer)) takeRole(ctx, peer);
}

/** How long a server looks before it serves reads meanwhile (the roZkMgr of QuorumPeer.run). */
const READ_ONLY_DELAY_MS = 2000;

export function takeRole(ctx: Context, peer: Peer): void {
  if (ctx.config.readOnlyMode) {
    ctx.port.cancelTimer("readOnly", 0);
    if (peer.service.isReadOnly) stopService(ctx, peer);
  }
  if (peer.state === "LEADING") startLeading(ctx, peer);
  else startLearning(ctx, peer);
  takeUpRole(peer);
}

/**
 * Ends the role: everybody is cut off, and the log is written to the end before the server looks again, with all that
 * the log holds in memory (ZooKeeperServer.shutdown, ZOOKEEPER-4712).
 */
export function leave(ctx: Context, peer: Peer, why: LeaveReason): void {
  const mode = peer.learning?.syncMode;
  stopLeading(ctx, peer);
  stopLearning(ctx, peer);
  takeUpRole(peer);
  stopService(ctx, peer);
  // Up to NEWLEADER, what follows SNAP or TRUNC is in memory alone (ZOOKEEPER-3642, ZOOKEEPER-5094).
  peer.leaving = { why, isAheadOfDisk: mode === "SNAP" || mode === "TRUNC" };
  if (ctx.rules.zab.drainsLogFirst) leaveWhenDrained(ctx, peer);
  else left(ctx, peer);
}

export function leaveWhenDrained(ctx: Context, peer: Peer): void {
  if (peer.leaving !== undefined && isDrained(peer.service.log)) left(ctx, peer);
}

/** The role has ended; the server looks again (QuorumPeer.updateServerState). */
function left(ctx: Context, peer: Peer): void {
  if (peer.leaving === undefined) return;
  const { why, isAheadOfDisk } = peer.leaving;
  const { state } = peer;
  peer.leaving = undefined;
  if (isAheadOfDisk && !reload(ctx, peer)) {
    ctx.port.exit("the disk could not be read");
    return;
  }
  if (!isAheadOfDisk && ctx.rules.zab.fastForwards) fastForward(ctx, peer);
  ctx.port.observe({ kind: "roleLeft", state, why });
  peer.state = "LOOKING";
  if (state === "OBSERVING" && ctx.config.observerElectionDelayMs > 0) {
    // Observers come back one by one, not all at once (Observer.waitForObserverElectionDelay).
    ctx.port.setTimer("lookDelay", 0, ctx.port.draw(ctx.config.observerElectionDelayMs));
  } else {
    look(ctx, peer);
  }
}

/** A process that starts does what is left to do on its disk, one thing after another, and then looks. */
export function bootOn(ctx: Context, peer: Peer): void {
  const [next] = peer.booting;
  if (next === undefined) look(ctx, peer);
  else if (next.kind === "discard") ctx.service.port.truncate({ ...next.files, cut: undefined });
  else if (next.kind === "epoch") ctx.port.write("currentEpoch", peer.currentEpoch);
  else ctx.service.port.writeSnapshot(takeSnapshot(peer));
}

/** One of these things is done. */
export function booted(ctx: Context, peer: Peer): void {
  peer.booting.shift();
  bootOn(ctx, peer);
}
