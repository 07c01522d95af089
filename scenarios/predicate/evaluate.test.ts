import { describe, expect, test } from "vitest";
import { epoch, serverId } from "../../core/ids.ts";
import type { QuorumVerifier } from "../../core/quorum/verifier.ts";
import { makeZxid } from "../../core/zxid.ts";
import type { ServerView } from "../../sim/world.ts";
import type { Predicate } from "../format/predicate.ts";
import { describePredicate } from "./describe.ts";
import { evaluate } from "./evaluate.ts";
import type { Situation } from "./situation.ts";

const VERIFIER: QuorumVerifier = { kind: "majority", voters: [1, 2, 3].map(serverId) };

function server(id: number, more: Partial<ServerView> = {}): ServerView {
  return {
    id: serverId(id),
    type: "PARTICIPANT",
    process: "up",
    state: "FOLLOWING",
    vote: { leader: serverId(3), zxid: makeZxid(1, 5), peerEpoch: epoch(1) },
    round: 1,
    quorumAgrees: false,
    phase: "broadcast",
    follows: serverId(3),
    leaderEpoch: 2,
    serving: true,
    acceptedEpoch: 2,
    currentEpoch: 1,
    zxid: makeZxid(1, 5),
    ...more,
  };
}

const LEADER = server(3, { state: "LEADING" });
const ALONE: Partial<ServerView> = {
  state: "LOOKING",
  phase: undefined,
  follows: undefined,
  leaderEpoch: undefined,
  serving: false,
};
const SYNCHRONIZES: Partial<ServerView> = { phase: "synchronization", serving: false };
const DOWN: Partial<ServerView> = {
  ...ALONE,
  process: "down",
  state: undefined,
  vote: undefined,
  round: undefined,
};

function situation(
  servers: readonly ServerView[],
  connected: Situation["connected"] = () => true,
): Situation {
  return { servers, connected, verifier: VERIFIER };
}

const SETTLED = situation([server(1), server(2), LEADER]);

describe("what holds", () => {
  test.each<[Predicate, boolean, string]>([
    [{ leader: 3 }, true, "3 leads"],
    [{ leader: 2 }, false, "3 leads"],
    [{ leader: "any" }, true, "3 leads"],
    [{ leader: "none" }, false, "3 leads"],
    [{ settled: true }, true, "everybody who can follows 3"],
    [{ state: { "1,2": "FOLLOWING" } }, true, "1 is FOLLOWING; 2 is FOLLOWING"],
    [{ state: { all: "FOLLOWING" } }, false, "3 is LEADING"],
    [{ state: { "3": ["LEADING", "FOLLOWING"] } }, true, "3 is LEADING"],
    [{ process: { "1": "down" } }, false, "1 is up"],
    [{ votes: { "1": 3 } }, true, "1 votes for 3 (epoch 1, zxid 0x100000005)"],
    [
      { votes: { "1": { zxid: "0x100000006" } } },
      false,
      "1 votes for 3 (epoch 1, zxid 0x100000005)",
    ],
    [{ votes: { "1": "nobody" } }, false, "1 votes for 3 (epoch 1, zxid 0x100000005)"],
    [{ follows: { "1": 3 } }, true, "1 follows 3"],
    [{ follows: { "1": "nobody" } }, false, "1 follows 3"],
    [{ round: { all: 1 } }, true, "1 is in round 1; 2 is in round 1; 3 is in round 1"],
    [{ leaderEpoch: { "1": 3 } }, false, "1 is in epoch 2"],
    [{ acceptedEpoch: { "1": 2 } }, true, "1 has accepted epoch 2"],
    [{ currentEpoch: { "1": 2 } }, false, "1 has the current epoch 1"],
    [{ zxid: { "1": { epoch: 1, counter: 5 } } }, true, "1 has the last zxid 0x100000005"],
    [{ quorumAgrees: { "1": true } }, false, "1 waits for no better vote"],
    [{ leader: 3, follows: { "1": 2 } }, false, "1 follows 3"],
    [{ all: [{ leader: 3 }, { leader: "any" }] }, true, "3 leads; 3 leads"],
    [{ any: [{ leader: 1 }, { leader: 3 }] }, true, "3 leads"],
    [{ any: [{ leader: 1 }, { leader: 2 }] }, false, "3 leads; 3 leads"],
    [{ not: { leader: 1 } }, true, "3 leads"],
  ])("%j is %s", (predicate, holds, because) => {
    expect(evaluate(predicate, SETTLED)).toEqual({ holds, because });
  });
});

describe("settled", () => {
  test.each<[string, Situation, boolean]>([
    ["one of the voters is down", situation([server(1, DOWN), server(2), LEADER]), true],
    [
      "one follows, but has not all of the history yet",
      situation([server(1, SYNCHRONIZES), server(2), LEADER]),
      false,
    ],
    [
      "the leader's history is not committed yet",
      situation([server(1), server(2), { ...LEADER, ...SYNCHRONIZES }]),
      false,
    ],
    ["nobody leads", situation([server(1, ALONE), server(2, ALONE), server(3, ALONE)]), false],
    ["one looks", situation([server(1, ALONE), server(2), LEADER]), false],
    [
      "one looks, but can't reach the leader",
      situation([server(1, ALONE), server(2), LEADER], (a, b) => a !== 1 && b !== 1),
      true,
    ],
    [
      "the leader stands still",
      situation([server(1), server(2), { ...LEADER, process: "paused" }]),
      false,
    ],
    [
      "one follows in an earlier epoch",
      situation([server(1, { leaderEpoch: 1 }), server(2), LEADER]),
      false,
    ],
    ["followers are no quorum", situation([server(1, DOWN), server(2, DOWN), LEADER]), false],
    [
      "an old leader still believes",
      situation([
        server(1, { state: "LEADING", follows: serverId(1), leaderEpoch: 1 }),
        server(2),
        LEADER,
      ]),
      false,
    ],
  ])("%s", (_, where, holds) => {
    expect(evaluate({ settled: true }, where).holds).toBe(holds);
  });
});

test.each<[Predicate, string]>([
  [{ leader: 3 }, "3 leads"],
  [{ leader: "none" }, "nobody leads"],
  [{ state: { "1,2": "LOOKING" }, leader: "any" }, "somebody leads and 1, 2 are LOOKING"],
  [{ any: [{ leader: 1 }, { leader: 2 }] }, "(1 leads or 2 leads)"],
  [{ not: { settled: true } }, "not (everybody who can follows one leader)"],
  [
    { votes: { all: { leader: 4, zxid: "0x100000001" } } },
    "all servers vote for 4 with zxid 0x100000001",
  ],
  [
    { committed: { epoch: 1, counter: 3 }, logged: { "1": "0x100000003" } },
    "the leader has committed up to (1, 3) and 1 has 0x100000003 on disk",
  ],
  [
    { phase: { "1,2": "none", "3": "broadcast" } },
    "3 is in the phase broadcast and 1, 2 are in no phase",
  ],
  [{ serving: { all: true, "4": false } }, "4 serves nobody and all servers serve clients"],
  [
    { sync: { "1": "SNAP", "2,3": { kind: "DIFF", transactions: 1 } } },
    "1 was brought up to date by SNAP and 2, 3 were brought up to date by DIFF and 1 transaction",
  ],
  [{ nodesOn: { "1": { "/a": "x", "/b": false } } }, '1 has this: /a holds "x", there is no /b'],
  [
    { same: { "1,2": "tree", all: "zxid" }, connectedTo: { alice: 2 } },
    "1, 2 have the same tree and all servers have the same last zxid and alice is connected to 2",
  ],
])("%j reads: %s", (predicate, text) => {
  expect(describePredicate(predicate)).toBe(text);
});
