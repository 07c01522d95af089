import { expect, test } from "vitest";
import { rulesWith } from "../../core/server/bugs.ts";
import { planOf } from "./zab-plan.ts";
import { judgeZab, mustHold } from "./zab-worlds.ts";

/** How many worlds are tried. `npm run seeds` tries 10,000; with VIVARIUM_SEED=N they begin with that one. */
const RUNS = Number(process.env["VIVARIUM_SEEDS"] ?? 300);
const FIRST = Number(process.env["VIVARIUM_SEED"] ?? 1);
const ENOUGH = 300;
const MINUTES = 60_000;

/** What has to happen in 300 worlds, and how often at the least: without it they would be tame. */
const IMPORTANT: Readonly<Record<string, number>> = {
  established: 500,
  committed: 20_000,
  DIFF: 1000,
  "DIFF with proposals": 100,
  TRUNC: 20,
  SNAP: 200,
  truncated: 20,
  fastForwarded: 200,
  snapshotBegun: 1000,
  sessionExpiring: 100,
  "session moved": 100,
  "lost between NEWLEADER and UPTODATE": 20,
  "left: not sufficient followers synced": 20,
  "left: nothing heard from the leader": 50,
  "lost: acknowledges nothing within syncLimit": 10,
  "crash: acceptedEpoch of a leader": 3,
  "crash: acceptedEpoch of a learner": 3,
  "crash: currentEpoch of a leader": 3,
  "crash: currentEpoch of a learner": 3,
  "crash: log": 30,
  "crash: history": 3,
  "crash: snapshot of a leader": 3,
  "crash: snapshot of a learner": 3,
  "crash: snapshot in the background": 5,
  "crash: first snapshot": 1,
  "crash: truncation": 1,
  "crash: discarded log": 1,
  "voter wiped": 1,
};

test(
  `ensembles under all sorts of faults keep what Zab promises, and go on when the faults stop (${RUNS} worlds)`,
  { timeout: 60 * MINUTES },
  () => {
    const sums = new Map<string, number>();
    for (let seed = FIRST; seed < FIRST + RUNS; seed++) mustHold(planOf(seed)).probes.addTo(sums);
    if (RUNS < ENOUGH) return;
    for (const [what, atLeast] of Object.entries(IMPORTANT)) {
      expect(sums.get(what) ?? 0, what).toBeGreaterThanOrEqual(atLeast);
    }
  },
);

test("the same seed gives the same run, with its records kept, hashed or not made at all", () => {
  for (const seed of [FIRST, FIRST + 1, FIRST + 2, FIRST + 3, FIRST + 4]) {
    const plan = planOf(seed);
    const hashed = judgeZab(plan);
    const again = judgeZab(plan, { trace: "kept" });
    const silent = judgeZab(plan, { trace: "off" });
    expect(again.hash).toBe(hashed.hash);
    expect([again.events, silent.events]).toEqual([hashed.events, hashed.events]);
  }
});

/** Each of them spoils some of these worlds within seconds. */
test.each([
  ["zxidBeforeQuorum", /committed stays/],
  ["diffNoTrunc", /prefix/],
  ["diffSetsZxid", /state determinism|prefix/],
  ["keepDirtyMemory", /prefix|logs have no holes/],
  ["ackBeforeLog", /honest acknowledgements/],
  ["ackProposalFirst", /honest acknowledgements|epochs rise/],
  ["fastForwardEarly", /logs have no holes/],
])("the worlds find a server with the bug %s, and tell its story", (bug, property) => {
  const rules = rulesWith([bug]);
  const search = (): void => {
    for (let seed = 1; seed <= 200; seed++) mustHold(planOf(seed), { rules });
  };
  expect(search).toThrow(property);
  expect(search).toThrow(/^VIVARIUM_SEED=\d+ [^]*\n {2}because:\n/);
});
