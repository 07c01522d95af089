import { describe, expect, test } from "vitest";
import { quorumNeeds } from "../../core/quorum/verifier.ts";
import { formatTime } from "../../sim/kernel/time.ts";
import type { TraceRecord } from "../../sim/kernel/trace.ts";
import { RECORD } from "../../sim/records.ts";
import { ensemble } from "../../test/support/ensembles.ts";
import type { Scenario } from "../format/scenario.ts";
import { LIBRARY, libraryEntry } from "../library/index.ts";
import { type RunResult, runScenario } from "../run.ts";
import { castOf } from "../service/cast.ts";
import type { Fact } from "./fact.ts";
import { english } from "./languages/english.ts";
import { narrate, type StoryLine } from "./narrate.ts";

/** Told in full in stories/: each file was read line by line against the protocol's description. */
const WHOLE_STORIES = [
  "five-in-order",
  "five-at-once",
  "epoch-beats-zxid",
  "late-joiner",
  "observer-first",
  "groups",
  "finalize-wait-190ms",
  "finalize-wait-210ms",
  "partition-during-election",
  "elected-leader-crashes",
  "paused-leader",
  "create-group",
  "server-restart",
  "write-path",
  "leader-crash-under-writes",
  "minority-partition",
  "log-divergence-trunc",
  "log-divergence-snap",
];

function told(scenario: Scenario, seed: number, verbose = false): [RunResult, StoryLine[]] {
  const result = runScenario(scenario, { seed, trace: "kept" });
  const { world } = result;
  const peers = world.processes.map((process) => process.config);
  return [
    result,
    narrate(world.trace.records(), peers, { verbose, cast: castOf(world, result.log) }),
  ];
}

async function load(name: string): Promise<Scenario> {
  const entry = libraryEntry(name);
  if (entry === undefined) throw new Error(`there is no scenario ${name}`);
  return entry.load();
}

test.each(WHOLE_STORIES)("the whole story of %s", async (name) => {
  const [, lines] = told(await load(name), 1);
  const text = lines.map(({ timeUs, text: line }) => `${formatTime(timeUs)}  ${line}\n`).join("");
  await expect(text).toMatchFileSnapshot(`stories/${name}.txt`);
});

/** Records that are no more than what carries the story; a story that is not verbose leaves them out. */
const UNTOLD = new Set([
  "timer",
  "written",
  "dial",
  "connected",
  "accepted",
  "dialFailed",
  "closed",
  "initialMessage",
  "notification",
  "received",
  "stalled",
  "followerRegistered",
  // Between clients and servers: completions and events tell what they carry.
  "connectRequest",
  "connectResponse",
  "request",
  "reply",
  "watchEvent",
  "prepared",
  "snapshotBegun",
  "clientDialling",
  "clientEnded",
]);

describe.each(LIBRARY)("$name", ({ load: loadScenario }) => {
  test("every record that matters is told, in exactly one sentence", async () => {
    const scenario = await loadScenario();
    for (let seed = 1; seed <= 3; seed++) {
      const [{ world }, lines] = told(scenario, seed);
      const times = new Map<number, number>();
      for (const { records } of lines) {
        for (const index of records) times.set(index, (times.get(index) ?? 0) + 1);
      }
      for (const record of world.trace.records()) {
        expect(times.get(record.index) ?? 0).toBe(isTold(record, world) ? 1 : 0);
      }
    }
  });

  test("every number in a sentence stands in its records", async () => {
    const scenario = await loadScenario();
    for (let seed = 1; seed <= 3; seed++) {
      const [{ world }, lines] = told(scenario, seed);
      for (const line of lines) {
        const records = line.records.map((index) => world.trace.record(index));
        expect(line.timeUs).toBe(records[0]?.time);
        const known = new Set(records.flatMap((record) => numbersOf(record)));
        for (const number of derivedNumbers(line.fact, world)) known.add(number);
        for (const number of numbersIn(line.text)) {
          expect(known, `${number} in: ${line.text}`).toContain(number);
        }
        for (const client of world.clients) {
          if (line.fact.servers.includes(client.id)) expect(line.text).toContain(client.name);
        }
        for (const number of neededNumbers(line.fact)) {
          if (world.clients.some(({ id }) => id === number)) continue;
          expect(numbersIn(line.text), line.text).toContain(number);
        }
      }
    }
  });

  test("a verbose story has every record, in order", async () => {
    const [{ world }, lines] = told(await loadScenario(), 1, true);
    const kinds = [...world.trace.records()].filter(({ kind }) => kind !== "link");
    const indexes = lines
      .filter(({ fact }) => fact.kind !== "links")
      .flatMap((line) => line.records);
    expect(indexes).toEqual(kinds.map(({ index }) => index));
    for (const line of lines) expect(line.text).not.toContain("undefined");
  });
});

const E2 = 0x200000000;

/** Servers, records of them at one moment, and what is told of them. */
test.each<
  [string, number, readonly [kind: string, server: number, fields: TraceRecord["fields"]][]]
>([
  ["2 loses all that was on its disk", 1, [["wiped", 2, {}]]],
  [
    "2 ends its process: the snapshot could not be written",
    2,
    [
      ["exited", 2, { why: "the snapshot could not be written" }],
      ["crash", 2, {}],
    ],
  ],
  [
    "3 sends 1 and 2 4 transactions (DIFF): their last zxid is 0x200000001, that of 3 is 0x200000005",
    2,
    [1, 2].map((learner) => [
      "learnerSynced",
      3,
      { ...synced("DIFF", E2 + 5, E2 + 1, E2 + 5), learner, proposals: 4 },
    ]),
  ],
  [
    "3 sends 1 a snapshot (SNAP), and then 1 transaction: its last zxid is 0x0, that of 3 is 0x200000005, and no log leads from the one to the other",
    1,
    [["learnerSynced", 3, { ...synced("SNAP", E2 + 5, 0, E2 + 5), proposals: 1 }]],
  ],
  [
    "1 is told DIFF 0x200000005 by 3",
    0,
    [["synchronizing", 1, { leader: 3, mode: "DIFF", zxid: E2 + 5 }]],
  ],
  [
    "1 has truncated its log: the last zxid is 0x200000003 now, 0x200000004 not being in it",
    1,
    [["truncated", 1, { target: E2 + 4, zxid: E2 + 3 }]],
  ],
  [
    "3 commits zxid 0x200000007: 1, 3 have it on disk, 2 of 3, a majority",
    1,
    [["committed", 3, { zxid: E2 + 7, quorum: [1, 3] }]],
  ],
  [
    "3 sends 1 a snapshot (SNAP): its last zxid is 0x100000009, that of 3 is 0x200000005, and no log is truncated across epochs",
    1,
    [
      [
        "learnerSynced",
        3,
        { ...synced("SNAP", E2 + 5, E2 - 0x100000000 + 9, E2 + 5), minCommittedLog: 0x100000001 },
      ],
    ],
  ],
  [
    "3 proposes zxid 0x200000007 (PROPOSAL): create",
    1,
    [["proposed", 3, { zxid: E2 + 7, txn: "create" }]],
  ],
  [
    "1 and 3 have zxid 0x200000007 on disk and acknowledge it (ACK)",
    2,
    [
      ["acknowledged", 1, { zxid: E2 + 7 }],
      ["acknowledged", 3, { zxid: E2 + 7 }],
    ],
  ],
  [
    "1, 2 and 3 apply zxid 0x200000007",
    3,
    [1, 2, 3].map((id) => ["applied", id, { zxid: E2 + 7, session: "0x1", txn: "create" }]),
  ],
  [
    "3 proposes zxid 0x200000007: createSession",
    0,
    [["proposed", 3, { zxid: E2 + 7, txn: "createSession" }]],
  ],
  [
    "2 applies what its log has beyond the tree, from zxid 0x200000006 to zxid 0x200000007, as ZooKeeper does when a role ends, so that its vote covers all that it has logged, committed or not",
    1,
    [["fastForwarded", 2, { from: E2 + 6, to: E2 + 7 }]],
  ],
  [
    "3 loses the learner 1: it has more history than the leader",
    1,
    [["learnerLost", 3, { learner: 1, why: "more recent than the leader" }]],
  ],
])("%s", (text, told, records) => {
  const trace = records.map(([kind, server, fields], index) => ({
    index,
    time: 1000,
    kind,
    server,
    cause: -1,
    fields,
  }));
  const peers = ensemble({ voters: 3 });
  const lines = narrate(trace, peers);
  // What a short story leaves out, a verbose one has.
  expect(lines.flatMap((line) => line.records)).toHaveLength(told);
  const shown = told > 0 ? lines : narrate(trace, peers, { verbose: true });
  expect(shown.map((line) => line.text)).toEqual([text]);
});

function synced(mode: string, zxid: number, peerLastZxid: number, lastProcessedZxid: number) {
  return {
    learner: 1,
    mode,
    zxid,
    peerLastZxid,
    minCommittedLog: zxid,
    maxCommittedLog: zxid,
    lastProcessedZxid,
    proposals: 0,
  };
}

test("a language has a sentence for every kind of fact", () => {
  for (const tell of Object.values(english)) expect(tell).toBeTypeOf("function");
  expect(Object.keys(RECORD).length).toBeGreaterThan(UNTOLD.size);
});

function isTold(record: TraceRecord, { trace, standalone }: RunResult["world"]): boolean {
  const causeOf = (of: TraceRecord): TraceRecord | undefined =>
    of.cause < 0 ? undefined : trace.record(of.cause);
  if (record.kind === "packet") {
    const arrived = causeOf(record);
    // Learners send no SYNC; that it is asked for one is a REQUEST.
    if (record.fields["type"] === "SYNC") return true;
    const isRequest = record.fields["type"] === "REQUEST" && arrived?.kind === "received";
    return isRequest && causeOf(arrived)?.kind === "request";
  }
  if (record.kind === "proposed") return !isOfSessions(record);
  const isOfEnsemble = record.kind === "applied" && standalone === undefined;
  if (record.kind === "acknowledged" || isOfEnsemble) {
    return !isOfSessions(proposalOf(record, trace));
  }
  if (record.kind === "leaderUnreachable") return record.fields["again"] === false;
  if (record.kind === "synchronizing") return record.fields["mode"] === "SNAP";
  if (record.kind === "lost") return record.fields["why"] !== "connection closed";
  const { type, state, txn, why } = record.fields;
  if (record.kind === "clientEvent") {
    return type !== "None" || state === "Expired" || state === "AuthFailed";
  }
  if (record.kind === "clientLost") {
    return why !== "sessionClosed" && why !== "expired" && why !== "authFailed";
  }
  if (record.kind === "applied") return txn === "deleteContainer";
  if (record.kind === "clientRefused") {
    return (
      why !== "session closed" &&
      why !== "client reconnected" &&
      why !== "session is not valid" &&
      why !== "server is not running"
    );
  }
  return !UNTOLD.has(record.kind);
}

function proposalOf(record: TraceRecord, trace: RunResult["world"]["trace"]) {
  for (let i = record.index; i >= 0; i--) {
    const before = trace.record(i);
    if (before.kind === "proposed" && before.fields["zxid"] === record.fields["zxid"])
      return before;
  }
  return undefined;
}

function isOfSessions(proposed: TraceRecord | undefined): boolean {
  const txn = proposed?.fields["txn"];
  return txn === "createSession" || txn === "closeSession";
}

const NUMBER = /0x[0-9a-f]+|\d+(?:\.\d+)?/g;

function numbersIn(text: string): number[] {
  return [...text.matchAll(NUMBER)].map(([number]) => Number(number));
}

/** The numbers of a record: its server, and whatever its fields hold. */
function numbersOf(record: TraceRecord): number[] {
  const numbers = [record.server ?? 0];
  for (const value of Object.values(record.fields)) {
    if (typeof value === "number") numbers.push(value);
    if (Array.isArray(value)) numbers.push(...value.map(Number));
    if (typeof value === "string") numbers.push(...numbersIn(value));
  }
  return numbers;
}

/** Counts, and what is known of the ensemble beside the records. */
function derivedNumbers(fact: Fact, world: RunResult["world"]): number[] {
  const verifier = world.processes[0]?.config.verifier ?? { kind: "majority", voters: [] };
  const { voters } = verifier;
  const needs = numbersIn(quorumNeeds(verifier));
  const ids = world.processes.map(({ id }) => Number(id));
  if (fact.kind === "quorumAgrees" || fact.kind === "elected") {
    return [200, voters.length, votersIn(fact.supporters, voters), ...needs];
  }
  if ("quorum" in fact) {
    const since = fact.kind === "leads" ? fact.since : null;
    const us = since === null ? [] : [since.us / 1000, since.us / 1_000_000, since.server];
    // To whom a commit is sent, the whole stories show.
    const to = fact.kind === "commits" ? [...fact.commitTo, ...fact.informTo] : [];
    return [voters.length, votersIn(fact.quorum, voters), ...needs, ...us, ...to];
  }
  if (fact.kind === "acknowledges" || fact.kind === "applies") {
    return fact.untilUs === null ? [] : [fact.untilUs / 1_000_000];
  }
  if (fact.kind === "forwards" || fact.kind === "proposes") {
    return numbersIn(JSON.stringify(fact));
  }
  if (fact.kind === "links") return [...ids, fact.links.length];
  if (fact.kind === "waits") return [fact.times, fact.longestWaitMs, fact.longestWaitMs / 1000];
  if (fact.kind === "lost") return [fact.times];
  if (fact.kind === "registers") return [fact.failedTries];
  if (fact.kind === "connects") return [fact.timeoutMs / 1000, ...numbersIn(fact.from ?? "")];
  if (fact.kind === "dialsInVain") return [fact.times];
  // What was asked and answered is in the messages; that it is told right, the whole stories show.
  if (fact.kind === "completes") return numbersIn(JSON.stringify(fact));
  return [];
}

function votersIn(servers: readonly number[], voters: readonly number[]): number {
  return servers.filter((id) => voters.includes(id)).length;
}

/** Numbers that a sentence must not leave out. */
function neededNumbers(fact: Fact): number[] {
  if (fact.kind === "links" || fact.kind === "record") return [];
  if (fact.kind === "quorumAgrees") return [...fact.servers, ...fact.supporters];
  if (fact.kind === "changesVote") {
    return [...fact.servers, ...[fact.vote.leader, fact.vote.zxid].map(Number)];
  }
  if (fact.kind === "proposesEpoch" || fact.kind === "epochAcknowledged") {
    return [...fact.servers, ...fact.quorum, fact.epoch];
  }
  if (fact.kind === "leads") return [...fact.servers, ...fact.quorum, fact.epoch, fact.zxid];
  if (fact.kind === "sendsHistory") {
    return [...fact.servers, fact.leader, fact.peerLastZxid, fact.lastProcessedZxid];
  }
  if (fact.kind === "follows") return [...fact.servers, Number(fact.leader), fact.epoch];
  return fact.servers;
}
