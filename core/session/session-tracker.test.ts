import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sessionId } from "../ids.ts";
import {
  newExpiryQueue,
  nextDeadline,
  nextInterval,
  pollExpired,
  updateExpiry,
} from "./expiry-queue.ts";
import {
  checkSession,
  createSession,
  expireSessions,
  negotiateTimeout,
  newSessionTracker,
  nextSessionDeadline,
  ownerBehind,
  removeSession,
  SELF,
  setOwner,
  setSessionClosing,
  touchSession,
  trackSession,
} from "./session-tracker.ts";

const TICK = 100;

function tracker(): ReturnType<typeof newSessionTracker> {
  return newSessionTracker(1, TICK, 0, new Map());
}

describe("expiry buckets", () => {
  test.each([
    [0, 100],
    [99, 100],
    [100, 200],
    [101, 200],
  ])("%d ms is rounded up to %d, strictly", (time, expected) => {
    expect(nextInterval(newExpiryQueue(TICK), time)).toBe(expected);
  });

  test("a silent session dies between its timeout and a tick after it, never earlier", () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 200, max: 4000 }), (now, timeout) => {
        const sessions = tracker();
        const id = createSession(sessions, timeout, now);
        const deadline = nextSessionDeadline(sessions) ?? 0;
        expect(deadline).toBeGreaterThan(now + timeout);
        expect(deadline).toBeLessThanOrEqual(now + timeout + TICK);
        expect(expireSessions(sessions, deadline - 1)).toEqual([]);
        expect(expireSessions(sessions, deadline)).toEqual([id]);
      }),
    );
  });

  test("what is touched often expires exactly as what was touched last only", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 1 }), (pauses) => {
        const often = newExpiryQueue<string>(TICK);
        const once = newExpiryQueue<string>(TICK);
        let now = 0;
        for (const pause of pauses) updateExpiry(often, "s", (now += pause), 300);
        updateExpiry(once, "s", now, 300);
        expect(nextDeadline(often)).toBe(nextDeadline(once));
        expect(often.buckets.size).toBe(1);
      }),
    );
  });

  test("a late sweep takes all buckets that are due, the earliest first", () => {
    const queue = newExpiryQueue<string>(TICK);
    updateExpiry(queue, "late", 0, 500);
    updateExpiry(queue, "early", 0, 200);
    updateExpiry(queue, "far", 0, 5000);
    expect(pollExpired(queue, 1000)).toEqual(["early", "late"]);
    expect(nextDeadline(queue)).toBe(5100);
  });
});

describe("sessions", () => {
  test("the table that a server reads from its disk gets its full timeouts again", () => {
    const table = new Map([[sessionId(7n), 400]]);
    const sessions = newSessionTracker(1, TICK, 10_000, table);
    expect(nextSessionDeadline(sessions)).toBe(10_500);
  });

  test("a closing session cannot be touched, owned or used, and is there until it is removed", () => {
    const sessions = tracker();
    const id = createSession(sessions, 400, 0);
    setSessionClosing(sessions, id);
    expect(touchSession(sessions, id, 400, 10)).toBe(false);
    expect(setOwner(sessions, id, SELF)).toBe(false);
    expect(checkSession(sessions, id, SELF)).toBe(-112);
    expect(sessions.sessions.has(id)).toBe(true);
    removeSession(sessions, id);
    expect(nextSessionDeadline(sessions)).toBeUndefined();
  });

  test("an expired session is closing at once", () => {
    const sessions = tracker();
    const id = createSession(sessions, 400, 0);
    expireSessions(sessions, 500);
    expect(checkSession(sessions, id, SELF)).toBe(-112);
  });

  test("the first who speaks for a session owns it; another is told that it moved", () => {
    const sessions = tracker();
    const id = createSession(sessions, 400, 0);
    expect(checkSession(sessions, id, ownerBehind(3))).toBeUndefined();
    expect(checkSession(sessions, id, SELF)).toBe(-118);
    expect(setOwner(sessions, id, SELF)).toBe(true);
    expect(checkSession(sessions, id, SELF)).toBeUndefined();
    expect(checkSession(sessions, id, ownerBehind(3))).toBe(-118);
  });

  test("closing goes before moved when a request is both", () => {
    const sessions = tracker();
    const id = createSession(sessions, 400, 0);
    setOwner(sessions, id, ownerBehind(1));
    setSessionClosing(sessions, id);
    expect(checkSession(sessions, id, SELF)).toBe(-112);
  });

  test("an unknown session is an expired one", () => {
    expect(checkSession(tracker(), sessionId(99n), SELF)).toBe(-112);
    expect(touchSession(tracker(), sessionId(99n), 400, 0)).toBe(false);
  });

  test("tracking a session again only touches it", () => {
    const sessions = tracker();
    const id = createSession(sessions, 400, 0);
    setOwner(sessions, id, ownerBehind(2));
    trackSession(sessions, id, 400, 1000);
    expect(nextSessionDeadline(sessions)).toBe(1500);
    expect(checkSession(sessions, id, SELF)).toBe(-118);
  });

  test.each([
    [1, 200],
    [-5, 200],
    [201, 201],
    [2147483647, 40_000],
  ])("of a requested timeout of %d ms, %d ms are granted", (requested, granted) => {
    expect(negotiateTimeout(requested, { minSessionTimeout: 200, maxSessionTimeout: 40_000 })).toBe(
      granted,
    );
  });
});
