import type { Context } from "../server/peer.ts";
import type { ConnectionId } from "../server/port.ts";
import type { Learning, LearnerPhase } from "./learner-state.ts";

/** The learner's thread begins to read in a phase, and will wait so long for each packet. */
export function startReading(ctx: Context, learning: Learning, phase: LearnerPhase): void {
  learning.phase = phase;
  learning.readDeadlineMs = ctx.port.now() + learning.readTimeoutMs;
  ctx.port.setTimer("read", learning.connection as ConnectionId, learning.readTimeoutMs);
}
