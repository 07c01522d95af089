import { expect, test } from "vitest";
import { epoch, NOBODY, NOTHING, round, serverId } from "./ids.ts";

test("NOTHING is Java's Long.MIN_VALUE, which a double holds exactly", () => {
  expect(BigInt(NOTHING)).toBe(-(2n ** 63n));
  expect(NOBODY).toBe(NOTHING);
});

test.each([0, 1, 255, -1, Number.MAX_SAFE_INTEGER, NOTHING])("server id %s is taken", (n) => {
  expect(serverId(n)).toBe(n);
});

test.each([0.5, Number.NaN, Infinity, 2 ** 53, 2 ** 63])("server id %s is refused", (n) => {
  expect(() => serverId(n)).toThrow(RangeError);
});

test.each([0, 1, 2 ** 31, NOTHING])("epoch %s is taken", (n) => {
  expect(epoch(n)).toBe(n);
});

test.each([1.5, Number.NaN, -Infinity, 2 ** 53])("epoch %s is refused", (n) => {
  expect(() => epoch(n)).toThrow(RangeError);
});

test.each([0, 1, 2 ** 40])("round %s is taken", (n) => {
  expect(round(n)).toBe(n);
});

test.each([-1, 0.5, NOTHING, Number.NaN])("round %s is refused", (n) => {
  expect(() => round(n)).toThrow(RangeError);
});

test("a refusal names the value and what was expected", () => {
  expect(() => serverId(0.5)).toThrow("a server id is a whole number, got 0.5");
  expect(() => round(-1)).toThrow("a round is a whole number from 0, got -1");
});
