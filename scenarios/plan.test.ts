import { describe, expect, test } from "vitest";
import { LATENCY_PROFILES } from "../sim/latency.ts";
import { DISK_PROFILES } from "../sim/disk/disk-spec.ts";
import { THREAD_PROFILES } from "../sim/process/threads.ts";
import { parseScenario } from "./format/parse.ts";
import { formatProblem } from "./format/problem.ts";
import type { Scenario } from "./format/scenario.ts";
import { planOf } from "./plan.ts";

const SOUND: Scenario = {
  name: "sound",
  title: "Three servers",
  ensemble: { size: 3 },
  steps: [{ at: 0, do: "boot", server: "all" }],
};

describe("a latency profile is the network's, and says what else takes how long", () => {
  const latency = (more: Partial<Scenario>) => {
    const { network, disk, threads } = planOf({ ...SOUND, ...more }, 1).world;
    return { network, disk, threads };
  };

  test.each(["zero", "loopback", "lan", "wan", "slow-disk"] as const)("%s", (network) => {
    expect(latency({ network })).toEqual(LATENCY_PROFILES[network]);
    const { disk, threads } = latency({ network: { profile: network, loss: "1%" } });
    expect({ disk, threads }).toEqual({
      disk: LATENCY_PROFILES[network].disk,
      threads: LATENCY_PROFILES[network].threads,
    });
  });

  test("without one it is loopback", () => {
    expect(latency({})).toEqual(LATENCY_PROFILES.loopback);
    expect(latency({ network: { loss: "0%" } }).threads).toBe(THREAD_PROFILES.real);
  });

  test("what is said of disks and threads goes before it", () => {
    expect(latency({ disk: "slow", threads: "quick" })).toEqual({
      network: LATENCY_PROFILES.loopback.network,
      disk: { force: DISK_PROFILES.slow },
      threads: THREAD_PROFILES.quick,
    });
    expect(latency({ network: "zero", disk: "ssd" }).disk).toEqual({ force: DISK_PROFILES.ssd });
  });

  test("threads that there are none of", () => {
    const parsed = parseScenario({ ...SOUND, threads: "slow" });
    expect(parsed.ok ? [] : parsed.problems.map((problem) => formatProblem(problem))).toEqual([
      'threads: expected one of "zero", "quick", "real", got "slow".',
    ]);
  });
});

describe("clients of an ensemble", () => {
  const clientsOf = (clients: Scenario["clients"], seed = 1) =>
    planOf({ ...SOUND, ...(clients === undefined ? {} : { clients }) }, seed).world.clients ?? [];

  test("know every server, those that are named, or a connect string", () => {
    const clients = clientsOf({
      alice: {},
      bob: { servers: [3, 1] },
      carol: { connectTo: "zoo2:2181/app", sessionTimeout: "4s" },
    });
    expect(clients.map(({ name, config }) => [name, config.hosts.map(({ host }) => host)])).toEqual(
      [
        ["alice", ["zoo1", "zoo2", "zoo3"]],
        ["bob", ["zoo1", "zoo3"]],
        ["carol", ["zoo2"]],
      ],
    );
    expect(clients[2]?.config).toMatchObject({ chroot: "/app", sessionTimeoutMs: 4000 });
  });

  test("that start on a server know all the others, too", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const [client] = clientsOf({ alice: { startOn: 2 } }, seed);
      const hosts = client?.config.hosts.map(({ host }) => host);
      expect(hosts?.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["zoo1", "zoo2", "zoo3"]);
    }
  });

  test("are named by their ids in what is done to links", () => {
    const [, cut] = planOf(
      {
        ...SOUND,
        clients: { alice: {}, bob: {} },
        steps: [...SOUND.steps, { at: "1s", do: "cut", from: ["bob", "leader"], to: [1, "alice"] }],
      },
      1,
    ).steps;
    expect(cut?.actions.map(({ action }) => action)).toEqual([
      { do: "cut", from: [1002, "leader"], to: [1, 1001], oneWay: false },
    ]);
  });
});
