import fc from "fast-check";
import { expect, test } from "vitest";
import { readClock, TRUE_CLOCK, untilClockMoved } from "./clock.ts";

const DAY_US = 86_400_000_000;

const clocks = fc.record({
  offsetMs: fc.integer({ min: -86_400_000, max: 86_400_000 }),
  driftPpm: fc.integer({ min: -200_000, max: 200_000 }),
});
const moments = fc.nat(DAY_US);
const waits = fc.nat(3_600_000);

test("a true clock reads virtual time in whole milliseconds", () => {
  fc.assert(
    fc.property(moments, (us) => {
      expect(readClock(TRUE_CLOCK, us)).toBe(Math.floor(us / 1000));
    }),
  );
});

test("an offset is how far ahead the clock stands", () => {
  expect(readClock({ offsetMs: 5000, driftPpm: 0 }, 1_000_000)).toBe(6000);
  expect(readClock({ offsetMs: -5000, driftPpm: 0 }, 1_000_000)).toBe(-4000);
});

test.each([
  [100, 1_000_100],
  [-100, 999_900],
  [200_000, 1_200_000],
])("a drift of %i ppm: after 1000 s the clock has moved on by %i ms", (driftPpm, ms) => {
  expect(readClock({ offsetMs: 0, driftPpm }, 1_000_000_000)).toBe(ms);
});

test("a clock never goes back", () => {
  fc.assert(
    fc.property(clocks, moments, moments, (clock, a, b) => {
      const [earlier, later] = [Math.min(a, b), Math.max(a, b)];

      expect(readClock(clock, earlier)).toBeLessThanOrEqual(readClock(clock, later));
    }),
  );
});

test("a timer never fires before the server's own clock has moved on by as much", () => {
  fc.assert(
    fc.property(clocks, moments, waits, (clock, set, ms) => {
      const fires = set + untilClockMoved(clock, ms);

      expect(Number.isSafeInteger(fires)).toBe(true);
      expect(readClock(clock, fires) - readClock(clock, set)).toBeGreaterThanOrEqual(ms);
    }),
    { numRuns: 1000 },
  );
});

test("nor more than a moment later", () => {
  fc.assert(
    fc.property(clocks, moments, waits, (clock, set, ms) => {
      const fires = set + untilClockMoved(clock, ms);

      // Reading in whole milliseconds may show one more.
      expect(readClock(clock, fires) - readClock(clock, set)).toBeLessThanOrEqual(ms + 1);
    }),
    { numRuns: 1000 },
  );
});
