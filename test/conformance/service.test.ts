import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readCases } from "./cases.ts";
import { checkServiceCase, playServiceCase } from "./service.ts";
import { needsEnsemble, type ServiceCase, type StepResult } from "./service-case.ts";
import { compareStep } from "./service-compare.ts";

const DATA = fileURLToPath(new URL("data", import.meta.url));
const service = readCases(DATA, "service").map(({ content }) => content as ServiceCase);
const random = readCases(DATA, "random").map(({ content }) => content as ServiceCase);
const cases = [...service, ...random].filter((recorded) => !needsEnsemble(recorded));

test.each(cases.map((recorded) => [recorded.id, recorded] as const))(
  "%s: every step is answered as the real server did",
  (_id, recorded) => {
    expect(checkServiceCase(recorded)).toEqual([]);
  },
);

test("all of them are here", () => {
  expect(service).toHaveLength(321);
  expect(random).toHaveLength(180);
  expect(cases).toHaveLength(490);
});

describe("the reader notices", () => {
  test.each([
    "czxid",
    "mzxid",
    "version",
    "cversion",
    "aversion",
    "ephemeralOwner",
    "dataLength",
    "numChildren",
    "pzxid",
  ] as const)("a wrong %s", (field) => {
    expectDifference("stat-cversion-pzxid", "stat", (result) => ({
      ...result,
      stat: { ...given(result.stat), [field]: 99 },
    })).toMatch(new RegExp(`: stat\\.${field}: recorded 99, found `));
  });

  test("an event that is missing", () => {
    const event = { to: "s1", type: "NodeDeleted", path: "/more" };
    expectDifference("watch-data-watch-fires-once", "events", (result) => ({
      ...result,
      events: [...given(result.events), event],
    })).toMatch(/: events to s1: recorded NodeDataChanged \/a, NodeDeleted \/more, found /);
  });

  test("an event too many", () => {
    expectDifference("watch-data-watch-fires-once", "events", without("events")).toMatch(
      /: events to s1: recorded none, found NodeDataChanged \/a$/,
    );
  });

  test("events in another order", () => {
    const swap = (result: StepResult): StepResult => ({
      ...result,
      events: given(result.events).toReversed(),
    });
    expectDifference("setWatches-missed-create", "events", swap).toMatch(
      /: events to r1: recorded/,
    );
  });

  test("an event on the other side of the reply", () => {
    expectDifference("setWatches-missed-create", "events", (result) => ({
      ...result,
      events: given(result.events).map((event) => ({ ...event, before: false })),
    })).toMatch(/found NodeCreated \/c \(before the reply\)/);
  });

  test("another number of events before a reply in a pipeline", () => {
    expectDifference("watch-order-in-pipeline", "replies", (result) => ({
      replies: given(result.replies).map((reply) => ({ ...reply, eventsBefore: 7 })),
    })).toMatch(/: replies\[0\]\.eventsBefore: recorded 7, found 0$/);
  });

  test("a wrong zxid", () => {
    expectDifference("create-basic-tree", "zxid", (result) => ({ ...result, zxid: 77 })).toMatch(
      /^step 2 \(s1 create\): zxid: recorded 77, found 2$/,
    );
  });

  test("a wrong error code", () => {
    expectDifference("create-basic-tree", "zxid", (result) => ({ ...result, err: -111 })).toMatch(
      /^step 2 \(s1 create\): err: recorded -111, found 0$/,
    );
  });

  test("a close that is missing", () => {
    expectDifference("session-close-then-use", "closedConns", without("closedConns")).toMatch(
      /: closedConns: recorded nothing, found \["s1"\]$/,
    );
    expectDifference("session-close-then-use", "closed", () => ({ err: 0 })).toMatch(
      /: err: recorded 0, found nothing$/,
    );
    expectDifference("create-basic-tree", "zxid", (r) => ({ ...r, closedConns: ["s1"] })).toMatch(
      /: closedConns: recorded \["s1"\], found nothing$/,
    );
  });

  test("another list of children", () => {
    expectDifference("create-basic-tree", "children", (result) => ({
      ...result,
      children: [...given(result.children), "x"],
    })).toMatch(/: children: recorded \["b","x"\], found \["b"\]$/);
  });

  test("a reply to what has none", () => {
    expectDifference("odd-top-level-check", "noReply", () => ({ err: 0, zxid: 5 })).toMatch(
      /: err: recorded 0, found nothing$/,
    );
  });

  test("but not the order in which one close deletes several ephemerals", () => {
    const recorded = caseOf("session-ephemerals-deleted-order");
    const steps = recorded.steps.map((step) =>
      step.op === "closeSession"
        ? { ...step, result: { ...step.result, events: given(step.result.events).toReversed() } }
        : step,
    );
    expect(checkServiceCase({ ...recorded, steps })).toEqual([]);
    expectDifference("session-expiry-removes-ephemerals", "events", (result) => ({
      ...result,
      events: given(result.events).map((event) => ({ ...event, type: "NodeCreated" })),
    })).toMatch(/: events to s2: recorded NodeCreated \/a, NodeCreated \/, found NodeDeleted \/a/);
  });

  /** Whatever else a recording says: no value in it may be changed or left out unnoticed. */
  test.each([
    "acl-digest-getACL-masking",
    "multiRead-writes-inside",
    "odd-top-level-check",
    "query-whoAmI",
    "sasl-required-any-op-closes",
    "session-ephemerals-deleted-order",
    "session-expiry-removes-ephemerals",
    "watch-order-in-pipeline",
    "random-multi-1039",
    "random-watch-1038",
    "random-ephemeral-1040",
  ])("every value of %s", (id) => {
    for (const { step, number, found } of playServiceCase(caseOf(id))) {
      for (const result of changesOf(step.result) as Iterable<StepResult>) {
        const differences = compareStep({ ...step, result }, number, found);
        expect(differences, `${number}: ${JSON.stringify(result)}`).not.toEqual([]);
      }
    }
  });
});

/** Every way to change or to leave out one value of a recorded result. */
function* changesOf(value: unknown): Generator {
  if (typeof value === "number") yield value + 1;
  else if (typeof value === "boolean") yield !value;
  else if (typeof value === "string") yield `${value}!`;
  else if (value === null) yield "no longer null";
  else if (Array.isArray(value)) {
    yield [...value, ...(value.length > 0 ? value.slice(0, 1) : ["more"])];
    for (const [i, item] of value.entries()) {
      yield value.toSpliced(i, 1);
      for (const changed of changesOf(item)) yield value.with(i, changed);
    }
  } else if (typeof value === "object") {
    const record = value as Record<string, unknown>;
    for (const [key, item] of Object.entries(record)) {
      yield without(key)(record);
      for (const changed of changesOf(item)) yield { ...record, [key]: changed };
    }
  }
}

/** The first difference of a case whose first step with `field` in its result says something else. */
function expectDifference(
  id: string,
  field: keyof StepResult,
  change: (result: StepResult) => StepResult,
): ReturnType<typeof expect<string | undefined>> {
  const recorded = caseOf(id);
  const index = recorded.steps.findIndex(({ result }) => result[field] !== undefined);
  const steps = recorded.steps.map((step, i) =>
    i === index ? { ...step, result: change(step.result) } : step,
  );
  return expect(checkServiceCase({ ...recorded, steps })[0]);
}

function without(field: string): (result: object) => StepResult {
  return (result) => Object.fromEntries(Object.entries(result).filter(([name]) => name !== field));
}

function caseOf(id: string): ServiceCase {
  return given(cases.find((recorded) => recorded.id === id));
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the recorded case is another than it was");
  return value;
}
