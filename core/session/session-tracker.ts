import type { Brand, SessionId } from "../ids.ts";
import { ERROR_CODES } from "../wire/error-codes.ts";
import {
  type ExpiryQueue,
  newExpiryQueue,
  nextDeadline,
  pollExpired,
  removeExpiry,
  updateExpiry,
} from "./expiry-queue.ts";
import { initializeNextSessionId, sessionIdAfter } from "./session-id.ts";

/**
 * Who is alive (SessionTrackerImpl): the sessions that a standalone server or a leader watches over, each with the
 * bucket in which it expires, whether it is closing, and through which server it speaks. What sessions there are is
 * another matter, and replicated: the session table, which createSession and closeSession transactions change.
 */

/**
 * The server through which a session speaks: SELF, or the connection of a learner at its leader. A session that
 * moved has another owner, and what still arrives through the old one is refused.
 */
export type SessionOwner = Brand<number, "SessionOwner">;

/** This server's own clients (ServerCnxn.me). */
export const SELF = 0 as SessionOwner;

/** The server behind a learner's connection at the leader; such connections are numbered from 1. */
export function ownerBehind(learnerConnection: number): SessionOwner {
  if (!Number.isSafeInteger(learnerConnection) || learnerConnection < 1) {
    throw new RangeError(`a learner's connection is a number from 1, got ${learnerConnection}`);
  }
  return learnerConnection as SessionOwner;
}

/** SessionTrackerImpl.SessionImpl. */
export interface Session {
  readonly id: SessionId;
  isClosing: boolean;
  /** Undefined until the first request. */
  owner: SessionOwner | undefined;
}

/** Session id to timeout in ms, as transactions left it (ZKDatabase.sessionsWithTimeouts). Snapshots keep it. */
export type SessionTable = Map<SessionId, number>;

export interface SessionTracker {
  nextId: SessionId;
  readonly sessions: Map<SessionId, Session>;
  readonly expiry: ExpiryQueue<SessionId>;
}

/** What a session check says: nothing is wrong, or one of the two that nobody sees on the wire. */
export type SessionCheck =
  | undefined
  | typeof ERROR_CODES.SessionExpired
  | typeof ERROR_CODES.SessionMoved;

/** A tracker of a server that starts now. Every session that the table knows gets its full timeout again. */
export function newSessionTracker(
  serverId: number,
  tickTime: number,
  nowMs: number,
  table: ReadonlyMap<SessionId, number>,
): SessionTracker {
  const tracker: SessionTracker = {
    nextId: initializeNextSessionId(serverId, nowMs),
    sessions: new Map(),
    expiry: newExpiryQueue(tickTime),
  };
  for (const [id, timeoutMs] of table) trackSession(tracker, id, timeoutMs, nowMs);
  return tracker;
}

/** A new id, tracked before any transaction knows it. */
export function createSession(
  tracker: SessionTracker,
  timeoutMs: number,
  nowMs: number,
): SessionId {
  const id = tracker.nextId;
  tracker.nextId = sessionIdAfter(id);
  trackSession(tracker, id, timeoutMs, nowMs);
  return id;
}

/** Adds the session unless it is there, and touches it. */
export function trackSession(
  tracker: SessionTracker,
  id: SessionId,
  timeoutMs: number,
  nowMs: number,
): void {
  if (!tracker.sessions.has(id)) {
    tracker.sessions.set(id, { id, isClosing: false, owner: undefined });
  }
  updateExpiry(tracker.expiry, id, nowMs, timeoutMs);
}

/** Puts off the end of a session; false if there is none, or it is closing. */
export function touchSession(
  tracker: SessionTracker,
  id: SessionId,
  timeoutMs: number,
  nowMs: number,
): boolean {
  const session = tracker.sessions.get(id);
  if (session === undefined || session.isClosing) return false;
  updateExpiry(tracker.expiry, id, nowMs, timeoutMs);
  return true;
}

/** Whether a request of the session may be prepared. The first owner to ask becomes its owner. */
export function checkSession(
  tracker: SessionTracker,
  id: SessionId,
  owner: SessionOwner,
): SessionCheck {
  const session = tracker.sessions.get(id);
  if (session === undefined || session.isClosing) return ERROR_CODES.SessionExpired;
  session.owner ??= owner;
  return session.owner === owner ? undefined : ERROR_CODES.SessionMoved;
}

/** The session speaks through another server from now on (setOwner); false if there is no such session. */
export function setOwner(tracker: SessionTracker, id: SessionId, owner: SessionOwner): boolean {
  const session = tracker.sessions.get(id);
  if (session === undefined || session.isClosing) return false;
  session.owner = owner;
  return true;
}

/** From here on the session's requests are refused, though it exists until its closeSession is applied. */
export function setSessionClosing(tracker: SessionTracker, id: SessionId): void {
  const session = tracker.sessions.get(id);
  if (session !== undefined) session.isClosing = true;
}

export function removeSession(tracker: SessionTracker, id: SessionId): void {
  tracker.sessions.delete(id);
  removeExpiry(tracker.expiry, id);
}

/** Takes the sessions whose bucket is due out of the queue and marks them closing (the tracker's run). */
export function expireSessions(tracker: SessionTracker, nowMs: number): readonly SessionId[] {
  const expired = pollExpired(tracker.expiry, nowMs);
  for (const id of expired) setSessionClosing(tracker, id);
  return expired;
}

/** When the next bucket is due, on the monotonic clock. */
export function nextSessionDeadline(tracker: SessionTracker): number | undefined {
  return nextDeadline(tracker.expiry);
}

/** ZooKeeperServer.processConnectRequest: what a server grants of the timeout that a client asks for. */
export function negotiateTimeout(
  requestedMs: number,
  limits: { readonly minSessionTimeout: number; readonly maxSessionTimeout: number },
): number {
  return Math.min(Math.max(requestedMs, limits.minSessionTimeout), limits.maxSessionTimeout);
}
