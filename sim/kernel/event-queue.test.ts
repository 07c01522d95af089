import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventQueue, type Handle, NO_HANDLE, type PendingEvent } from "./event-queue.ts";

/** The reference: an array in which each event goes behind all that are not later. */
class SortedArray {
  events: (PendingEvent & { readonly handle: Handle })[] = [];
  #sequence = 0;

  push(time: number, payload: unknown, handle: Handle): void {
    const sequence = this.#sequence++;
    const after = this.events.findLastIndex((event) => event.time <= time);
    this.events.splice(after + 1, 0, { ...fieldsOf(sequence), time, sequence, payload, handle });
  }

  cancel(handle: Handle): boolean {
    const at = this.events.findIndex((event) => event.handle === handle);
    if (at >= 0) this.events.splice(at, 1);
    return at >= 0;
  }

  list(): PendingEvent[] {
    return this.events.map(({ handle: _handle, ...event }) => event);
  }
}

/** Other fields of the n-th event, different for each, at the ends of what they can hold. */
function fieldsOf(n: number): Pick<PendingEvent, "kind" | "target" | "ref" | "cause"> {
  return { kind: n % 256, target: n % 2 === 0 ? n : -n, ref: 2 ** 31 - 1 - n, cause: n - 1 };
}

function taken(queue: EventQueue): Omit<PendingEvent, "time" | "sequence"> {
  const { kind, target, ref, cause, payload } = queue;
  return { kind, target, ref, cause, payload };
}

type Step =
  | { readonly do: "push"; readonly time: number }
  | { readonly do: "pop" }
  /** Cancels by a handle that was given out at some time, stale or not. */
  | { readonly do: "cancel"; readonly which: number };

function play(steps: readonly Step[]): void {
  const queue = new EventQueue();
  const model = new SortedArray();
  const handles: Handle[] = [];
  const given = new Set<Handle>();
  for (const step of steps) {
    switch (step.do) {
      case "push": {
        const n = handles.length;
        const { kind, target, ref, cause } = fieldsOf(n);
        const handle = queue.push(step.time, kind, target, ref, cause, `payload ${n}`);
        expect(given.has(handle)).toBe(false);
        given.add(handle);
        handles.push(handle);
        model.push(step.time, `payload ${n}`, handle);
        break;
      }
      case "pop": {
        const head = model.events.shift();
        expect(queue.headTime).toBe(head?.time ?? Infinity);
        expect(queue.pop()).toBe(head !== undefined);
        if (head !== undefined) {
          const { handle: _handle, sequence: _sequence, time: _time, ...event } = head;
          expect(taken(queue)).toEqual(event);
        }
        break;
      }
      case "cancel": {
        const handle = handles[step.which % Math.max(handles.length, 1)] ?? NO_HANDLE;
        expect(queue.cancel(handle)).toBe(model.cancel(handle));
        break;
      }
    }
    expect(queue.size).toBe(model.events.length);
  }
  expect(queue.list()).toEqual(model.list());
}

const pushes: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("push" as const),
  // Few different times, for ties.
  time: fc.nat(20),
});
const pops: fc.Arbitrary<Step> = fc.constant({ do: "pop" as const });
const cancels: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("cancel" as const),
  which: fc.nat(1000),
});

test("does what a sorted array does, under any mix of push, pop and cancel", () => {
  const steps = fc.array(
    fc.oneof({ arbitrary: pushes, weight: 3 }, { arbitrary: pops, weight: 2 }, cancels),
    { maxLength: 200, size: "max" },
  );
  fc.assert(fc.property(steps, play), { numRuns: 300 });
});

test("and beyond its first capacity", () => {
  const many = fc.array(pushes, { minLength: 300, maxLength: 1200, size: "max" });
  const mixed = fc.array(fc.oneof(pushes, pops, cancels), { maxLength: 200, size: "max" });
  fc.assert(
    fc.property(many, mixed, (first, then) => play([...first, ...then])),
    { numRuns: 20 },
  );
});

test("events of the same time come in the order in which they were pushed", () => {
  const queue = new EventQueue();
  for (let n = 0; n < 1000; n++) queue.push(7, 0, n, 0, -1, undefined);
  const targets: number[] = [];
  while (queue.pop()) targets.push(queue.target);

  expect(targets).toEqual(Array.from({ length: 1000 }, (_, n) => n));
});

describe("an empty queue", () => {
  test("gives nothing, and its head is at infinity", () => {
    const queue = new EventQueue();

    expect(queue.pop()).toBe(false);
    expect(queue.headTime).toBe(Infinity);
    expect(queue.list()).toEqual([]);
    expect(queue.cancel(0)).toBe(false);
    expect(queue.cancel(NO_HANDLE)).toBe(false);
  });
});

describe("a stale handle", () => {
  test("of an event that has run cancels nothing, though its slot is used again", () => {
    const queue = new EventQueue();
    const stale = queue.push(1, 0, 0, 0, -1, "old");
    queue.pop();
    const fresh = queue.push(2, 0, 0, 0, -1, "new");

    expect(queue.cancel(stale)).toBe(false);
    expect(queue.size).toBe(1);
    expect(queue.cancel(fresh)).toBe(true);
    expect(queue.cancel(fresh)).toBe(false);
    expect(queue.size).toBe(0);
  });

  test("stays stale however often the slot is used", () => {
    const queue = new EventQueue();
    const handles = new Set<Handle>();
    for (let n = 0; n < 1000; n++) {
      const handle = queue.push(n, 0, 0, 0, -1, undefined);
      for (const stale of [...handles].slice(-3)) expect(queue.cancel(stale)).toBe(false);
      handles.add(handle);
      queue.pop();
    }

    expect(handles.size).toBe(1000);
  });
});

test("list is a copy: what is pending does not change with it, nor it with what is pending", () => {
  const queue = new EventQueue();
  queue.push(2, 0, 0, 0, -1, "b");
  queue.push(1, 0, 0, 0, -1, "a");
  const list = queue.list();
  queue.pop();

  expect(list.map((event) => event.payload)).toEqual(["a", "b"]);
  list.length = 0;
  expect(queue.size).toBe(1);
});

test("payloads of events that were cancelled or have run are released", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const queue = new EventQueue();
  const payloads = ((): WeakRef<object>[] => {
    const refs: WeakRef<object>[] = [];
    const handles: Handle[] = [];
    for (let n = 0; n < 3; n++) {
      const payload = { n };
      refs.push(new WeakRef(payload));
      handles.push(queue.push(n, 0, 0, 0, -1, payload));
    }
    queue.cancel(handles[1] as Handle);
    queue.pop();
    // Whoever took an event also lets go of the payload it was handed.
    queue.payload = undefined;
    return refs;
  })();
  // References are kept alive until the current job ends.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();

  expect(payloads.map((ref) => ref.deref() !== undefined)).toEqual([false, false, true]);
  expect(queue.size).toBe(1);
});
