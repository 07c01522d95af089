import type { Context } from "../server/peer.ts";

/** How often the main loop of a leader comes, in ms; a tick of 1 ms has no half. */
export function halfTick(ctx: Context): number {
  return Math.max(1, Math.floor(ctx.config.tickMs / 2));
}
