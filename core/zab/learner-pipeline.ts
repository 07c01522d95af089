import type { SessionId } from "../ids.ts";
import type { Context, RoleService } from "../server/peer.ts";
import type { ConnectionId } from "../server/port.ts";
import { runInOrder } from "../server/service/apply.ts";
import { type ClientRequest, isWrite } from "../server/service/client-request.ts";
import { writeUnderWay } from "../server/service/session-order.ts";
import type { ClientCnxn, Proposal } from "../server/service/state.ts";
import { sessionIdAfter } from "../session/session-id.ts";
import { MINUS_ONE } from "../zxid.ts";
import type { Learning } from "./learner-state.ts";

/**
 * A learner's requests (FollowerRequestProcessor and ObserverRequestProcessor, CommitProcessor): reads are answered
 * here, without asking whether the session is alive; everything else goes to the leader and comes back as a commit.
 */
export const LEARNER = {
  submit(ctx: Context, service: RoleService, learning: Learning, request: ClientRequest): void {
    const isSync = request.op === "sync";
    if (!isSync && !isWrite(request.op)) {
      runInOrder(ctx.service, service, request, 0);
      return;
    }
    if (request.connection !== undefined) writeUnderWay(service.order, request);
    if (isSync) learning.pendingSyncs.push(request);
    ctx.port.send(learning.connection as ConnectionId, {
      kind: "REQUEST",
      zxid: MINUS_ONE,
      request,
    });
  },

  /** SendAckRequestProcessor; an observer's log is its own affair. */
  logged(ctx: Context, learning: Learning, { entry }: Proposal): void {
    if (ctx.config.type === "OBSERVER") return;
    const { zxid } = entry.header;
    ctx.port.observe({ kind: "acknowledged", zxid });
    ctx.port.send(learning.connection as ConnectionId, { kind: "ACK", zxid });
  },

  /** The leader hears of it with the next ping (LearnerSessionTracker.touchSession). */
  touch(service: RoleService, learning: Learning, session: SessionId, timeoutMs: number): boolean {
    const isKnown = service.database.sessions.has(session) || service.upgrading.has(session);
    if (service.local !== undefined && !isKnown) return false;
    learning.touchTable.set(session, timeoutMs);
    return true;
  },

  createSession(service: RoleService): SessionId {
    const { tracker } = service;
    const id = tracker.nextId;
    tracker.nextId = sessionIdAfter(id);
    return id;
  },

  /** Only the leader knows whether the session is alive (Learner.validateSession). */
  revalidate(ctx: Context, learning: Learning, cnxn: ClientCnxn): void {
    const { session, connection, timeoutMs } = cnxn;
    learning.pendingRevalidations.set(session, connection);
    ctx.port.send(learning.connection as ConnectionId, {
      kind: "REVALIDATE",
      zxid: MINUS_ONE,
      session,
      timeoutMs,
    });
  },
};
