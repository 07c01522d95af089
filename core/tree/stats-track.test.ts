import { expect, test } from "vitest";
import { addToStats, parseStatsTrack, statsText } from "./stats-track.ts";
import { bytesOf } from "./text-bytes.ts";

function reread(text: string): string | undefined {
  const stats = parseStatsTrack(bytesOf(text));
  return stats === undefined ? undefined : statsText(stats);
}

/** What StatsTrack of 3.8.0 reads and writes again. */
test.each([
  ["", "count=-1,bytes=-1"],
  ["count=3,bytes=-1", "count=3,bytes=-1"],
  ["bytes=5,count=2", "count=2,bytes=5"],
  [
    "count=-1,bytes=-1=;countHardLimit=3;byteHardLimit=10",
    "count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=3",
  ],
  ["count=1=;", "count=1,bytes=-1"],
  [",", "count=-1,bytes=-1"],
  ["=5", "count=-1,bytes=-1=;=5"],
  ["== -1", "count=-1,bytes=-1=;=-1"],
  ["byteHardLimit== ", "count=-1,bytes=-1=;byteHardLimit=-1"],
  ["bytes=+5", "count=-1,bytes=5"],
  ["bytes=\u0663", "count=-1,bytes=3"],
  ["bytes=9223372036854775807", "count=-1,bytes=9223372036854775807"],
])("%j", (text, written) => {
  expect(reread(text)).toBe(written);
});

test.each([
  "junk",
  "count",
  "count=",
  "count=x",
  "count= 1",
  ",count=1",
  "=",
  "count=9223372036854775808",
])("Java throws at %j", (text) => {
  expect(reread(text)).toBeUndefined();
});

test("null is not a text", () => {
  expect(parseStatsTrack(null)).toBeUndefined();
});

test("counts run round the end of a long", () => {
  const stats = parseStatsTrack(bytesOf("count=9223372036854775807,bytes=1"));
  if (stats === undefined) throw new Error("unreadable");
  addToStats(stats, "count", 1);
  addToStats(stats, "bytes", -3);
  expect(statsText(stats)).toBe("count=-9223372036854775808,bytes=-2");
});
