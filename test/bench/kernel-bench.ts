import { BareLoop } from "./bare-loop.ts";
import { KernelLoop } from "./kernel-loop.ts";
import { interleave, type Variant } from "./measure.ts";
import { type Bench, type BenchOptions, type Goal, ratesOf, type Row } from "./row.ts";

/** The kernel with trivial handlers, against a loop that does the same work without it. */
export const kernelBench: Bench = {
  name: "kernel",
  title: "The kernel with trivial handlers, against a bare loop",
  run: (options) => [
    ...rowsFor(ENSEMBLE_PENDING, options),
    ...rowsFor(CROWD_PENDING, options).map(withoutGoal),
  ],
};

/** How many events wait in a run of some servers; the goals are for this. */
export const ENSEMBLE_PENDING = 100;
/** Where the heap's depth, and memory, begin to count. */
const CROWD_PENDING = 10_000;

/** About a tenth of a second. */
const EVENTS = 500_000;

const KERNEL_GOAL: Goal = { least: 0.7 };
export const HASH_GOAL: Goal = { least: 0.95 };
export const KEPT_GOAL: Goal = { least: 0.8 };

/** The bound, as a variant of any table. */
export function bareLoop(pending: number, replacing = false): Variant {
  return {
    name: replacing ? REPLACING : BARE,
    run: () => {
      new BareLoop(pending, replacing).run(EVENTS);
      return { events: EVENTS };
    },
  };
}

export const BARE = "bare loop";
const REPLACING = "bare loop, replacing";

function rowsFor(pending: number, { rounds, progress }: BenchOptions): Row[] {
  const levels = (["off", "hash", "kept"] as const).map((level) => ({
    name: level,
    run: () => {
      new KernelLoop(pending, level).run(EVENTS);
      return { events: EVENTS };
    },
  }));
  const variants = [bareLoop(pending), bareLoop(pending, true), ...levels];
  const outcomes = interleave(variants, rounds, (text) => {
    progress(`kernel, ${pending} pending: ${text}`);
  });
  const figures = (variant: string): readonly number[] => ratesOf(outcomes, variant, "events");
  const row = (name: string, variant: string): Row => ({
    name: `${pending} pending: ${name}`,
    unit: "events/s",
    figures: figures(variant),
  });
  const bare = { name: BARE, figures: figures(BARE) };
  const off = { name: "trace off", figures: figures("off") };
  return [
    row(BARE, BARE),
    { ...row(REPLACING, REPLACING), against: bare },
    { ...row("kernel, trace off", "off"), against: bare, goal: KERNEL_GOAL },
    { ...row("kernel, trace hashed", "hash"), against: off, goal: HASH_GOAL },
    { ...row("kernel, trace kept", "kept"), against: off, goal: KEPT_GOAL },
  ];
}

function withoutGoal(row: Row): Row {
  const { goal, ...rest } = row;
  return goal === undefined ? row : rest;
}
