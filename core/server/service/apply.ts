import { permits, PERMS } from "../../tree/acl.ts";
import { applyTxn, type TxnResult } from "../../tree/data-tree.ts";
import type { EventSink } from "../../tree/watches.ts";
import { removeSession } from "../../session/session-tracker.ts";
import { ERROR_CODES } from "../../wire/error-codes.ts";
import type { ClientRequest } from "./client-request.ts";
import { closeConnection, requestFinished } from "./connections.ts";
import { finishSessionInit } from "./session-init.ts";
import { forgetUpTo } from "./outstanding-changes.ts";
import { hasMoved, headerOnly, reply, replyXid, watchEvent, writeResponse } from "./replies.ts";
import { read } from "./reads.ts";
import { clientConnection } from "./service-port.ts";
import { waitsBehindWrite, writeDone } from "./session-order.ts";
import type { ClientCnxn, Proposal, Service, ServiceContext } from "./state.ts";

/**
 * What happens when a transaction comes back from the log, or from a quorum (FinalRequestProcessor): it is applied to
 * the tree and the session table, watches fire, and if a client of this server asked for it, its reply goes out behind
 * the events. Nothing is checked any more. Transactions are applied in the order of their zxids.
 */
export function applyCommitted(ctx: ServiceContext, service: Service, proposal: Proposal): void {
  const { entry, request } = proposal;
  const { header, txn } = entry;
  const { tree, sessions } = service.database;
  if (txn.kind === "createSession") sessions.set(header.sessionId, txn.timeOut);
  if (txn.kind === "closeSession") {
    removeSession(service.tracker, header.sessionId);
    sessions.delete(header.sessionId);
  }
  ctx.port.observe({ kind: "applied", header, txn });
  const result = applyTxn(tree, service.watches, header, txn, eventSink(ctx, service));
  forgetUpTo(service.outstanding, header.zxid);
  if (txn.kind === "closeSession") {
    ctx.port.observe({ kind: "sessionRemoved", session: header.sessionId, zxid: header.zxid });
  }
  ctx.pipeline.applied(ctx, service, proposal);
  const cnxn = clientOf(service, request);
  if (request?.connection !== undefined) service.inProcess--;
  if (request !== undefined && cnxn !== undefined) {
    answerWrite(ctx, service, cnxn, request, result);
  } else if (txn.kind === "closeSession") {
    closeConnectionOfSession(ctx, service, header.sessionId);
  }
  if (request?.connection !== undefined) answerFreed(ctx, service, request);
}

/** A `sync` that went to the leader is back: all that was committed before it has been applied here. */
export function completeSync(ctx: ServiceContext, service: Service, request: ClientRequest): void {
  answerOther(ctx, service, request, 0);
  answerFreed(ctx, service, request);
}

/** What waited behind a write, or a sync, that is done. */
function answerFreed(ctx: ServiceContext, service: Service, done: ClientRequest): void {
  for (const { request, err } of writeDone(service.order, done)) {
    answerOther(ctx, service, request, err);
  }
}

/**
 * A request that is no transaction: a read, or a write that was refused without one (`err`). It runs now, or behind the
 * writes of its session.
 */
export function runInOrder(
  ctx: ServiceContext,
  service: Service,
  request: ClientRequest,
  err: number,
): void {
  if (!waitsBehindWrite(service.order, request, err)) answerOther(ctx, service, request, err);
}

/** The connection that waits for the answer; connection 0 is one like any other. */
function clientOf(service: Service, request: ClientRequest | undefined): ClientCnxn | undefined {
  if (request?.connection === undefined) return undefined;
  return service.connections.get(request.connection);
}

function answerWrite(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  request: ClientRequest,
  result: TxnResult,
): void {
  const isMulti = request.op === "multi" && result.kind === "multi";
  if (hasMoved(result)) {
    closeConnection(ctx, service, cnxn, "session moved");
    return;
  }
  if (request.op === "createSession" && !request.isFromClient) {
    finishSessionInit(ctx, service, cnxn, true);
    return;
  }
  // A multi that failed is answered with the errors of its parts, and none in the header.
  // The leader calls a session that it does not know expired; this server knows better.
  const refusal = result.err === ERROR_CODES.Ok ? result.err : (request.exception ?? result.err);
  const err = isMulti ? 0 : refusal;
  const response = err === 0 ? writeResponse(request, result) : undefined;
  if (err !== 0 || response !== undefined) {
    const zxid = service.database.tree.lastProcessedZxid;
    ctx.port.send(cnxn.connection, reply({ xid: replyXid(request), zxid, err }, response));
  }
  if (request.op === "closeSession") closeConnection(ctx, service, cnxn, "session closed");
  else requestFinished(ctx, service, cnxn, request.cxid);
}

function answerOther(
  ctx: ServiceContext,
  service: Service,
  request: ClientRequest,
  refusal: number,
): void {
  if (request.connection !== undefined) service.inProcess--;
  const cnxn = clientOf(service, request);
  if (request.isLocal === true) {
    answerLocal(ctx, service, request, cnxn);
    return;
  }
  // Whoever is gone gets no reply, and leaves no watch.
  if (cnxn === undefined) return;
  if (refusal === ERROR_CODES.SessionMoved) {
    closeConnection(ctx, service, cnxn, "session moved");
    return;
  }
  const { err, response } =
    refusal === 0
      ? read(ctx, service, request, cnxn.connection, eventSink(ctx, service))
      : { err: refusal, response: undefined };
  const zxid = service.database.tree.lastProcessedZxid;
  ctx.port.send(cnxn.connection, reply({ xid: replyXid(request), zxid, err }, response));
  requestFinished(ctx, service, cnxn, request.cxid);
}

/** A local session begins, or ends; no transaction says so. */
function answerLocal(
  ctx: ServiceContext,
  service: Service,
  request: ClientRequest,
  cnxn: ClientCnxn | undefined,
): void {
  const { session } = request;
  if (request.op === "createSession") {
    if (cnxn !== undefined) finishSessionInit(ctx, service, cnxn, true);
    return;
  }
  if (service.local !== undefined) removeSession(service.local, session);
  if (cnxn === undefined) {
    closeConnectionOfSession(ctx, service, session);
    return;
  }
  const zxid = service.database.tree.lastProcessedZxid;
  ctx.port.send(cnxn.connection, headerOnly(replyXid(request), zxid, ERROR_CODES.Ok));
  closeConnection(ctx, service, cnxn, "session closed");
}

/** The server of the connection closes it without a word when its session is over (expired, or closed elsewhere). */
function closeConnectionOfSession(
  ctx: ServiceContext,
  service: Service,
  session: ClientRequest["session"],
): void {
  const connection = service.sessionConnections.get(session);
  const cnxn = connection && service.connections.get(connection);
  if (cnxn !== undefined) closeConnection(ctx, service, cnxn, "session closed");
}

/** Sends events, to those who may read the node that they are about (ServerCnxn.process, ZOOKEEPER-4799). */
export function eventSink(ctx: ServiceContext, service: Service): EventSink {
  const { config, port } = ctx;
  return (watcher, type, path, acl) => {
    const cnxn = service.connections.get(clientConnection(watcher));
    if (cnxn === undefined) return;
    const mayRead =
      !config.filterEventsByRead ||
      permits(acl, PERMS.READ, cnxn.identities, { skipAcl: config.skipACL });
    if (mayRead) port.send(cnxn.connection, watchEvent(type, path));
  };
}
