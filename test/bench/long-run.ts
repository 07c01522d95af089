import { BareLoop } from "./bare-loop.ts";
import { ENSEMBLE_PENDING } from "./kernel-bench.ts";
import type { BenchOptions, Goal, Row } from "./row.ts";
import { creates, ServingEnsemble, sets } from "./serving-ensemble.ts";

/**
 * Whether a write costs the same at a long run's end as at its beginning. The two lie many seconds apart, so that each
 * is held against the bare loop, which runs beside every five hundred writes.
 */

const NODES = 1000;
const WRITES = 200_000;
const MEASURED = 10_000;
/** Writes that are measured at a time. */
const STRIDE = 500;
const IN_FLIGHT = 100;
const BARE_EVENTS = 150_000;

const GOAL: Goal = { least: 0.8 };

export function longRunRows({ progress }: BenchOptions): Row[] {
  progress("long run: warming up");
  run(3 * MEASURED);
  progress(`long run: ${WRITES / 1000} k writes`);
  const { first, last } = run(WRITES);
  const unit = "writes/k bare events";
  const nameOf = (which: string): string => `long run, ${which} ${MEASURED / 1000} k writes`;
  return [
    { name: nameOf("first"), unit, figures: first },
    {
      name: nameOf("last"),
      unit,
      figures: last,
      against: { name: "first", figures: first },
      goal: GOAL,
    },
  ];
}

/** So many writes; what the first and the last ones came to. */
function run(writes: number): { first: readonly number[]; last: readonly number[] } {
  const ensemble = new ServingEnsemble({ voters: 5, clients: 50, spread: true, trace: "off" });
  ensemble.drive(NODES, IN_FLIGHT, creates(NODES));
  const next = sets(NODES);
  const bare = new BareLoop(ENSEMBLE_PENDING);
  const measure = (): readonly number[] =>
    Array.from({ length: MEASURED / STRIDE }, () => {
      const bareRate =
        BARE_EVENTS /
        secondsOf(() => {
          bare.run(BARE_EVENTS);
        });
      const rate =
        STRIDE /
        secondsOf(() => {
          ensemble.drive(STRIDE, IN_FLIGHT, next);
        });
      return (rate / bareRate) * 1000;
    });
  const first = measure();
  ensemble.drive(writes - 2 * MEASURED, IN_FLIGHT, next);
  return { first, last: measure() };
}

function secondsOf(work: () => void): number {
  const begin = performance.now();
  work();
  return (performance.now() - begin) / 1000;
}
