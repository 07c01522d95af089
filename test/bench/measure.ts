import { max, median, min } from "simple-statistics";

/**
 * Measuring by comparison. A machine that others use as well may be three times slower from one moment to the next,
 * so a figure by itself says little; two figures taken alternately say how they compare. All variants of a table
 * run in one process, one after another in each round, and a ratio is the median of the rounds' own ratios.
 */

/** One side of a comparison. */
export interface Variant {
  readonly name: string;
  /** Does some work, and says how much of each thing that is counted it did. */
  readonly run: () => Readonly<Record<string, number>>;
  /** Puts back what the work changed. Its time does not count. */
  readonly tidy?: () => void;
}

/** What all rounds of one variant came to. */
export interface Outcome {
  readonly name: string;
  /** By what was counted: how many a second, one figure for each round. */
  readonly rates: Readonly<Record<string, readonly number[]>>;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * How long each variant runs before anything counts. The compiler optimises a function for what it has seen, and
 * forgets when it sees something else: only when all variants have run for a while has it seen all.
 */
const WARM_UP_SECONDS = 1.5;

export function interleave(
  variants: readonly Variant[],
  rounds: number,
  progress: (text: string) => void,
  warmUpSeconds: number = WARM_UP_SECONDS,
): Outcome[] {
  progress("warming up");
  for (let seconds = 0; seconds < warmUpSeconds * variants.length;) {
    for (const variant of variants) seconds += secondsOf(variant).seconds;
  }
  const outcomes = variants.map(({ name }) => ({ name, rates: {} as Record<string, number[]> }));
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    // Each round begins with another variant, so that none always runs in the wake of the same one.
    for (let i = 0; i < variants.length; i++) {
      const place = (i + round) % variants.length;
      const { counts, seconds } = secondsOf(variants[place] as Variant);
      const { rates } = outcomes[place] as (typeof outcomes)[number];
      for (const [what, count] of Object.entries(counts))
        (rates[what] ??= []).push(count / seconds);
    }
  }
  return outcomes;
}

function secondsOf({ run, tidy }: Variant): {
  counts: ReturnType<Variant["run"]>;
  seconds: number;
} {
  const begin = performance.now();
  const counts = run();
  const seconds = (performance.now() - begin) / 1000;
  tidy?.();
  return { counts, seconds };
}

export function spreadOf(figures: readonly number[]): Spread {
  const list = [...figures];
  return { median: median(list), min: min(list), max: max(list) };
}

/** How one list of figures compares with another that was taken in the same rounds. */
export function ratioOf(figures: readonly number[], others: readonly number[]): Spread {
  return spreadOf(figures.map((figure, round) => figure / (others[round] as number)));
}
