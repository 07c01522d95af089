import { describe, expect, test } from "vitest";
import type { StoredFiles } from "../../core/server/service/recovery.ts";
import type { LogEntry } from "../../core/server/service/service-port.ts";
import {
  planTruncation,
  type Truncation,
  truncatedFiles,
} from "../../core/server/service/truncation.ts";
import { type Zxid, zxid } from "../../core/zxid.ts";
import { EVENT } from "../events.ts";
import type { Delay } from "../kernel/delay.ts";
import { Kernel } from "../kernel/kernel.ts";
import { Random } from "../kernel/prng.ts";
import { Trace } from "../kernel/trace.ts";
import { DISK_PROFILES } from "./disk-spec.ts";
import { historyOf } from "./seeded-history.ts";
import { ServiceDisk } from "./service-disk.ts";

const SLOWLY: Delay = { kind: "constant", us: 1000 };
const INCARNATION = 7;

/** A disk whose work completes as the kernel runs; `completed` tells what, in order. */
function newDisk(seed = 1, force: Delay = SLOWLY) {
  const kernel = new Kernel(new Trace([], [1], "off"));
  const disk = new ServiceDisk(kernel, 0, { force }, Random.fromSeed(seed));
  const completed: string[] = [];
  kernel.handle(EVENT.forced, () => {
    disk.completeForce();
    completed.push("forced");
  });
  kernel.handle(EVENT.snapshotWritten, () => {
    disk.completeSnapshot();
    completed.push("snapshotWritten");
  });
  kernel.handle(EVENT.truncated, (_node, incarnation) => {
    expect(incarnation).toBe(INCARNATION);
    completed.push(disk.completeTruncation() ? "truncated" : "step");
  });
  return { disk, kernel, completed };
}

function entryOf(n: number): LogEntry {
  return historyOf([zxid(n)]).logs[0]?.entries.flatMap((stored) =>
    stored.kind === "entry" ? [stored.entry] : [],
  )[0] as LogEntry;
}

/** A file a log: the zxids of its entries, or what they are instead. */
function inShort({ snapshots, logs }: StoredFiles) {
  return {
    snapshots: snapshots.map((snapshot) => snapshot.zxid),
    logs: logs.map((log) =>
      log.entries.map((stored) =>
        stored.kind === "entry" ? stored.entry.header.zxid : stored.kind,
      ),
    ),
  };
}

function snapshotAt(n: number) {
  return {
    zxid: zxid(n),
    sessions: [],
    tree: { lastProcessedZxid: zxid(n), acls: [], nodes: [] },
  };
}

/** Files as said, all of them whole. */
function filesOf(snapshots: readonly number[], logs: readonly number[][]): StoredFiles {
  return {
    snapshots: snapshots.map((n) => ({ zxid: zxid(n), content: snapshotAt(n) })),
    logs: logs.map((entries) => ({
      firstZxid: zxid(entries[0] as number),
      entries: entries.map((n) => ({ kind: "entry", entry: entryOf(n) })),
    })),
  };
}

const zxids = (...ns: number[]): Zxid[] => ns.map((n) => zxid(n));

describe("what is stored", () => {
  test("shows a running process also what is not forced, and a crash takes no more than that", () => {
    const left = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { disk, kernel } = newDisk(seed);
      disk.append(entryOf(1));
      disk.append(entryOf(2));
      disk.force(INCARNATION);
      disk.append(entryOf(3));
      disk.roll();
      disk.append(entryOf(4));
      expect(inShort(disk.stored()).logs).toEqual([[1, 2, 3], [4]]);
      expect(inShort(disk.durableFiles).logs).toEqual([]);
      kernel.run({});
      expect(inShort(disk.stored()).logs).toEqual([[1, 2, 3], [4]]);
      expect(inShort(disk.durableFiles).logs).toEqual([[1, 2]]);
      disk.crash();
      left.add(JSON.stringify(inShort(disk.stored()).logs));
      expect(disk.durableFiles).toEqual(disk.stored());
    }
    expect(left).toEqual(
      new Set(['[[1,2,"torn"]]', '[[1,2,3],["torn"]]', "[[1,2,3],[4]]", "[[1,2,3]]", "[[1,2]]"]),
    );
  });

  test("is a view that changes, and a copy that does not", () => {
    const { disk } = newDisk();
    disk.append(entryOf(1));
    const view = disk.stored();
    const copy = disk.files;
    disk.append(entryOf(2));
    expect(inShort(view).logs).toEqual([[1, 2]]);
    expect(inShort(copy).logs).toEqual([[1]]);
  });

  test("holds a snapshot from when it has been written", () => {
    const { disk, kernel } = newDisk();
    disk.writeSnapshot(snapshotAt(5), INCARNATION);
    expect(disk.durableFiles.snapshots).toEqual([]);
    kernel.run({});
    expect(inShort(disk.durableFiles).snapshots).toEqual([5]);
    expect(inShort(disk.stored()).snapshots).toEqual([5]);
  });

  test("can be put there from outside, and lost", () => {
    const { disk } = newDisk();
    const files = filesOf([0, 2], [[1, 2], [3]]);
    disk.replace(files);
    expect(disk.stored()).toEqual(files);
    expect(disk.durableFiles).toEqual(files);
    disk.append(entryOf(4));
    // In a file of its own, and not in what was given.
    expect(inShort(disk.stored()).logs).toEqual([[1, 2], [3], [4]]);
    expect(files.logs).toHaveLength(2);
    disk.crash();
    disk.wipe();
    expect(disk.stored()).toEqual({ snapshots: [], logs: [] });
  });

  test("a snapshot whose checksum does not fit counts when old ones are deleted, one cut short does not", () => {
    const { disk } = newDisk();
    const whole = filesOf([10, 20, 30], []);
    const bad = { zxid: zxid(40), content: undefined };
    disk.replace({ ...whole, snapshots: [...whole.snapshots, bad] });
    disk.purge(3);
    expect(inShort(disk.stored()).snapshots).toEqual([10, 20, 30, 40]);
    disk.replace({ ...whole, snapshots: [...whole.snapshots, { ...bad, isCorrupt: true }] });
    disk.purge(3);
    expect(inShort(disk.stored()).snapshots).toEqual([20, 30, 40]);
  });
});

describe("a truncation", () => {
  const FILES = filesOf([0, 4, 6], [[1, 2, 3], [4, 5], [6]]);
  const PLAN: Truncation = {
    snapshots: zxids(6, 4),
    cut: { firstZxid: zxid(1), entries: 2 },
    logs: zxids(4, 6),
  };
  /** After each step: at no time is there a hole. */
  const STATES = [
    { snapshots: [0, 4, 6], logs: [[1, 2, 3], [4, 5], [6]] },
    { snapshots: [0, 4], logs: [[1, 2, 3], [4, 5], [6]] },
    { snapshots: [0], logs: [[1, 2, 3], [4, 5], [6]] },
    {
      snapshots: [0],
      logs: [
        [1, 2, 3],
        [4, 5],
      ],
    },
    { snapshots: [0], logs: [[1, 2, 3]] },
    { snapshots: [0], logs: [[1, 2]] },
  ];

  test("takes its steps one after another, each its time", () => {
    const { disk, kernel, completed } = newDisk();
    disk.replace(FILES);
    disk.truncate(PLAN, INCARNATION);
    for (const [steps, state] of STATES.entries()) {
      kernel.run({ untilTime: steps * 1000 });
      expect(inShort(disk.stored())).toEqual(state);
    }
    expect(completed).toEqual(["step", "step", "step", "step", "truncated"]);
    expect(kernel.pendingCount).toBe(0);
    expect(inShort(FILES)).toEqual(STATES[0]);
  });

  test("leaves the files that truncatedFiles foretells", () => {
    const planned = { snapshots: 0, cut: 0, logs: 0 };
    for (const files of [FILES, filesOf([0, 2, 9], [[1, 2], [5, 7], [9]]), filesOf([], [[3, 4]])]) {
      for (let target = 0; target <= 10; target++) {
        for (const rule of [true, false]) {
          const rules = { truncatesSnapshots: rule, truncatesAtTarget: rule };
          const plan = planTruncation(files, zxid(target), rules);
          const { disk, kernel } = newDisk();
          disk.replace(files);
          disk.truncate(plan, INCARNATION);
          kernel.run({});
          expect(disk.files).toEqual(truncatedFiles(files, plan));
          planned.snapshots += plan.snapshots.length;
          planned.cut += plan.cut === undefined ? 0 : 1;
          planned.logs += plan.logs.length;
        }
      }
    }
    expect(Math.min(...Object.values(planned))).toBeGreaterThan(10);
  });

  test("with nothing to do is done as well", () => {
    const { disk, kernel, completed } = newDisk();
    disk.replace(FILES);
    disk.truncate({ snapshots: [], cut: undefined, logs: [] }, INCARNATION);
    kernel.run({});
    expect(completed).toEqual(["truncated"]);
    expect(disk.stored()).toEqual(FILES);
  });

  test("that a crash falls into leaves those steps whose time had come: each number of them happens", () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const { disk, kernel, completed } = newDisk(seed, DISK_PROFILES.slow);
      disk.replace(FILES);
      disk.truncate(PLAN, INCARNATION);
      kernel.run({ untilTime: seed * 1500 });
      const done = completed.length;
      disk.crash();
      expect(inShort(disk.stored())).toEqual(STATES[done]);
      seen.add(done);
      expect(kernel.run({})).toBe("quiet");
      expect(completed).toHaveLength(done);
      expect(inShort(disk.stored())).toEqual(STATES[done]);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("takes what is not forced along, and later forces cover the rest", () => {
    const { disk, kernel, completed } = newDisk();
    for (const n of [1, 2, 3]) disk.append(entryOf(n));
    disk.roll();
    disk.append(entryOf(4));
    disk.truncate(
      { snapshots: [], cut: { firstZxid: zxid(1), entries: 2 }, logs: zxids(4) },
      INCARNATION,
    );
    kernel.run({});
    expect(inShort(disk.stored()).logs).toEqual([[1, 2]]);
    expect(inShort(disk.durableFiles).logs).toEqual([]);
    disk.append(entryOf(5));
    disk.force(INCARNATION);
    kernel.run({});
    expect(completed.at(-1)).toBe("forced");
    expect(inShort(disk.durableFiles).logs).toEqual([[1, 2], [5]]);
    disk.crash();
    expect(inShort(disk.stored()).logs).toEqual([[1, 2], [5]]);
  });

  test("while a force is under way leaves to it what it covers of the rest, and no more", () => {
    const { disk, kernel } = newDisk(1, { kind: "constant", us: 1000 });
    disk.append(entryOf(1));
    disk.append(entryOf(2));
    disk.truncate(
      { snapshots: [], cut: { firstZxid: zxid(1), entries: 1 }, logs: [] },
      INCARNATION,
    );
    kernel.run({ untilTime: 500 });
    disk.force(INCARNATION);
    kernel.run({ untilTime: 1000 });
    disk.append(entryOf(3));
    kernel.run({});
    expect(inShort(disk.stored()).logs).toEqual([[1], [3]]);
    expect(inShort(disk.durableFiles).logs).toEqual([[1]]);
  });
});
