import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Delay, delayProblem, drawDelay } from "./delay.ts";
import { Random } from "./prng.ts";

const micros = fc.nat(2 ** 31);

function drawMany(delay: Delay, count: number): number[] {
  const random = Random.fromSeed(1);
  return Array.from({ length: count }, () => drawDelay(delay, random));
}

test("a constant is that, and takes no draw", () => {
  fc.assert(
    fc.property(micros, (us) => {
      const random = Random.fromSeed(1);

      expect(drawDelay({ kind: "constant", us }, random)).toBe(us);
      expect(random.uint32()).toBe(Random.fromSeed(1).uint32());
    }),
  );
});

test("a uniform delay lies between its bounds", () => {
  fc.assert(
    fc.property(fc.nat(), micros, micros, (seed, a, b) => {
      const delay = { kind: "uniform", minUs: Math.min(a, b), maxUs: Math.max(a, b) } as const;
      const us = drawDelay(delay, Random.fromSeed(seed));

      expect(us).toBeGreaterThanOrEqual(delay.minUs);
      expect(us).toBeLessThanOrEqual(delay.maxUs);
    }),
  );
});

test("a uniform delay reaches both bounds", () => {
  const drawn = new Set(drawMany({ kind: "uniform", minUs: 3, maxUs: 6 }, 200));

  expect([...drawn].sort((a, b) => a - b)).toEqual([3, 4, 5, 6]);
});

describe("quantiles", () => {
  test("a draw lies between the least and the greatest", () => {
    const tables = fc
      .array(micros, { minLength: 2, maxLength: 8 })
      .map((us) => us.sort((a, b) => a - b));
    fc.assert(
      fc.property(fc.nat(), tables, (seed, us) => {
        const drawn = drawDelay({ kind: "quantiles", us }, Random.fromSeed(seed));

        expect(drawn).toBeGreaterThanOrEqual(us[0] as number);
        expect(drawn).toBeLessThanOrEqual(us.at(-1) as number);
      }),
    );
  });

  test("each step is as likely as the next: five entries are minimum, quartiles and maximum", () => {
    const us = [0, 10, 100, 1000, 100_000];
    const drawn = drawMany({ kind: "quantiles", us }, 40_000);

    for (const [i, share] of [0.25, 0.5, 0.75].entries()) {
      const below = drawn.filter((n) => n <= (us[i + 1] as number)).length / drawn.length;
      // A quarter of the steps each; the bound itself belongs to two of them, which adds up to 1/11 of one.
      expect(below).toBeGreaterThan(share - 0.02);
      expect(below).toBeLessThan(share + 0.03);
    }
  });
});

describe("what is wrong with a delay", () => {
  test.each<Delay>([
    { kind: "constant", us: 0 },
    { kind: "constant", us: 2 ** 31 },
    { kind: "uniform", minUs: 5, maxUs: 5 },
    { kind: "quantiles", us: [1, 1] },
    { kind: "quantiles", us: [0, 10, 20, 30, 2 ** 31] },
  ])("%j: nothing", (delay) => {
    expect(delayProblem(delay)).toBeUndefined();
  });

  test.each<[Delay, string]>([
    [
      { kind: "constant", us: -1 },
      "holds -1, which is no whole number of microseconds from 0 to 2^31",
    ],
    [
      { kind: "constant", us: 0.5 },
      "holds 0.5, which is no whole number of microseconds from 0 to 2^31",
    ],
    [
      { kind: "constant", us: Number.NaN },
      "holds NaN, which is no whole number of microseconds from 0 to 2^31",
    ],
    [
      { kind: "uniform", minUs: 0, maxUs: 2 ** 31 + 1 },
      "holds 2147483649, which is no whole number of microseconds from 0 to 2^31",
    ],
    [{ kind: "uniform", minUs: 2, maxUs: 1 }, "does not rise"],
    [{ kind: "quantiles", us: [1, 3, 2] }, "does not rise"],
    [{ kind: "quantiles", us: [1] }, "needs at least two quantiles"],
    [{ kind: "quantiles", us: [] }, "needs at least two quantiles"],
  ])("%j: it %s", (delay, problem) => {
    expect(delayProblem(delay)).toBe(problem);
  });

  test("where nothing is wrong, a draw succeeds", () => {
    const any: fc.Arbitrary<Delay> = fc.oneof(
      fc.record({ kind: fc.constant("constant" as const), us: fc.integer() }),
      fc.record({
        kind: fc.constant("uniform" as const),
        minUs: fc.integer(),
        maxUs: fc.integer(),
      }),
      fc.record({
        kind: fc.constant("quantiles" as const),
        us: fc.array(fc.integer({ min: -1, max: 9 })),
      }),
    );
    fc.assert(
      fc.property(any, fc.nat(), (delay, seed) => {
        fc.pre(delayProblem(delay) === undefined);
        const us = drawDelay(delay, Random.fromSeed(seed));

        expect(Number.isSafeInteger(us) && us >= 0).toBe(true);
      }),
    );
  });
});
