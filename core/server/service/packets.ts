import { SELF } from "../../session/session-tracker.ts";
import { digestId } from "../../tree/acl.ts";
import { ERROR_CODES } from "../../wire/error-codes.ts";
import { requestKind } from "../../wire/request.ts";
import { decodeUtf8 } from "../../wire/utf8.ts";
import type { Buffer, Request, RequestHeader } from "../../wire/records.ts";
import { MINUS_ONE, ZERO_ZXID } from "../../zxid.ts";
import { processConnectRequest } from "./connect.ts";
import {
  closeConnection,
  forgetConnection,
  mayRead,
  requestBegun,
  requestFinished,
  touchConnection,
} from "./connections.ts";
import { hasScheme, withIdentity } from "./identities.ts";
import { headerOnly, reply } from "./replies.ts";
import type { ClientConnection, ClientFrame } from "./service-port.ts";
import type { ClientCnxn, Service, ServiceContext } from "./state.ts";
import { submit } from "./submit.ts";

/** What arrives on a connection, frame by frame (NIOServerCnxn, ZooKeeperServer.processPacket). */

export function receiveFrame(
  ctx: ServiceContext,
  service: Service,
  connection: ClientConnection,
  frame: ClientFrame,
): void {
  const cnxn = service.connections.get(connection);
  if (cnxn === undefined) return;
  if (mayRead(cnxn) && cnxn.unread.length === 0) readFrame(ctx, service, cnxn, frame);
  else cnxn.unread.push(frame);
}

/** The client's end is closed; what it sent before is still read and done. */
export function clientClosed(service: Service, connection: ClientConnection): void {
  const cnxn = service.connections.get(connection);
  if (cnxn === undefined) return;
  if (mayRead(cnxn) && cnxn.unread.length === 0) forgetConnection(service, cnxn);
  else cnxn.hasEnded = true;
}

/** Reads what arrived while nothing was read, on every connection that may be read again. */
export function readWaiting(ctx: ServiceContext, service: Service): void {
  for (;;) {
    const connection = service.readable.shift();
    if (connection === undefined) return;
    const cnxn = service.connections.get(connection);
    if (cnxn === undefined) continue;
    let read = 0;
    const frames = cnxn.unread;
    while (mayRead(cnxn) && read < frames.length && service.connections.has(connection)) {
      const frame = frames[read++];
      if (frame !== undefined) readFrame(ctx, service, cnxn, frame);
    }
    frames.splice(0, read);
    if (cnxn.hasEnded && mayRead(cnxn) && cnxn.unread.length === 0) forgetConnection(service, cnxn);
  }
}

function readFrame(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  frame: ClientFrame,
): void {
  touchConnection(ctx, service, cnxn);
  if (!service.isRunning) {
    closeConnection(ctx, service, cnxn, "server is not running");
  } else if (frame.bytes < 0 || frame.bytes > ctx.config.juteMaxBuffer) {
    closeConnection(ctx, service, cnxn, "frame above jute.maxbuffer");
  } else if (cnxn.stage === "unestablished") {
    if (frame.kind === "connect") processConnectRequest(ctx, service, cnxn, frame.request);
    else closeConnection(ctx, service, cnxn, "malformed frame");
  } else if (frame.kind === "connect" || frame.header === undefined) {
    closeConnection(ctx, service, cnxn, "malformed frame");
  } else {
    const body = frame.kind === "request" ? frame.request : undefined;
    processPacket(ctx, service, cnxn, frame.header, body);
  }
}

/** `body` is undefined if it could not be read, or the opcode is unknown. */
function processPacket(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  header: RequestHeader,
  body: Request | undefined,
): void {
  const { xid } = header;
  const op = body?.kind ?? requestKind(header.type);
  requestBegun(ctx, service, cnxn, xid);
  if (op === "auth" || op === "sasl") {
    if (body?.kind === "auth") authenticate(ctx, service, cnxn, xid, body);
    else if (body?.kind === "sasl" && body.token !== null) answerSasl(ctx, service, cnxn, xid);
    else closeConnection(ctx, service, cnxn, "malformed frame");
    return;
  }
  if (ctx.config.requireSasl && !hasScheme(cnxn.identities, "sasl")) {
    const { SessionClosedRequireSaslAuth } = ERROR_CODES;
    ctx.port.send(cnxn.connection, headerOnly(xid, ZERO_ZXID, SessionClosedRequireSaslAuth));
    closeConnection(ctx, service, cnxn, "SASL authentication required");
    return;
  }
  if (!ctx.pipeline.touch(ctx, service, cnxn.session, cnxn.timeoutMs)) {
    ctx.port.observe({ kind: "requestDropped", session: cnxn.session, xid });
    return;
  }
  if (op === undefined) {
    ctx.port.send(cnxn.connection, headerOnly(xid, MINUS_ONE, ERROR_CODES.Unimplemented));
    closeConnection(ctx, service, cnxn, "unknown opcode");
    return;
  }
  submit(ctx, service, {
    session: cnxn.session,
    cxid: xid,
    op,
    body,
    identities: cnxn.identities,
    owner: SELF,
    connection: cnxn.connection,
    isFromClient: true,
  });
}

/**
 * An auth packet takes effect at once, for what is read behind it, and is answered at once, beside the pipeline. A
 * digest is believed whoever sends it, since it is only another name; `ip` adds nothing new; no other scheme has a
 * provider, and the connection is closed behind the answer.
 */
function authenticate(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  xid: number,
  packet: { readonly scheme: string | null; readonly auth: Buffer | null },
): void {
  const { superDigest } = ctx.config;
  const isDigest = packet.scheme === "digest" && packet.auth !== null;
  if (!isDigest && packet.scheme !== "ip") {
    ctx.port.send(cnxn.connection, headerOnly(xid, ZERO_ZXID, ERROR_CODES.AuthFailed));
    closeConnection(ctx, service, cnxn, "authentication failed");
    return;
  }
  if (packet.scheme === "digest" && packet.auth !== null) {
    const id = digestId(decodeUtf8(packet.auth, 0, packet.auth.length));
    if (id === superDigest) {
      cnxn.identities = withIdentity(cnxn.identities, { scheme: "super", id: "" });
    }
    cnxn.identities = withIdentity(cnxn.identities, { scheme: "digest", id });
  } else {
    cnxn.identities = withIdentity(cnxn.identities, { scheme: "ip", id: cnxn.address });
  }
  ctx.port.send(cnxn.connection, headerOnly(xid, ZERO_ZXID, ERROR_CODES.Ok));
  requestFinished(ctx, service, cnxn, xid);
}

/** No SASL login is configured: 3.8 answers every token with none, and nobody becomes anybody by it. */
function answerSasl(ctx: ServiceContext, service: Service, cnxn: ClientCnxn, xid: number): void {
  const header = { xid, zxid: ZERO_ZXID, err: ERROR_CODES.Ok };
  ctx.port.send(cnxn.connection, reply(header, { kind: "token", token: null }));
  requestFinished(ctx, service, cnxn, xid);
}
