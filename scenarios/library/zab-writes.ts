import { defineScenario } from "../define.ts";
import type { Step } from "../format/steps.ts";
import { boot, SETTLED } from "./steps.ts";

/** Writes on an ensemble: the way of one, who counts for it, and what happens when nobody does. */

/** Clients come when the ensemble has a leader. */
export const CLIENTS_BOOT: Step = { when: { settled: true }, do: "boot", client: "all" };

/** Short ticks, so that silence is found out in two seconds; sessions last up to ten. */
export const SHORT_TICKS = { tickTime: 500, initLimit: 10, syncLimit: 4 } as const;

export const writePath = defineScenario({
  name: "write-path",
  title: "One write, step by step, through a follower",
  about:
    "alice asks the follower 1 to create a znode. 1 passes the request on to the leader 3, which gives it the next zxid " +
    "and proposes it to all. Each server, the leader too, has it on disk before it acknowledges it. Two of three are a " +
    "majority: the leader commits it, everybody applies it, and 1 answers alice. bob reads it from 2, after a sync.",
  group: "zab",
  ensemble: { size: 3 },
  clients: { alice: { servers: [1] }, bob: { servers: [2] } },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    {
      when: { settled: true, leader: 3 },
      after: "1s",
      do: "create",
      client: "alice",
      path: "/first",
      data: "hello",
      label: "write",
    },
    { when: { step: "write", outcome: "ok" }, do: "sync", client: "bob", path: "/first" },
    { when: SETTLED, do: "get", client: "bob", path: "/first", label: "read" },
  ],
  for: "1s",
  expect: [
    { never: { nodesOn: { "1": { "/first": true } } }, to: { step: "write" } },
    { within: "500ms", of: "write", that: { step: "write", outcome: "ok" } },
    {
      end: {
        committed: "0x100000003",
        zxid: { all: "0x100000003" },
        logged: { all: "0x100000003" },
      },
      because: "two sessions and one znode are three transactions of epoch 1",
    },
    { end: { same: { all: "tree" }, nodes: { "/first": { data: "hello", version: 0 } } } },
    { end: { step: "read", got: "hello" }, because: "sync brings 2 as far as the leader was" },
  ],
});

export const observerWrites = defineScenario({
  name: "observer-writes",
  title: "An observer serves clients, and no write waits for it",
  about:
    "4 is an observer: it passes its client's writes on and is sent what was committed (INFORM), but it is sent no " +
    "proposal and acknowledges none. bob's write through a voter is done while 4 stands still. " +
    "When a voter is gone the two others are still a majority. When two are gone, the one that is left and the observer " +
    "are two servers but one vote: nobody leads, and nobody is served.",
  group: "zab",
  ensemble: {
    ...SHORT_TICKS,
    servers: { "1": {}, "2": {}, "3": {}, "4": { type: "observer" } },
  },
  clients: {
    alice: { servers: [4], sessionTimeout: "10s" },
    bob: { servers: [3], sessionTimeout: "10s" },
  },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/a", label: "all there" },
    { when: SETTLED, do: "pause", server: 4, label: "paused" },
    {
      when: { process: { "4": "paused" } },
      do: "create",
      client: "bob",
      path: "/without-4",
      label: "without 4",
    },
    {
      when: { step: "without 4", outcome: "ok" },
      after: "500ms",
      do: "resume",
      server: 4,
      label: "resumed",
    },
    { when: SETTLED, do: "crash", server: 1 },
    { when: SETTLED, do: "create", client: "alice", path: "/b", label: "two voters" },
    { when: SETTLED, do: "crash", server: 2, label: "one voter" },
    {
      when: { leader: "none", clients: { alice: "CONNECTING" } },
      do: "create",
      client: "alice",
      path: "/c",
      label: "nobody",
    },
    { when: { step: "nobody", outcome: "ConnectionLoss" }, do: "boot", server: 2, label: "back" },
    { when: SETTLED, do: "create", client: "alice", path: "/d", label: "again" },
  ],
  limit: { time: "5min" },
  for: "1s",
  expect: [
    { end: { step: "all there", outcome: "ok" } },
    {
      within: "100ms",
      of: "without 4",
      that: { step: "without 4", outcome: "ok" },
      because: "only voters acknowledge",
    },
    {
      always: { nodesOn: { "4": { "/without-4": false } } },
      from: { step: "paused" },
      to: { step: "resumed" },
    },
    { end: { step: "two voters", outcome: "ok" }, because: "2 of 3 voters are a majority" },
    {
      within: "5s",
      of: "one voter",
      that: { leader: "none", serving: { "3,4": false } },
      because: "an observer has no vote",
    },
    { end: { step: "nobody", outcome: "ConnectionLoss" } },
    {
      end: {
        step: "again",
        outcome: "ok",
        state: { "4": "OBSERVING" },
        connectedTo: { alice: 4 },
        nodes: { "/a": true, "/without-4": true, "/b": true, "/c": false, "/d": true },
        same: { "2,3,4": "tree" },
      },
    },
  ],
});

export const twoServers = defineScenario({
  name: "two-servers",
  title: "An ensemble of two fails when either server does",
  about:
    "A majority of two is two. Whichever of them is lost, the other serves nobody, not even reads: two servers " +
    "survive less than one does. What was acknowledged is on both disks, though, and is there when the " +
    "second one is back.",
  group: "zab",
  ensemble: { ...SHORT_TICKS, size: 2 },
  clients: { alice: { startOn: 2, sessionTimeout: "10s" } },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/kept", data: "1", label: "write" },
    { when: { settled: true, leader: 2 }, do: "crash", server: 1, label: "follower lost" },
    {
      when: { state: { "2": "LOOKING" }, clients: { alice: "CONNECTING" } },
      do: "get",
      client: "alice",
      path: "/kept",
      label: "read alone",
    },
    { when: { step: "read alone", outcome: "ConnectionLoss" }, do: "boot", server: 1 },
    { when: SETTLED, do: "get", client: "alice", path: "/kept", label: "read again" },
    { when: SETTLED, do: "crash", server: "leader", label: "leader lost" },
    { when: { leader: "none" }, after: "5s", do: "boot", server: 2, label: "both" },
    { when: SETTLED, do: "set", client: "alice", path: "/kept", data: "2", label: "last" },
  ],
  limit: { time: "5min" },
  for: "1s",
  expect: [
    {
      within: "4s",
      of: "follower lost",
      that: { leader: "none", serving: { "2": false } },
      because: "one of two is no majority",
    },
    { end: { step: "read alone", outcome: "ConnectionLoss" } },
    { end: { step: "read again", got: "1" } },
    { never: { leader: "any" }, from: { step: "leader lost" }, to: { step: "both" } },
    {
      end: {
        step: "last",
        outcome: "ok",
        nodes: { "/kept": { data: "2", version: 1 } },
        same: { all: "tree" },
        sessions: { alice: 1 },
      },
    },
  ],
});

export const quorumRegained = defineScenario({
  name: "quorum-regained",
  title: "An ensemble loses its quorum, and everything is there when it is back",
  about:
    "Both followers of three crash. The leader finds that it has no quorum, and stops serving; what it is asked for " +
    "meanwhile is not done. One follower's return is enough. The session outlives it all, since no time counts " +
    "against it while nobody leads, and so does its ephemeral.",
  group: "zab",
  ensemble: { ...SHORT_TICKS, size: 3 },
  clients: { alice: { startOn: 3, sessionTimeout: "6s" } },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/here", mode: "ephemeral" },
    {
      when: { settled: true, leader: 3 },
      after: "500ms",
      do: "crash",
      server: [1, 2],
      label: "crash",
    },
    {
      when: { serving: { "3": false }, clients: { alice: "CONNECTING" } },
      do: "create",
      client: "alice",
      path: "/refused",
      label: "refused",
    },
    {
      when: { step: "refused", outcome: "ConnectionLoss" },
      after: "20s",
      do: "boot",
      server: 1,
      label: "back",
    },
    { when: SETTLED, do: "create", client: "alice", path: "/after", label: "after" },
    { when: SETTLED, do: "boot", server: 2, label: "all" },
  ],
  limit: { time: "5min" },
  for: "2s",
  expect: [
    { within: "4s", of: "crash", that: { state: { "3": "LOOKING" }, leader: "none" } },
    { never: { leader: "any" }, from: { step: "refused" }, to: { step: "back" } },
    { within: "40s", of: "back", that: { leader: 3, leaderEpoch: { "1,3": 2 } } },
    { end: { step: "after", outcome: "ok", session: { alice: "alive" }, sessions: { alice: 1 } } },
    {
      end: {
        nodes: { "/here": { ephemeral: true }, "/refused": false, "/after": true },
        sync: { "2": { kind: "DIFF", transactions: 1 } },
        same: { all: "tree" },
      },
      because: "2 lacks one write, which the leader's log has",
    },
  ],
});

/** Three transactions have room in each epoch: the last counter of all is never given out. */
const COUNTER_BEFORE = 0xffffffff - 4;

export const zxidRollOver = defineScenario({
  name: "zxid-roll-over",
  title: "The counter of zxids is used up, and a new epoch begins",
  about:
    "A zxid has 32 bits for its counter. When only the last is left, the next write makes the leader step down, so that " +
    "an election begins a new epoch: nothing has failed, and yet nobody is served for a moment. To see it, counters begin " +
    "near their end here (testingonly.initialZxid). The write for which there was no zxid any more is not done; its " +
    "client is told of a lost connection, and asks again.",
  group: "zab",
  ensemble: { size: 3, properties: { "testingonly.initialZxid": COUNTER_BEFORE } },
  clients: { alice: { startOn: 1 } },
  steps: [
    boot("all"),
    CLIENTS_BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/a", label: "a" },
    { when: SETTLED, do: "create", client: "alice", path: "/b", label: "b" },
    { when: SETTLED, do: "create", client: "alice", path: "/c", label: "too many" },
    {
      when: { settled: true, leaderEpoch: { all: 2 } },
      do: "create",
      client: "alice",
      path: "/c",
      label: "again",
    },
  ],
  limit: { time: "2min" },
  for: "1s",
  expect: [
    { within: "2s", of: "too many", that: { leader: "none" } },
    {
      within: "10s",
      of: "too many",
      that: { leader: "any", leaderEpoch: { all: 2 } },
      because: "only a new epoch has zxids again",
    },
    { end: { step: "b", outcome: "ok" } },
    { end: { step: "too many", outcome: "ConnectionLoss" } },
    { end: { step: "again", outcome: "ok", sessions: { alice: 1 } } },
    {
      end: {
        committed: "0x2fffffffc",
        nodes: { "/a": true, "/b": true, "/c": { version: 0 } },
        same: { all: "tree" },
      },
      because: "after 0x1fffffffe comes the first zxid of epoch 2",
    },
  ],
});
