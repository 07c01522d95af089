import type { SessionId } from "../../ids.ts";
import { checkPasswd } from "../../session/session-id.ts";
import { negotiateTimeout, SELF } from "../../session/session-tracker.ts";
import type { ConnectRequest } from "../../wire/records.ts";
import { closeConnection, touchConnection } from "./connections.ts";
import { finishSessionInit } from "./session-init.ts";
import type { ClientCnxn, Service, ServiceContext } from "./state.ts";
import { submit } from "./submit.ts";

/**
 * The first frame of a connection (ZooKeeperServer.processConnectRequest). A client that has seen more than this server
 * is sent away without a word, before anything else happens. A new session is a transaction, and the answer waits for
 * it; for one that is there the connection that it had here is closed first, even if the password is then wrong.
 */
export function processConnectRequest(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  request: ConnectRequest,
): void {
  cnxn.sendsReadOnly = request.readOnly !== undefined;
  if (service.isReadOnly && request.readOnly !== true) {
    closeConnection(ctx, service, cnxn, "client is not read-only");
    return;
  }
  if (request.lastZxidSeen > service.database.tree.lastProcessedZxid) {
    closeConnection(ctx, service, cnxn, "client has seen a newer zxid");
    return;
  }
  cnxn.timeoutMs = negotiateTimeout(request.timeOut, ctx.config);
  cnxn.stage = "connecting";
  touchConnection(ctx, service, cnxn);
  if (request.sessionId === 0n) beginSession(ctx, service, cnxn);
  else resumeSession(ctx, service, cnxn, request.sessionId, request.passwd);
}

function beginSession(ctx: ServiceContext, service: Service, cnxn: ClientCnxn): void {
  const id = ctx.pipeline.createSession(ctx, service, cnxn.timeoutMs);
  belongsTo(service, cnxn, id);
  ctx.port.observe({
    kind: "sessionRequested",
    session: id,
    connection: cnxn.connection,
    timeOutMs: cnxn.timeoutMs,
  });
  submit(ctx, service, {
    session: id,
    cxid: 0,
    op: "createSession",
    body: { kind: "createSession", timeOut: cnxn.timeoutMs },
    identities: cnxn.identities,
    owner: SELF,
    connection: cnxn.connection,
    isFromClient: false,
  });
}

/** ZooKeeperServer.reopenSession. */
function resumeSession(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  id: SessionId,
  passwd: Uint8Array | null,
): void {
  const before = service.sessionConnections.get(id);
  const old = before && service.connections.get(before);
  if (old !== undefined) closeConnection(ctx, service, old, "client reconnected");
  belongsTo(service, cnxn, id);
  if (!checkPasswd(id, passwd)) {
    ctx.port.observe({ kind: "sessionRefused", session: id, why: "password" });
    finishSessionInit(ctx, service, cnxn, false);
    return;
  }
  ctx.pipeline.revalidate(ctx, service, cnxn);
}

function belongsTo(service: Service, cnxn: ClientCnxn, id: SessionId): void {
  cnxn.session = id;
  service.sessionConnections.set(id, cnxn.connection);
}
