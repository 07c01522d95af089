import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ELECTION_RULES, type ElectionRules } from "../../core/election/rules.ts";
import { World } from "../../sim/world.ts";
import { ensemble } from "../support/ensembles.ts";
import { hostileWorlds, judge } from "../properties/hostile-worlds.ts";

/**
 * Tests of the tests: an election with a deliberate mistake in it must be caught. Each mistake replaces one rule
 * of the election and leaves the rest as it is.
 */

const ZXID_BEFORE_EPOCH: ElectionRules = {
  ...ELECTION_RULES,
  isGreater: (a, b) => {
    if (a.zxid !== b.zxid) return a.zxid > b.zxid;
    if (a.peerEpoch !== b.peerEpoch) return a.peerEpoch > b.peerEpoch;
    return a.leader > b.leader;
  },
};

const COUNT_EARLIER_ROUNDS: ElectionRules = { ...ELECTION_RULES, counts: () => true };

const SKIP_FINALIZE_WAIT: ElectionRules = { ...ELECTION_RULES, finalizeWaitMs: 0 };

/** The properties that random worlds of the election's own test find broken, with this set of rules. */
function propertiesBroken(rules: ElectionRules, worlds: number): Set<string> {
  const broken = new Set<string>();
  const sample = fc.sample(hostileWorlds(["partition", "crash"]), { numRuns: worlds, seed: 1 });
  for (const world of sample) {
    for (const violation of judge(world, rules).violations) broken.add(violation.property);
  }
  return broken;
}

describe("the properties that hold for the election catch a mistake in it", () => {
  test("the right rules break none of them", () => {
    expect(propertiesBroken(ELECTION_RULES, 200)).toEqual(new Set());
  });

  test("zxid compared before epoch: somebody in the quorum had more to offer than the leader", () => {
    const broken = propertiesBroken(ZXID_BEFORE_EPOCH, 200);
    expect(broken).toContain("greatest of its quorum");
    expect(broken).toContain("votes rise within a round");
  });

  test("votes of an earlier round counted: a leader without a quorum of votes in its round", () => {
    expect(propertiesBroken(COUNT_EARLIER_ROUNDS, 200)).toContain("votes of a quorum");
  });
});

describe("a better vote within finalizeWait", () => {
  /** 1, 2 and 3 of five agree on 3; 4 comes 100 ms later, half-way through the wait. */
  function leaderWithFourthServerComingLate(rules: ElectionRules): number | undefined {
    const world = new World({ seed: 1, peers: ensemble({ voters: 5 }), rules });
    for (const id of [1, 2, 3]) world.schedule(0, { do: "boot", server: id });
    world.schedule(100_000, { do: "boot", server: 4 });
    world.run({ untilTime: 5_000_000 });
    return world.leader?.id;
  }

  test("is taken up: the fourth server leads", () => {
    expect(leaderWithFourthServerComingLate(ELECTION_RULES)).toBe(4);
  });

  test("finalizeWait skipped: the fourth server comes too late", () => {
    expect(leaderWithFourthServerComingLate(SKIP_FINALIZE_WAIT)).toBe(3);
  });
});
