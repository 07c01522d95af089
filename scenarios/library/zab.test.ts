import { expect, test } from "vitest";
import { changed } from "../../test/support/changed-scenario.ts";
import type { Scenario } from "../format/scenario.ts";
import { runScenario } from "../run.ts";
import {
  leaderCrashWrites,
  leaderInMinority,
  majorityPartition,
  minorityPartition,
  oldLeaderCatchesUp,
} from "./zab-leaders.ts";
import {
  divergenceSnap,
  divergenceTrunc,
  followerLag,
  lostDisk,
  rollingRestart,
} from "./zab-sync.ts";
import {
  observerWrites,
  quorumRegained,
  twoServers,
  writePath,
  zxidRollOver,
} from "./zab-writes.ts";

const ALL: readonly Scenario[] = [
  writePath,
  leaderCrashWrites,
  oldLeaderCatchesUp,
  minorityPartition,
  majorityPartition,
  leaderInMinority,
  followerLag,
  divergenceTrunc,
  divergenceSnap,
  lostDisk,
  rollingRestart,
  observerWrites,
  twoServers,
  quorumRegained,
  zxidRollOver,
];

test.each<[string, Scenario, string, string]>([
  ["a write of another znode", writePath, '"path":"/first","data"', '"path":"/second","data"'],
  ["a leader that stands still", leaderCrashWrites, '"do":"crash"', '"do":"pause"'],
  [
    "a follower that crashes",
    leaderCrashWrites,
    '"server":"leader","label":"crash"',
    '"server":3,"label":"crash"',
  ],
  [
    "a write less in epoch 2",
    oldLeaderCatchesUp,
    '"do":"create","client":"alice","path":"/b"',
    '"do":"get","client":"alice","path":"/b"',
  ],
  ["a split on the other side", minorityPartition, "[[1,2],[3,4,5]]", "[[1,2,3],[4,5]]"],
  ["a client that knows one side only", majorityPartition, '"servers":[1,4]', '"servers":[1,2]'],
  ["a split that leaves it a majority", leaderInMinority, "[[1,2,3],[4,5]]", "[[1],[2,3,4,5]]"],
  [
    "a write less",
    followerLag,
    '"do":"set","client":"alice","path":"/n","data":"3"',
    '"do":"get","client":"alice","path":"/n"',
  ],
  [
    "a write in the next epoch",
    divergenceTrunc,
    '"after":"500ms","do":"heal"',
    '"do":"create","client":"bob","path":"/x"},{"when":{"nodesOn":{"1,2":{"/x":true}}},"do":"heal"',
  ],
  [
    "no write in the next epoch",
    divergenceSnap,
    '"do":"create","client":"bob"',
    '"do":"exists","client":"bob"',
  ],
  ["a disk that is kept", lostDisk, '"do":"wipe","server":1', '"do":"heal"'],
  [
    "all servers stopped at once",
    rollingRestart,
    '"do":"crash","server":1',
    '"do":"crash","server":[1,2]',
  ],
  ["a voter in place of the observer", observerWrites, '"4":{"type":"observer"}', '"4":{}'],
  ["a third server", twoServers, '"size":2', '"size":3'],
  ["one follower that stays", quorumRegained, '"server":[1,2]', '"server":[2]'],
  [
    "counters that begin at 0",
    zxidRollOver,
    '"testingonly.initialZxid":4294967291',
    '"testingonly.initialZxid":0',
  ],
])("with %s, its scenario fails", (_, scenario, from, to) => {
  expect(runScenario(scenario).outcome).toBe("passed");
  expect(runScenario(changed(scenario, from, to)).outcome).toBe("failed");
});

test.each(ALL)("$name keeps the promises of Zab", (scenario) => {
  for (let seed = 1; seed <= 5; seed++) {
    const { outcome, violation, problems } = runScenario(scenario, { seed, check: true });
    expect({ seed, outcome, violation, problems }).toEqual({
      seed,
      outcome: "passed",
      violation: undefined,
      problems: [],
    });
  }
});

test.each(ALL)("$name is the same run with every message put through its bytes", (scenario) => {
  expect(runScenario(scenario, { codec: true }).hash).toBe(runScenario(scenario).hash);
});
