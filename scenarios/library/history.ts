import { defineScenario } from "../define.ts";
import { boot, settledUnder } from "./steps.ts";

/** Servers with a past: epochs and zxids decide before ids do. */

export const epochBeatsZxid = defineScenario({
  name: "epoch-beats-zxid",
  title: "A larger epoch beats a larger zxid",
  about:
    "1 has taken part in epoch 4 but logged only (3, 1); 3 has logged (3, 9) and knows of epoch 3 alone. The epoch is " +
    "compared first, so 1 leads, though it has the shorter log and the smallest id. What was committed before epoch 4, " +
    "1 has; what 2 and 3 have beyond (3, 1) was not, and they truncate their logs.",
  group: "election",
  ensemble: { size: 3 },
  servers: {
    "1": { currentEpoch: 4, acceptedEpoch: 4, zxid: { epoch: 3, counter: 1 } },
    "2": { currentEpoch: 3, zxid: { epoch: 3, counter: 5 } },
    "3": { currentEpoch: 3, zxid: { epoch: 3, counter: 9 } },
  },
  steps: [boot("all")],
  for: "2s",
  expect: [
    { within: "1s", that: settledUnder(1) },
    {
      end: {
        leader: 1,
        leaderEpoch: { all: 5 },
        votes: { all: { leader: 1, zxid: "0x300000001" } },
        zxid: { "2,3": "0x300000001" },
      },
    },
  ],
});

export const zxidBeatsId = defineScenario({
  name: "zxid-beats-id",
  title: "A larger zxid beats a larger id",
  about:
    "All are of epoch 1. 2 has logged one transaction more than the others, and that is enough. They get it from 2 " +
    "before it serves.",
  group: "election",
  ensemble: { size: 5 },
  servers: {
    "1": { zxid: "0x100000003" },
    "2": { zxid: "0x100000004" },
    "3": { zxid: "0x100000003" },
    "4": { zxid: "0x100000003" },
    "5": { zxid: "0x100000002" },
  },
  steps: [boot("all")],
  for: "2s",
  expect: [
    { within: "1s", that: settledUnder(2) },
    {
      end: {
        leader: 2,
        votes: { all: { leader: 2, zxid: "0x100000004" } },
        zxid: { "1,3,4,5": "0x100000004" },
      },
    },
  ],
});

export const idDecidesLast = defineScenario({
  name: "id-decides-last",
  title: "Among equals the larger id wins, but only among the best",
  about:
    "2 and 4 share the best epoch and zxid, and 4 is the larger of the two; 5 is larger still, but has less.",
  group: "election",
  ensemble: { size: 5 },
  servers: {
    "2": { zxid: "0x200000007" },
    "4": { zxid: "0x200000007" },
    "5": { zxid: "0x200000006" },
  },
  steps: [boot("all")],
  for: "2s",
  expect: [
    { within: "1s", that: settledUnder(4) },
    { end: { leader: 4, leaderEpoch: { all: 3 } } },
  ],
});

export const acceptedEpochCounts = defineScenario({
  name: "accepted-epoch-sets-the-next",
  title: "The next epoch is above every promise in the quorum",
  about:
    "2 has promised epoch 7 to a leader that never got to serve. The promise has no part in the election, which 3 " +
    "wins, but 3 leads epoch 8.",
  group: "election",
  ensemble: { size: 3 },
  servers: {
    "1": { currentEpoch: 2, acceptedEpoch: 2, zxid: "0x200000005" },
    "2": { currentEpoch: 2, acceptedEpoch: 7, zxid: "0x200000005" },
    "3": { currentEpoch: 2, acceptedEpoch: 2, zxid: "0x200000005" },
  },
  steps: [
    { at: 0, do: "boot", server: [2, 3] },
    { at: "2s", do: "boot", server: 1 },
  ],
  for: "2s",
  expect: [{ end: { leader: 3, leaderEpoch: { all: 8 }, acceptedEpoch: { all: 8 } } }],
});

export const lateJoiner = defineScenario({
  name: "late-joiner",
  title: "A late joiner with more history does not unseat the leader",
  about:
    "5 has the largest zxid of all, but 1 to 4 have a leader when it comes. It is answered FOLLOWING and LEADING, " +
    "joins, and truncates its log to what 4 has: nobody of the quorum had more, so it was not committed.",
  group: "election",
  ensemble: { size: 5 },
  servers: {
    "1": { zxid: "0x100000003" },
    "2": { zxid: "0x100000003" },
    "3": { zxid: "0x100000003" },
    "4": { zxid: "0x100000003" },
    "5": { zxid: "0x100000009" },
  },
  steps: [
    { at: 0, do: "boot", server: [1, 2, 3, 4] },
    { at: "4s", do: "boot", server: 5, label: "late" },
  ],
  for: "3s",
  expect: [
    { at: "3s", that: { leader: 4, follows: { "1,2,3": 4 } } },
    { within: "1s", of: "late", that: { follows: { "5": 4 } } },
    { always: { leader: 4, state: { "4": "LEADING" } }, from: { step: "late" } },
    { end: { settled: true, zxid: { "1,2,3,5": "0x100000003" } } },
  ],
});
