import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_SESSION } from "../ids.ts";
import type { LogEntry } from "../server/service/service-port.ts";
import { makeZxid, ZERO_ZXID, type Zxid, zxid } from "../zxid.ts";
import {
  addCommitted,
  committedFrom,
  type CommittedLog,
  maxCommitted,
  minCommitted,
  newCommittedLog,
} from "./committed-log.ts";

function entry(z: Zxid): LogEntry {
  const header = { sessionId: NO_SESSION, cxid: 0, zxid: z, time: 0 };
  return { header, txn: { kind: "error", err: 0 } };
}

function logOf(zxids: readonly number[], commitLogCount = 500): CommittedLog {
  const log = newCommittedLog();
  for (const z of zxids) addCommitted(log, entry(zxid(z)), commitLogCount);
  return log;
}

function zxidsFrom(log: CommittedLog, z: number): number[] {
  return Array.from(committedFrom(log, zxid(z)), ({ header }) => header.zxid);
}

function oneTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}

test("an empty log has no zxids, and nothing to give", () => {
  const log = newCommittedLog();

  expect([minCommitted(log), maxCommitted(log)]).toEqual([ZERO_ZXID, ZERO_ZXID]);
  expect(zxidsFrom(log, 0)).toEqual([]);
});

test("it spans from the first to the last entry, across epochs", () => {
  const zxids = [makeZxid(5, 1), makeZxid(5, 2), makeZxid(7, 1)];
  const log = logOf(zxids);

  expect([minCommitted(log), maxCommitted(log)]).toEqual([zxids[0], zxids[2]]);
});

test.each([
  [500, 1],
  [501, 1],
  [502, 2],
  [1600, 1100],
  [5000, 4500],
])("of %i entries those from %i on stay: 501, one more than commitLogCount (3.8)", (n, min) => {
  const log = logOf(oneTo(n));

  expect(zxidsFrom(log, 0)).toEqual(oneTo(n).slice(min - 1));
  expect([minCommitted(log), maxCommitted(log)]).toEqual([min, n]);
});

test("what is at or below the last entry is passed over, also when it has been let go", () => {
  const log = logOf([10, 11, 12, 12, 11, 3, 13], 2);

  expect(zxidsFrom(log, 0)).toEqual([11, 12, 13]);
});

test("what has been let go does not pile up", () => {
  const log = newCommittedLog();
  for (const z of oneTo(3000)) {
    addCommitted(log, entry(zxid(z)), 500);
    expect(log.entries.length).toBeLessThanOrEqual(2 * 501);
  }
});

test("it is plain data", () => {
  const log = logOf(oneTo(600));

  expect(structuredClone(log)).toEqual(log);
});

test.each([
  ["at an entry", 6, [6, 8, 10]],
  ["at the last one below, where there is none", 7, [6, 8, 10]],
  ["at the first entry, where all are above", 3, [4, 6, 8, 10]],
  ["at the last entry", 10, [10]],
  ["at the last entry, where all are below", 99, [10]],
])("reading begins %s", (_, z, expected) => {
  // 2 has been let go.
  expect(zxidsFrom(logOf([2, 4, 6, 8, 10], 3), z)).toEqual(expected);
});

test("it has what a list has that is searched from its beginning", () => {
  const zxids = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });
  fc.assert(
    fc.property(zxids, fc.integer({ min: 1, max: 8 }), fc.nat(60), (all, commitLogCount, z) => {
      const rising = all.filter((z, i) => all.slice(0, i).every((before) => before < z));
      const kept = rising.slice(-(commitLogCount + 1));
      const begin = kept.filter((kept) => kept <= z).at(-1) ?? 0;

      const log = logOf(all, commitLogCount);

      expect([minCommitted(log), maxCommitted(log)]).toEqual([kept[0] ?? 0, kept.at(-1) ?? 0]);
      expect(zxidsFrom(log, z)).toEqual(kept.filter((kept) => kept >= begin));
    }),
  );
});
