import { defineScenario } from "../define.ts";
import type { Predicate } from "../format/predicate.ts";
import { titleOfFinalizeWait } from "./families.ts";
import { settledUnder } from "./steps.ts";

/**
 * A quorum that agrees waits 200 ms for a better vote (finalizeWait). A fourth, better server comes at every gap
 * around the end of that wait.
 */

const FINALIZE_WAIT_MS = 200;

/** Dialling, and the vote's own way, take less than this on the loopback network. */
const ON_THE_WAY_MS = 1;

export function finalizeWait(gapMs: number) {
  return defineScenario({
    name: `finalize-wait-${gapMs}ms`,
    title: titleOfFinalizeWait(gapMs),
    about: aboutGap(gapMs),
    group: "election",
    ensemble: { size: 5 },
    // Nothing but the way of its vote lies between the better server's boot and the others.
    disk: "zero",
    steps: [
      // One after another, so that every pair has its connection when the third comes.
      { at: 0, do: "boot", server: [1, 2, 3], every: "1s" },
      {
        when: { quorumAgrees: { "1,2,3": true }, votes: { "1,2,3": 3 } },
        after: `${gapMs}ms`,
        do: "boot",
        server: 4,
        label: "better",
      },
    ],
    limit: { time: "2min" },
    for: "1s",
    expect: [{ end: outcome(gapMs) }, ...timely(gapMs)],
  });
}

function aboutGap(gapMs: number): string {
  if (isInTime(gapMs)) {
    return "Its vote arrives while the three others still wait: they look again, adopt it, and 4 wins.";
  }
  if (isTooLate(gapMs)) {
    return "The wait is over: 3 leads, and the better server 4 joins it as a follower.";
  }
  return (
    "Its vote arrives as the wait ends, for some before and for others after. Whichever side gets a quorum of " +
    "followers leads; if neither does, all look again when initLimit is over."
  );
}

function isInTime(gapMs: number): boolean {
  return gapMs + ON_THE_WAY_MS <= FINALIZE_WAIT_MS;
}

function isTooLate(gapMs: number): boolean {
  return gapMs > FINALIZE_WAIT_MS;
}

function outcome(gapMs: number): Predicate {
  if (isInTime(gapMs)) return settledUnder(4);
  if (isTooLate(gapMs)) return settledUnder(3);
  return { settled: true, any: [{ leader: 3 }, { leader: 4 }] };
}

function timely(gapMs: number) {
  if (!isInTime(gapMs) && !isTooLate(gapMs)) return [];
  const leader = isInTime(gapMs) ? 4 : 3;
  return [
    { within: "2s", of: "better", that: settledUnder(leader) },
    { never: { leader: isInTime(gapMs) ? 3 : 4 } },
  ];
}
