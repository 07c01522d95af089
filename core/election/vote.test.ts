import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { epoch, NOBODY, NOTHING, round, serverId } from "../ids.ts";
import { NO_ZXID, zxid } from "../zxid.ts";
import {
  agrees,
  type Candidate,
  decidingField,
  isGreater,
  SERVER_STATES,
  type ServerState,
  type Vote,
} from "./vote.ts";

type Triple = readonly [peerEpoch: number, zxid: number, leader: number];

function candidate(...[peerEpoch, lastZxid, leader]: Triple): Candidate {
  return { peerEpoch: epoch(peerEpoch), zxid: zxid(lastZxid), leader: serverId(leader) };
}

const NOBODYS: Candidate = { peerEpoch: epoch(NOTHING), zxid: NO_ZXID, leader: NOBODY };

describe("the order of votes", () => {
  // As (epoch, zxid, id): FastLeaderElection.totalOrderPredicate.
  test.each<[Triple, Triple, boolean]>([
    [[1, 5, 1], [1, 4, 9], true],
    [[1, 4, 9], [1, 4, 3], true],
    [[1, 4, 3], [1, 4, 3], false],
    [[0, 9, 9], [1, 0, 1], false],
    // ZOOKEEPER-1419: the id was compared though the epochs differ.
    [[1, 4, 9], [2, 4, 1], false],
    [[1, 4, 9], [1, 5, 1], false],
    [[2, 4, 1], [1, 4, 9], true],
  ])("%j beats %j: %s", (a, b, expected) => {
    expect(isGreater(candidate(...a), candidate(...b))).toBe(expected);
  });

  test("a later epoch beats a greater zxid", () => {
    const shortLog = candidate(4, 3 * 2 ** 32 + 1, 1);
    const longLog = candidate(3, 3 * 2 ** 32 + 9, 2);

    expect(isGreater(shortLog, longLog)).toBe(true);
    expect(isGreater(longLog, shortLog)).toBe(false);
  });

  const fields = fc.constantFrom(0, 1, 2, 3);
  const candidates = fc.oneof(
    fc.tuple(fields, fields, fields).map((parts) => candidate(...parts)),
    fc.constant(NOBODYS),
  );

  test("anybody's vote beats an observer's, which names nobody", () => {
    fc.assert(
      fc.property(fc.tuple(fields, fields, fields), (parts) => {
        expect(isGreater(candidate(...parts), NOBODYS)).toBe(true);
        expect(isGreater(NOBODYS, candidate(...parts))).toBe(false);
      }),
    );
  });

  test("is the order of the triples (epoch, zxid, id)", () => {
    const asTriple = (c: Candidate): number[] => [c.peerEpoch, c.zxid, c.leader];
    fc.assert(
      fc.property(candidates, candidates, (a, b) => {
        const at = asTriple(a).findIndex((n, i) => n !== asTriple(b)[i]);
        const model = at >= 0 && (asTriple(a)[at] as number) > (asTriple(b)[at] as number);

        expect(isGreater(a, b)).toBe(model);
        expect(decidingField(a, b)).toBe(["same", "peerEpoch", "zxid", "leader"][at + 1]);
        expect(decidingField(b, a)).toBe(decidingField(a, b));
      }),
    );
  });

  test("is total: of two different votes exactly one is greater, and none is greater than itself", () => {
    fc.assert(
      fc.property(candidates, candidates, (a, b) => {
        const different = decidingField(a, b) !== "same";

        expect(Number(isGreater(a, b)) + Number(isGreater(b, a))).toBe(different ? 1 : 0);
        expect(isGreater(a, a)).toBe(false);
      }),
    );
  });

  test("is transitive", () => {
    fc.assert(
      fc.property(candidates, candidates, candidates, (a, b, c) => {
        fc.pre(isGreater(a, b) && isGreater(b, c));

        expect(isGreater(a, c)).toBe(true);
      }),
    );
  });
});

describe("agreement of votes", () => {
  function vote(
    state: ServerState,
    leader: number,
    lastZxid: number,
    inRound: number,
    peerEpoch: number,
    version = 2,
  ): Vote {
    return { ...candidate(peerEpoch, lastZxid, leader), round: round(inRound), state, version };
  }

  // L is LOOKING, F is FOLLOWING; leader 3, zxid, round, epoch.
  test.each<[string, Vote, Vote, boolean]>([
    ["L, L the same", vote("LOOKING", 3, 0, 1, 0), vote("LOOKING", 3, 0, 1, 0), true],
    ["L, L of round 2", vote("LOOKING", 3, 0, 1, 0), vote("LOOKING", 3, 0, 2, 0), false],
    ["L, L of another zxid", vote("LOOKING", 3, 0, 1, 0), vote("LOOKING", 3, 1, 1, 0), false],
    ["L, L of another epoch", vote("LOOKING", 3, 0, 1, 0), vote("LOOKING", 3, 0, 1, 1), false],
    ["L, L for another", vote("LOOKING", 3, 0, 1, 0), vote("LOOKING", 2, 0, 1, 0), false],
    [
      "F, F of another zxid and round",
      vote("FOLLOWING", 3, 7, 4, 1),
      vote("FOLLOWING", 3, 9, 5, 1),
      true,
    ],
    ["F, F of epoch 2", vote("FOLLOWING", 3, 0, 1, 1), vote("FOLLOWING", 3, 0, 1, 2), false],
    ["F, F for another", vote("FOLLOWING", 3, 0, 1, 1), vote("FOLLOWING", 2, 0, 1, 1), false],
    [
      "F, F of version 0 and another epoch",
      vote("FOLLOWING", 3, 0, 1, 1),
      vote("FOLLOWING", 3, 0, 1, 2, 0),
      true,
    ],
    [
      "F, F of version 0 for another",
      vote("FOLLOWING", 3, 0, 1, 1),
      vote("FOLLOWING", 2, 0, 1, 1, 0),
      false,
    ],
    [
      "F, F both of version 0, of another epoch",
      vote("FOLLOWING", 3, 0, 1, 1, 0),
      vote("FOLLOWING", 3, 0, 1, 2, 0),
      false,
    ],
    ["L, F of another round", vote("LOOKING", 3, 0, 1, 1), vote("FOLLOWING", 3, 0, 2, 1), false],
    [
      "L, F of version 0 and another round",
      vote("LOOKING", 3, 0, 1, 1),
      vote("FOLLOWING", 3, 0, 2, 1, 0),
      false,
    ],
    ["L, F the same", vote("LOOKING", 3, 0, 1, 1), vote("LEADING", 3, 0, 1, 1), true],
  ])("%s", (_name, a, b, expected) => {
    expect(agrees(a, b)).toBe(expected);
    expect(agrees(b, a)).toBe(expected);
  });

  const votes = fc
    .record({
      state: fc.constantFrom(...SERVER_STATES),
      leader: fc.integer({ min: 1, max: 2 }),
      zxid: fc.nat(1),
      round: fc.nat(1),
      peerEpoch: fc.nat(1),
      version: fc.constantFrom(0, 1, 2),
    })
    .map((v) => vote(v.state, v.leader, v.zxid, v.round, v.peerEpoch, v.version));

  test("is symmetric, a vote agrees with itself, and never with one for another server", () => {
    fc.assert(
      fc.property(votes, votes, (a, b) => {
        expect(agrees(a, b)).toBe(agrees(b, a));
        expect(agrees(a, a)).toBe(true);
        expect(agrees(a, b) && a.leader !== b.leader).toBe(false);
      }),
    );
  });
});

test("states have the numbers that QuorumPeer.ServerState has on the wire", () => {
  expect(SERVER_STATES).toEqual(["LOOKING", "FOLLOWING", "LEADING", "OBSERVING"]);
});
