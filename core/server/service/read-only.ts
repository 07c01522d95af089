import type { SessionId } from "../../ids.ts";
import { checkSession, type SessionCheck } from "../../session/session-tracker.ts";
import { ERROR_CODES } from "../../wire/error-codes.ts";
import { runInOrder } from "./apply.ts";
import { type ClientRequest, isWrite } from "./client-request.ts";
import { closeConnection, requestFinished } from "./connections.ts";
import {
  isLocalRequest,
  revalidateLocally,
  submitLocally,
  touchLocalSession,
} from "./local-sessions.ts";
import { headerOnly, replyXid } from "./replies.ts";
import type { ClientCnxn, Service, ServiceContext } from "./state.ts";

/**
 * A server that has looked for a leader for a while and serves reads meanwhile to those who asked for no more
 * (ReadOnlyZooKeeperServer, ReadOnlyRequestProcessor). It takes no zxid and writes nothing; its sessions are local ones.
 */
export const READ_ONLY = {
  submit(ctx: ServiceContext, service: Service, request: ClientRequest): void {
    if (isLocalRequest(service, request)) submitLocally(ctx, service, request);
    else if (isWrite(request.op) || request.op === "sync") refuse(ctx, service, request);
    else runInOrder(ctx, service, request, sessionError(service, request) ?? 0);
  },

  touch(ctx: ServiceContext, service: Service, session: SessionId, timeoutMs: number): boolean {
    return (
      touchLocalSession(ctx, service, session, timeoutMs) ?? service.database.sessions.has(session)
    );
  },

  revalidate(ctx: ServiceContext, service: Service, cnxn: ClientCnxn): void {
    if (service.database.sessions.has(cnxn.session)) {
      // Nobody here can say whether it is alive.
      closeConnection(ctx, service, cnxn, "session is not local");
      return;
    }
    revalidateLocally(ctx, service, cnxn);
  },
};

/** The header alone, also to a client that waits for the answer to its connect request, which is then cut off. */
function refuse(ctx: ServiceContext, service: Service, request: ClientRequest): void {
  if (request.connection === undefined) return;
  service.inProcess--;
  const cnxn = service.connections.get(request.connection);
  if (cnxn === undefined) return;
  const zxid = service.database.tree.lastProcessedZxid;
  ctx.port.send(cnxn.connection, headerOnly(replyXid(request), zxid, ERROR_CODES.NotReadOnly));
  if (request.op === "createSession" && !request.isFromClient) {
    closeConnection(ctx, service, cnxn, "session is not local");
  } else {
    requestFinished(ctx, service, cnxn, request.cxid);
  }
}

/** LearnerSessionTracker.checkSession. */
function sessionError(service: Service, { session, owner }: ClientRequest): SessionCheck {
  const { local, database } = service;
  if (local === undefined) return undefined;
  if (local.sessions.has(session)) return checkSession(local, session, owner);
  return database.sessions.has(session) ? undefined : ERROR_CODES.SessionExpired;
}
