import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOTHING } from "../../core/ids.ts";
import { type FieldType, type FieldValue, NO_NODE, type RecordSchema, Trace } from "./trace.ts";

const NAMES = ["red", "green", "blue"] as const;
const SERVER_IDS = Array.from({ length: 31 }, (_, node) => (node + 1) * 10);

/** One record kind for each type of field, and one with all of them. */
const TYPES: readonly FieldType[] = [
  "int",
  "zxid",
  "epoch",
  "server",
  "servers",
  "text",
  "flag",
  NAMES,
];
const SCHEMAS: readonly RecordSchema[] = [
  ...TYPES.map((type, i) => ({ name: `kind ${i}`, fields: [["value", type]] as const })),
  { name: "all", fields: TYPES.map((type, i) => [`field ${i}`, type] as const) },
];
const ALL = TYPES.length;

const int32 = fc.integer();
const nodes = fc.integer({ min: NO_NODE, max: 30 });

/** A field as it is written, and as it has to read back. */
interface Written {
  readonly write: (trace: Trace) => void;
  readonly reads: FieldValue;
}

const written: readonly fc.Arbitrary<Written>[] = [
  int32.map((n) => ({ write: (trace) => trace.int(n), reads: n })),
  fc
    .oneof(fc.nat(Number.MAX_SAFE_INTEGER), fc.constant(NOTHING))
    .map((z) => ({ write: (trace) => trace.zxid(z), reads: z })),
  fc
    .oneof(fc.nat(2 ** 31 - 1), fc.constant(NOTHING))
    .map((e) => ({ write: (trace) => trace.epoch(e), reads: e })),
  nodes.map((node) => ({
    write: (trace) => trace.int(node),
    reads: node === NO_NODE ? null : (SERVER_IDS[node] as number),
  })),
  fc.uniqueArray(fc.nat(30)).map((set) => ({
    write: (trace) => trace.int(set.reduce((bits, node) => bits | (1 << node), 0)),
    reads: [...set].sort((a, b) => a - b).map((node) => SERVER_IDS[node] as number),
  })),
  fc
    .string({ unit: "binary" })
    .map((text) => ({ write: (trace) => trace.text(text), reads: text })),
  fc.boolean().map((flag) => ({ write: (trace) => trace.flag(flag), reads: flag })),
  fc.nat(2).map((n) => ({ write: (trace) => trace.int(n), reads: NAMES[n] as string })),
];

/** One record: its kind, where and when it happened, what caused it, and its fields. */
interface Entry {
  readonly kind: number;
  readonly node: number;
  readonly now: number;
  readonly cause: number;
  readonly fields: readonly Written[];
}

const entries: fc.Arbitrary<Entry> = fc.nat(ALL).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    node: nodes,
    // A run lasts a virtual day at most; a year is generous.
    now: fc.nat(365 * 86_400_000_000),
    cause: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    fields:
      kind === ALL
        ? fc.tuple(...written)
        : (written[kind] as fc.Arbitrary<Written>).map((field) => [field]),
  }),
);

function write(trace: Trace, entry: Entry): number {
  trace.now = entry.now;
  trace.enter(entry.cause);
  trace.begin(entry.kind, entry.node);
  for (const field of entry.fields) field.write(trace);
  return trace.end();
}

function traceOf(list: readonly Entry[], level: "hash" | "kept" = "kept"): Trace {
  const trace = new Trace(SCHEMAS, SERVER_IDS, level);
  for (const entry of list) write(trace, entry);
  return trace;
}

test("every type of field reads back what was written", () => {
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 30 }), (list) => {
      const trace = traceOf(list);

      const read = [...trace.records()];
      expect(read).toHaveLength(list.length);
      for (const [index, entry] of list.entries()) {
        const schema = SCHEMAS[entry.kind] as RecordSchema;
        expect(read[index]).toEqual({
          index,
          time: entry.now,
          kind: schema.name,
          server: entry.node === NO_NODE ? undefined : SERVER_IDS[entry.node],
          cause: entry.cause,
          fields: Object.fromEntries(
            schema.fields.map(([name], i) => [name, entry.fields[i]?.reads]),
          ),
        });
      }
    }),
    { numRuns: 300 },
  );
});

test("thousands of records read back, beyond every first capacity", () => {
  const trace = new Trace(SCHEMAS, SERVER_IDS, "kept");
  const count = 20_000;
  for (let n = 0; n < count; n++) {
    trace.now = n * 1000;
    trace.enter(n - 1);
    trace
      .begin(0, n % 31)
      .int(n)
      .end();
  }

  expect(trace.count).toBe(count);
  for (let n = 0; n < count; n++) {
    expect(trace.record(n)).toEqual({
      index: n,
      time: n * 1000,
      kind: "kind 0",
      server: SERVER_IDS[n % 31],
      cause: n - 1,
      fields: { value: n },
    });
  }
});

describe("the hash", () => {
  test("is the same whether records are kept or not, and so is their number", () => {
    fc.assert(
      fc.property(fc.array(entries), (list) => {
        const hashed = traceOf(list, "hash");
        const kept = traceOf(list, "kept");

        expect(hashed.digest()).toBe(kept.digest());
        expect(hashed.count).toBe(kept.count);
      }),
    );
  });

  test("looking at it changes nothing", () => {
    fc.assert(
      fc.property(fc.array(entries), fc.array(entries), (before, after) => {
        const trace = traceOf(before);
        trace.digest();
        for (const entry of after) write(trace, entry);

        expect(trace.digest()).toBe(traceOf([...before, ...after]).digest());
        expect(trace.digest()).toBe(trace.digest());
      }),
    );
  });

  test("has 16 hexadecimal digits", () => {
    expect(traceOf([]).digest()).toMatch(/^[0-9a-f]{16}$/);
  });

  test("is another one for every other list of records", () => {
    const readable = (list: readonly Entry[]): string =>
      JSON.stringify(list.map(({ fields, ...rest }) => [rest, fields.map((f) => f.reads)]));
    fc.assert(
      fc.property(fc.array(entries), fc.array(entries), (a, b) => {
        fc.pre(readable(a) !== readable(b));

        expect(traceOf(a).digest()).not.toBe(traceOf(b).digest());
      }),
    );
  });

  const some = fc.array(entries, { minLength: 1, maxLength: 10 });

  test.each([
    ["time", (entry: Entry) => ({ ...entry, now: entry.now + 1 })],
    ["a time 2^32 µs later", (entry: Entry) => ({ ...entry, now: entry.now + 2 ** 32 })],
    ["node", (entry: Entry) => ({ ...entry, node: entry.node === 30 ? 0 : entry.node + 1 })],
    ["cause", (entry: Entry) => ({ ...entry, cause: entry.cause ^ 1 })],
  ])("depends on every record's %s", (_what, change) => {
    fc.assert(
      fc.property(some, fc.nat(), (list, which) => {
        const at = which % list.length;
        const changed = list.with(at, change(list[at] as Entry));

        expect(traceOf(changed).digest()).not.toBe(traceOf(list).digest());
      }),
    );
  });

  test("depends on every field of every record", () => {
    const pairs = fc
      .tuple(entries, entries)
      .filter(
        ([a, b]) =>
          a.kind === b.kind &&
          JSON.stringify(a.fields.map((f) => f.reads)) !==
            JSON.stringify(b.fields.map((f) => f.reads)),
      );
    fc.assert(
      fc.property(fc.array(entries), pairs, fc.array(entries), (before, [a, b], after) => {
        const other: Entry = { ...a, fields: b.fields };

        expect(traceOf([...before, a, ...after]).digest()).not.toBe(
          traceOf([...before, other, ...after]).digest(),
        );
      }),
    );
  });

  test("depends on the order of records", () => {
    const numbers = (...list: number[]): string => {
      const trace = new Trace(SCHEMAS, SERVER_IDS, "hash");
      for (const n of list) trace.begin(0, 0).int(n).end();
      return trace.digest();
    };

    expect(
      new Set([numbers(1, 2, 3), numbers(2, 1, 3), numbers(3, 2, 1), numbers(1, 3, 2)]).size,
    ).toBe(4);
    expect(numbers(1, 1)).not.toBe(numbers(1));
    expect(numbers()).not.toBe(numbers(0));
  });

  test("depends on the text itself, not on how many texts there were", () => {
    const texts = (...list: string[]): string => {
      const trace = new Trace(SCHEMAS, SERVER_IDS, "hash");
      for (const text of list) trace.begin(5, 0).text(text).end();
      return trace.digest();
    };

    expect(texts("a", "b")).not.toBe(texts("a", "c"));
    expect(texts("ab", "c")).not.toBe(texts("a", "bc"));
    expect(texts("a", "a")).not.toBe(texts("a", "b"));
    expect(texts("a", "b")).not.toBe(texts("b", "a"));
  });
});

describe("causes", () => {
  test("an event's further records are caused by its first one, and what it schedules too", () => {
    const trace = new Trace(SCHEMAS, SERVER_IDS, "kept");
    trace.begin(0, 0).int(0).end();
    trace.enter(0);
    const first = trace.begin(0, 0).int(1).end();
    expect(trace.cause).toBe(first);
    trace.begin(0, 0).int(2).end();
    trace.begin(0, 0).int(3).end();
    expect(trace.cause).toBe(first);

    expect([1, 2, 3].map((index) => trace.record(index).cause)).toEqual([0, first, first]);
  });
});

describe("limits", () => {
  test.each([-1, 2, Number.NaN])("of two records there is no number %s", (index) => {
    const trace = new Trace(SCHEMAS, SERVER_IDS, "kept");
    trace.begin(0, 0).int(0).end();
    trace.begin(0, 0).int(0).end();

    expect(() => trace.record(index)).toThrow(RangeError);
  });

  test("a trace that keeps nothing says so when asked for a record", () => {
    const trace = new Trace(SCHEMAS, SERVER_IDS, "hash");
    trace.begin(0, 0).int(0).end();

    expect(() => trace.record(0)).toThrow("the trace is at level hash: it keeps no records");
    expect(trace.keptBytes).toBe(0);
  });

  test("records can be read from a place on", () => {
    const trace = traceOf([]);
    for (let n = 0; n < 5; n++) trace.begin(0, 0).int(n).end();

    expect([...trace.records(3)].map((record) => record.index)).toEqual([3, 4]);
    expect([...trace.records(5)]).toEqual([]);
  });

  test("at most 254 nodes and 256 kinds of record fit", () => {
    const ids = Array.from({ length: 255 }, (_, i) => i + 1);
    const kinds = Array.from({ length: 257 }, (_, i) => ({ name: `${i}`, fields: [] }));

    expect(() => new Trace(kinds, [1], "off")).toThrow(RangeError);
    expect(() => new Trace(kinds.slice(1), [1], "off")).not.toThrow();
    expect(() => new Trace([], ids, "off")).toThrow(RangeError);
    expect(() => new Trace([], ids.slice(1), "off")).not.toThrow();
  });

  test("switched off, it is not on: whoever records asks first", () => {
    expect(new Trace(SCHEMAS, SERVER_IDS, "off").on).toBe(false);
    expect(new Trace(SCHEMAS, SERVER_IDS, "hash").on).toBe(true);
    expect(new Trace(SCHEMAS, SERVER_IDS, "kept").on).toBe(true);
  });
});
