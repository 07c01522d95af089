import { defineScenario } from "../define.ts";
import { boot, settledUnder } from "./steps.ts";

/** Observers, weights and groups: who counts, and how much. */

export const observer = defineScenario({
  name: "observer",
  title: "An observer follows, and never counts",
  about:
    "4 is an observer with the largest id. It has no vote to give and cannot be elected; it learns who leads from the " +
    "answers to its own question, and observes.",
  group: "ensemble",
  ensemble: { servers: { "1": {}, "2": {}, "3": {}, "4": { type: "observer" } } },
  steps: [
    { at: 0, do: "boot", server: [1, 2, 3] },
    { at: "4s", do: "boot", server: 4, label: "observer" },
  ],
  for: "2s",
  expect: [
    { within: "1s", that: { leader: 3, follows: { "1,2": 3 } } },
    { within: "2s", of: "observer", that: { state: { "4": "OBSERVING" }, follows: { "4": 3 } } },
    { never: { leader: 4 } },
    { always: { leader: 3 }, from: "1s" },
  ],
});

export const observerFirst = defineScenario({
  name: "observer-first",
  title: "An observer waits for voters",
  about:
    "The observer is up first, then one voter of three: together they are two servers, but one vote. Only the " +
    "second voter makes a majority.",
  group: "ensemble",
  ensemble: { servers: { "1": {}, "2": {}, "3": {}, "4": { type: "observer" } } },
  steps: [
    { at: 0, do: "boot", server: 4 },
    { at: "2s", do: "boot", server: 1 },
    { at: "6s", do: "boot", server: 2, label: "majority" },
  ],
  for: "2s",
  expect: [
    { always: { leader: "none", state: { "4": "LOOKING" } }, to: { step: "majority" } },
    { within: "1s", of: "majority", that: { leader: 2, follows: { "1": 2 } } },
    { end: { leader: 2, state: { "4": "OBSERVING" }, follows: { "4": 2 } } },
  ],
});

/** Three groups of three, as in ZooKeeper's own guide. */
const THREE_GROUPS = {
  "1": { group: 1 },
  "2": { group: 1 },
  "3": { group: 1 },
  "4": { group: 2 },
  "5": { group: 2 },
  "6": { group: 2 },
  "7": { group: 3 },
  "8": { group: 3 },
  "9": { group: 3 },
};

export const groups = defineScenario({
  name: "groups",
  title: "Four of nine are a quorum, if they are two in each of two groups",
  about:
    "A hierarchical quorum is a majority of the groups, each by a majority of its weight. 1, 2 and 4 are not one; with " +
    "5 there are two of three groups.",
  group: "ensemble",
  ensemble: { servers: THREE_GROUPS },
  steps: [
    { at: 0, do: "boot", server: [1, 2, 4] },
    { at: "3s", do: "boot", server: 5, label: "quorum" },
  ],
  for: "2s",
  expect: [
    { always: { leader: "none" }, to: { step: "quorum" } },
    { within: "1s", of: "quorum", that: settledUnder(5) },
  ],
});

export const groupsNoQuorum = defineScenario({
  name: "groups-without-quorum",
  title: "Five of nine are no quorum, if only one group is whole",
  about:
    "1, 2, 3, 4 and 7 are more than half of the servers, but a majority of one group only, so nobody leads.",
  group: "ensemble",
  ensemble: { servers: THREE_GROUPS },
  steps: [boot([1, 2, 3, 4, 7])],
  until: "30s",
  expect: [{ always: { leader: "none", state: { "1,2,3,4,7": "LOOKING" } } }],
});

export const weightZero = defineScenario({
  name: "weight-zero",
  title: "A server of weight 0 never wins",
  about:
    "5 has the largest id and the longest log, but weight 0: nobody adopts its vote, and 4, the best of the others, leads.",
  group: "ensemble",
  ensemble: {
    servers: {
      "1": { group: 1 },
      "2": { group: 1 },
      "3": { group: 1 },
      "4": { group: 1 },
      "5": { group: 1, weight: 0 },
    },
  },
  servers: { "5": { zxid: "0x100000005" } },
  steps: [boot("all")],
  for: "2s",
  expect: [
    { never: { leader: 5 } },
    { never: { votes: { "1,2,3,4": 5 } } },
    { end: { leader: 4, follows: { "1,2,3": 4 } } },
  ],
});

export const heavyServer = defineScenario({
  name: "weights",
  title: "Two servers outweigh three",
  about:
    "In one group of five, 1 and 2 weigh 3 each and the others 1: the total is 9, and the two of them have more than half.",
  group: "ensemble",
  ensemble: {
    servers: {
      "1": { group: 1, weight: 3 },
      "2": { group: 1, weight: 3 },
      "3": { group: 1, weight: 1 },
      "4": { group: 1, weight: 1 },
      "5": { group: 1, weight: 1 },
    },
  },
  steps: [
    { at: 0, do: "boot", server: [3, 4, 5] },
    { at: "3s", do: "crash", server: [3, 4, 5], label: "gone" },
    { at: "4s", do: "boot", server: [1, 2], label: "heavy" },
  ],
  for: "1s",
  expect: [
    { always: { leader: "none" }, to: { step: "heavy" } },
    { within: "1s", of: "heavy", that: { leader: 2, follows: { "1": 2 } } },
  ],
});
