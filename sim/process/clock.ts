/** A server's own clock, against virtual time. */
export interface ClockSpec {
  /** How far ahead of virtual time it stands. */
  readonly offsetMs: number;
  /** How much faster it goes, in microseconds a second. */
  readonly driftPpm: number;
}

export const TRUE_CLOCK: ClockSpec = { offsetMs: 0, driftPpm: 0 };

const MILLION = 1_000_000;

/** What the server reads, in whole milliseconds. */
export function readClock(clock: ClockSpec, nowUs: number): number {
  const localUs = nowUs + Math.floor((nowUs * clock.driftPpm) / MILLION);
  return clock.offsetMs + Math.floor(localUs / 1000);
}

/** Virtual microseconds until the server's clock has moved on by so many milliseconds. */
export function untilClockMoved(clock: ClockSpec, ms: number): number {
  if (clock.driftPpm === 0) return ms * 1000;
  return Math.ceil((ms * 1000 * MILLION) / (MILLION + clock.driftPpm));
}
