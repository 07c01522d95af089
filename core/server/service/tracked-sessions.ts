import type { SessionId } from "../../ids.ts";
import { createSession, touchSession } from "../../session/session-tracker.ts";
import { finishResumption } from "./session-init.ts";
import type { ClientCnxn, Service, ServiceContext } from "./state.ts";
import { arm } from "./timers.ts";

/** Sessions where a server watches over them itself: standalone, or as the leader. */

/** Every packet puts off the end of its session, where this server watches over it. */
export function touchTracked(
  ctx: ServiceContext,
  service: Service,
  session: SessionId,
  timeoutMs: number,
): boolean {
  const { tracker } = service;
  if (!touchSession(tracker, session, timeoutMs, ctx.port.now())) return false;
  arm(ctx, service, "sessionExpiry", tracker.expiry.deadlines.get(session));
  return true;
}

export function createTracked(ctx: ServiceContext, service: Service, timeoutMs: number): SessionId {
  const id = createSession(service.tracker, timeoutMs, ctx.port.now());
  touchTracked(ctx, service, id, timeoutMs);
  return id;
}

export function revalidateTracked(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
): boolean {
  const isAlive = touchTracked(ctx, service, cnxn.session, cnxn.timeoutMs);
  finishResumption(ctx, service, cnxn, isAlive);
  return isAlive;
}
