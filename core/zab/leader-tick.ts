import type { ServerId } from "../ids.ts";
import { isQuorum } from "../quorum/verifier.ts";
import type { LeaveReason } from "../server/observations.ts";
import type { Context } from "../server/peer.ts";
import { loseLearner } from "./handler-thread.ts";
import type { Leading } from "./leader-state.ts";
import type { QuorumPacket } from "./packets.ts";
import { halfTick } from "./half-tick.ts";
import { isWithinSyncLimit } from "./sync-limit-check.ts";

/** The main loop of a leader that serves (the loop at the end of Leader.lead). */

/** Once every half tick: the ticks are counted and the quorum checked in every second one, pings go out in all. */
export function leaderTick(ctx: Context, leading: Leading): LeaveReason | undefined {
  if (leading.phase !== "broadcast") return undefined;
  if (!leading.tickSkip) {
    leading.tick++;
    if (!isQuorum(ctx.config.verifier, synced(ctx, leading))) {
      return "not sufficient followers synced";
    }
  }
  leading.tickSkip = !leading.tickSkip;
  ping(ctx, leading);
  ctx.port.setTimer("tick", 0, halfTick(ctx));
  return undefined;
}

/** A learner that owes an acknowledgement for too long is cut off instead of pinged (LearnerHandler.ping). */
function ping(ctx: Context, leading: Leading): void {
  const now = ctx.port.now();
  const limitMs = ctx.config.syncLimit * ctx.config.tickMs;
  const packet: QuorumPacket = { kind: "PING", zxid: leading.lastProposed };
  const handlers = leading.handlers.slice();
  for (const handler of handlers) {
    if (!handler.isForwarding) continue;
    if (isWithinSyncLimit(handler.timing, now, limitMs)) {
      ctx.port.send(handler.connection, packet);
    } else {
      loseLearner(ctx, leading, handler, "acknowledges nothing within syncLimit");
    }
  }
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
