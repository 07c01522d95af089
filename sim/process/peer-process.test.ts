import { describe, expect, test } from "vitest";
import { epoch } from "../../core/ids.ts";
import { makeZxid } from "../../core/zxid.ts";
import { EVENT } from "../events.ts";
import { elect, onAGrid, worldOf } from "../../test/support/worlds.ts";
import type { PeerProcess } from "./peer-process.ts";
import type { World } from "../world.ts";

const MS = 1000;
const SECOND = 1000 * MS;

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
    const world = worldOf(3);
    const onDisk = {
      acceptedEpoch: epoch(4),
      currentEpoch: epoch(3),
      lastZxid: makeZxid(3, 5),
    };
    const inMemory = { ...onDisk, lastZxid: makeZxid(3, 9) };
    world.perform({ do: "boot", server: 1 });
    theProcess(world, 1).adoptHistory(onDisk, inMemory);
    expect(world.view(1)?.zxid).toBe(inMemory.lastZxid);
    world.run({ untilTime: 10 * SECOND });
    world.perform({ do: "restart", server: 1 });

    expect(theProcess(world, 1).peer).toMatchObject({
      state: "LOOKING",
      acceptedEpoch: 4,
      currentEpoch: 3,
      lastProcessedZxid: onDisk.lastZxid,
    });
    // The round of the election is kept nowhere: it starts again.
    expect(world.view(1)?.round).toBe(1);
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
      left.add(theProcess(world, 3).disk.durable.acceptedEpoch);
    }

    expect([...left].sort((a, b) => a - b)).toEqual([0, 1]);
  });

  test("what an earlier process said to itself, its successor does not hear", () => {
    const world = worldOf(3, onAGrid(5));
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

test("a history given from outside is on disk and in memory, and in the trace", () => {
  const world = worldOf(3);
  elect(world);
  const history = { acceptedEpoch: epoch(1), currentEpoch: epoch(1), lastZxid: makeZxid(1, 42) };
  theProcess(world, 2).adoptHistory(history);

  expect(world.view(2)).toMatchObject({ acceptedEpoch: 1, currentEpoch: 1, zxid: makeZxid(1, 42) });
  expect(theProcess(world, 2).disk.durable).toEqual(history);
  const last = world.trace.record(world.trace.count - 1);
  expect([last.kind, last.server, last.fields["zxid"]]).toEqual(["history", 2, makeZxid(1, 42)]);
});
