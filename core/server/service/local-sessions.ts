import type { SessionId } from "../../ids.ts";
import { createSession, removeSession, touchSession } from "../../session/session-tracker.ts";
import { ERROR_CODES, type ErrorCode } from "../../wire/error-codes.ts";
import type { Request } from "../../wire/records.ts";
import { runInOrder } from "./apply.ts";
import type { ClientRequest } from "./client-request.ts";
import { createMode } from "./create-mode.ts";
import { finishResumption } from "./session-init.ts";
import type { ClientCnxn, Preparation, Service, ServiceContext } from "./state.ts";
import { arm } from "./timers.ts";

/**
 * Sessions that only the server of their client knows (UpgradeableSessionTracker): they begin and end without a
 * transaction, own no ephemeral, and are lost when their client moves. Where upgrading is allowed, the first ephemeral
 * makes one a session like any other.
 */

export function hasLocalSession(service: Preparation, session: SessionId): boolean {
  return service.local?.sessions.has(session) === true;
}

export function createLocalSession(
  ctx: ServiceContext,
  service: Service,
  timeoutMs: number,
): SessionId | undefined {
  const { local } = service;
  if (local === undefined) return undefined;
  const id = createSession(local, timeoutMs, ctx.port.now());
  touchLocalSession(ctx, service, id, timeoutMs);
  return id;
}

/** Undefined: it is no local session. */
export function touchLocalSession(
  ctx: ServiceContext,
  service: Service,
  session: SessionId,
  timeoutMs: number,
): boolean | undefined {
  const { local } = service;
  if (local === undefined || !local.sessions.has(session)) return undefined;
  const isAlive = touchSession(local, session, timeoutMs, ctx.port.now());
  if (isAlive) arm(ctx, service, "localSessionExpiry", local.expiry.deadlines.get(session));
  return isAlive;
}

/** A client comes back with a session of which nobody else knows. */
export function revalidateLocally(ctx: ServiceContext, service: Service, cnxn: ClientCnxn): void {
  const isAlive = touchLocalSession(ctx, service, cnxn.session, cnxn.timeoutMs) === true;
  finishResumption(ctx, service, cnxn, isAlive);
}

/** A session that begins or ends here alone goes no further (QuorumZooKeeperServer.setLocalSessionFlag). */
export function isLocalRequest(service: Service, { op, session }: ClientRequest): boolean {
  return (op === "createSession" || op === "closeSession") && hasLocalSession(service, session);
}

/** It runs behind the session's writes, as a read does. */
export function submitLocally(ctx: ServiceContext, service: Service, request: ClientRequest): void {
  runInOrder(ctx, service, { ...request, isLocal: true }, 0);
}

/** What a create of an ephemeral makes of its local session. */
export type Upgrade =
  | { readonly kind: "unneeded" }
  /** The session is no longer local; this request makes it one like any other. */
  | { readonly kind: "upgraded"; readonly request: ClientRequest }
  /** The create is refused with this. */
  | { readonly kind: "refused"; readonly err: ErrorCode };

const UNNEEDED: Upgrade = { kind: "unneeded" };

/** QuorumZooKeeperServer.checkUpgradeSession. */
export function checkUpgradeSession(
  ctx: ServiceContext,
  service: Service,
  request: ClientRequest,
): Upgrade {
  const { local } = service;
  const { session, body } = request;
  if (local === undefined || !local.sessions.has(session) || !createsEphemeral(body)) {
    return UNNEEDED;
  }
  if (!ctx.config.localSessionsUpgradingEnabled) {
    return { kind: "refused", err: ERROR_CODES.EphemeralOnLocalSession };
  }
  removeSession(local, session);
  service.upgrading.add(session);
  const timeOut = timeoutOf(service, session);
  const upgrade: ClientRequest = {
    ...request,
    cxid: 0,
    op: "createSession",
    body: { kind: "createSession", timeOut },
    connection: undefined,
    isFromClient: false,
  };
  return { kind: "upgraded", request: upgrade };
}

function createsEphemeral(body: Request | undefined): boolean {
  if (body?.kind === "create" || body?.kind === "create2") {
    return createMode(body.flags)?.isEphemeral === true;
  }
  return body?.kind === "multi" && body.ops.some(createsEphemeral);
}

/** The timeout that the session's connection negotiated. */
function timeoutOf(service: Service, session: SessionId): number {
  const connection = service.sessionConnections.get(session);
  const cnxn = connection === undefined ? undefined : service.connections.get(connection);
  return cnxn?.timeoutMs ?? 0;
}
