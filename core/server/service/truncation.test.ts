import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OPEN } from "../../../test/support/service-port.ts";
import { NO_SESSION } from "../../ids.ts";
import { applyTxn, newTree, treeDigest } from "../../tree/data-tree.ts";
import { treeImage } from "../../tree/snapshot.ts";
import { newWatches } from "../../tree/watches.ts";
import { ZERO_ZXID, zxid } from "../../zxid.ts";
import {
  recover,
  type StoredEntry,
  type StoredFiles,
  type StoredLog,
  type StoredSnapshot,
} from "./recovery.ts";
import type { LogEntry } from "./service-port.ts";
import { planTruncation, type Truncation, truncationSteps } from "./truncation.ts";

const OPTIONS = { extendedTypes: true };
const CORRECT = { truncatesSnapshots: true, truncatesAtTarget: true };
const AS_BUILT = { truncatesSnapshots: false, truncatesAtTarget: false };

/** A node named after each zxid. */
function entryOf(n: number): LogEntry {
  return {
    header: { sessionId: NO_SESSION, cxid: 0, zxid: zxid(n), time: 0 },
    txn: {
      kind: "create",
      path: `/${n}`,
      data: null,
      acl: OPEN,
      ephemeral: false,
      parentCversion: n,
    },
  };
}

function stored(what: number | "torn" | "corrupt"): StoredEntry {
  return typeof what === "number" ? { kind: "entry", entry: entryOf(what) } : { kind: what };
}

/** A file named after the first of them, or as said. */
function log(entries: readonly (number | "torn" | "corrupt")[], name?: number): StoredLog {
  return { firstZxid: zxid(name ?? (entries[0] as number)), entries: entries.map(stored) };
}

/** The snapshot that a server with these transactions takes. */
function snapshotAt(zxids: readonly number[]): StoredSnapshot {
  const tree = treeAfter(zxids);
  const { lastProcessedZxid } = tree;
  const content = { zxid: lastProcessedZxid, sessions: [], tree: treeImage(tree) };
  return { zxid: lastProcessedZxid, content };
}

function treeAfter(zxids: readonly number[]): ReturnType<typeof newTree> {
  const tree = newTree(OPTIONS);
  for (const n of zxids) {
    const { header, txn } = entryOf(n);
    applyTxn(tree, newWatches(), header, txn, () => {});
  }
  return tree;
}

/** The files after so many steps of a truncation, by default all. */
function truncated(files: StoredFiles, plan: Truncation, steps?: number): StoredFiles {
  let { snapshots, logs } = files;
  for (const step of truncationSteps(plan).slice(0, steps)) {
    if (step.kind === "deleteSnapshot") {
      snapshots = snapshots.filter((snapshot) => snapshot.zxid !== step.zxid);
    } else if (step.kind === "deleteLog") {
      logs = logs.filter((file) => file.firstZxid !== step.firstZxid);
    } else {
      logs = logs.map((file) =>
        file.firstZxid === step.firstZxid
          ? { ...file, entries: file.entries.slice(0, step.entries) }
          : file,
      );
    }
  }
  return { snapshots, logs };
}

/** The names of the nodes that a server starts with, or why it does not. */
function startsWith(files: StoredFiles): readonly number[] | string {
  const recovery = recover(files, OPTIONS);
  if (recovery.kind === "refused") return recovery.why;
  const paths = [...recovery.database.tree.nodes.keys()].filter((path) => /^\/\d+$/.test(path));
  return paths.map((path) => Number(path.slice(1))).sort((a, b) => a - b);
}

const EMPTY = snapshotAt([]);
const THREE_LOGS = [log([1, 2, 3]), log([4, 5, 6]), log([7, 8])];

describe("the log", () => {
  test.each([
    ["within a file", 5, { cut: { firstZxid: 4, entries: 2 }, logs: [7] }],
    ["at the end of a file", 6, { cut: undefined, logs: [7] }],
    ["at the first record of a file", 4, { cut: { firstZxid: 4, entries: 1 }, logs: [7] }],
    ["at the last record", 8, { cut: undefined, logs: [] }],
    ["above the last record", 9, { cut: undefined, logs: [] }],
    ["below the first record", 0, { cut: undefined, logs: [1, 4, 7] }],
  ])("is cut %s", (_, target, expected) => {
    const files = { snapshots: [EMPTY], logs: THREE_LOGS };
    const plan = planTruncation(files, zxid(target), CORRECT);
    expect(plan).toEqual({ snapshots: [], ...expected });
    expect(startsWith(truncated(files, plan))).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].filter((n) => n <= target),
    );
  });

  test.each([
    ["between two records", [log([1, 2, 5, 6]), log([7])], { firstZxid: 1, entries: 2 }, [7]],
    ["between two files", [log([1, 2]), log([5, 6]), log([7])], undefined, [5, 7]],
    ["before all of them", [log([5, 6]), log([7])], undefined, [5, 7]],
  ])("is cut before the first record above a target that is missing %s", (_, logs, cut, gone) => {
    const plan = planTruncation({ snapshots: [EMPTY], logs }, zxid(4), CORRECT);
    expect(plan).toEqual({ snapshots: [], cut, logs: gone });
  });

  test("loses what can't be read behind the cut", () => {
    const logs = [log([1, 2, "corrupt", 4, "torn"]), log(["torn"], 5), log(["corrupt"], 6)];
    const files = { snapshots: [EMPTY], logs };
    expect(planTruncation(files, zxid(2), CORRECT)).toEqual({
      snapshots: [],
      cut: { firstZxid: 1, entries: 2 },
      logs: [5, 6],
    });
  });

  test("keeps what can't be read before it: nobody knows what that was", () => {
    const files = { snapshots: [EMPTY], logs: [log([1, "corrupt", 3, 4])] };
    const plan = planTruncation(files, zxid(3), CORRECT);
    expect(plan.cut).toEqual({ firstZxid: 1, entries: 3 });
    expect(startsWith(truncated(files, plan))).toBe("corrupt log entry");
  });

  test("loses a file named above the target, whatever is in it", () => {
    const logs = [log([1, 2]), log(["torn"], 3), log(["corrupt"], 4)];
    const files = { snapshots: [EMPTY], logs };
    for (const [target, gone] of [
      [2, [3, 4]],
      [3, [4]],
    ] as const) {
      const plan = planTruncation(files, zxid(target), CORRECT);
      expect(plan).toEqual({ snapshots: [], cut: undefined, logs: gone });
    }
  });

  test("may be listed in any order", () => {
    const logs = [...THREE_LOGS].reverse();
    for (const rules of [CORRECT, AS_BUILT]) {
      expect(planTruncation({ snapshots: [], logs }, zxid(2), rules)).toEqual({
        snapshots: [],
        cut: { firstZxid: 1, entries: 2 },
        logs: [4, 7],
      });
    }
  });
});

describe("the log as ZooKeeper cuts it", () => {
  const as = (logs: readonly StoredLog[], target: number): Truncation =>
    planTruncation({ snapshots: [], logs }, zxid(target), AS_BUILT);

  test("ends with the target where that is there", () => {
    expect(as(THREE_LOGS, 5)).toEqual({
      snapshots: [],
      cut: { firstZxid: 4, entries: 2 },
      logs: [7],
    });
    expect(as(THREE_LOGS, 6).cut).toEqual({ firstZxid: 4, entries: 3 });
    expect(as(THREE_LOGS, 7)).toEqual({
      snapshots: [],
      cut: { firstZxid: 7, entries: 1 },
      logs: [],
    });
    expect(as([log([1, 2, "torn"]), log([3, 4])], 3).cut).toEqual({ firstZxid: 3, entries: 1 });
  });

  test("keeps the first record above a target that is missing", () => {
    expect(as([log([1, 2, 5, 6])], 4).cut).toEqual({ firstZxid: 1, entries: 3 });
    expect(as([log([1, 2]), log([5, 6]), log([7])], 4)).toEqual({
      snapshots: [],
      cut: { firstZxid: 5, entries: 1 },
      logs: [7],
    });
    const files = { snapshots: [snapshotAt([1, 2, 3, 4])], logs: [log([5, 6])] };
    const plan = planTruncation(files, zxid(4), AS_BUILT);
    expect(startsWith(truncated(files, plan))).toEqual([1, 2, 3, 4, 5]);
    const right = planTruncation(files, zxid(4), CORRECT);
    expect(startsWith(truncated(files, right))).toEqual([1, 2, 3, 4]);
  });

  test("is not cut where nothing is there from the target on, or before something that can't be read", () => {
    expect(as(THREE_LOGS, 9).cut).toBeUndefined();
    expect(as([], 9).cut).toBeUndefined();
    expect(as([log([1, "corrupt", 3])], 2).cut).toBeUndefined();
    // The files before the one that may hold the target are not opened.
    expect(as([log([1, "corrupt"]), log([3, 4, 5])], 4).cut).toEqual({ firstZxid: 3, entries: 2 });
  });
});

test("snapshots above the target go, newest first; as built they stay and bring back what was cut", () => {
  const files = {
    snapshots: [EMPTY, snapshotAt([1, 2]), snapshotAt([1, 2, 3]), snapshotAt([1, 2, 3, 4])],
    logs: [log([1, 2, 3, 4])],
  };
  const right = planTruncation(files, zxid(2), CORRECT);
  expect(right.snapshots).toEqual([4, 3]);
  expect(startsWith(truncated(files, right))).toEqual([1, 2]);
  const asBuilt = planTruncation(files, zxid(2), { ...CORRECT, truncatesSnapshots: false });
  expect(asBuilt).toEqual({ ...right, snapshots: [] });
  expect(startsWith(truncated(files, asBuilt))).toEqual([1, 2, 3, 4]);
});

test("broken snapshots above the target go as well", () => {
  const broken = { zxid: zxid(9), content: undefined };
  const files = { snapshots: [EMPTY, broken, { ...broken, isCorrupt: true as const }], logs: [] };
  expect(planTruncation(files, zxid(2), CORRECT).snapshots).toEqual([9, 9]);
});

/** Log files with gaps between zxids, some with a torn end, and snapshots at some of the zxids. */
const history = fc
  .record({
    zxids: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 20 }),
    fileEnds: fc.array(fc.nat(3), { minLength: 20, maxLength: 20 }),
    snapshots: fc.array(fc.nat(20), { maxLength: 4 }),
  })
  .map(({ zxids, fileEnds, snapshots }) => {
    const inOrder = [...zxids].sort((a, b) => a - b);
    const files: (number | "torn")[][] = [];
    for (const [i, n] of inOrder.entries()) {
      if (i === 0 || fileEnds[i] === 0) files.push([]);
      files.at(-1)?.push(n);
    }
    const logs = files.map((file, i) => log(fileEnds[i] === 1 ? [...file, "torn"] : file));
    const taken = new Set([0, ...snapshots.map((count) => Math.min(count, inOrder.length))]);
    return {
      zxids: inOrder,
      files: { logs, snapshots: [...taken].map((count) => snapshotAt(inOrder.slice(0, count))) },
    };
  });

describe("a truncation by the rules", () => {
  test("leaves what a server has that never heard of anything above the target", () => {
    fc.assert(
      fc.property(history, fc.nat(31), ({ zxids, files }, target) => {
        const left = truncated(files, planTruncation(files, zxid(target), CORRECT));
        const recovery = recover(left, OPTIONS);
        if (recovery.kind === "refused") throw new Error(recovery.why);
        const { tree } = recovery.database;
        const prefix = treeAfter(zxids.filter((n) => n <= target));
        expect(treeDigest(tree)).toBe(treeDigest(prefix));
        expect(tree.lastProcessedZxid).toBe(prefix.lastProcessedZxid);
        for (const { entries } of left.logs) {
          expect(entries.length).toBeGreaterThan(0);
          for (const one of entries) {
            if (one.kind === "entry") expect(one.entry.header.zxid).toBeLessThanOrEqual(target);
          }
        }
        // Nothing is left to be done.
        const again = planTruncation(left, zxid(target), CORRECT);
        expect(truncationSteps(again)).toEqual([]);
      }),
    );
  });

  test("that a crash broke off can be done again, from wherever it was", () => {
    fc.assert(
      fc.property(history, fc.nat(31), fc.nat(10), ({ zxids, files }, target, steps) => {
        const plan = planTruncation(files, zxid(target), CORRECT);
        const broken = truncated(files, plan, steps);
        const left = truncated(broken, planTruncation(broken, zxid(target), CORRECT));
        expect(startsWith(left)).toEqual(zxids.filter((n) => n <= target));
      }),
    );
  });

  test("does what ZooKeeper does where the target is in the log and no snapshot is above it", () => {
    fc.assert(
      fc.property(history, fc.nat(20), ({ zxids, files }, pick) => {
        const target = zxids[pick % Math.max(1, zxids.length)];
        fc.pre(target !== undefined);
        const snapshots = files.snapshots.filter((snapshot) => snapshot.zxid <= target);
        const on = { ...files, snapshots };
        const right = truncated(on, planTruncation(on, zxid(target), CORRECT));
        const asBuilt = truncated(on, planTruncation(on, zxid(target), AS_BUILT));
        expect(asBuilt).toEqual(right);
      }),
    );
  });
});

test("the steps of a truncation go from the end of the history backwards", () => {
  const plan = {
    snapshots: [zxid(9), zxid(8)],
    cut: { firstZxid: ZERO_ZXID, entries: 3 },
    logs: [zxid(5), zxid(6)],
  };
  expect(truncationSteps(plan)).toEqual([
    { kind: "deleteSnapshot", zxid: 9 },
    { kind: "deleteSnapshot", zxid: 8 },
    { kind: "deleteLog", firstZxid: 6 },
    { kind: "deleteLog", firstZxid: 5 },
    { kind: "cutLog", firstZxid: 0, entries: 3 },
  ]);
});
