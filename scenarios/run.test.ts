import { describe, expect, test } from "vitest";
import type { TraceRecord } from "../sim/kernel/trace.ts";
import type { Expectation } from "./format/expect.ts";
import { InvalidScenario } from "./format/problem.ts";
import type { Scenario } from "./format/scenario.ts";
import { fiveAtOnce, fiveInOrder } from "./library/boot.ts";
import { messageMode } from "./library/network.ts";
import { leaderCrash } from "./library/recovery.ts";
import { runScenario } from "./run.ts";

const BOOT_THREE: Scenario = {
  name: "boot-three",
  title: "Three servers boot",
  ensemble: { size: 3 },
  steps: [{ at: 0, do: "boot", server: "all", label: "up" }],
};

function failing(expectation: Expectation) {
  const result = runScenario({ ...BOOT_THREE, for: "2s", expect: [expectation] });
  const [first] = result.expectations;
  return { outcome: result.outcome, ...first, stop: result.stop.kind, timeUs: result.timeUs };
}

describe("determinism", () => {
  test.each([fiveInOrder, leaderCrash, messageMode])("$name twice gives one hash", (scenario) => {
    for (let seed = 1; seed <= 5; seed++) {
      const [a, b] = [runScenario(scenario, { seed }), runScenario(scenario, { seed })];
      expect(b.hash).toBe(a.hash);
      expect(b.events).toBe(a.events);
    }
  });

  test("another seed gives another run", () => {
    expect(runScenario(fiveAtOnce, { seed: 2 }).hash).not.toBe(
      runScenario(fiveAtOnce, { seed: 1 }).hash,
    );
  });

  test("the level of the trace, and listening, change nothing", () => {
    const records: TraceRecord[] = [];
    const hashed = runScenario(leaderCrash);
    const kept = runScenario(leaderCrash, {
      trace: "kept",
      onRecord: (record) => records.push(record),
    });
    expect(kept.hash).toBe(hashed.hash);
    expect(records).toEqual([...kept.world.trace.records()]);
    expect(records).toHaveLength(kept.records);
    const off = runScenario(leaderCrash, { trace: "off" });
    expect([off.events, off.timeUs]).toEqual([hashed.events, hashed.timeUs]);
  });

  test("run again to any event: the same prefix", () => {
    const whole = runScenario(leaderCrash, { trace: "kept" });
    const records = [...whole.world.trace.records()];
    for (let event = 0; event <= whole.events; event += 37) {
      const part = runScenario(leaderCrash, { trace: "kept", until: { event } });
      expect(part.events).toBe(event);
      const prefix = [...part.world.trace.records()];
      expect(prefix).toEqual(records.slice(0, prefix.length));
    }
  });

  test("run again to a time: the same prefix", () => {
    const whole = runScenario(fiveInOrder, { trace: "kept" });
    const part = runScenario(fiveInOrder, { trace: "kept", until: { timeUs: 8_100_000 } });
    expect(part.stop.kind).toBe("asked");
    expect(part.outcome).toBe("stopped");
    expect(part.timeUs).toBe(8_100_000);
    expect([...part.world.trace.records()]).toEqual(
      [...whole.world.trace.records()].filter((record) => record.time <= 8_100_000),
    );
  });
});

describe("expectations", () => {
  test("at the end", () => {
    expect(failing({ end: { leader: 1 } })).toMatchObject({
      outcome: "failed",
      status: "failed",
      expected: "at the end 1 leads",
      found: "3 leads",
      stop: "finished",
    });
  });

  test("at a moment: the run goes on until then", () => {
    expect(failing({ at: "5s", that: { leader: 3 } })).toMatchObject({
      status: "held",
      timeUs: 5_000_000,
    });
    expect(failing({ at: "100ms", that: { leader: 3 } })).toMatchObject({
      status: "failed",
      found: "nobody leads",
      stop: "expectation",
      timeUs: 100_000,
    });
  });

  test("always, from and to", () => {
    expect(failing({ always: { leader: "none" } })).toMatchObject({
      status: "failed",
      found: "3 leads",
      stop: "expectation",
    });
    expect(failing({ always: { leader: "none" }, to: "200ms" }).status).toBe("held");
    expect(failing({ always: { leader: 3 }, from: "1s" }).status).toBe("held");
    expect(failing({ always: { process: { all: "up" } }, from: { step: "up" } }).status).toBe(
      "held",
    );
  });

  test("never", () => {
    expect(failing({ never: { state: { "3": "LEADING" } } })).toMatchObject({ status: "failed" });
    expect(failing({ never: { leader: 1 } })).toMatchObject({ status: "held" });
  });

  test("within, counted from a step", () => {
    expect(failing({ within: "1s", of: "up", that: { leader: 3 } }).status).toBe("held");
    expect(failing({ within: "100ms", of: 0, that: { leader: 3 } })).toMatchObject({
      status: "failed",
      found: "nobody leads",
      timeUs: 100_000,
    });
    expect(failing({ within: "1min", that: { leader: 2 } })).toMatchObject({
      status: "failed",
      timeUs: 60_000_000,
    });
  });

  test("one that could never be looked at is a failure, not a success", () => {
    const result = runScenario({ ...BOOT_THREE, expect: [{ always: { leader: 3 }, from: "1h" }] });
    expect(result.outcome).toBe("failed");
    expect(result.problems).toEqual(["expect[0] was never looked at: the run was over before"]);
  });

  test("an early stop leaves them open", () => {
    const result = runScenario(
      { ...BOOT_THREE, expect: [{ end: { leader: 1 } }] },
      { until: { event: 10 } },
    );
    expect(result.outcome).toBe("stopped");
    expect(result.expectations[0]?.status).toBe("not reached");
  });
});

describe("steps", () => {
  test("at the same time, in the order of the file", () => {
    const booted: number[] = [];
    runScenario(
      {
        ...BOOT_THREE,
        steps: [
          { at: 0, do: "boot", server: [2, 3] },
          { at: 0, do: "boot", server: 1 },
        ],
      },
      {
        trace: "kept",
        onRecord: ({ kind, server }) => {
          if (kind === "boot" && server !== undefined) booted.push(server);
        },
      },
    );
    expect(booted).toEqual([2, 3, 1]);
  });

  test("several servers, one after another", () => {
    const times: number[] = [];
    runScenario(
      { ...BOOT_THREE, steps: [{ at: "1s", do: "boot", server: "all", every: "2s" }] },
      {
        trace: "kept",
        onRecord: ({ kind, time }) => {
          if (kind === "boot") times.push(time);
        },
      },
    );
    expect(times).toEqual([1_000_000, 3_000_000, 5_000_000]);
  });

  test("a step with when waits for all steps before it, and is done once", () => {
    const result = runScenario({
      ...BOOT_THREE,
      steps: [
        ...BOOT_THREE.steps,
        { when: { leader: "any" }, do: "crash", server: "leader" },
        { when: { leader: "any" }, after: "500ms", do: "crash", server: 1 },
      ],
      until: "60s",
    });
    expect(result.outcome).toBe("passed");
    const [, first, second] = result.steps.map(({ doneUs }) => doneUs ?? 0);
    expect(first).toBeGreaterThan(200_000);
    expect(second).toBeGreaterThan((first ?? 0) + 500_000);
    expect(result.servers.map(({ process }) => process)).toEqual(["down", "up", "down"]);
  });

  test("one that can't be done ends the run, and is named", () => {
    const result = runScenario({
      ...BOOT_THREE,
      steps: [...BOOT_THREE.steps, { at: "50ms", do: "crash", server: "leader" }],
    });
    expect(result.outcome).toBe("failed");
    expect(result.stop.kind).toBe("step");
    expect(result.problems).toEqual(["steps[1] (crash) can't be done: no server leads"]);
    expect(result.timeUs).toBe(50_000);
  });

  test("booting what runs", () => {
    const { problems } = runScenario({
      ...BOOT_THREE,
      steps: [...BOOT_THREE.steps, { at: "1s", do: "boot", server: 2 }],
    });
    expect(problems).toEqual(["steps[1] (boot) can't be done: server 2 is running already"]);
  });

  test("wiping the disk of a server that is down: it begins anew, and is brought up to date", () => {
    const history = { zxid: "0x300000004" } as const;
    const scenario: Scenario = {
      ...BOOT_THREE,
      servers: { "1": history, "2": history, "3": history },
      steps: [
        ...BOOT_THREE.steps,
        { when: { settled: true }, do: "crash", server: 1 },
        { when: { process: { "1": "down" } }, do: "wipe", server: 1, label: "wiped" },
        { when: { currentEpoch: { "1": 0 } }, after: "1s", do: "boot", server: 1 },
      ],
      expect: [
        {
          within: "0ms",
          of: "wiped",
          that: { currentEpoch: { "1": 0 }, acceptedEpoch: { "1": 0 }, zxid: { "1": "0x0" } },
        },
        { end: { leader: 3, follows: { "1": 3 }, currentEpoch: { all: 4 } } },
      ],
    };
    const { outcome, world } = runScenario(scenario);
    expect(outcome).toBe("passed");
    expect(world.process(1)?.peer?.database.tree.nodes.has("/seed-300000004")).toBe(true);
  });

  test("wiping the disk of a server that runs", () => {
    const { problems } = runScenario({
      ...BOOT_THREE,
      steps: [...BOOT_THREE.steps, { at: "1s", do: "wipe", server: [2] }],
    });
    expect(problems).toEqual([
      "steps[1] (wipe) can't be done: server 2 is up; crash it before its disk is wiped",
    ]);
  });

  test("one whose time never comes is named, with the reason", () => {
    const { outcome, problems } = runScenario({
      ...BOOT_THREE,
      steps: [...BOOT_THREE.steps, { when: { leader: 1 }, do: "heal" }],
      until: "5s",
    });
    expect(outcome).toBe("failed");
    expect(problems).toEqual(["steps[1] never happened: it waits until 1 leads, but 3 leads"]);
  });
});

describe("ends", () => {
  test("a run that never gets there stops at its limit, and says what it waited for", () => {
    const { outcome, stop, timeUs } = runScenario({
      ...BOOT_THREE,
      steps: [{ at: 0, do: "boot", server: 1 }],
      limit: { time: "30s" },
    });
    expect(outcome).toBe("failed");
    expect(stop).toEqual({
      kind: "limit",
      text:
        "the limit of 30 s of virtual time was reached, but this never came: " +
        "everybody who can follows one leader (no server leads with a quorum behind it)",
    });
    expect(timeUs).toBe(30_000_000);
  });

  test("a limit of events", () => {
    const { stop, events } = runScenario({ ...BOOT_THREE, until: "10min", limit: { events: 500 } });
    expect([stop.kind, events]).toEqual(["limit", 500]);
  });

  test("nothing more will ever happen", () => {
    const { stop, outcome } = runScenario({
      ...BOOT_THREE,
      steps: [{ at: 0, do: "heal" }],
    });
    expect([stop.kind, outcome]).toEqual(["quiet", "failed"]);
  });

  test("`for` goes on after the end has come", () => {
    const short = runScenario(BOOT_THREE);
    expect(runScenario({ ...BOOT_THREE, for: "3s" }).timeUs).toBe(short.timeUs + 3_000_000);
  });
});

describe("what a scenario sets takes effect", () => {
  test("starting epochs and zxids", () => {
    const scenario: Scenario = {
      ...BOOT_THREE,
      servers: { "1": { zxid: "0x300000004", acceptedEpoch: 7 } },
    };
    const booted = runScenario(scenario, { until: { timeUs: 0 } });
    expect(booted.servers[0]).toMatchObject({
      acceptedEpoch: 7,
      currentEpoch: 3,
      zxid: 0x300000004,
    });
    const { servers, leader, world } = runScenario(scenario);
    expect(leader).toBe(1);
    expect(servers[0]).toMatchObject({ acceptedEpoch: 8, currentEpoch: 8, zxid: 0x800000000 });
    // And the transactions that make up such a history are on every server.
    for (const { peer } of world.processes) {
      expect(peer?.database.tree.nodes.has("/seed-300000004")).toBe(true);
    }
  });

  test("election settings in a zoo.cfg", () => {
    const properties = {
      "fastleader.minNotificationInterval": 50,
      "fastleader.maxNotificationInterval": 100,
    };
    const waits: unknown[] = [];
    runScenario(
      {
        ...BOOT_THREE,
        ensemble: { size: 3, properties },
        steps: [{ at: 0, do: "boot", server: 1 }],
        until: "1s",
      },
      {
        trace: "kept",
        onRecord: ({ kind, fields }) => {
          if (kind === "pollTimedOut") waits.push(fields["nextWaitMs"]);
        },
      },
    );
    expect(new Set(waits)).toEqual(new Set([100]));
    expect(waits.length).toBeGreaterThan(8);
  });

  test("clocks: a fast one waits shorter", () => {
    const election = (driftPpm: number) =>
      runScenario({
        ...BOOT_THREE,
        ensemble: { size: 1 },
        servers: { "1": { clock: { driftPpm } } },
      }).timeUs;
    expect(election(500_000)).toBeLessThan(election(0));
  });

  test("a link of its own", () => {
    const { timeUs } = runScenario({
      ...BOOT_THREE,
      network: { profile: "zero", links: [{ from: [3], to: [1, 2], delay: "80ms" }] },
    });
    expect(timeUs).toBeGreaterThan(runScenario({ ...BOOT_THREE, network: "zero" }).timeUs);
  });
});

test("a scenario that was not checked and is wrong is refused as a whole", () => {
  const wrong: Scenario = { ...BOOT_THREE, steps: [{ at: 0, do: "boot", server: 9 }] };
  expect(() => runScenario(wrong)).toThrow(InvalidScenario);
  expect(() => runScenario(wrong)).toThrow(
    "steps[0].server: there is no server 9; the ensemble has 1 to 3.",
  );
});
