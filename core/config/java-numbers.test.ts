import { expect, test } from "vitest";
import {
  decodeInt32,
  decodeInt64,
  numberFormatMessage,
  parseInt32,
  parseInt64,
  toHexString,
} from "./java-numbers.ts";

test.each([
  ["0", 0],
  ["-0", 0],
  ["+7", 7],
  ["007", 7],
  ["2147483647", 2147483647],
  ["-2147483648", -2147483648],
  ["\u0661\u0662", 12],
  ["\uff11", 1],
])("Integer.parseInt(%j) is %d", (text, value) => {
  expect(parseInt32(text)).toBe(value);
});

test.each(["", "-", "+", "+-1", " 1", "1 ", "1_0", "0x10", "1.5", "2147483648", "-2147483649"])(
  "Integer.parseInt(%j) fails",
  (text) => {
    expect(parseInt32(text)).toBeUndefined();
  },
);

test("Long.parseLong keeps 64 bits and no more", () => {
  expect(parseInt64("9223372036854775807")).toBe(9223372036854775807n);
  expect(parseInt64("-9223372036854775808")).toBe(-9223372036854775808n);
  expect(parseInt64("9223372036854775808")).toBeUndefined();
  expect(parseInt64("100000003", 16)).toBe(0x100000003n);
  expect(parseInt64("ffffffffffffffff", 16)).toBeUndefined();
  expect(toHexString(-1n)).toBe("ffffffffffffffff");
});

test("the message names a radix that is not 10", () => {
  expect(numberFormatMessage("")).toBe('For input string: ""');
  expect(numberFormatMessage("xyz", 16)).toBe('For input string: "xyz" under radix 16');
});

test.each([
  ["31", 31],
  ["0x1f", 31],
  ["-0X1F", -31],
  ["#1f", 31],
  ["037", 31],
  ["0", 0],
  ["-0x80000000", -2147483648],
])("Integer.decode(%j) is %d", (text, value) => {
  expect(decodeInt32(text)).toBe(value);
});

test.each(["", "-", "0x", "08", "--1", "0x-1", "abc", "2147483648"])(
  "Integer.decode(%j) fails",
  (text) => {
    expect(decodeInt32(text)).toBeUndefined();
  },
);

test("Long.decode", () => {
  expect(decodeInt64("0x7fffffffffffffff")).toBe(9223372036854775807n);
});
