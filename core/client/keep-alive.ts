import { OPCODES, XID } from "../wire/opcodes.ts";
import type { LossReason } from "./client-port.ts";
import {
  type Client,
  type ClientContext,
  MAX_PROBE_DELAY_MS,
  MIN_PROBE_DELAY_MS,
} from "./client-state.ts";
import type { Host } from "./connect-string.ts";
import { nextHost } from "./host-provider.ts";

/** Pings and timeouts: what SendThread.run looks at each time it wakes up. */

/** Nothing was sent for so long: ping, whatever the session's timeout is. Looked at only when the client wakes up. */
const MAX_SEND_PING_INTERVAL_MS = 10_000;
/** A client that has been idle for more than a second pings a second early, lest it be late with the next. */
const EARLY_MS = 1000;

/**
 * Looks after the connection: pings if that is due, and winds the clock for the next time. The reason if the
 * connection is to be given up.
 */
export function tend(ctx: ClientContext, client: Client): LossReason | undefined {
  const now = ctx.port.now();
  const silentMs = now - client.lastHeardMs;
  switch (client.phase) {
    case "dialling":
    case "handshaking":
      return waitAtMost(ctx, client, client.connectTimeoutMs - silentMs, "connectTimeout");
    case "established":
      break;
    case "idle":
    case "pausing":
    case "cleanup":
    case "ended":
      return undefined;
  }
  let delayMs = client.readTimeoutMs - silentMs;
  if (delayMs <= 0) return "readTimeout";
  const pingAfterMs = Math.trunc(client.readTimeoutMs / 2);
  const idleMs = now - client.lastSendMs;
  const untilPingMs = pingAfterMs - idleMs - (idleMs > EARLY_MS ? EARLY_MS : 0);
  if (untilPingMs <= 0 || idleMs > MAX_SEND_PING_INTERVAL_MS) {
    ping(ctx, client, now);
    delayMs = Math.min(delayMs, pingAfterMs);
  } else {
    delayMs = Math.min(delayMs, untilPingMs);
  }
  if (client.state === "CONNECTEDREADONLY") delayMs = Math.min(delayMs, probe(ctx, client, now));
  // A timeout of a few ms would have the client ping without a pause.
  wakeIn(ctx, client, Math.max(delayMs, 1));
  return undefined;
}

/** The timer `wake` went off. True if it is time; a later moment may have been agreed on since it was set. */
export function woken(ctx: ClientContext, client: Client): boolean {
  client.timerAtMs = undefined;
  if (client.wakeAtMs === undefined) return false;
  const leftMs = client.wakeAtMs - ctx.port.now();
  if (leftMs <= 0) return true;
  wakeIn(ctx, client, leftMs);
  return false;
}

export function stopWake(ctx: ClientContext, client: Client): void {
  client.wakeAtMs = undefined;
  if (client.timerAtMs === undefined) return;
  client.timerAtMs = undefined;
  ctx.port.cancelTimer("wake");
}

/** What a server said that was asked whether it is read-only. True if it is the one to go to. */
export function probed(client: Client, host: Host, answer: string | undefined): boolean {
  if (client.state !== "CONNECTEDREADONLY" || client.phase !== "established") return false;
  if (answer !== "rw") return false;
  client.probeDelayMs = MIN_PROBE_DELAY_MS;
  client.rwServer = host;
  return true;
}

/**
 * Asks the next server whether it is read-only, if that is due, and says when to ask again. Java's connection stands
 * still until the answer is in; here it does not (SendThread.pingRwServer).
 */
function probe(ctx: ClientContext, client: Client, now: number): number {
  let sinceMs = now - client.lastProbeMs;
  if (sinceMs >= client.probeDelayMs) {
    client.lastProbeMs = now;
    sinceMs = 0;
    client.probeDelayMs = Math.min(2 * client.probeDelayMs, MAX_PROBE_DELAY_MS);
    ctx.port.probe(nextHost(client.hosts).host);
  }
  return client.probeDelayMs - sinceMs;
}

function ping(ctx: ClientContext, client: Client, now: number): void {
  if (client.connection === undefined) return;
  const header = { xid: XID.ping, type: OPCODES.ping };
  ctx.port.send(client.connection, { kind: "request", header, request: { kind: "ping" } });
  client.lastSendMs = now;
}

function waitAtMost(
  ctx: ClientContext,
  client: Client,
  leftMs: number,
  why: LossReason,
): LossReason | undefined {
  if (leftMs <= 0) return why;
  wakeIn(ctx, client, leftMs);
  return undefined;
}

/** The timer is only set when it would go off too late: every message moves the moment, mostly further away. */
function wakeIn(ctx: ClientContext, client: Client, delayMs: number): void {
  const at = ctx.port.now() + delayMs;
  client.wakeAtMs = at;
  if (client.timerAtMs !== undefined && client.timerAtMs <= at) return;
  client.timerAtMs = at;
  ctx.port.setTimer("wake", delayMs);
}
