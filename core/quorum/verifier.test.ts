import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { serverId, type ServerId } from "../ids.ts";
import { isQuorum, isVoter, quorumNeeds, type QuorumVerifier, weightOf } from "./verifier.ts";

function sids(...ids: number[]): ServerId[] {
  return ids.map(serverId);
}

function majorityOf(count: number): QuorumVerifier {
  return { kind: "majority", voters: sids(...Array.from({ length: count }, (_, i) => i + 1)) };
}

function hierarchy(groups: number[][], weights: Record<number, number> = {}): QuorumVerifier {
  const voters = groups.flat();
  return {
    kind: "hierarchical",
    voters: sids(...voters),
    groups: groups.map((members, i) => ({ id: i + 1, members: sids(...members) })),
    weights: voters.map((id) => [serverId(id), weights[id] ?? 1] as const),
  };
}

const THREE_GROUPS = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
];

describe("QuorumMaj", () => {
  test.each([
    [5, [1, 2, 3], true],
    [5, [1, 2], false],
    [4, [1, 2], false],
    [4, [1, 2, 3], true],
    [2, [1], false],
    [2, [1, 2], true],
    [1, [1], true],
    [1, [], false],
    [3, [], false],
  ])("of %i voters, %j: %s", (voters, servers, expected) => {
    expect(isQuorum(majorityOf(voters), sids(...servers))).toBe(expected);
  });

  test("servers that are no voters do not count", () => {
    expect(isQuorum(majorityOf(3), sids(1, 7, 8))).toBe(false);
    expect(isVoter(majorityOf(3), serverId(7))).toBe(false);
    expect(isVoter(majorityOf(3), serverId(3))).toBe(true);
  });

  test("more than half of the voters, and nothing else", () => {
    const ensembles = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(ensembles, fc.uniqueArray(fc.integer({ min: 1, max: 12 })), (voters, servers) => {
        const present = servers.filter((id) => id <= voters).length;

        expect(isQuorum(majorityOf(voters), sids(...servers))).toBe(present * 2 > voters);
      }),
    );
  });
});

describe("QuorumHierarchical", () => {
  test.each([
    [[1, 2, 4, 5], true],
    [[1, 2, 3, 4, 7], false],
    [[], false],
    [[1, 2, 3], false],
    [[4, 5, 8, 9], true],
  ])("three groups of three, all weights 1, %j: %s", (servers, expected) => {
    expect(isQuorum(hierarchy(THREE_GROUPS), sids(...servers))).toBe(expected);
  });

  test.each([
    [[1, 2, 7], false],
    [[1, 2, 7, 8], true],
    [[1, 2, 7, 9], false],
  ])("with weight.9=0 the third group weighs 2, %j: %s", (servers, expected) => {
    expect(isQuorum(hierarchy(THREE_GROUPS, { 9: 0 }), sids(...servers))).toBe(expected);
  });

  test("a group of total weight 0 does not count among the groups", () => {
    const verifier = hierarchy(THREE_GROUPS, { 7: 0, 8: 0, 9: 0 });

    // Two groups are left, and more than half of two is both.
    expect(isQuorum(verifier, sids(1, 2, 7, 8, 9))).toBe(false);
    expect(isQuorum(verifier, sids(1, 2, 4, 5))).toBe(true);
  });

  test("where nobody has weight, nobody is a quorum", () => {
    expect(isQuorum(hierarchy([[1, 2]], { 1: 0, 2: 0 }), sids(1, 2))).toBe(false);
  });

  /** Groups of one to four servers with weights 0 to 3, and a set of servers, some of them strangers. */
  const cases = fc
    .array(fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
    .chain((weights) => {
      const count = weights.flat().length;
      return fc.tuple(
        fc.constant(weights),
        fc.uniqueArray(fc.integer({ min: 1, max: count + 2 }), { maxLength: count + 2 }),
      );
    });

  test("is a majority of weight in a majority of the groups that have any", () => {
    fc.assert(
      fc.property(cases, ([weights, servers]) => {
        let id = 1;
        const groups = weights.map((group) => group.map((weight) => ({ id: id++, weight })));
        const sum = (members: { weight: number }[]): number =>
          members.reduce((total, { weight }) => total + weight, 0);
        const heavy = groups.filter((group) => sum(group) > 0);
        const won = heavy.filter(
          (group) => sum(group.filter((member) => servers.includes(member.id))) * 2 > sum(group),
        );

        const verifier = hierarchy(
          groups.map((group) => group.map((member) => member.id)),
          Object.fromEntries(groups.flat().map((member) => [member.id, member.weight])),
        );
        expect(isQuorum(verifier, sids(...servers))).toBe(won.length * 2 > heavy.length);
      }),
      { numRuns: 500 },
    );
  });

  test("any two quorums share a server, which is what makes them quorums", () => {
    fc.assert(
      fc.property(cases, ([weights, servers]) => {
        let id = 1;
        const ids = weights.map((group) => group.map(() => id++));
        const verifier = hierarchy(
          ids,
          Object.fromEntries(ids.flat().map((member, i) => [member, weights.flat()[i] as number])),
        );
        const rest = ids.flat().filter((member) => !servers.includes(member));

        expect(isQuorum(verifier, sids(...servers)) && isQuorum(verifier, sids(...rest))).toBe(
          false,
        );
      }),
      { numRuns: 500 },
    );
  });
});

test("a quorum stays one when more servers join it", () => {
  const subsets = fc.uniqueArray(fc.integer({ min: 1, max: 9 }));
  const verifiers = fc.constantFrom(majorityOf(9), hierarchy(THREE_GROUPS, { 9: 0, 4: 3 }));
  fc.assert(
    fc.property(verifiers, subsets, subsets, (verifier, some, more) => {
      fc.pre(isQuorum(verifier, sids(...some)));

      expect(isQuorum(verifier, sids(...new Set([...some, ...more])))).toBe(true);
    }),
  );
});

test("weights: 1 for all under a majority, as configured in a hierarchy", () => {
  expect(weightOf(majorityOf(3), serverId(2))).toBe(1);
  const verifier = hierarchy(THREE_GROUPS, { 9: 0, 2: 5 });
  expect([1, 2, 9].map((id) => weightOf(verifier, serverId(id)))).toEqual([1, 5, 0]);
});

test("what a quorum takes, in words", () => {
  expect([1, 2, 3, 4, 5].map((n) => quorumNeeds(majorityOf(n)))).toEqual([
    "1 of 1",
    "2 of 2",
    "2 of 3",
    "3 of 4",
    "3 of 5",
  ]);
  expect(quorumNeeds(hierarchy(THREE_GROUPS))).toBe("more than half the weight in 2 of 3 groups");
  expect(quorumNeeds(hierarchy(THREE_GROUPS, { 7: 0, 8: 0, 9: 0 }))).toBe(
    "more than half the weight in 2 of 2 groups",
  );
});
