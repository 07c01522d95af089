import { defineScenario } from "../define.ts";
import { boot, settledUnder } from "./steps.ts";

/** What the network does to an election. */

export const partitionDuringElection = defineScenario({
  name: "partition-during-election",
  title: "The network splits in two during an election, and heals",
  about:
    "The split comes 50 ms into the wait of a quorum that names 5. 5 leads, but hears of one follower only; 1, 2 and 3 " +
    "dial it in vain. All give up after initLimit. 1, 2 and 3 are a majority and elect 3; 4 and 5 are none. After the " +
    "healing they join, as soon as they repeat their votes.",
  group: "network",
  ensemble: { size: 5, tickTime: 500, initLimit: 10, syncLimit: 5 },
  network: "lan",
  steps: [
    boot("all"),
    {
      at: "50ms",
      do: "partition",
      groups: [
        [1, 2, 3],
        [4, 5],
      ],
      label: "split",
    },
    { at: "40s", do: "heal", label: "healed" },
  ],
  limit: { time: "5min" },
  for: "2s",
  expect: [
    {
      within: "39s",
      of: "split",
      that: { leader: 3, follows: { "1,2": 3 }, not: { follows: { "4": 5 } } },
      because: "three of five elect their best, and two of five never have a quorum of followers",
    },
    { never: { leader: 5 }, from: { step: "split" }, to: { step: "healed" } },
    { never: { leader: 4 } },
    { within: "2min", of: "healed", that: settledUnder(3) },
  ],
});

export const partitionedLeader = defineScenario({
  name: "leader-cut-off",
  title: "The leader is cut off with a minority",
  about:
    "5 leads. Then it and 4 are cut off. The three others hear nothing for syncLimit ticks, look again, and elect 3 for " +
    "the next epoch. The old leader finds that no quorum answers and stops. After the healing it follows.",
  group: "network",
  ensemble: { size: 5, tickTime: 500, initLimit: 10, syncLimit: 4 },
  // With some history all have the same zxid in both elections, and the largest id decides.
  servers: {
    "1": { zxid: "0x100000003" },
    "2": { zxid: "0x100000003" },
    "3": { zxid: "0x100000003" },
    "4": { zxid: "0x100000003" },
    "5": { zxid: "0x100000003" },
  },
  network: "lan",
  steps: [
    boot("all"),
    {
      when: { settled: true },
      after: "1s",
      do: "partition",
      groups: [
        [1, 2, 3],
        [4, 5],
      ],
      label: "split",
    },
    {
      when: { follows: { "1,2": 3 }, state: { "5": "LOOKING" } },
      after: "2s",
      do: "heal",
      label: "healed",
    },
  ],
  limit: { time: "5min" },
  for: "2s",
  expect: [
    { within: "20s", of: "split", that: { follows: { "1,2,3": 3 }, leaderEpoch: { "3": 3 } } },
    { within: "20s", of: "split", that: { state: { "5": "LOOKING" } } },
    { always: { leader: 3 }, from: { step: "healed" } },
    { end: { leader: 3, follows: { all: 3 }, leaderEpoch: { all: 3 } } },
  ],
});

export const lossyNetwork = defineScenario({
  name: "lossy-network",
  title: "An election over a network that loses every fifth segment",
  about:
    "Nothing is lost for good: TCP sends again, later. Votes come late and out of step, and still one leader comes of it.",
  group: "network",
  ensemble: { size: 5 },
  network: { profile: "lan", loss: "20%" },
  steps: [boot("all")],
  limit: { time: "10min" },
  for: "5s",
  expect: [{ within: "5min", that: { settled: true } }],
});

export const messageMode = defineScenario({
  name: "message-mode",
  title: "Notifications are dropped, doubled and reordered",
  about:
    "Harsher than TCP would be. The election bears it, because servers repeat their votes and never count one twice.",
  group: "network",
  ensemble: { size: 5 },
  network: {
    profile: "lan",
    messageFaults: {
      drop: "20%",
      duplicate: "10%",
      reorder: "20%",
      reorderDelay: { from: "0ms", to: "100ms" },
    },
  },
  steps: [boot("all"), { at: "30s", do: "messageFaults", faults: null, label: "calm" }],
  limit: { time: "10min" },
  for: "2s",
  expect: [{ within: "5min", of: "calm", that: { settled: true } }],
});

export const oneWayCut = defineScenario({
  name: "one-way-cut",
  title: "The leader can speak, but is not heard by one follower",
  about:
    "What 3 sends to 1 gets lost, while 1 still reaches 3. After syncLimit ticks without a word 1 leaves. It cannot come " +
    "back as long as nothing from 3 arrives; when the link is mended, it does.",
  group: "network",
  ensemble: { size: 3, tickTime: 500, initLimit: 10, syncLimit: 4 },
  network: "lan",
  steps: [
    boot("all"),
    {
      when: { settled: true },
      after: "1s",
      do: "cut",
      from: [3],
      to: [1],
      oneWay: true,
      label: "cut",
    },
    {
      when: { state: { "1": "LOOKING" } },
      after: "10s",
      do: "mend",
      from: [3],
      to: [1],
      label: "mended",
    },
  ],
  limit: { time: "5min" },
  for: "2s",
  expect: [
    { within: "10s", of: "cut", that: { state: { "1": "LOOKING" } } },
    { always: { leader: 3, follows: { "2": 3 } }, from: { step: "cut" } },
    { within: "2min", of: "mended", that: { follows: { "1": 3 } } },
  ],
});

export const slowLink = defineScenario({
  name: "wide-area",
  title: "An ensemble over a wide area",
  about:
    "Messages take 20 to 90 ms each way. Everything is slower, and nothing is different: 200 ms are still enough for " +
    "the votes of all to arrive.",
  group: "network",
  ensemble: { size: 5 },
  network: "wan",
  steps: [boot("all")],
  for: "5s",
  expect: [{ within: "10s", that: { settled: true } }, { end: { leader: "any" } }],
});
