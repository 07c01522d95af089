import { expect, test } from "vitest";
import { after, formatTime, fromMs, micros, TIME_ZERO, timeAt } from "./time.ts";

test.each([
  [0, "0.000000 s"],
  [1, "0.000001 s"],
  [12_345_678, "12.345678 s"],
  [86_400_000_000, "86400.000000 s"],
])("%i µs reads %s", (us, text) => {
  expect(formatTime(us)).toBe(text);
});

test("a moment and a length give a later moment", () => {
  expect(after(after(TIME_ZERO, fromMs(1.5)), micros(7))).toBe(timeAt(1507));
});

test.each([-1, 0.5, Number.NaN, 2 ** 53])("%s is neither a moment nor a length", (n) => {
  expect(() => micros(n)).toThrow(RangeError);
  expect(() => timeAt(n)).toThrow(RangeError);
});
