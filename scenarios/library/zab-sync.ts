import { defineScenario } from "../define.ts";
import type { Scenario } from "../format/scenario.ts";
import type { Step } from "../format/steps.ts";
import { boot, SETTLED } from "./steps.ts";
import { CLIENTS_BOOT, SHORT_TICKS } from "./zab-writes.ts";

/** Servers whose history is not their leader's, and how they get it: DIFF, TRUNC, SNAP. */

export const followerLag = defineScenario({
  name: "follower-lag-diff",
  title: "A follower that was away is sent what it missed, and no more (DIFF)",
  about:
    "1 is down while alice writes five times. When it comes back, its last transaction is in the leader's log of committed " +
    "transactions, so the leader sends the five after it. Nothing that 1 has is sent again.",
  group: "zab",
  ensemble: { size: 3 },
  clients: { alice: { servers: [2, 3] } },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/n", data: "0" },
    { when: SETTLED, after: "500ms", do: "crash", server: 1, label: "crash" },
    ...[1, 2, 3, 4, 5].map((i): Step => ({
      when: SETTLED,
      do: "set",
      client: "alice",
      path: "/n",
      data: String(i),
    })),
    { when: SETTLED, do: "boot", server: 1, label: "back" },
  ],
  for: "1s",
  expect: [
    { always: { logged: { "1": "0x100000002" } }, from: { step: "crash" }, to: { step: "back" } },
    { within: "1s", of: "back", that: { serving: { "1": true } } },
    {
      end: {
        sync: { "1": { kind: "DIFF", transactions: 5 } },
        nodesOn: { "1": { "/n": { data: "5", version: 5 } } },
        same: { all: "tree" },
      },
    },
  ],
});

/**
 * The leader 3 is cut off from both others; what alice asks of it is in its log, and nowhere else. The others elect
 * another leader meanwhile.
 */
const DIVERGE: readonly Step[] = [
  boot("all"),
  CLIENTS_BOOT,
  { when: SETTLED, do: "create", client: "alice", path: "/committed", label: "committed" },
  {
    when: { settled: true, leader: 3 },
    do: "partition",
    groups: [[1, 2], [3]],
    label: "split",
  },
  { when: { process: { all: "up" } }, do: "create", client: "alice", path: "/lost-1" },
  {
    when: { process: { all: "up" } },
    do: "create",
    client: "alice",
    path: "/lost-2",
    label: "lost",
  },
];

const DIVERGENT: Pick<Scenario, "group" | "ensemble" | "clients" | "limit" | "for"> = {
  group: "zab",
  ensemble: { ...SHORT_TICKS, size: 3 },
  clients: {
    alice: { servers: [3], sessionTimeout: "10s" },
    bob: { servers: [1, 2], sessionTimeout: "10s" },
  },
  limit: { time: "5min" },
  for: "2s",
};

export const divergenceTrunc = defineScenario({
  ...DIVERGENT,
  name: "log-divergence-trunc",
  title: "A log that went too far is cut back (TRUNC)",
  about:
    "3 leads, and is cut off while alice asks it for two writes. It logs both, but no quorum does, and nobody is told " +
    "that they are done. 1 and 2 elect 2. When 3 follows, its log is longer than the leader's, whose own epoch has no " +
    "transaction yet: 3 is told to truncate to what was committed. The session is alive, the two writes never happened.",
  steps: [
    ...DIVERGE,
    {
      when: { leader: 2, serving: { "1,2": true, "3": false } },
      after: "500ms",
      do: "heal",
      label: "healed",
    },
  ],
  expect: [
    { within: "3s", of: "lost", that: { logged: { "3": "0x100000005" } } },
    { end: { step: "lost", outcome: "ConnectionLoss" } },
    {
      end: {
        sync: { "3": "TRUNC" },
        logged: { all: "0x100000003" },
        nodes: { "/committed": true, "/lost-1": false, "/lost-2": false },
        same: { all: "tree" },
      },
      because: "what no quorum has logged may be undone, and here it has to be",
    },
    { end: { leader: 2, sessions: { alice: 1, bob: 1 }, session: { alice: "alive" } } },
  ],
});

export const divergenceSnap = defineScenario({
  ...DIVERGENT,
  name: "log-divergence-snap",
  title: "A log that went another way is replaced by a snapshot (SNAP)",
  about:
    "As before, but bob writes in epoch 2 before the network heals. Now what 3 has beyond the common history is of " +
    "epoch 1, and what the leader has is of epoch 2. A log is never truncated across epochs: the leader sends all that " +
    "it has.",
  steps: [
    ...DIVERGE,
    {
      when: { leader: 2, serving: { "1,2": true, "3": false }, clients: { bob: "CONNECTED" } },
      do: "create",
      client: "bob",
      path: "/epoch-2",
      label: "write",
    },
    { when: { step: "write", outcome: "ok" }, after: "500ms", do: "heal", label: "healed" },
  ],
  expect: [
    { within: "3s", of: "lost", that: { logged: { "3": "0x100000005" } } },
    { end: { step: "lost", outcome: "ConnectionLoss" } },
    { end: { step: "write", outcome: "ok" } },
    {
      end: {
        sync: { "3": "SNAP" },
        zxid: { all: "0x200000001" },
        nodes: { "/committed": true, "/epoch-2": true, "/lost-1": false, "/lost-2": false },
        same: { all: "tree" },
      },
    },
    { end: { leader: 2, sessions: { alice: 1, bob: 1 }, session: { alice: "alive" } } },
  ],
});

export const lostDisk = defineScenario({
  name: "lost-disk",
  title: "A server loses its disk, and gets everything from the leader",
  about:
    "1 crashes, and a new machine with an empty disk takes its place. It comes with zxid 0, which is in nobody's log, so " +
    "that no log leads from there to what the leader has; it is sent a snapshot, and once it has written that, it counts " +
    "again. As long as a majority keeps its disks nothing is lost: never replace a second server before the first has " +
    "caught up.",
  group: "zab",
  ensemble: { size: 3 },
  servers: {
    "1": { zxid: "0x100000002" },
    "2": { zxid: "0x100000002" },
    "3": { zxid: "0x100000002" },
  },
  clients: { alice: { servers: [2, 3] } },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/a", data: "kept" },
    { when: SETTLED, do: "crash", server: 1 },
    { when: { process: { "1": "down" } }, after: "1s", do: "wipe", server: 1, label: "wiped" },
    { when: { logged: { "1": "0x0" } }, after: "1s", do: "boot", server: 1, label: "back" },
    { when: SETTLED, do: "create", client: "alice", path: "/b", label: "write" },
  ],
  for: "1s",
  expect: [
    { always: { logged: { "1": "0x0" } }, from: { step: "wiped" }, to: { step: "back" } },
    { within: "1s", of: "back", that: { serving: { "1": true }, currentEpoch: { "1": 2 } } },
    {
      end: {
        sync: { "1": "SNAP" },
        nodesOn: { "1": { "/a": "kept", "/b": true, "/seed-100000001": true } },
        same: { all: "tree" },
      },
    },
    { always: { leader: 3 }, from: { step: "wiped" } },
  ],
});

/** alice's server is gone, and she has found another. */
const WRITE_WHILE_DOWN: Step = {
  when: {
    process: { "1": "down" },
    any: [{ connectedTo: { alice: 2 } }, { connectedTo: { alice: 3 } }],
  },
  do: "create",
  client: "alice",
  path: "/while-1-is-down",
  label: "write while down",
};

/** One server after another, and a write after each; one while the first is down, too. */
const RESTARTS: readonly Step[] = [1, 2, 3].flatMap((id): Step[] => [
  { when: SETTLED, after: "1s", do: "crash", server: id, label: `crash ${id}` },
  ...(id === 1 ? [WRITE_WHILE_DOWN] : []),
  {
    when: id === 1 ? { step: "write while down", outcome: "ok" } : { process: { [id]: "down" } },
    after: "2s",
    do: "boot",
    server: id,
    label: `back ${id}`,
  },
  {
    when: { settled: true, serving: { all: true } },
    do: "create",
    client: "alice",
    path: `/after-${id}`,
    label: `write ${id}`,
  },
]);

export const rollingRestart = defineScenario({
  name: "rolling-restart",
  title: "All servers crash and come back one by one, and no client loses its session",
  about:
    "Followers first and the leader last, each only when all follow again: a majority is always there, and so there is one " +
    "new election. alice moves when her server goes, keeps her session, and writes while 1 is down and after each return.",
  group: "zab",
  ensemble: { size: 3 },
  clients: { alice: { startOn: 1, sessionTimeout: "10s" } },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    {
      when: { settled: true, leader: 3 },
      do: "create",
      client: "alice",
      path: "/alive",
      mode: "ephemeral",
    },
    ...RESTARTS,
  ],
  limit: { time: "5min" },
  for: "1s",
  expect: [
    { always: { leader: 3 }, from: { step: "crash 1" }, to: { step: "crash 3" } },
    { within: "2s", of: "crash 3", that: { leader: 2, serving: { "1,2": true } } },
    {
      always: { process: { "1": "down" } },
      from: { step: "write while down" },
      to: { step: "back 1" },
    },
    { end: { step: "write while down", outcome: "ok" }, because: "2 and 3 are a majority" },
    { end: { step: "write 1", outcome: "ok" } },
    { end: { step: "write 2", outcome: "ok" } },
    { end: { step: "write 3", outcome: "ok" } },
    {
      end: {
        leaderEpoch: { all: 2 },
        sessions: { alice: 1 },
        nodes: {
          "/alive": { ephemeral: true },
          "/while-1-is-down": true,
          "/after-1": true,
          "/after-2": true,
          "/after-3": true,
        },
        same: { all: "tree" },
      },
    },
  ],
});
