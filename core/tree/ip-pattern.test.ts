import { expect, test } from "vitest";
import { isAddressPattern, matchesAddress } from "./ip-pattern.ts";

test.each(["1.2.3.4", "255.255.255.255", "0.0.0.0/0", "1.2.3.4/32", "+1.2.3.4", "-0.2.3.4"])(
  "%s is a pattern",
  (pattern) => {
    expect(isAddressPattern(pattern)).toBe(true);
  },
);

test.each([
  "",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.",
  "1.2.3.256",
  "1.2.3.-1",
  "1.2.3.x",
  "1.2.3.4/33",
  "1.2.3.4/-1",
  "1.2.3.4/",
  "1.2.3.4/8/8",
  "::1",
])("%j is none", (pattern) => {
  expect(isAddressPattern(pattern)).toBe(false);
});

test.each([
  ["10.1.2.3", "10.1.2.3", true],
  ["10.1.2.3", "10.1.2.4", false],
  ["10.1.2.3", "10.1.2.4/31", false],
  ["10.1.2.5", "10.1.2.4/31", true],
  ["10.1.2.3", "10.0.0.0/8", true],
  ["11.1.2.3", "10.0.0.0/7", true],
  ["12.1.2.3", "10.0.0.0/7", false],
  ["200.1.2.3", "128.0.0.0/1", true],
  ["100.1.2.3", "128.0.0.0/1", false],
  ["1.2.3.4", "99.99.99.99/0", true],
  ["::1", "0.0.0.0/0", false],
])("%s in %s: %s", (address, pattern, isMatch) => {
  expect(matchesAddress(address, pattern)).toBe(isMatch);
});
