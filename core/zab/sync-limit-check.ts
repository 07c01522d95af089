import { ZERO_ZXID, type Zxid } from "../zxid.ts";
import type { SyncLimitCheck } from "./leader-state.ts";

/** LearnerHandler.SyncLimitCheck: a follower that reads and pings but writes nothing to its log is found out by it. */

const NONE = -1;

export function newSyncLimitCheck(): SyncLimitCheck {
  return {
    isRunning: false,
    currentZxid: ZERO_ZXID,
    currentSinceMs: NONE,
    nextZxid: ZERO_ZXID,
    nextSinceMs: NONE,
  };
}

export function proposalSent(check: SyncLimitCheck, zxid: Zxid, nowMs: number): void {
  if (!check.isRunning) return;
  if (check.currentSinceMs === NONE) {
    check.currentZxid = zxid;
    check.currentSinceMs = nowMs;
  } else {
    check.nextZxid = zxid;
    check.nextSinceMs = nowMs;
  }
}

export function proposalAcknowledged(check: SyncLimitCheck, zxid: Zxid): void {
  if (check.currentSinceMs === NONE) return;
  if (check.currentZxid === zxid) {
    check.currentZxid = check.nextZxid;
    check.currentSinceMs = check.nextSinceMs;
    check.nextSinceMs = NONE;
  } else if (check.nextZxid === zxid) {
    check.nextSinceMs = NONE;
  }
}

export function isWithinSyncLimit(check: SyncLimitCheck, nowMs: number, limitMs: number): boolean {
  return check.currentSinceMs === NONE || nowMs - check.currentSinceMs < limitMs;
}
