import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { epoch } from "../../core/ids.ts";
import { makeZxid } from "../../core/zxid.ts";
import { EVENT } from "../events.ts";
import { type Delay, delayProblem } from "../kernel/delay.ts";
import { Kernel } from "../kernel/kernel.ts";
import { Random } from "../kernel/prng.ts";
import { Trace } from "../kernel/trace.ts";
import { DISK_PROFILES } from "./disk-spec.ts";
import { EpochFiles, type Write } from "./epoch-files.ts";

const BEFORE = { acceptedEpoch: epoch(1), currentEpoch: epoch(1), lastZxid: makeZxid(1, 7) };
const SLOWLY: Delay = { kind: "constant", us: 1000 };

/** A disk whose writes complete as the kernel runs; `completed` tells which, in order. */
function newDisk(
  seed: number,
  force: Delay,
): { disk: EpochFiles; kernel: Kernel; completed: Write[] } {
  const kernel = new Kernel(new Trace([], [1], "off"));
  const disk = new EpochFiles(kernel, 0, BEFORE, { force }, Random.fromSeed(seed));
  const completed: Write[] = [];
  kernel.handle(EVENT.written, (_node, _incarnation, payload) => {
    const write = payload as Write;
    disk.complete(write);
    completed.push(write);
  });
  return { disk, kernel, completed };
}

test("a write is on disk when its force has completed, and not before", () => {
  const { disk, kernel, completed } = newDisk(1, SLOWLY);
  disk.write({ file: "acceptedEpoch", value: 2 }, 1);
  kernel.run({ untilTime: 999 });
  expect(disk.durable).toEqual(BEFORE);

  kernel.run({ untilTime: 1000 });
  expect(disk.durable).toEqual({ ...BEFORE, acceptedEpoch: 2 });
  expect(completed).toHaveLength(1);
});

test("what was read before a write does not change under the reader", () => {
  const { disk, kernel } = newDisk(1, SLOWLY);
  const read = disk.durable;
  disk.write({ file: "currentEpoch", value: 2 }, 1);
  kernel.run({});

  expect(read).toEqual(BEFORE);
});

const writes = fc.array(
  fc.record({
    file: fc.constantFrom("acceptedEpoch" as const, "currentEpoch" as const),
    value: fc.nat(100),
  }),
  { minLength: 1, maxLength: 6 },
);

/** What the disk holds after the first so many of the writes. */
function after(list: readonly Write[], count: number): typeof BEFORE {
  const holds: Record<string, unknown> = { ...BEFORE };
  for (const { file, value } of list.slice(0, count)) holds[file] = value;
  return holds as typeof BEFORE;
}

test("writes reach the disk in the order in which they were asked for, however long each takes", () => {
  fc.assert(
    fc.property(fc.nat(), writes, (seed, list) => {
      const { disk, kernel, completed } = newDisk(seed, DISK_PROFILES.slow);
      for (const write of list) disk.write(write, 1);
      kernel.run({});

      expect(completed).toEqual(list);
      expect(disk.durable).toEqual(after(list, list.length));
    }),
  );
});

describe("a crash during writes", () => {
  test("leaves some of them, from the first on, and none of the rest; and none completes later", () => {
    fc.assert(
      fc.property(fc.nat(), writes, fc.nat(2_000_000), (seed, list, crashAt) => {
        const { disk, kernel, completed } = newDisk(seed, DISK_PROFILES.slow);
        for (const write of list) disk.write(write, 1);
        kernel.run({ untilTime: crashAt });
        const survivedForSure = completed.length;
        disk.crash();
        const left = disk.durable;

        const possible = list
          .map((_, i) => i + 1)
          .filter((count) => count >= survivedForSure)
          .map((count) => after(list, count));
        expect([after(list, survivedForSure), ...possible]).toContainEqual(left);
        expect(kernel.run({})).toBe("quiet");
        expect(completed).toHaveLength(survivedForSure);
        expect(disk.durable).toEqual(left);
      }),
    );
  });

  test("leaves the old value or the new, as the seed decides: both happen", () => {
    const left = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const { disk, kernel } = newDisk(seed, SLOWLY);
      disk.write({ file: "acceptedEpoch", value: 2 }, 1);
      kernel.run({ untilTime: 500 });
      disk.crash();
      left.add(disk.durable.acceptedEpoch);
    }

    expect([...left].sort((a, b) => a - b)).toEqual([1, 2]);
  });

  test("decides the same for the same seed", () => {
    const leaves = (seed: number): unknown => {
      const { disk } = newDisk(seed, SLOWLY);
      for (const value of [2, 3, 4]) disk.write({ file: "acceptedEpoch", value }, 1);
      disk.crash();
      return disk.durable;
    };
    for (let seed = 0; seed < 20; seed++) expect(leaves(seed)).toEqual(leaves(seed));
  });

  test("without a write under way changes nothing", () => {
    const { disk, kernel } = newDisk(1, SLOWLY);
    disk.write({ file: "acceptedEpoch", value: 2 }, 1);
    kernel.run({});
    disk.crash();
    disk.crash();

    expect(disk.durable).toEqual({ ...BEFORE, acceptedEpoch: 2 });
  });
});

test("files put there from outside are what the next process finds", () => {
  const { disk } = newDisk(1, SLOWLY);
  const history = { acceptedEpoch: epoch(5), currentEpoch: epoch(4), lastZxid: makeZxid(4, 1) };
  disk.replace(history);

  expect(disk.durable).toEqual(history);
});

test("every profile is a sound delay", () => {
  for (const delay of Object.values(DISK_PROFILES)) expect(delayProblem(delay)).toBeUndefined();
});
