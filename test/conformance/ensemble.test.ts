import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readCases } from "./cases.ts";
import { checkEnsembleCase } from "./ensemble.ts";
import type { EnsembleCase, Phase } from "./ensemble-case.ts";

const cases = readCases(fileURLToPath(new URL("data", import.meta.url)), "ensemble").map(
  ({ content }) => content as EnsembleCase,
);

test.each(cases.map((recorded) => [recorded.id, recorded] as const))(
  "%s: leaders and votes are those of the real ensemble",
  (_id, recorded) => {
    expect(checkEnsembleCase(recorded).differences).toEqual([]);
  },
);

/** The reader must notice what is not so. Each change makes one recording say something that did not happen. */
const boot = cases.find((recorded) => recorded.id === "boot-5-in-order") as EnsembleCase;

function withPhase(index: number, change: (phase: Phase) => Phase): EnsembleCase {
  const phases = boot.phases?.map((phase, i) => (i === index ? change(phase) : phase)) ?? [];
  return { ...boot, phases };
}

test("a wrong leader is noticed", () => {
  const wrong = withPhase(2, (phase) => ({ ...phase, elected: 4 }));
  expect(checkEnsembleCase(wrong).differences.join()).toContain("elected 3, recorded 4");
});

test("a leader where there was none is noticed", () => {
  const wrong = withPhase(0, (phase) => ({ ...phase, elected: 1 }));
  expect(checkEnsembleCase(wrong).differences.join()).toContain("elected nobody, recorded 1");
});

test.each([
  ["leader", [4, "0x0", "0x1", "0x0"]],
  ["zxid", [3, "0x1", "0x1", "0x0"]],
  ["round", [3, "0x0", "0x2", "0x0"]],
  ["epoch", [3, "0x0", "0x1", "0x1"]],
] as const)("a final vote with another %s is noticed", (_field, vote) => {
  const wrong = withPhase(2, (phase) => ({
    ...phase,
    finalVote: { ...phase.finalVote, "1": vote },
  }));
  expect(checkEnsembleCase(wrong).differences.join()).toContain("1's final vote");
});

test("a vote that is missing is noticed", () => {
  const wrong = withPhase(2, (phase) => ({ ...phase, finalVote: {} }));
  expect(checkEnsembleCase(wrong).differences).toHaveLength(3);
});
