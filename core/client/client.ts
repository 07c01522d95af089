import { assertNever } from "../assert-never.ts";
import type { ConnectionId } from "../server/port.ts";
import { ERROR_CODES } from "../wire/error-codes.ts";
import { OPCODES, XID } from "../wire/opcodes.ts";
import type { Reply } from "../wire/records.ts";
import type { ClientInput, RequestToken, ServerMessage } from "./client-port.ts";
import { type Client, type ClientContext, isAlive } from "./client-state.ts";
import { connectNext, dialled, handshakeAnswered, lose, paused, tendOrLose } from "./connection.ts";
import { tellState, tellWatchEvent } from "./event-thread.ts";
import { peek, push, shift } from "./fifo.ts";
import { probed, woken } from "./keep-alive.ts";
import type { ClientOp } from "./operations.ts";
import { complete, finish, flush, lossCode } from "./packets.ts";
import { failure } from "./outcomes.ts";
import { prepareRequest } from "./requests.ts";

/**
 * One client (ZooKeeper and its ClientCnxn). `stepClient` takes one input, changes the client, and hands effects to
 * the port. The client itself never says that its session is over: only a server does.
 */
export function stepClient(ctx: ClientContext, client: Client, input: ClientInput): void {
  switch (input.kind) {
    case "start":
      if (client.phase !== "idle") return;
      client.state = "CONNECTING";
      client.lastProbeMs = ctx.port.now();
      connectNext(ctx, client);
      return;
    case "dialled":
      if (client.phase === "dialling" && client.connection === input.connection) {
        dialled(ctx, client, input.connection);
      }
      return;
    case "dialFailed":
      if (client.connection === input.connection) lose(ctx, client, input.reason);
      return;
    case "message":
      message(ctx, client, input.connection, input.message);
      return;
    case "malformed":
      if (client.connection === input.connection) lose(ctx, client, "malformed");
      return;
    case "closed":
      if (client.connection === input.connection) lose(ctx, client, "closed");
      return;
    case "timer":
      if (input.timer === "pause") paused(ctx, client);
      else if (woken(ctx, client)) tendOrLose(ctx, client);
      return;
    case "probed":
      if (probed(client, input.host, input.answer)) lose(ctx, client, "rwServerFound");
      return;
    case "request":
      request(ctx, client, input.token, input.op);
      return;
    default:
      assertNever(input);
  }
}

/** The header of the request that the next reply answers: the bytes of a reply do not say what they are. */
export function awaitedReply(
  client: Client,
): { readonly xid: number; readonly type: number } | undefined {
  return peek(client.pending);
}

function request(ctx: ClientContext, client: Client, token: RequestToken, op: ClientOp): void {
  if (op.kind === "addAuth") {
    addAuth(ctx, client, op);
    complete(ctx, token, op, { ok: true, value: undefined });
    return;
  }
  if (op.kind === "close" && !isAlive(client)) {
    complete(ctx, token, op, { ok: true, value: undefined });
    return;
  }
  const prepared = prepareRequest(op, ctx.config.chroot);
  if (!prepared.ok) {
    complete(ctx, token, op, prepared);
    return;
  }
  if (op.kind === "multi" && op.ops.length === 0) {
    // Nothing to do, and nobody is asked.
    complete(ctx, token, op, { ok: true, value: [] });
    return;
  }
  const packet = {
    xid: 0,
    type: prepared.type,
    request: prepared.request,
    caller: { token, op },
  };
  if (client.closing && op.kind === "close") {
    complete(ctx, token, op, failure(op, lossCode(client)));
    return;
  }
  if (!isAlive(client) || client.closing) {
    finish(ctx, client, packet, lossCode(client), undefined);
    return;
  }
  if (op.kind === "close") client.closing = true;
  push(client.outgoing, packet);
  send(ctx, client);
}

/** The identity is kept for every later connection, and sent on this one (ClientCnxn.addAuthInfo). */
function addAuth(
  ctx: ClientContext,
  client: Client,
  { scheme, auth }: { readonly scheme: string; readonly auth: Uint8Array | null },
): void {
  if (!isAlive(client)) return;
  client.auths.push({ scheme, auth });
  if (client.closing) return;
  push(client.outgoing, {
    xid: XID.auth,
    type: OPCODES.auth,
    request: { kind: "auth", type: 0, scheme, auth },
    caller: undefined,
  });
  send(ctx, client);
}

function send(ctx: ClientContext, client: Client): void {
  if (client.phase !== "established") return;
  flush(ctx, client);
  tendOrLose(ctx, client);
}

function message(
  ctx: ClientContext,
  client: Client,
  connection: ConnectionId,
  content: ServerMessage,
): void {
  if (client.connection !== connection) return;
  client.lastHeardMs = ctx.port.now();
  if (client.phase !== "established") {
    // Anything but a connect response makes none when Java reads it as one.
    if (client.phase === "handshaking" && content.kind === "connect") {
      handshakeAnswered(ctx, client, content.response);
    } else {
      lose(ctx, client, "malformed");
    }
    return;
  }
  if (content.kind === "notice") {
    if (!tellWatchEvent(ctx, client, content.event)) {
      lose(ctx, client, "malformed");
      return;
    }
  } else if (content.kind === "connect") {
    lose(ctx, client, "malformed");
    return;
  } else if (!reply(ctx, client, content)) {
    return;
  }
  tendOrLose(ctx, client);
}

/** SendThread.readResponse. False if the connection was given up over it. */
function reply(ctx: ClientContext, client: Client, { header, response }: Reply): boolean {
  if (header.xid === XID.ping) return true;
  if (header.xid === XID.auth) return authReply(ctx, client, header.err);
  const packet = shift(client.pending);
  if (packet === undefined) {
    lose(ctx, client, "xidOutOfOrder");
    return false;
  }
  if (packet.xid !== header.xid) {
    finish(ctx, client, packet, ERROR_CODES.ConnectionLoss, undefined);
    lose(ctx, client, "xidOutOfOrder");
    return false;
  }
  if (header.zxid > 0) client.lastZxid = header.zxid;
  // Closed before the caller is told, so that nothing comes between the reply and the end.
  const isClosed = packet.caller?.op.kind === "close";
  const isWhole = finish(ctx, client, packet, header.err, response);
  if (isClosed) {
    client.state = "CLOSED";
    lose(ctx, client, "sessionClosed");
    return false;
  }
  if (!isWhole) lose(ctx, client, "malformed");
  return isWhole;
}

/** A refused identity is the end of the client; of any other answer to an auth packet it takes no notice. */
function authReply(ctx: ClientContext, client: Client, err: number): boolean {
  if (err !== ERROR_CODES.AuthFailed) return true;
  client.state = "AUTH_FAILED";
  tellState(ctx, client, "AuthFailed");
  client.eventsEnded = true;
  lose(ctx, client, "authFailed");
  return false;
}
