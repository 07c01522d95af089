import { ERROR_CODES } from "../wire/error-codes.ts";
import { OPCODES, XID } from "../wire/opcodes.ts";
import type { Response } from "../wire/records.ts";
import type { Outcome } from "./client-error.ts";
import type { RequestToken } from "./client-port.ts";
import type { Client, ClientContext, Packet } from "./client-state.ts";
import { tellRemoved } from "./event-thread.ts";
import { push, shift, takeAll } from "./fifo.ts";
import type { ClientOp } from "./operations.ts";
import { failure, MALFORMED, outcomeOf } from "./outcomes.ts";
import { registerWatch } from "./watch-manager.ts";
import { removeWatchers } from "./watch-removal.ts";

/** The way of a request through the client: queued, sent, finished (ClientCnxn.Packet, finishPacket, conLossPacket). */

const MAX_INT = 2_147_483_647;

/** Sends all that waits, in order. What gets a reply waits for it from then on. */
export function flush(ctx: ClientContext, client: Client): void {
  const { connection } = client;
  if (connection === undefined) return;
  for (let packet = shift(client.outgoing); packet; packet = shift(client.outgoing)) {
    if (packet.type === OPCODES.auth) {
      packet.xid = XID.auth;
    } else {
      // Also for setWatches: ClientCnxnSocketNIO writes a number of the series over the −8 that it was made with.
      packet.xid = takeXid(client);
      push(client.pending, packet);
    }
    const header = { xid: packet.xid, type: packet.type };
    ctx.port.send(connection, { kind: "request", header, request: packet.request });
    client.lastSendMs = ctx.port.now();
  }
}

/** Xids are 1 to 2147483646, and 1 again (ClientCnxn.getXid). */
function takeXid(client: Client): number {
  if (client.nextXid === MAX_INT) client.nextXid = 1;
  return client.nextXid++;
}

/**
 * Ends a request: takes its watcher in or lets watchers go, and tells the caller. False if the reply's body is not
 * that of the request; the caller then learns of a lost connection, which the client is about to lose.
 */
export function finish(
  ctx: ClientContext,
  client: Client,
  packet: Packet,
  err: number,
  response: Response | undefined,
): boolean {
  if (packet.caller === undefined) return true;
  const { token, op } = packet.caller;
  if (op.kind === "removeWatches") {
    complete(ctx, token, op, finishRemoval(ctx, client, op, err));
    return true;
  }
  if (op.kind === "close") {
    // The caller learns of it last of all, when the client has ended. What the server thinks of it does not matter.
    const isLost = err === ERROR_CODES.ConnectionLoss;
    client.closed = { token, outcome: isLost ? failure(op, err) : { ok: true, value: undefined } };
    return true;
  }
  const outcome = outcomeOf(op, err, response, ctx.config.chroot);
  if (outcome === MALFORMED) {
    complete(ctx, token, op, failure(op, ERROR_CODES.ConnectionLoss));
    return false;
  }
  registerWatch(client.watches, op, err);
  complete(ctx, token, op, outcome);
  return true;
}

/** Every request that has no reply, and every one that was not sent, is over: the oldest first (SendThread.cleanup). */
export function failAll(ctx: ClientContext, client: Client): void {
  for (const packet of takeAll(client.pending))
    finish(ctx, client, packet, lossCode(client), undefined);
  for (const packet of takeAll(client.outgoing)) {
    finish(ctx, client, packet, lossCode(client), undefined);
  }
}

/** What a request comes to that can't be answered any more (conLossPacket). */
export function lossCode(client: Client): number {
  switch (client.state) {
    case "AUTH_FAILED":
      return ERROR_CODES.AuthFailed;
    case "CLOSED":
      return ERROR_CODES.SessionExpired;
    case "NOT_CONNECTED":
    case "CONNECTING":
    case "CONNECTED":
    case "CONNECTEDREADONLY":
      return ERROR_CODES.ConnectionLoss;
  }
}

/** Tells the caller. */
export function complete(
  ctx: ClientContext,
  token: RequestToken,
  op: ClientOp,
  outcome: Outcome<unknown>,
): void {
  ctx.port.deliver({ kind: "completion", token, op, outcome });
}

function finishRemoval(
  ctx: ClientContext,
  client: Client,
  op: Extract<ClientOp, { readonly kind: "removeWatches" }>,
  err: number,
): Outcome<undefined> {
  const removal = removeWatchers(client.watches, op, err);
  const isGone = err === ERROR_CODES.SessionExpired || err === ERROR_CODES.ConnectionLoss;
  for (const { type, watchers } of removal.removed) {
    tellRemoved(ctx, client, type, isGone ? "Disconnected" : "SyncConnected", op.path, watchers);
  }
  return removal.err === ERROR_CODES.Ok ? { ok: true, value: undefined } : failure(op, removal.err);
}
