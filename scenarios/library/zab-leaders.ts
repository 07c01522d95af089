import { defineScenario } from "../define.ts";
import { boot, SETTLED } from "./steps.ts";
import { CLIENTS_BOOT, SHORT_TICKS } from "./zab-writes.ts";

/** Leaders that go, come back, or are cut off, and what becomes of the writes. */

export const leaderCrashWrites = defineScenario({
  name: "leader-crash-under-writes",
  title: "The leader crashes, and writes go on under another",
  about:
    "Five servers, all up to date, and a client on one of the followers. The followers notice the leader's end within " +
    "60 ms, wait 200 ms for the best vote, and take as long again to discover and synchronise: another leads 430 to " +
    "570 ms after the crash, as the seed decides. The client finds it after a pause of up to a second, in which it does not dial. What was " +
    "acknowledged before is there, and the session goes on.",
  group: "zab",
  ensemble: { size: 5 },
  clients: { alice: { startOn: 1, servers: [1, 2, 3, 4], sessionTimeout: "10s" } },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/before", data: "1", label: "before" },
    {
      when: { settled: true, leader: 5 },
      after: "1s",
      do: "crash",
      server: "leader",
      label: "crash",
    },
    {
      when: { settled: true, serving: { "1,2,3,4": true } },
      do: "set",
      client: "alice",
      path: "/before",
      data: "2",
      label: "after",
    },
  ],
  limit: { time: "2min" },
  for: "1s",
  expect: [
    { within: "100ms", of: "crash", that: { state: { "1,2,3,4": "LOOKING" } } },
    {
      within: "1s",
      of: "crash",
      that: { serving: { "1,2,3,4": true }, leader: 4, leaderEpoch: { "1,2,3,4": 2 } },
      because: "finalizeWait takes 200 ms, and discovery and synchronisation as long again",
    },
    {
      end: { sync: { "1,2,3": { kind: "DIFF", transactions: 0 } } },
      because: "nobody lacks anything",
    },
    { end: { step: "after", outcome: "ok", sessions: { alice: 1 } } },
    {
      end: {
        committed: "0x200000001",
        nodes: { "/before": { data: "2", version: 1 } },
        same: { "1,2,3,4": "tree" },
      },
    },
  ],
});

export const oldLeaderCatchesUp = defineScenario({
  name: "old-leader-catches-up",
  title: "An old leader returns as a follower, and is sent what it missed",
  about:
    "5 led epoch 1 and crashed; in epoch 2 alice writes on. When 5 is back it has the largest id, but a leader with a " +
    "quorum stays. 5's last transaction is in the new leader's history, so that all it needs is what came after it: " +
    "a DIFF of two transactions.",
  group: "zab",
  ensemble: { size: 5 },
  clients: { alice: { servers: [1, 2, 3, 4], sessionTimeout: "10s" } },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/a", label: "epoch 1" },
    {
      when: { settled: true, leader: 5 },
      after: "500ms",
      do: "crash",
      server: 5,
      label: "crash",
    },
    {
      when: { settled: true, leaderEpoch: { "1,2,3,4": 2 } },
      do: "create",
      client: "alice",
      path: "/b",
    },
    { when: SETTLED, do: "create", client: "alice", path: "/c", label: "epoch 2" },
    { when: SETTLED, after: "1s", do: "boot", server: 5, label: "back" },
  ],
  limit: { time: "2min" },
  for: "1s",
  expect: [
    { end: { logged: { "1,2,3,4": "0x200000002" } } },
    { always: { logged: { "5": "0x100000002" } }, from: { step: "crash" }, to: { step: "back" } },
    { within: "1s", of: "back", that: { state: { "5": "FOLLOWING" }, serving: { "5": true } } },
    { never: { any: [{ leader: 5 }, { leader: "none" }] }, from: { step: "back" } },
    {
      end: {
        sync: { "5": { kind: "DIFF", transactions: 2 } },
        leaderEpoch: { all: 2 },
        zxid: { all: "0x200000002" },
        same: { all: "tree" },
      },
      because: "what 5 has is a beginning of what the others have",
    },
  ],
});

export const minorityPartition = defineScenario({
  name: "minority-partition",
  title: "Two of five are cut off, answer a stale read, and then nobody until they are back",
  about:
    "1 and 2 hear nothing from the leader any more. For syncLimit ticks they still answer reads, with what they have; " +
    "then they look for a leader, find no majority, and close their clients' connections. bob, who knows only those two, " +
    "waits. When the network heals they are sent what they missed, and bob's session has lasted.",
  group: "zab",
  ensemble: { ...SHORT_TICKS, size: 5 },
  clients: {
    alice: { servers: [3, 4], sessionTimeout: "10s" },
    bob: { servers: [1, 2], sessionTimeout: "10s" },
  },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/a", data: "old" },
    {
      when: { settled: true, leader: 5 },
      do: "partition",
      groups: [
        [1, 2],
        [3, 4, 5],
      ],
      label: "split",
    },
    { when: SETTLED, do: "set", client: "alice", path: "/a", data: "new", label: "write" },
    {
      when: { step: "write", outcome: "ok" },
      do: "get",
      client: "bob",
      path: "/a",
      label: "stale",
    },
    {
      when: { serving: { "1,2": false }, connectedTo: { bob: "nobody" } },
      after: "1s",
      do: "heal",
      label: "healed",
    },
    { when: SETTLED, do: "get", client: "bob", path: "/a", label: "fresh" },
  ],
  limit: { time: "5min" },
  for: "1s",
  expect: [
    { always: { leader: 5, serving: { "3,4,5": true } }, from: { step: "split" } },
    { within: "1s", of: "write", that: { step: "write", outcome: "ok" } },
    {
      end: { step: "stale", got: "old" },
      because: "a follower answers reads from its own tree, until it gives its leader up",
    },
    {
      within: "5s",
      of: "split",
      that: { serving: { "1,2": false }, connectedTo: { bob: "nobody" } },
    },
    { end: { step: "fresh", got: "new" } },
    {
      end: {
        sync: { "1,2": { kind: "DIFF", transactions: 1 } },
        sessions: { alice: 1, bob: 1 },
        same: { all: "tree" },
      },
    },
  ],
});

export const majorityPartition = defineScenario({
  name: "majority-partition",
  title: "The leader keeps a majority, and its clients notice nothing but one reconnection",
  about:
    "The same split, seen from the larger side: the leader 5 has 3 and 4, which is a quorum, so nothing is interrupted. " +
    "bob was connected to 1 in the smaller part. When 1 stops serving he finds a server on the other side, with the " +
    "session he had; his ephemeral was never gone.",
  group: "zab",
  ensemble: { ...SHORT_TICKS, size: 5 },
  clients: {
    alice: { startOn: 3, servers: [3, 4, 5] },
    bob: { startOn: 1, servers: [1, 4], sessionTimeout: "10s" },
  },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "bob", path: "/bob", mode: "ephemeral" },
    { when: SETTLED, do: "exists", client: "alice", path: "/bob", watch: true },
    {
      when: { settled: true, leader: 5, connectedTo: { bob: 1 } },
      do: "partition",
      groups: [
        [1, 2],
        [3, 4, 5],
      ],
      label: "split",
    },
    {
      when: { connectedTo: { bob: 4 } },
      do: "set",
      client: "bob",
      path: "/bob",
      data: "moved",
      label: "moved",
    },
  ],
  limit: { time: "5min" },
  for: "2s",
  expect: [
    {
      always: { leader: 5, serving: { "3,4,5": true }, leaderEpoch: { "3,4,5": 1 } },
      from: { step: "split" },
      because: "three of five follow the leader, itself included",
    },
    { always: { connectedTo: { alice: 3 } }, from: { step: "split" } },
    { within: "10s", of: "split", that: { connectedTo: { bob: 4 } } },
    {
      end: {
        step: "moved",
        outcome: "ok",
        sessions: { alice: 1, bob: 1 },
        events: { alice: ["NodeDataChanged /bob"] },
      },
      because: "a session belongs to the ensemble, and not to the server that it was made on",
    },
    { end: { serving: { "1,2": false }, nodes: { "/bob": { data: "moved", ephemeral: true } } } },
  ],
});

export const leaderInMinority = defineScenario({
  name: "leader-in-minority",
  title: "A leader that is cut off acknowledges nothing, and the write is done elsewhere",
  about:
    "5 leads and is cut off together with 4. It still takes alice's write and proposes it, but two of five can't commit " +
    "it, so it is never answered. 5 steps down a little later than syncLimit ticks after the split: at its first check that " +
    "finds it without a quorum for so long. The other three have elected 3 by then. alice is told of a lost connection, moves to 3's side, and asks again.",
  group: "zab",
  ensemble: { ...SHORT_TICKS, size: 5 },
  clients: { alice: { startOn: 5, servers: [1, 5], sessionTimeout: "10s" } },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/a", label: "before" },
    {
      when: { settled: true, leader: 5, connectedTo: { alice: 5 } },
      do: "partition",
      groups: [
        [1, 2, 3],
        [4, 5],
      ],
      label: "split",
    },
    {
      when: { process: { all: "up" } },
      do: "create",
      client: "alice",
      path: "/b",
      label: "in vain",
    },
    {
      when: { connectedTo: { alice: 1 } },
      do: "create",
      client: "alice",
      path: "/b",
      label: "again",
    },
    { when: { step: "again", outcome: "ok" }, after: "1s", do: "heal", label: "healed" },
  ],
  limit: { time: "5min" },
  for: "2s",
  expect: [
    { within: "5s", of: "split", that: { state: { "5": "LOOKING" }, serving: { "4,5": false } } },
    { within: "10s", of: "split", that: { leader: 3, leaderEpoch: { "1,2,3": 2 } } },
    {
      end: { step: "in vain", outcome: "ConnectionLoss" },
      because: "whoever loses its server can't know whether the write was done; this one was not",
    },
    {
      end: { step: "again", outcome: "ok", sessions: { alice: 1 } },
      because: "with NodeExists it would have been done before",
    },
    {
      end: { leader: 3, follows: { all: 3 }, zxid: { all: "0x200000001" }, same: { all: "tree" } },
      because: "the proposal of epoch 1 that only 4 and 5 have logged gave way",
    },
  ],
});
