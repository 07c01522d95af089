import type { Ratio } from "../../sim/network/link.ts";

/** A chance as people write it: `"10%"`, `"0.5%"`. Inside it is a ratio of whole numbers. */
export const PERCENT_PATTERN = /^(\d{1,3}(?:\.\d{1,4})?)\s*%$/;

/** Undefined for what is no percentage from 0 to 100. */
export function parsePercent(text: string): Ratio | undefined {
  const match = PERCENT_PATTERN.exec(text);
  if (match === null) return undefined;
  const [whole = "0", decimals = ""] = (match[1] ?? "").split(".");
  const n = Number(whole + decimals);
  const outOf = Number(`100${"0".repeat(decimals.length)}`);
  return n <= outOf ? { n, outOf } : undefined;
}

/** For what was checked at the door already. */
export function ratio(text: string): Ratio {
  const parsed = parsePercent(text);
  if (parsed === undefined) throw new RangeError(`expected a percentage, got ${text}`);
  return parsed;
}
