import fc from "fast-check";
import { expect, test } from "vitest";
import { ServiceBench } from "../../../test/support/service-port.ts";
import { zxid } from "../../zxid.ts";
import { firstLogToRead, purgePlan } from "./purge.ts";

const names = (...zxids: number[]) => zxids.map((n) => ({ zxid: zxid(n), isValid: true }));
const logs = (...zxids: number[]) => zxids.map((n) => zxid(n));

test("three snapshots stay, and the logs behind the oldest of them", () => {
  expect(purgePlan(names(0, 10, 20, 30), logs(1, 11, 15, 25), 3)).toEqual({
    snapshots: [0],
    logs: [],
  });
  expect(purgePlan(names(0, 10, 20, 30, 40), logs(1, 11, 21, 31), 3)).toEqual({
    snapshots: [0, 10],
    logs: [1],
  });
});

test("fewer than three are never asked for", () => {
  expect(purgePlan(names(0, 10, 20), logs(1, 11), 1)).toEqual({ snapshots: [], logs: [] });
});

test("a broken snapshot does not count as one that stays", () => {
  const snapshots = [...names(10, 20, 30), { zxid: zxid(40), isValid: false }];
  expect(purgePlan(snapshots, logs(1), 3)).toEqual({ snapshots: [], logs: [] });
});

test("nothing goes without a snapshot", () => {
  expect(purgePlan([], logs(1, 2), 3)).toEqual({ snapshots: [], logs: [] });
});

test("whatever goes, the log behind each snapshot that stays is whole", () => {
  const zxids = fc.uniqueArray(fc.nat(100), { maxLength: 12 });
  fc.assert(
    fc.property(zxids, zxids, fc.nat(6), (snapshots, files, retain) => {
      const plan = purgePlan(names(...snapshots), logs(...files), retain);
      const left = snapshots.filter((n) => !plan.snapshots.includes(zxid(n)));
      expect(left.length).toBe(Math.min(snapshots.length, Math.max(3, retain)));
      for (const snapshot of left) {
        const first = firstLogToRead(logs(...files), zxid(snapshot));
        const needed = files.filter((n) => first !== undefined && n >= first);
        expect(needed.filter((n) => plan.logs.includes(zxid(n)))).toEqual([]);
      }
    }),
  );
});

test("the server asks for it every so many hours", () => {
  const bench = new ServiceBench({ config: { purgeIntervalHours: 2, snapRetainCount: 5 } });
  bench.advance(5 * 3_600_000);
  expect(bench.port.purged).toEqual([5, 5]);
  const never = new ServiceBench();
  never.advance(5 * 3_600_000);
  expect(never.port.purged).toEqual([]);
});
