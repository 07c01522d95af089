import { describe, expect, test } from "vitest";
import type { Action } from "./action.ts";
import { NEVER } from "./network/link.ts";
import { elect, onAGrid, worldOf } from "../test/support/worlds.ts";
import type { World } from "./world.ts";

const SECOND = 1_000_000;

/** The pairs `from>to` whose link is cut, by server id. */
function cutLinks(world: World): string[] {
  const nodes = [...world.processes.keys()];
  return nodes.flatMap((from) =>
    nodes.filter((to) => world.network.isCut(from, to)).map((to) => `${from + 1}>${to + 1}`),
  );
}

describe("what can't be done is said, and then nothing has been done", () => {
  test.each<[string, readonly Action[], Action, string]>([
    [
      "boot twice",
      [{ do: "boot", server: 1 }],
      { do: "boot", server: 1 },
      "server 1 is running already",
    ],
    [
      "boot a paused server",
      [
        { do: "boot", server: 1 },
        { do: "pause", server: 1 },
      ],
      { do: "boot", server: 1 },
      "server 1 is running already",
    ],
    ["crash a stopped server", [], { do: "crash", server: 1 }, "server 1 is not running"],
    [
      "pause a stopped server",
      [],
      { do: "pause", server: 2 },
      "server 2 is down, so it can't be paused",
    ],
    [
      "pause twice",
      [
        { do: "boot", server: 1 },
        { do: "pause", server: 1 },
      ],
      { do: "pause", server: 1 },
      "server 1 is paused, so it can't be paused",
    ],
    [
      "resume a running server",
      [{ do: "boot", server: 1 }],
      { do: "resume", server: 1 },
      "server 1 is up, so it can't be resumed",
    ],
    ["an unknown server", [], { do: "boot", server: 9 }, "there is no server 9"],
    ["no leader", [], { do: "crash", server: "leader" }, "no server leads"],
    ["a link from nobody", [], { do: "cut", from: [1, 9], to: [2] }, "there is no server 9"],
    ["a link to nobody", [], { do: "clog", from: [1], to: ["leader"] }, "no server leads"],
    [
      "a group with a stranger",
      [],
      { do: "partition", groups: [[1, 2], [8]] },
      "there is no server 8",
    ],
    ["a reset with a stranger", [], { do: "reset", between: [7, 1] }, "there is no server 7"],
  ])("%s", (_name, before, action, problem) => {
    const world = worldOf(3);
    for (const done of before) expect(world.perform(done)).toBeUndefined();
    const views = world.views();
    const records = world.trace.count;

    expect(world.perform(action)).toBe(problem);
    expect(world.views()).toEqual(views);
    expect(world.trace.count).toBe(records);
    expect(cutLinks(world)).toEqual([]);
  });

  test("a scheduled action tells its problem when it is due", () => {
    const world = worldOf(3);
    const problems: unknown[] = [];
    world.onProblem = (action, problem) => problems.push([world.kernel.now, action, problem]);
    const action: Action = { do: "crash", server: 1 };
    world.schedule(500, action);
    world.run({ untilTime: 1000 });

    expect(problems).toEqual([[500, action, "server 1 is not running"]]);
  });
});

describe("processes", () => {
  test("boot, crash, restart, pause and resume show in the views", () => {
    const world = worldOf(3);
    const states = (): string[] => world.views().map((view) => view.process);
    expect(states()).toEqual(["down", "down", "down"]);
    for (const id of [1, 2, 3]) world.perform({ do: "boot", server: id });
    world.perform({ do: "crash", server: 1 });
    world.perform({ do: "pause", server: 2 });
    expect(states()).toEqual(["down", "paused", "up"]);
    world.perform({ do: "restart", server: 1 });
    world.perform({ do: "resume", server: 2 });
    world.perform({ do: "restart", server: 3 });
    expect(states()).toEqual(["up", "up", "up"]);
  });

  test("a server that is down has no state, vote or round", () => {
    const world = worldOf(3);
    elect(world);
    world.perform({ do: "crash", server: 1 });

    expect(world.view(1)).toMatchObject({
      id: 1,
      process: "down",
      state: undefined,
      vote: undefined,
      round: undefined,
      follows: undefined,
    });
    expect(world.view(9)).toBeUndefined();
    expect(world.process(9)).toBeUndefined();
  });

  test("changes rises with everything that a predicate may look at", () => {
    const world = worldOf(3);
    world.perform({ do: "boot", server: 1 });
    const booted = world.changes;
    world.perform({ do: "pause", server: 1 });
    const paused = world.changes;
    world.perform({ do: "crash", server: 1 });

    expect(booted).toBeLessThan(paused);
    expect(paused).toBeLessThan(world.changes);
  });
});

describe("the leader", () => {
  test("is whoever a quorum has registered with", () => {
    const world = worldOf(3);
    expect(world.leader).toBeUndefined();
    elect(world);

    // All start at once and with empty disks, so that the largest id wins.
    expect(world.leader?.id).toBe(3);
    expect(world.view(3)).toMatchObject({ state: "LEADING", leaderEpoch: 1 });
  });

  test("can be named in an action, and is whoever leads then", () => {
    const world = worldOf(3);
    elect(world);
    world.schedule(SECOND, { do: "crash", server: "leader" });
    world.run({ untilTime: world.kernel.now + SECOND });

    expect(world.view(3)?.process).toBe("down");
    expect(world.leader).toBeUndefined();
  });

  test("of several who think so, is the one of the latest epoch", () => {
    const world = worldOf(5);
    elect(world);
    expect(world.leader?.id).toBe(5);
    world.perform({ do: "pause", server: "leader" });
    const isNew = (): boolean => world.leader !== undefined && world.leader.id !== 5;
    expect(world.run({ untilTime: 60 * SECOND, until: isNew })).toBe("predicate");

    // The paused one still believes that it leads epoch 1.
    expect(world.view(5)).toMatchObject({ state: "LEADING", leaderEpoch: 1 });
    expect(world.view(world.leader?.id as number)?.leaderEpoch).toBe(2);
  });
});

describe("links", () => {
  test("cut and mend work both ways, or one way", () => {
    const world = worldOf(3);
    world.perform({ do: "cut", from: [1], to: [2, 3] });
    expect(cutLinks(world)).toEqual(["1>2", "1>3", "2>1", "3>1"]);
    world.perform({ do: "mend", from: [1], to: [2], oneWay: true });
    expect(cutLinks(world)).toEqual(["1>3", "2>1", "3>1"]);
    world.perform({ do: "mend", from: [1, 2, 3], to: [1, 2, 3] });
    expect(cutLinks(world)).toEqual([]);
  });

  test("nobody is cut off from itself", () => {
    const world = worldOf(2);
    world.perform({ do: "cut", from: [1, 2], to: [1, 2] });

    expect(cutLinks(world)).toEqual(["1>2", "2>1"]);
  });

  test("a partition cuts between groups, and leaves whoever is in none alone", () => {
    const world = worldOf(5);
    world.perform({ do: "partition", groups: [[1, 2], [3]] });

    const whole = ["1>2", "2>1"];
    const others = [1, 2, 3, 4, 5].flatMap((from) =>
      [1, 2, 3, 4, 5].filter((to) => to !== from).map((to) => `${from}>${to}`),
    );
    expect(cutLinks(world)).toEqual(others.filter((link) => !whole.includes(link)));
  });

  test("another partition takes the place of the one before", () => {
    const world = worldOf(3);
    world.perform({ do: "partition", groups: [[1], [2, 3]] });
    world.perform({ do: "partition", groups: [[1, 2], [3]] });

    expect(cutLinks(world)).toEqual(["1>3", "2>3", "3>1", "3>2"]);
  });

  test("heal mends and frees every link", () => {
    const world = worldOf(3);
    world.perform({ do: "partition", groups: [[1], [2]] });
    world.perform({ do: "clog", from: [1], to: [2], oneWay: true });
    expect([world.network.isClogged(0, 1), world.network.isClogged(1, 0)]).toEqual([true, false]);
    world.perform({ do: "heal" });

    expect(cutLinks(world)).toEqual([]);
    expect(world.network.isClogged(0, 1)).toBe(false);
  });

  test("unclog frees what clog stopped", () => {
    const world = worldOf(2);
    world.perform({ do: "clog", from: [1], to: [2] });
    world.perform({ do: "unclog", from: [2], to: [1], oneWay: true });

    expect([world.network.isClogged(0, 1), world.network.isClogged(1, 0)]).toEqual([true, false]);
  });

  test("a change of what a link is like leaves the rest of it as it is", () => {
    const world = worldOf(3);
    const before = world.network.linkSpec(0, 1);
    world.perform({ do: "link", from: [1], to: [2], oneWay: true, change: { bytesPerSecond: 9 } });

    expect(world.network.linkSpec(0, 1)).toEqual({ ...before, bytesPerSecond: 9 });
    expect(world.network.linkSpec(1, 0)).toEqual(before);
    expect(world.network.linkSpec(0, 2)).toEqual(before);
  });

  test("a majority that is cut off from its leader elects another; the minority has none", () => {
    const world = worldOf(5);
    elect(world);
    world.perform({
      do: "partition",
      groups: [
        [1, 2, 3],
        [4, 5],
      ],
    });
    const isNew = (): boolean => world.leader !== undefined && world.leader.id !== 5;
    expect(world.run({ untilTime: 120 * SECOND, until: isNew })).toBe("predicate");
    world.run({ untilTime: world.kernel.now + 60 * SECOND });

    expect(world.leader?.id).toBe(3);
    expect([4, 5].map((id) => world.view(id)?.state)).toEqual(["LOOKING", "LOOKING"]);
  });

  test("a reset breaks the connections of two servers, and both ends say so", () => {
    const world = worldOf(3);
    elect(world);
    const before = world.trace.count;
    const broken = world.network.connections().filter(({ from, to }) => from + to === 3);
    expect(broken.length).toBeGreaterThan(0);
    world.perform({ do: "reset", between: [2, 3] });
    world.run({ untilTime: world.kernel.now + 10_000 });

    const closed = [...world.trace.records(before)].filter((record) => record.kind === "closed");
    for (const { id } of broken) {
      const ends = closed.filter((record) => record.fields["connection"] === id);
      expect(new Set(ends.map((record) => record.server))).toEqual(new Set([2, 3]));
      expect(ends).toHaveLength(2);
    }
  });

  test("message faults can be switched on and off", () => {
    const world = worldOf(3, onAGrid(1));
    const always = { n: 1, outOf: 1 };
    world.perform({
      do: "messageFaults",
      faults: {
        drop: always,
        duplicate: NEVER,
        reorder: NEVER,
        reorderDelay: { kind: "constant", us: 0 },
      },
    });
    for (const id of [1, 2, 3]) world.perform({ do: "boot", server: id });
    world.run({ untilTime: 5 * SECOND });
    expect(world.leader).toBeUndefined();

    world.perform({ do: "messageFaults", faults: null });
    world.run({ untilTime: 30 * SECOND, until: () => world.leader !== undefined });
    expect(world.leader?.id).toBe(3);
  });
});
