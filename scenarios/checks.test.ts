import { describe, expect, test } from "vitest";
import { defineScenario } from "./define.ts";
import type { Scenario } from "./format/scenario.ts";
import { runScenario } from "./run.ts";

/** Server 3 alone has the last transactions of epoch 1, leads, and brings the others up to date. */
const THREE_HAS_MORE = defineScenario({
  name: "three-has-more",
  title: "A leader with more than the others",
  ensemble: { size: 3 },
  servers: {
    1: { zxid: { epoch: 1, counter: 1 } },
    2: { zxid: { epoch: 1, counter: 1 } },
    3: { zxid: { epoch: 1, counter: 4 } },
  },
  steps: [{ at: 0, do: "boot", server: "all" }],
  expect: [{ end: { leader: 3 } }],
});

function checked(scenario: Scenario, bugs: string[] = []): ReturnType<typeof runScenario> {
  return runScenario({ ...scenario, bugs }, { check: true });
}

test("a run that is judged is the same run", () => {
  const plain = runScenario(THREE_HAS_MORE);
  const judged = checked(THREE_HAS_MORE);
  expect(judged).toMatchObject({ outcome: "passed", violation: undefined, hash: plain.hash });
});

describe("a promise that is broken", () => {
  test("by Zab ends the run, with where and when", () => {
    const result = checked(THREE_HAS_MORE, ["ackBeforeLog"]);
    expect(result).toMatchObject({ outcome: "failed", stop: { kind: "property" }, problems: [] });
    expect(result.violation).toMatchObject({
      property: "honest acknowledgements",
      timeUs: result.timeUs,
      zxids: [0x100000001, 0x100000004],
    });
    expect(result.world.trace.record(result.violation?.record ?? 0).kind).toBe(
      "newLeaderAcknowledged",
    );
  });

  test("by an election too", () => {
    const scenario: Scenario = {
      ...THREE_HAS_MORE,
      servers: {
        1: { zxid: { epoch: 1, counter: 4 }, currentEpoch: 2, acceptedEpoch: 2 },
        2: { zxid: { epoch: 1, counter: 4 } },
        3: { zxid: { epoch: 1, counter: 4 } },
      },
      expect: [{ end: { leader: 1 } }],
    };
    expect(checked(scenario).outcome).toBe("passed");
    expect(checked(scenario, ["feOrder"]).violation?.property).toBe("votes rise within a round");
  });

  test("is nobody's business who does not ask for it", () => {
    const result = runScenario({ ...THREE_HAS_MORE, bugs: ["ackBeforeLog"] });
    expect(result).toMatchObject({ outcome: "passed", violation: undefined });
  });
});

test("a disk that is lost is nobody's broken promise", () => {
  const result = checked({
    ...THREE_HAS_MORE,
    steps: [
      ...THREE_HAS_MORE.steps,
      { when: { settled: true }, do: "crash", server: 1 },
      { when: { process: { 1: "down" } }, do: "wipe", server: 1 },
      { when: { acceptedEpoch: { 1: 0 } }, do: "boot", server: 1 },
    ],
    expect: [{ end: { acceptedEpoch: { all: 2 }, sync: { 1: "SNAP" } } }],
  });
  expect(result).toMatchObject({ outcome: "passed", violation: undefined });
});

describe("disks that no run of Zab would have left are not judged by Zab", () => {
  test.each<[string, Scenario["servers"]]>([
    [
      "transactions of different epochs, without those before them",
      { 1: { zxid: { epoch: 1, counter: 2 } }, 3: { zxid: { epoch: 2, counter: 1 } } },
    ],
    [
      "a transaction, and a snapshot that may hold more",
      { 1: { zxid: { epoch: 1, counter: 2 } }, 3: { zxid: { epoch: 2, counter: 0 } } },
    ],
    ["a transaction of an epoch that one server has accepted", { 1: { zxid: "0x500000001" } }],
  ])("%s", (_, servers) => {
    const { expect: _none, ...scenario } = THREE_HAS_MORE;
    expect(checked({ ...scenario, servers }, ["ackBeforeLog"]).violation).toBeUndefined();
  });
});
