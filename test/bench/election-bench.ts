import { countElection, elect, type Order } from "./ensemble.ts";
import { BARE, bareLoop, ENSEMBLE_PENDING, HASH_GOAL, KEPT_GOAL } from "./kernel-bench.ts";
import { interleave, type Variant } from "./measure.ts";
import { type Bench, type BenchOptions, ratesOf, type Row } from "./row.ts";

/** Whole elections: building the ensemble counts as well, since whoever tries many seeds pays for it each time. */
export const electionBench: Bench = {
  name: "election",
  title: "Elections of five servers, from fresh disks until everybody serves",
  run,
};

const ORDERS: readonly Order[] = ["at once", "in order"];
const LEVELS = ["off", "hash", "kept"] as const;

/** Elections of one variant in one round: about a twentieth of a second. */
const SEEDS = Array.from({ length: 300 }, (_, i) => i + 1);

function run({ rounds, progress }: BenchOptions): Row[] {
  const variants = [bareLoop(ENSEMBLE_PENDING)];
  for (const order of ORDERS) variants.push(...variantsOf(order));
  const outcomes = interleave(variants, rounds, (text) => progress(`elections: ${text}`));
  const bare = { name: BARE, figures: ratesOf(outcomes, BARE, "events") };
  const rows: Row[] = [{ name: BARE, unit: "events/s", figures: bare.figures }];
  for (const order of ORDERS) {
    const rates = (level: (typeof LEVELS)[number], what: string): readonly number[] =>
      ratesOf(outcomes, `${order}, ${level}`, what);
    const off = { name: "trace off", figures: rates("off", "events") };
    rows.push(
      row(order, "trace off", "elections/s", rates("off", "elections")),
      { ...row(order, "trace off", "messages/s", rates("off", "messages")), against: bare },
      { ...row(order, "trace off", "events/s", off.figures), against: bare },
      {
        ...row(order, "trace hashed", "events/s", rates("hash", "events")),
        against: off,
        goal: HASH_GOAL,
      },
      {
        ...row(order, "trace kept", "events/s", rates("kept", "events")),
        against: off,
        goal: KEPT_GOAL,
      },
    );
  }
  return rows;
}

function row(order: Order, level: string, unit: string, figures: readonly number[]): Row {
  return { name: `five ${order}, ${level}`, unit, figures };
}

function variantsOf(order: Order): Variant[] {
  // The same seed is the same run whatever the trace keeps, so what is counted is counted once.
  const counts = { elections: SEEDS.length, events: 0, messages: 0 };
  for (const seed of SEEDS) {
    const { events, messages } = countElection(seed, order);
    counts.events += events;
    counts.messages += messages;
  }
  return LEVELS.map((level) => ({
    name: `${order}, ${level}`,
    run: () => {
      for (const seed of SEEDS) elect(seed, order, level);
      return counts;
    },
  }));
}
