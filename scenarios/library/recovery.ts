import { defineScenario } from "../define.ts";
import type { Predicate } from "../format/predicate.ts";
import { boot, settledUnder } from "./steps.ts";

/** Servers that stop, and what becomes of their ensemble. */

/**
 * The best of the rest leads when 5 is gone before anybody followed it. Mostly that is 4; but servers learn of their
 * leader's end one after another, and who asks before the others look is answered as by followers. When 4 is the
 * first, the others may have a quorum for 3 before 4 repeats its vote.
 */
const FOUR_OR_THREE: Predicate = { settled: true, any: [{ leader: 4 }, { leader: 3 }] };

/**
 * Any of the rest may lead when 5 has served. Who joins when 5 serves already gets a snapshot that ends with (1, 0),
 * the beginning of its epoch, and the others have nothing yet: in the next election it beats them, whatever its id.
 */
const OTHER_THAN_FIVE: Predicate = { settled: true, not: { leader: 5 } };

export const electedLeaderCrashes = defineScenario({
  name: "elected-leader-crashes",
  title: "The leader of an election crashes before anyone follows",
  about:
    "5 wins, and crashes at the moment at which a majority agrees on it. The others elect a server that is not there: " +
    "each of them dials it in vain, five times, and looks again in round 2, where the best of the rest wins.",
  group: "recovery",
  ensemble: { size: 5 },
  steps: [
    boot("all"),
    { when: { quorumAgrees: { "1,2,3,4,5": true } }, do: "crash", server: 5, label: "crash" },
  ],
  limit: { time: "2min" },
  for: "2s",
  expect: [
    { never: { leader: 5 } },
    { within: "30s", of: "crash", that: FOUR_OR_THREE },
    { end: { settled: true, leaderEpoch: { "1,2,3,4": 1 }, process: { "5": "down" } } },
  ],
});

export const leaderCrash = defineScenario({
  name: "leader-crash",
  title: "The leader crashes, and another is elected",
  about:
    "The followers' connections to 5 end at once. They look again, in round 2, and one of them leads the next epoch: who " +
    "was given a snapshot of epoch 1 has the larger zxid, and else the larger id wins.",
  group: "recovery",
  ensemble: { size: 5 },
  steps: [
    boot("all"),
    { when: { settled: true }, after: "2s", do: "crash", server: "leader", label: "crash" },
  ],
  limit: { time: "2min" },
  for: "2s",
  expect: [
    { always: { leader: 5 }, from: "1s", to: { step: "crash" } },
    { within: "30s", of: "crash", that: OTHER_THAN_FIVE },
    { end: { leaderEpoch: { "1,2,3,4": 2 }, process: { "5": "down" } } },
  ],
});

export const oldLeaderReturns = defineScenario({
  name: "old-leader-returns",
  title: "An old leader returns, and follows",
  about:
    "5 led and crashed; another leads now. When 5 is back it has the largest id, but finds a leader with a quorum, and " +
    "joins.",
  group: "recovery",
  ensemble: { size: 5 },
  steps: [
    boot("all"),
    { when: { leader: 5, settled: true }, after: "2s", do: "crash", server: 5, label: "crash" },
    { when: OTHER_THAN_FIVE, after: "2s", do: "boot", server: 5, label: "back" },
  ],
  limit: { time: "2min" },
  for: "2s",
  expect: [
    { within: "30s", of: "crash", that: OTHER_THAN_FIVE },
    { within: "2s", of: "back", that: { state: { "5": "FOLLOWING" }, settled: true } },
    { never: { any: [{ leader: 5 }, { leader: "none" }] }, from: { step: "back" } },
    { end: { settled: true, leaderEpoch: { all: 2 } } },
  ],
});

export const pausedLeader = defineScenario({
  name: "paused-leader",
  title: "The leader stands still for a long garbage collection",
  about:
    "5 is paused for longer than syncLimit ticks. Its followers give it up and elect another. When it wakes it believes " +
    "for a moment that it still leads, finds nobody, and follows.",
  group: "recovery",
  ensemble: { size: 5, tickTime: 500, initLimit: 10, syncLimit: 4 },
  steps: [
    boot("all"),
    { when: { leader: 5, settled: true }, after: "2s", do: "pause", server: 5, label: "pause" },
    {
      when: { leader: "any", leaderEpoch: { "1,2,3,4": 2 } },
      after: "5s",
      do: "resume",
      server: 5,
      label: "awake",
    },
  ],
  limit: { time: "5min" },
  for: "2s",
  expect: [
    {
      within: "60s",
      of: "pause",
      that: { leader: "any", not: { leader: 5 }, state: { "5": "LEADING" } },
      because: "two servers believe that they lead, but only one has a quorum",
    },
    { within: "2min", of: "awake", that: { settled: true, state: { "5": "FOLLOWING" } } },
    { never: { any: [{ leader: 5 }, { leader: "none" }] }, from: { step: "awake" } },
    { end: { settled: true, leaderEpoch: { all: 2 } } },
  ],
});

export const followerCrash = defineScenario({
  name: "quorum-lost",
  title: "The leader loses its quorum and steps down",
  about:
    "Of three servers, both followers crash. The leader finds no quorum at the next ticks and looks again: it never leads " +
    "alone. One follower's return is enough for a new epoch.",
  group: "recovery",
  ensemble: { size: 3, tickTime: 500, initLimit: 10, syncLimit: 4 },
  steps: [
    boot("all"),
    {
      when: { leader: 3, settled: true },
      after: "2s",
      do: "crash",
      server: [1, 2],
      label: "crash",
    },
    { when: { state: { "3": "LOOKING" } }, after: "2s", do: "boot", server: 1, label: "back" },
  ],
  limit: { time: "2min" },
  for: "2s",
  expect: [
    { within: "10s", of: "crash", that: { state: { "3": "LOOKING" }, leader: "none" } },
    { within: "30s", of: "back", that: settledUnder(3) },
    { end: { leader: 3, leaderEpoch: { "1,3": 2 } } },
  ],
});
