import type { LostReason } from "../server/observations.ts";
import type { Context } from "../server/peer.ts";
import type { HandlerPhase, Leading, LearnerHandler } from "./leader-state.ts";

/** A learner's thread at its leader, as far as it reads, waits, and ends (LearnerHandler and its socket). */

/** The thread waits for something else than a packet: nobody reads, and nothing can be late. */
const BLOCKED: ReadonlySet<HandlerPhase> = new Set<HandlerPhase>([
  "epochWait",
  "epochAckWait",
  "newLeaderAckWait",
  "startupWait",
]);

export function isBlocked(handler: LearnerHandler): boolean {
  return BLOCKED.has(handler.phase);
}

export function loseLearner(
  ctx: Context,
  leading: Leading,
  handler: LearnerHandler,
  why: LostReason,
): void {
  const at = leading.handlers.indexOf(handler);
  if (at < 0) return;
  leading.handlers.splice(at, 1);
  ctx.port.cancelTimer("read", handler.connection);
  ctx.port.cancelTimer("handlerWait", handler.connection);
  ctx.port.close(handler.connection);
  if (handler.sid !== undefined) {
    ctx.port.observe({ kind: "learnerLost", learner: handler.sid, why });
  }
}

export function startReading(ctx: Context, handler: LearnerHandler, phase: HandlerPhase): void {
  handler.phase = phase;
  heard(ctx, handler);
  ctx.port.setTimer("read", handler.connection, handler.readTimeoutMs);
}

export function startWaiting(ctx: Context, handler: LearnerHandler, phase: HandlerPhase): void {
  handler.phase = phase;
  ctx.port.setTimer("handlerWait", handler.connection, ctx.config.initLimit * ctx.config.tickMs);
}

export function heard(ctx: Context, handler: LearnerHandler): void {
  handler.readDeadlineMs = ctx.port.now() + handler.readTimeoutMs;
}
