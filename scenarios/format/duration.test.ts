import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";
import { parsePercent } from "./ratio.ts";

describe("lengths of time", () => {
  test.each([
    ["4s", 4_000_000],
    ["250ms", 250_000],
    ["1.5s", 1_500_000],
    ["0.3 s", 300_000],
    ["2min", 120_000_000],
    ["1h", 3_600_000_000],
    ["7us", 7],
    [250, 250_000],
    [0.5, 500],
    [0, 0],
    ["2.4s", 2_400_000],
    ["4.000122s", 4_000_122],
  ])("%s is %d µs", (text, us) => {
    expect(parseDuration(text)).toBe(us);
  });

  test.each([
    "",
    "4",
    "4 parsecs",
    "-4s",
    "s",
    "1e3ms",
    "0.1us",
    "NaNs",
    -1,
    Number.NaN,
    Infinity,
    "8761h",
    1e300,
  ])("%s is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test.each([
    [0, "0 µs"],
    [999, "999 µs"],
    [250_000, "250 ms"],
    [200_150, "200.15 ms"],
    [4_000_000, "4 s"],
  ])("%d µs is written %s", (us, text) => {
    expect(formatDuration(us)).toBe(text);
  });
});

describe("chances", () => {
  test.each([
    ["10%", { n: 10, outOf: 100 }],
    ["0.5%", { n: 5, outOf: 1000 }],
    ["100%", { n: 100, outOf: 100 }],
    ["0%", { n: 0, outOf: 100 }],
    ["12.3456%", { n: 123456, outOf: 1_000_000 }],
  ])("%s", (text, ratio) => {
    expect(parsePercent(text)).toEqual(ratio);
  });

  test.each(["101%", "100.1%", "10", "-1%", "%", "1.23456%", ""])("%s is none", (text) => {
    expect(parsePercent(text)).toBeUndefined();
  });
});
