import type { SessionId } from "../../ids.ts";
import { serverOf } from "../../session/session-id.ts";
import {
  checkSession,
  type SessionCheck,
  type SessionOwner,
} from "../../session/session-tracker.ts";
import { ERROR_CODES } from "../../wire/error-codes.ts";
import type { Preparation, ServiceContext } from "./state.ts";

/**
 * What a session check says where sessions can be local: of its own a server knows all; one that it does not know may be
 * another server's, and is let pass (LeaderSessionTracker.checkSession).
 */
export function checkAnySession(
  ctx: ServiceContext,
  service: Preparation,
  session: SessionId,
  owner: SessionOwner,
): SessionCheck {
  const { local, tracker } = service;
  if (local === undefined || tracker.sessions.has(session)) {
    return checkSession(tracker, session, owner);
  }
  if (local.sessions.has(session)) return checkSession(local, session, owner);
  return serverOf(session) === ctx.config.serverId ? ERROR_CODES.SessionExpired : undefined;
}
