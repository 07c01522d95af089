import { expect, test } from "vitest";
import { recover, type Recovered, type StoredFiles } from "../../core/server/service/recovery.ts";
import { statOf, treeDigest } from "../../core/tree/data-tree.ts";
import { makeZxid, ZERO_ZXID } from "../../core/zxid.ts";
import { historyOf, seedPath, upTo } from "./seeded-history.ts";

function recovered(files: StoredFiles): Recovered {
  const recovery = recover(files, { extendedTypes: false });
  if (recovery.kind === "refused") throw new Error(recovery.why);
  return recovery;
}

const ACROSS_EPOCHS = [makeZxid(1, 1), makeZxid(1, 2), makeZxid(3, 1)];

test("a history is an empty snapshot and a log, from which a server starts", () => {
  const files = historyOf(ACROSS_EPOCHS);
  expect(files.snapshots.map((snapshot) => snapshot.zxid)).toEqual([0]);
  expect(files.logs.map((log) => log.firstZxid)).toEqual([makeZxid(1, 1)]);

  const { database, replayed } = recovered(files);
  expect(replayed).toBe(3);
  expect(database.tree.lastProcessedZxid).toBe(makeZxid(3, 1));
  for (const zxid of ACROSS_EPOCHS) {
    expect(statOf(database.tree, seedPath(zxid))).toMatchObject({ czxid: zxid, ctime: 0 });
  }
  expect(statOf(database.tree, "/seed-300000001")).toBeDefined();
  // As many creates as there were.
  const before = statOf(recovered(historyOf([])).database.tree, "/")?.cversion ?? NaN;
  expect(statOf(database.tree, "/")?.cversion).toBe(before + 3);
});

test("the same zxids are the same history, and a longer one begins with it", () => {
  expect(historyOf(ACROSS_EPOCHS)).toEqual(historyOf(ACROSS_EPOCHS));
  const short = historyOf(ACROSS_EPOCHS.slice(0, 2)).logs[0]?.entries;
  expect(historyOf(ACROSS_EPOCHS).logs[0]?.entries.slice(0, 2)).toEqual(short);
});

test("without transactions there is no log", () => {
  expect(historyOf([]).logs).toEqual([]);
  expect(upTo(ZERO_ZXID)).toEqual(historyOf([]));
});

test("zxids that do not rise are no history", () => {
  expect(() => historyOf([makeZxid(1, 2), makeZxid(1, 2)])).toThrow(
    "the zxids of a history rise, got 0x100000002 after 0x100000002",
  );
  expect(() => historyOf([ZERO_ZXID])).toThrow(RangeError);
});

test("up to a zxid goes all of its epoch", () => {
  expect(upTo(makeZxid(2, 3))).toEqual(historyOf([1, 2, 3].map((c) => makeZxid(2, c))));
  expect(recovered(upTo(makeZxid(2, 2000)))).toMatchObject({ snapshot: 0, replayed: 2000 });
});

test.each([makeZxid(4, 0), makeZxid(2, 2001), makeZxid(1, 0xfffffffd)])(
  "up to %d goes a snapshot alone",
  (last) => {
    const { database, snapshot, replayed } = recovered(upTo(last));
    expect({ snapshot, replayed }).toEqual({ snapshot: last, replayed: 0 });
    expect(database.tree.lastProcessedZxid).toBe(last);
    expect(treeDigest(database.tree)).toBe(treeDigest(recovered(historyOf([])).database.tree));
  },
);
