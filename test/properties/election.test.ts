import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONVERGENCE_BOUND_MS, type Fault, hostileWorlds, judge } from "./hostile-worlds.ts";

/** How many worlds each property tries. `npm run seeds` tries 10,000. */
const RUNS = Number(process.env["VIVARIUM_SEEDS"] ?? 500);
const MINUTES = 60_000;

const PARTITIONS: readonly Fault["what"][] = ["partition", "oneWay", "clog"];
const EVERYTHING: readonly Fault["what"][] = [...PARTITIONS, "reset", "crash", "pause"];

describe.each([
  ["loss, delay and partitions that end", PARTITIONS],
  ["crashes, pauses and broken connections besides", EVERYTHING],
] as const)("under %s", (_title, kinds) => {
  test(`elections are safe and end (${RUNS} worlds)`, { timeout: 60 * MINUTES }, () => {
    fc.assert(
      fc.property(hostileWorlds(kinds), (world) => {
        const outcome = judge(world);
        expect(outcome.violations).toEqual([]);
        expect(
          outcome.convergedAfterMs,
          `no single leader that all are with within ${CONVERGENCE_BOUND_MS} ms: ${outcome.state}`,
        ).toBeDefined();
      }),
      { numRuns: RUNS },
    );
  });
});
