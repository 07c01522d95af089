/**
 * Lengths and moments of virtual time as people write them: `"4s"`, `"250ms"`, `"1.5s"`, `"2min"`, or a plain number
 * of milliseconds. Inside, time is whole microseconds.
 */
export type DurationText = string | number;

export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)\s*(us|µs|ms|s|min|h)$/;

const MICROS: { readonly [unit: string]: number } = {
  us: 1,
  µs: 1,
  ms: 1000,
  s: 1_000_000,
  min: 60_000_000,
  h: 3_600_000_000,
};

/** A year: longer than anybody waits, and well within what the kernel's clock can count. */
const LONGEST_US = 365 * 86_400_000_000;

/** Whole microseconds; undefined for what is no length of time, over a year, or finer than a microsecond. */
export function parseDuration(text: DurationText): number | undefined {
  if (typeof text === "number") return whole(text * 1000);
  const match = DURATION_PATTERN.exec(text);
  const unit = MICROS[match?.[2] ?? ""];
  if (match === null || unit === undefined) return undefined;
  return whole(Number(match[1]) * unit);
}

/** For what was checked at the door already. */
export function micros(text: DurationText): number {
  const us = parseDuration(text);
  if (us === undefined) throw new RangeError(`expected a length of time, got ${text}`);
  return us;
}

/** The shortest way to write it: `250 ms`, `4 s`, `1.5 s`, `200.15 ms`. */
export function formatDuration(us: number): string {
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${us / 1000} ms`;
  return `${us / 1_000_000} s`;
}

function whole(us: number): number | undefined {
  const rounded = Math.round(us);
  // 0.1 · 3 and its like are off by less than anybody means.
  const isWhole = Math.abs(us - rounded) < 1e-6 * Math.max(1, us);
  return isWhole && rounded >= 0 && rounded <= LONGEST_US ? rounded : undefined;
}
