import { describe, expect, test } from "vitest";
import { NO_SESSION } from "../ids.ts";
import type { StoredEntry, StoredFiles, StoredLog } from "../server/service/recovery.ts";
import type { LogEntry } from "../server/service/service-port.ts";
import type { Snapshot } from "../server/service/snapshot.ts";
import { ZERO_ZXID, zxid } from "../zxid.ts";
import { entriesAfter, proposalsFromTxnLog, type TxnLogLimits } from "./disk-log.ts";
import { logRecordBytes, snapshotBytes } from "./sizes.ts";

const UNLIMITED: TxnLogLimits = { snapshotSizeFactor: 0, preAllocBytes: 65_536 };

function entry(z: number): LogEntry {
  const header = { sessionId: NO_SESSION, cxid: 0, zxid: zxid(z), time: 0 };
  return { header, txn: { kind: "error", err: 0 } };
}

/** A file that begins with a zxid, and has these entries. */
function file(first: number, ...entries: (number | "torn" | "corrupt")[]): StoredLog {
  const stored = entries.map((e): StoredEntry =>
    typeof e === "number" ? { kind: "entry", entry: entry(e) } : { kind: e },
  );
  return { firstZxid: zxid(first), entries: stored };
}

function disk(...logs: StoredLog[]): StoredFiles {
  return { snapshots: [], logs };
}

function zxids(entries: Iterable<LogEntry> | undefined): number[] | undefined {
  return entries && Array.from(entries, ({ header }) => header.zxid);
}

describe("the log from a zxid on", () => {
  const files = disk(file(7, 7, 8), file(1, 1, 2, 3), file(4, 4, 5, 6));

  test.each([
    ["in the middle of a file", 5, [4, 5, 6, 7, 8]],
    ["at the end of a file", 6, [4, 5, 6, 7, 8]],
    ["in the first file", 2, [1, 2, 3, 4, 5, 6, 7, 8]],
    ["at the very first entry", 1, [1, 2, 3, 4, 5, 6, 7, 8]],
    ["above all of it", 99, [7, 8]],
    // FileTxnIterator.init takes the last file that begins *below* the zxid.
    ["at the beginning of a file: from the file before", 4, [1, 2, 3, 4, 5, 6, 7, 8]],
  ])("%s", (_, z, expected) => {
    expect(zxids(proposalsFromTxnLog(files, zxid(z), UNLIMITED))).toEqual(expected);
  });

  test.each([
    ["begins above the zxid", disk(file(4, 4, 5)), 3],
    ["has no file", disk(), 3],
    ["has an empty file", disk(file(1)), 3],
    ["has nothing but a torn entry", disk(file(1, "torn")), 3],
    ["is unreadable at its first entry", disk(file(1, "corrupt"), file(4, 4)), 3],
    ["begins above the zxid behind a torn first entry", disk(file(1, "torn"), file(4, 4)), 3],
  ])("there is none if the log %s", (_, files, z) => {
    expect(proposalsFromTxnLog(files, zxid(z), UNLIMITED)).toBeUndefined();
  });

  test("a torn entry ends its file, and the next one goes on", () => {
    const files = disk(file(1, 1, 2, "torn"), file(3, 3, "torn"), file(4, "torn"), file(5, 5));

    expect(zxids(proposalsFromTxnLog(files, zxid(1), UNLIMITED))).toEqual([1, 2, 3, 5]);
  });

  test("a corrupt entry ends it all", () => {
    const files = disk(file(1, 1, 2, "corrupt", 3), file(4, 4));

    expect(zxids(proposalsFromTxnLog(files, zxid(1), UNLIMITED))).toEqual([1, 2]);
  });
});

describe("a log that is too long", () => {
  const RECORD = logRecordBytes(entry(1));
  const HEADER = 16;
  const logs = [file(1, 1, 2, 3, 4, 5, 6, 7, 8), file(9, 9), file(10, 10)];

  /** A snapshot of that many bytes. */
  function snapshot(bytes: number): Snapshot {
    const tree = { lastProcessedZxid: ZERO_ZXID, acls: [], nodes: [] };
    const [path, data] = ["", new Uint8Array()];
    const rest = { acl: 0, czxid: ZERO_ZXID, mzxid: ZERO_ZXID, pzxid: ZERO_ZXID, ctime: 0 };
    const more = { mtime: 0, version: 0, cversion: 0, aversion: 0, ephemeralOwner: NO_SESSION };
    const node = { path, data, ...rest, ...more };
    const small: Snapshot = {
      zxid: ZERO_ZXID,
      sessions: [],
      tree: { ...tree, nodes: [node] },
    };
    const filled = { ...node, data: new Uint8Array(bytes - snapshotBytes(small)) };
    return { ...small, tree: { ...tree, nodes: [filled] } };
  }

  function isRead(bytes: number, limits: TxnLogLimits, used = logs): boolean {
    const files = { snapshots: [{ zxid: zxid(0), content: snapshot(bytes) }], logs: used };
    return proposalsFromTxnLog(files, zxid(1), limits) !== undefined;
  }

  test.each([
    ["just fits", 2 * (HEADER + RECORD), true],
    ["is a byte too long", 2 * (HEADER + RECORD) - 1, false],
  ])("the files behind the first one count, and the first does not: %s", (_, bytes, expected) => {
    expect(isRead(bytes, { snapshotSizeFactor: 1, preAllocBytes: 0 })).toBe(expected);
  });

  test.each([
    ["just fit", 2 * (HEADER + 1000), true],
    ["are a byte too long", 2 * (HEADER + 1000) - 1, false],
  ])("files count with the zeros at their end: two of one entry %s", (_, bytes, expected) => {
    expect(isRead(bytes, { snapshotSizeFactor: 1, preAllocBytes: 1000 })).toBe(expected);
  });

  test("a file whose only entry is torn is as long as any", () => {
    const limits = { snapshotSizeFactor: 1, preAllocBytes: 1000 };

    expect(isRead(999, limits, [file(1, 1), file(2, "torn")])).toBe(false);
  });

  test("a file that outgrew its zeros has been extended", () => {
    const limits = { snapshotSizeFactor: 1, preAllocBytes: RECORD + 1 };
    const used = [file(1, 1), file(2, 2, 3)];

    expect(isRead(HEADER + 2 * (RECORD + 1), limits, used)).toBe(true);
    expect(isRead(HEADER + 2 * (RECORD + 1) - 1, limits, used)).toBe(false);
  });

  test("a second file of the usual 64 MiB is too long for any usual snapshot", () => {
    const limits = { snapshotSizeFactor: 0.33, preAllocBytes: 64 * 1024 * 1024 };

    expect(isRead(100_000, limits)).toBe(false);
    expect(isRead(100_000, limits, logs.slice(0, 1))).toBe(true);
  });

  test.each([
    [0.33, 1000, 330],
    // Above 1 is taken for a mistake: 0.33.
    [1.5, 1000, 330],
    [1, 1000, 1000],
    [0.5, 999, 499],
  ])("factor %d of %i bytes allows %i", (snapshotSizeFactor, bytes, allowed) => {
    const preAllocBytes = allowed - HEADER;
    const used = logs.slice(0, 2);

    expect(isRead(bytes, { snapshotSizeFactor, preAllocBytes }, used)).toBe(true);
    expect(isRead(bytes, { snapshotSizeFactor, preAllocBytes: preAllocBytes + 1 }, used)).toBe(
      false,
    );
  });

  test("factor 0 allows anything, and one below 0 nothing", () => {
    expect(isRead(200, { snapshotSizeFactor: 0, preAllocBytes: 65_536 })).toBe(true);
    expect(isRead(200, { snapshotSizeFactor: -1, preAllocBytes: 0 }, [file(1, 1)])).toBe(false);
  });

  test("the newest snapshot that is whole counts; without any there is no limit", () => {
    const limits = { snapshotSizeFactor: 1, preAllocBytes: 1000 };
    const [small, large] = [snapshot(500), snapshot(5000)];
    const broken = { zxid: zxid(9), content: undefined };
    const older = { zxid: zxid(1), content: large };
    const newer = { zxid: zxid(2), content: small };

    const read = (snapshots: StoredFiles["snapshots"]): boolean =>
      proposalsFromTxnLog({ snapshots, logs }, zxid(1), limits) !== undefined;

    expect(read([older, newer, broken])).toBe(false);
    expect(read([older, broken])).toBe(true);
    expect(read([broken])).toBe(true);
  });

  test("files that were opened in vain are not counted either", () => {
    const used = [file(1, "torn"), file(2, 2), file(3, 3)];
    const files = { snapshots: [{ zxid: zxid(0), content: snapshot(200) }], logs: used };
    const limits = { snapshotSizeFactor: 1, preAllocBytes: 200 - HEADER };

    expect(zxids(proposalsFromTxnLog(files, zxid(2), limits))).toEqual([2, 3]);
  });
});

describe("the log's end behind a zxid", () => {
  const files = disk(file(7, 7, 8), file(1, 1, 2, 3), file(4, 4, 5, 6, "torn"));

  test.each([
    [8, []],
    [99, []],
    [7, [8]],
    [6, [7, 8]],
    [4, [5, 6, 7, 8]],
    [3, [4, 5, 6, 7, 8]],
    [0, [1, 2, 3, 4, 5, 6, 7, 8]],
  ])("behind %i: %j", (z, expected) => {
    expect(zxids(entriesAfter(files, zxid(z)))).toEqual(expected);
  });

  test("nothing behind a corrupt entry is read", () => {
    const files = disk(file(1, 1, 2), file(3, 3, "corrupt", 4), file(5, 5));

    expect(zxids(entriesAfter(files, zxid(1)))).toEqual([2, 3]);
  });

  test("a short end of a long log is found without reading all of it", () => {
    const untouchable: StoredLog = {
      firstZxid: zxid(1),
      get entries(): never {
        throw new Error("was read");
      },
    };

    expect(zxids(entriesAfter(disk(untouchable, file(5, 5, 6, 7)), zxid(6)))).toEqual([7]);
  });
});
