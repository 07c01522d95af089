import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bounds, Kernel } from "./kernel.ts";
import { Random } from "./prng.ts";
import { Trace } from "./trace.ts";

const TICK = 0;
const NOTE = 1;
const SCHEMAS = [
  { name: "tick", fields: [["n", "int"]] },
  { name: "note", fields: [["n", "int"]] },
] as const;

function newKernel(bounds?: Bounds): Kernel {
  const trace = new Trace(SCHEMAS, [1, 2, 3], "kept");
  return bounds === undefined ? new Kernel(trace) : new Kernel(trace, bounds);
}

/** A kernel with one event at each of these times; `ran` tells which have run, by their place in the list. */
function scheduled(times: readonly number[], bounds?: Bounds): { kernel: Kernel; ran: number[] } {
  const kernel = newKernel(bounds);
  const ran: number[] = [];
  kernel.handle(TICK, (target) => ran.push(target));
  for (const [n, time] of times.entries()) kernel.schedule(time, TICK, n);
  return { kernel, ran };
}

/** A busy world: every event schedules up to three more at random distances, and writes records. */
function busyWorld(seed: number): Kernel {
  const kernel = newKernel();
  const random = Random.fromSeed(seed);
  let handle = -1;
  kernel.handle(TICK, (target, ref) => {
    kernel.trace.begin(TICK, target).int(ref).end();
    for (let i = random.int(0, 3); i > 0; i--) {
      handle = kernel.schedule(random.int(0, 50), TICK, random.int(0, 2), random.int(0, 99));
    }
    if (random.chance(1, 4)) kernel.cancel(handle);
    if (kernel.pendingCount === 0) kernel.schedule(10, TICK, 0, 0);
  });
  kernel.schedule(0, TICK, 0, 0);
  return kernel;
}

describe("order", () => {
  test("events run by time, and at the same time as they were scheduled", () => {
    const { kernel, ran } = scheduled([30, 10, 20, 10, 0]);

    expect(kernel.run({})).toBe("quiet");
    expect(ran).toEqual([4, 1, 3, 2, 0]);
    expect(kernel.now).toBe(30);
    expect(kernel.executed).toBe(5);
  });

  test("an event scheduled for now runs after all that were scheduled for now before", () => {
    const kernel = newKernel();
    const ran: number[] = [];
    kernel.handle(TICK, (target) => {
      ran.push(target);
      if (target === 0) kernel.schedule(0, TICK, 2);
    });
    kernel.schedule(5, TICK, 0);
    kernel.schedule(5, TICK, 1);
    kernel.run({});

    expect(ran).toEqual([0, 1, 2]);
  });

  test("a handler is given target, reference and payload as they were scheduled", () => {
    const kernel = newKernel();
    const given: unknown[] = [];
    const payload = { some: "thing" };
    kernel.handle(NOTE, (...args) => given.push(args));
    kernel.schedule(1, NOTE, -1, 2 ** 31 - 1, payload);
    kernel.run({});

    expect(given).toEqual([[-1, 2 ** 31 - 1, payload]]);
  });

  test("the clock never goes back, and stands at the event that runs", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const kernel = busyWorld(seed);
        let before = 0;
        kernel.run({
          untilEvent: 300,
          until: () => {
            expect(kernel.now).toBeGreaterThanOrEqual(before);
            expect(kernel.trace.now).toBe(kernel.now);
            before = kernel.now;
            return false;
          },
        });
      }),
      { numRuns: 30 },
    );
  });

  test.each([-1, 0.5, Number.NaN, Infinity])("nothing can be scheduled %s µs from now", (delay) => {
    expect(() => newKernel().schedule(delay, TICK, 0)).toThrow(RangeError);
  });

  test("a cancelled event does not run", () => {
    const { kernel, ran } = scheduled([1]);
    const handle = kernel.schedule(2, TICK, 9);

    expect(kernel.cancel(handle)).toBe(true);
    expect(kernel.cancel(handle)).toBe(false);
    kernel.run({});
    expect(ran).toEqual([0]);
    expect(kernel.now).toBe(1);
  });
});

describe("what stops a run", () => {
  test("time: events at that moment have run, later ones have not, and the clock stands there", () => {
    const { kernel, ran } = scheduled([10, 20, 30]);

    expect(kernel.run({ untilTime: 20 })).toBe("time");
    expect(ran).toEqual([0, 1]);
    expect(kernel.now).toBe(20);
    expect(kernel.run({ untilTime: 25 })).toBe("time");
    expect(kernel.now).toBe(25);
    expect(kernel.trace.now).toBe(25);
  });

  test("time, with nothing left to do: the clock goes there all the same", () => {
    const { kernel } = scheduled([10]);

    expect(kernel.run({ untilTime: 1000 })).toBe("time");
    expect(kernel.now).toBe(1000);
  });

  test("time that has passed: nothing runs, and the clock stays", () => {
    const { kernel, ran } = scheduled([10, 20]);
    kernel.run({ untilTime: 15 });

    expect(kernel.run({ untilTime: 5 })).toBe("time");
    expect(kernel.now).toBe(15);
    expect(ran).toEqual([0]);
  });

  test("event: so many have run since the beginning", () => {
    const { kernel, ran } = scheduled([10, 20, 30]);

    expect(kernel.run({ untilEvent: 2 })).toBe("event");
    expect(ran).toEqual([0, 1]);
    expect(kernel.now).toBe(20);
    expect(kernel.run({ untilEvent: 2 })).toBe("event");
    expect(kernel.executed).toBe(2);
  });

  test("predicate: asked after every event", () => {
    const { kernel, ran } = scheduled([10, 20, 30]);

    expect(kernel.run({ until: () => ran.length === 2 })).toBe("predicate");
    expect(kernel.now).toBe(20);
  });

  test("quiet: nothing is left, and the clock stays at the last event", () => {
    const { kernel } = scheduled([10]);

    expect(kernel.run({})).toBe("quiet");
    expect(kernel.run({})).toBe("quiet");
    expect(kernel.now).toBe(10);
  });

  test("stopped: after the event that is running", () => {
    const kernel = newKernel();
    kernel.handle(TICK, (target) => {
      if (target === 1) kernel.stop();
    });
    for (const n of [0, 1, 2]) kernel.schedule(n, TICK, n);

    expect(kernel.run({})).toBe("stopped");
    expect(kernel.executed).toBe(2);
    expect(kernel.run({})).toBe("quiet");
  });

  test("event-limit: the bound of the whole run, however it is cut in pieces", () => {
    const { kernel, ran } = scheduled([1, 2, 3, 4], { maxEvents: 3, maxTime: 1000 });

    expect(kernel.run({ untilEvent: 2 })).toBe("event");
    expect(kernel.run({})).toBe("event-limit");
    expect(ran).toEqual([0, 1, 2]);
    expect(kernel.run({ untilEvent: 9 })).toBe("event-limit");
  });

  test("time-limit: the bound of the whole run", () => {
    const { kernel, ran } = scheduled([10, 20, 2000], { maxEvents: 100, maxTime: 1000 });

    expect(kernel.run({})).toBe("time-limit");
    expect(ran).toEqual([0, 1]);
    expect(kernel.now).toBe(1000);
    expect(kernel.run({ untilTime: 5000 })).toBe("time-limit");
  });

  test("by default a world that runs away is stopped", () => {
    const kernel = newKernel();
    kernel.handle(TICK, () => kernel.schedule(60_000_000, TICK, 0));
    kernel.schedule(0, TICK, 0);

    expect(kernel.run({})).toBe("time-limit");
    // One virtual day of one event a minute, the first at 0.
    expect(kernel.executed).toBe(24 * 60 + 1);
  });
});

test("a run in pieces is the same run", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.record({ untilTime: fc.nat(200), untilEvent: fc.constant(500) }),
      fc.record({ untilEvent: fc.nat(500) }),
      fc.constant({ until: () => true, untilEvent: 500 }),
    ),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(fc.nat(), pieces, (seed, limits) => {
      const atOnce = busyWorld(seed);
      atOnce.run({ untilEvent: 500 });
      const inPieces = busyWorld(seed);
      for (const limit of limits) inPieces.run(limit);
      inPieces.run({ untilEvent: 500 });

      expect(inPieces.trace.digest()).toBe(atOnce.trace.digest());
      expect(inPieces.executed).toBe(atOnce.executed);
      expect(inPieces.trace.count).toBe(atOnce.trace.count);
      expect(inPieces.pending()).toEqual(atOnce.pending());
    }),
    { numRuns: 50 },
  );
});

test("pending lists what will run, in its order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 50 }), (times) => {
      const { kernel, ran } = scheduled(times);
      const promised = kernel.pending().map((event) => event.target);
      expect(kernel.pendingCount).toBe(times.length);
      kernel.run({});

      expect(ran).toEqual(promised);
      expect(kernel.pending()).toEqual([]);
    }),
  );
});

describe("causes", () => {
  /** The record's own number and that of the record that caused it. */
  function chain(kernel: Kernel): [unknown, unknown][] {
    const { trace } = kernel;
    return [...trace.records()].map((record) => [
      record.fields["n"],
      record.cause < 0 ? "outside" : trace.record(record.cause).fields["n"],
    ]);
  }

  test("what an event records is caused by what the event that scheduled it recorded first", () => {
    const kernel = newKernel();
    kernel.handle(TICK, (target) => {
      kernel.trace.begin(TICK, 0).int(target).end();
      kernel.trace
        .begin(NOTE, 0)
        .int(target + 100)
        .end();
      if (target < 3) kernel.schedule(10, TICK, target + 1);
    });
    kernel.schedule(0, TICK, 1);
    kernel.run({});

    expect(chain(kernel)).toEqual([
      [1, "outside"],
      [101, 1],
      [2, 1],
      [102, 2],
      [3, 2],
      [103, 3],
    ]);
  });

  test("an event that records nothing passes its own cause on", () => {
    const kernel = newKernel();
    kernel.handle(TICK, (target) => kernel.trace.begin(TICK, 0).int(target).end());
    kernel.handle(NOTE, () => kernel.schedule(1, TICK, 2));
    kernel.schedule(0, TICK, 7);
    kernel.run({});
    kernel.trace.cause = 0;
    kernel.schedule(1, NOTE, 0);
    kernel.trace.cause = -1;
    kernel.run({});

    expect(chain(kernel)).toEqual([
      [7, "outside"],
      [2, 7],
    ]);
  });

  test("events that run in between do not get mixed up in it", () => {
    const kernel = newKernel();
    kernel.handle(TICK, (target) => {
      kernel.trace.begin(TICK, 0).int(target).end();
      if (target < 10) kernel.schedule(100, TICK, target + 10);
    });
    for (const n of [1, 2, 3]) kernel.schedule(n, TICK, n);
    kernel.run({});

    expect(chain(kernel)).toEqual([
      [1, "outside"],
      [2, "outside"],
      [3, "outside"],
      [11, 1],
      [12, 2],
      [13, 3],
    ]);
  });
});
