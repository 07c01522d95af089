import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readCases } from "./cases.ts";
import { checkEnsembleCase } from "./ensemble.ts";
import type { EnsembleCase, ObservedServer, Phase } from "./ensemble-case.ts";

const cases = readCases(fileURLToPath(new URL("data", import.meta.url)), "ensemble").map(
  ({ content }) => content as EnsembleCase,
);

test.each(cases.map((recorded) => [recorded.id, recorded] as const))(
  "%s: what happens is what happened in the real ensemble",
  (_id, recorded) => {
    expect(checkEnsembleCase(recorded).differences).toEqual([]);
  },
);

/** The reader must notice what is not so. Each change makes one recording say something that did not happen. */
const boot = cases.find((recorded) => recorded.id === "boot-5-in-order") as EnsembleCase;

/** The phase in which three servers of five have a leader, and what is seen at its end. */
const ELECTION = 2;
const SETTLED = boot.actions.findLastIndex(
  (action, index) =>
    action.do === "settle" && index < (boot.phases?.[ELECTION + 1]?.afterAction ?? 0),
);

function differencesOf(wrong: EnsembleCase): string {
  return checkEnsembleCase(wrong, 3).differences.join("\n");
}

function withPhase(index: number, change: (phase: Phase) => Phase): EnsembleCase {
  const phases = boot.phases?.map((phase, i) => (i === index ? change(phase) : phase)) ?? [];
  return { ...boot, phases };
}

function withServer(id: number, change: Partial<ObservedServer>): EnsembleCase {
  const observed = boot.observed?.map((one, index) => {
    const server = one.servers?.[id];
    if (index !== SETTLED || server === undefined) return one;
    return { ...one, servers: { ...one.servers, [id]: { ...server, ...change } } };
  });
  return { ...boot, observed: observed ?? [] };
}

test("a wrong leader is noticed", () => {
  const wrong = withPhase(ELECTION, (phase) => ({ ...phase, elected: 4 }));
  expect(differencesOf(wrong)).toContain("elected 3, recorded 4");
});

test("a leader where there was none is noticed", () => {
  const wrong = withPhase(0, (phase) => ({ ...phase, elected: 1 }));
  expect(differencesOf(wrong)).toContain("elected nobody, recorded 1");
});

test.each([
  ["leader", [4, "0x0", "0x1", "0x0"]],
  ["zxid", [3, "0x1", "0x1", "0x0"]],
  ["round", [3, "0x0", "0x2", "0x0"]],
  ["epoch", [3, "0x0", "0x1", "0x1"]],
] as const)("a vote with another %s is noticed", (_field, vote) => {
  const wrong = withPhase(ELECTION, (phase) => ({
    ...phase,
    voteSequences: { ...phase.voteSequences, "1": [[vote]] },
  }));
  expect(differencesOf(wrong)).toContain("1 votes ");
});

test("a vote that is missing is noticed, and one that nobody cast", () => {
  const silent = withPhase(ELECTION, (phase) => ({ ...phase, voteSequences: {}, finalVote: {} }));
  expect(differencesOf(silent)).toContain("recorded for nobody");
  const twice = withPhase(ELECTION, (phase) => {
    const sequence = phase.voteSequences?.["1"]?.[0] ?? [];
    const longer = [...sequence, [5, "0x0", "0x1", "0x0"] as const];
    return { ...phase, voteSequences: { ...phase.voteSequences, "1": [longer] } };
  });
  expect(differencesOf(twice)).toContain("1 votes ");
});

test.each([
  ["kind", ["SNAP 0x0"]],
  ["zxid", ["DIFF 0x1"]],
  ["number of times", ["DIFF 0x0", "DIFF 0x0"]],
] as const)("another %s of synchronisation is noticed", (_what, kinds) => {
  const wrong = withPhase(ELECTION, (phase) => ({ ...phase, sync: { ...phase.sync, "1": kinds } }));
  expect(differencesOf(wrong)).toContain("1 was synchronised by DIFF 0x0");
});

test.each(["maxCommitted", "minCommitted", "lastProcessed", "peerLast"] as const)(
  "that the leader knew another %s is noticed",
  (fact) => {
    const wrong = withPhase(ELECTION, (phase) => {
      const learner = phase.learners?.["1"];
      if (learner === undefined) throw new Error("the recording has lost its learner");
      return { ...phase, learners: { ...phase.learners, "1": { ...learner, [fact]: "0x7" } } };
    });
    expect(differencesOf(wrong)).toContain(`of 1 the leader knew ${fact}`);
  },
);

test.each([
  ["quorum", { sids: "1, 2", zxid: "0x100000000" }],
  ["first zxid", { sids: "1, 2, 3", zxid: "0x200000000" }],
] as const)("another %s is noticed", (_what, quorum) => {
  const wrong = withPhase(ELECTION, (phase) => ({ ...phase, quorum }));
  expect(differencesOf(wrong)).toContain("the quorum is 1, 2, 3 at 0x100000000");
});

test.each([
  ["mode", { mode: "observer" }],
  ["zxid", { zxid: "0x5" }],
  ["nodes", { nodeCount: 6 }],
  ["currentEpoch", { currentEpoch: 2 }],
  ["acceptedEpoch", { acceptedEpoch: 2 }],
] as const)("that a settled server has another %s is noticed", (what, change) => {
  expect(differencesOf(withServer(1, change))).toContain(`1 has ${what}`);
});

test("another zxid of a write is noticed", () => {
  const observed = boot.observed?.map((one) =>
    one.closeZxid === undefined ? one : { ...one, first: "0x9", closeZxid: "0x8" },
  );
  const differences = differencesOf({ ...boot, observed: observed ?? [] });
  expect(differences).toContain("the zxid of the first node is");
  expect(differences).toContain("the zxid of the end of the session is");
});
