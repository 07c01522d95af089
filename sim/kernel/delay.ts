import type { Random } from "./prng.ts";

/**
 * How long something takes, as data, in whole microseconds. Tables instead of formulas: `Math.log` and its kin
 * may round differently from engine to engine, and a table can be read off a measurement.
 */
export type Delay =
  | { readonly kind: "constant"; readonly us: number }
  /** Every whole number from `minUs` to `maxUs` is equally likely. */
  | { readonly kind: "uniform"; readonly minUs: number; readonly maxUs: number }
  /**
   * Quantiles at equal steps from the least to the greatest: a draw picks a step, then a point within it. Five
   * entries are minimum, quartiles and maximum.
   */
  | { readonly kind: "quantiles"; readonly us: readonly number[] };

export function drawDelay(delay: Delay, random: Random): number {
  switch (delay.kind) {
    case "constant":
      return delay.us;
    case "uniform":
      return random.int(delay.minUs, delay.maxUs);
    case "quantiles": {
      const step = random.int(0, delay.us.length - 2);
      return random.int(delay.us[step] as number, delay.us[step + 1] as number);
    }
  }
}

/** What is wrong with a delay, or undefined. For the doors that take one from outside. */
export function delayProblem(delay: Delay): string | undefined {
  const values =
    delay.kind === "constant"
      ? [delay.us]
      : delay.kind === "uniform"
        ? [delay.minUs, delay.maxUs]
        : delay.us;
  if (delay.kind === "quantiles" && values.length < 2) return "needs at least two quantiles";
  for (const value of values) {
    if (!Number.isInteger(value) || value < 0 || value > 2 ** 31) {
      return `holds ${value}, which is no whole number of microseconds from 0 to 2^31`;
    }
  }
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) < (values[i - 1] as number)) return "does not rise";
  }
  return undefined;
}
