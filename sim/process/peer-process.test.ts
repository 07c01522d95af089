import { describe, expect, test } from "vitest";
import { epoch } from "../../core/ids.ts";
import { rulesWith } from "../../core/server/bugs.ts";
import { makeZxid } from "../../core/zxid.ts";
import { seedPath } from "../disk/seeded-history.ts";
import { EVENT } from "../events.ts";
import { diskWith } from "../../test/support/ensembles.ts";
import { elect, onAGrid, worldOf } from "../../test/support/worlds.ts";
import type { PeerProcess } from "./peer-process.ts";
import type { World } from "../world.ts";

const MS = 1000;
const SECOND = 1000 * MS;
const HISTORY = diskWith({ acceptedEpoch: 4, currentEpoch: 3, zxid: [3, 5] });

function theProcess(world: World, id: number): PeerProcess {
  return world.process(id) as PeerProcess;
}

/** Times of a server's records of one kind, in virtual µs. */
function timesOf(world: World, id: number, kind: string, from = 0): number[] {
  return [...world.trace.records()]
    .filter((record) => record.server === id && record.kind === kind && record.time >= from)
    .map((record) => record.time);
}

describe("a crash", () => {
  test("ends the process: no memory, no timer, nothing in its name is pending but what is in the network", () => {
    const world = worldOf(3);
    elect(world);
    world.perform({ do: "crash", server: 3 });

    expect(theProcess(world, 3).peer).toBeUndefined();
    const own = new Set([EVENT.timer, EVENT.written, EVENT.writeKnown]);
    expect(world.kernel.pending().filter((e) => e.target === 2 && own.has(e.kind))).toEqual([]);
    const crashed = world.kernel.now;
    world.run({ untilTime: crashed + 60 * SECOND });
    expect(timesOf(world, 3, "timer", crashed + 1)).toEqual([]);
  });

  test("a restart finds what the disk kept, and nothing of what was in memory", () => {
    const world = worldOf(3, { disks: new Map([1, 2, 3].map((id) => [id, HISTORY])) });
    elect(world);
    // No transaction of the new epoch is logged yet.
    expect(world.view(3)?.zxid).toBe(makeZxid(5, 0));
    world.perform({ do: "restart", server: 3 });

    expect(theProcess(world, 3).peer).toMatchObject({
      state: "LOOKING",
      acceptedEpoch: 5,
      currentEpoch: 5,
    });
    expect(world.view(3)?.zxid).toBe(makeZxid(3, 5));
    // The round of the election is kept nowhere: it starts again.
    expect(world.view(3)?.round).toBe(1);
  });

  test("before its epoch is written leaves the old value or the new one, as the seed decides", () => {
    const left = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const world = worldOf(3, { seed, disk: { force: { kind: "constant", us: 50 * MS } } });
      for (const id of [1, 2, 3]) world.perform({ do: "boot", server: id });
      const writing = (): boolean =>
        world.kernel.pending().some((e) => e.kind === EVENT.written && e.target === 2);
      expect(world.run({ untilTime: 10 * SECOND, until: writing })).toBe("predicate");
      expect(world.view(3)?.acceptedEpoch).toBe(0);
      world.perform({ do: "crash", server: 3 });
      left.add(theProcess(world, 3).epochs.durable.acceptedEpoch);
    }

    expect([...left].sort((a, b) => a - b)).toEqual([0, 1]);
  });

  test("what an earlier process said to itself, its successor does not hear", () => {
    // Not an empty disk, on which a snapshot is written before anything is said.
    const world = worldOf(3, { ...onAGrid(5), disks: new Map([[1, HISTORY]]) });
    world.perform({ do: "boot", server: 1 });
    world.schedule(2 * MS, { do: "restart", server: 1 });
    world.run({ untilTime: 20 * MS });

    // Each start says one thing to itself, five milliseconds before it hears it.
    expect(timesOf(world, 1, "notification")[0]).toBe(0);
    expect(timesOf(world, 1, "received")).toEqual([7 * MS]);
  });

  test("nor does it learn of a write that its predecessor asked for", () => {
    const world = worldOf(3, { disk: { force: { kind: "constant", us: 50 * MS } } });
    for (const id of [1, 2, 3]) world.perform({ do: "boot", server: id });
    const writing = (): boolean =>
      world.kernel.pending().some((e) => e.kind === EVENT.written && e.target === 2);
    world.run({ untilTime: 10 * SECOND, until: writing });
    const restarted = world.kernel.now;
    world.perform({ do: "restart", server: 3 });
    world.run({ untilTime: restarted + 60 * MS });

    expect(timesOf(world, 3, "written")).toEqual([]);
  });
});

describe("the server's own clock", () => {
  /** When the first notification time-out of a server by itself comes: 200 ms by its own clock. */
  function firstTimeout(driftPpm: number, offsetMs = 0): number | undefined {
    const world = worldOf(3, {
      ...onAGrid(0),
      clocks: new Map([[1, { offsetMs, driftPpm }]]),
    });
    world.perform({ do: "boot", server: 1 });
    world.run({ untilTime: SECOND });
    return timesOf(world, 1, "timer")[0];
  }

  test("a fast clock makes timers fire early, a slow one late", () => {
    expect(firstTimeout(0)).toBe(200 * MS);
    // 200 ms are over after 160 at five quarters of the speed, and after 250 at four fifths.
    expect(firstTimeout(250_000)).toBe(160 * MS);
    expect(firstTimeout(-200_000)).toBe(250 * MS);
  });

  test("where it stands makes no difference to timers", () => {
    expect(firstTimeout(0, 3_600_000)).toBe(200 * MS);
  });

  test("is what the server reads", () => {
    const world = worldOf(3, { clocks: new Map([[2, { offsetMs: 700, driftPpm: 100_000 }]]) });
    world.run({ untilTime: 10 * SECOND });

    expect([1, 2].map((id) => theProcess(world, id).now())).toEqual([10_000, 11_700]);
  });
});

describe("a pause", () => {
  test("holds timers back until it ends; the clock goes on", () => {
    const world = worldOf(3, onAGrid(0));
    world.perform({ do: "boot", server: 1 });
    world.schedule(100 * MS, { do: "pause", server: 1 });
    world.schedule(500 * MS, { do: "resume", server: 1 });
    world.run({ untilTime: SECOND });

    expect(timesOf(world, 1, "timer")[0]).toBe(500 * MS);
  });

  test("of less than a timer's wait changes nothing for it", () => {
    const world = worldOf(3, onAGrid(0));
    world.perform({ do: "boot", server: 1 });
    world.schedule(100 * MS, { do: "pause", server: 1 });
    world.schedule(150 * MS, { do: "resume", server: 1 });
    world.run({ untilTime: 300 * MS });

    expect(timesOf(world, 1, "timer")).toEqual([200 * MS]);
  });

  test("what came first is handled first, and a timer that it sets anew does not fire as well", () => {
    const world = worldOf(3, onAGrid(0));
    world.perform({ do: "boot", server: 1 });
    world.schedule(100 * MS, { do: "pause", server: 1 });
    // Its vote reaches server 1 before the time-out of that one, at 200 ms, and makes that one wait anew.
    world.schedule(150 * MS, { do: "boot", server: 2 });
    world.schedule(500 * MS, { do: "resume", server: 1 });
    world.run({ untilTime: 650 * MS });

    expect(timesOf(world, 1, "received", 500 * MS).length).toBeGreaterThan(0);
    expect(timesOf(world, 1, "timer")).toEqual([]);
  });

  test("ended by a crash: what waited is gone", () => {
    const world = worldOf(3, onAGrid(0));
    world.perform({ do: "boot", server: 1 });
    world.schedule(100 * MS, { do: "pause", server: 1 });
    world.schedule(150 * MS, { do: "boot", server: 2 });
    world.schedule(400 * MS, { do: "restart", server: 1 });
    world.run({ untilTime: 450 * MS });

    expect(timesOf(world, 1, "timer")).toEqual([]);
    expect(timesOf(world, 1, "looking")).toEqual([0, 400 * MS]);
    // And the new process hears at once what is said to it.
    expect(timesOf(world, 1, "received", 400 * MS)[0]).toBe(400 * MS);
  });

  test("resumed and crashed at the same moment: the process handles nothing any more", () => {
    const world = worldOf(3);
    elect(world);
    world.perform({ do: "pause", server: 1 });
    world.run({ untilTime: world.kernel.now + 5 * SECOND });
    const before = world.trace.count;
    world.perform({ do: "resume", server: 1 });
    world.perform({ do: "crash", server: 1 });
    world.run({ untilTime: world.kernel.now + SECOND });

    const kinds = [...world.trace.records(before)]
      .filter((record) => record.server === 1)
      .map((record) => record.kind)
      .filter((kind) => kind !== "lost" && kind !== "stalled");
    expect(kinds).toEqual(["resume", "crash"]);
  });
});

describe("a disk", () => {
  test("given from outside is what the server starts with, and in the trace", () => {
    const world = worldOf(3, { disks: new Map([[2, HISTORY]]) });
    expect(world.view(2)).toMatchObject({ process: "down", zxid: makeZxid(3, 5) });
    world.perform({ do: "boot", server: 2 });

    const expected = { acceptedEpoch: 4, currentEpoch: 3, zxid: makeZxid(3, 5) };
    expect(world.view(2)).toMatchObject(expected);
    const booted = [...world.trace.records()].find(({ kind }) => kind === "boot");
    expect(booted?.fields).toEqual(expected);
    expect(theProcess(world, 2).disk.files).toEqual(HISTORY.files);
  });

  test("that is wiped is that of a new machine, which the others bring up to date", () => {
    const world = worldOf(3, { disks: new Map([1, 2, 3].map((id) => [id, HISTORY])) });
    elect(world);
    expect(world.perform({ do: "wipe", server: 1 })).toBe(
      "server 1 is up; crash it before its disk is wiped",
    );
    world.perform({ do: "crash", server: 1 });
    expect(world.perform({ do: "wipe", server: 1 })).toBeUndefined();
    expect(world.view(1)).toMatchObject({ acceptedEpoch: 0, currentEpoch: 0, zxid: 0 });
    expect(world.trace.record(world.trace.count - 1)).toMatchObject({ kind: "wiped", server: 1 });

    world.perform({ do: "boot", server: 1 });
    const serves = (): boolean => world.view(1)?.serving === true;
    expect(world.run({ untilTime: world.kernel.now + 10 * SECOND, until: serves })).toBe(
      "predicate",
    );
    expect(world.view(1)).toMatchObject({ follows: 3, acceptedEpoch: 5, currentEpoch: 5 });
    const paths = (id: number) => [
      ...(theProcess(world, id).peer?.database.tree.nodes.keys() ?? []),
    ];
    expect(paths(1)).toContain(seedPath(makeZxid(3, 5)));
    expect(paths(1)).toEqual(paths(3));
  });

  test("whose epoch is behind its history gets the epoch of that", () => {
    const world = worldOf(3, { disks: new Map([[1, { ...HISTORY, currentEpoch: epoch(2) }]]) });
    world.perform({ do: "boot", server: 1 });
    expect(theProcess(world, 1).peer?.currentEpoch).toBe(3);
    world.run({ untilTime: SECOND });
    expect(world.view(1)?.currentEpoch).toBe(3);
    // What it acknowledged before that is written, it would take for the write of another epoch.
    const [written, looking] = [timesOf(world, 1, "written"), timesOf(world, 1, "looking")];
    expect(looking[0]).toBeGreaterThanOrEqual(written[0] ?? Infinity);
  });

  test("whose epochs do not fit its history keeps a server of 3.8 from starting", () => {
    const world = worldOf(3, {
      disks: new Map([[1, { ...HISTORY, currentEpoch: epoch(2) }]]),
      rules: rulesWith(["epochAfterSnapshot"]),
    });
    world.perform({ do: "boot", server: 1 });

    expect(world.view(1)?.process).toBe("down");
    expect(timesOf(world, 1, "serviceRefused")).toEqual([0]);
    expect(theProcess(world, 1).refused).toBe("the current epoch is older than the last zxid");
  });
});
