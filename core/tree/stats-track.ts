import { parseInt64 } from "../config/java-numbers.ts";
import { split } from "../config/java-strings.ts";
import type { Buffer } from "../wire/records.ts";
import { bytesOf, textOf } from "./text-bytes.ts";

/**
 * The text of `zookeeper_limits` and `zookeeper_stats` as 3.8 reads and writes it (StatsTrack):
 * `count=C,bytes=B`, and with further keys `count=C,bytes=B=;byteHardLimit=X;countHardLimit=Y`, in which the odd `=`
 * keeps 3.4 able to read it. Java longs.
 */
export type StatsTrack = Map<string, bigint>;

export type StatsKey = "count" | "bytes" | "countHardLimit" | "byteHardLimit";

/** What a key that is not there is worth: no limit. */
const UNSET = -1n;

/** Undefined for what Java answers with an exception: null, a pair without a value, a value that is no long. */
export function parseStatsTrack(data: Buffer | null): StatsTrack | undefined {
  if (data === null) return undefined;
  const stats: StatsTrack = new Map();
  const text = textOf(data);
  if (text === "") return stats;
  for (const pair of pairsOf(text)) {
    const [key, value] = split(pair, "=");
    if (key === undefined || value === undefined) return undefined;
    const number = value === "" ? UNSET : parseInt64(value);
    if (number === undefined) return undefined;
    stats.set(key, number);
  }
  return stats;
}

export function statsValue(stats: StatsTrack, key: StatsKey): bigint {
  return stats.get(key) ?? UNSET;
}

/** Adds to a value, round the end of a long as Java does. */
export function addToStats(stats: StatsTrack, key: StatsKey, difference: number): void {
  stats.set(key, BigInt.asIntN(64, statsValue(stats, key) + BigInt(difference)));
}

export function statsText(stats: StatsTrack): string {
  const text = `count=${statsValue(stats, "count")},bytes=${statsValue(stats, "bytes")}`;
  const others = [...stats.keys()].filter((key) => key !== "count" && key !== "bytes");
  if (others.length === 0) return text;
  others.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return `${text}=${others.map((key) => `;${key}=${stats.get(key)}`).join("")}`;
}

export function statsBytes(stats: StatsTrack): Buffer {
  return bytesOf(statsText(stats));
}

/** Java's split by `[,;]+`: empty parts at the end are dropped, one at the beginning is not. */
function pairsOf(text: string): readonly string[] {
  const pairs = text.split(/[,;]+/);
  while (pairs.at(-1) === "") pairs.pop();
  return pairs;
}
