import { expect, test } from "vitest";
import { failure } from "./outcomes.ts";
import type { ClientOp } from "./operations.ts";
import * as ops from "./ops.ts";
import { DEFAULT_WATCHER, watcherId } from "./watcher.ts";
import {
  alarmed,
  attempt,
  delivered,
  newRun,
  nextEvent,
  type OperationFailed,
  perform,
  pipeline,
  type Run,
  sleep,
  startRun,
  type Workload,
  type WorkloadHost,
  type WorkloadResult,
} from "./workload.ts";

/** A host that answers nothing by itself, unless it is told to answer at once. */
class Host implements WorkloadHost {
  readonly asked: { token: number; op: ClientOp }[] = [];
  readonly alarms: number[] = [];
  result: WorkloadResult | undefined;
  readonly run: Run;
  answerAtOnce = false;

  constructor(workload: Workload<unknown>) {
    this.run = newRun(workload);
  }
  request(token: number, op: ClientOp): void {
    this.asked.push({ token, op });
    if (this.answerAtOnce) this.answer(token, undefined);
  }
  alarm(delayMs: number): void {
    this.alarms.push(delayMs);
  }
  ended(result: WorkloadResult): void {
    this.result = result;
  }
  answer(token: number, value: unknown): void {
    const op = this.asked[token]?.op ?? ops.whoAmI();
    delivered(this, this.run, {
      kind: "completion",
      token,
      op,
      outcome: { ok: true, value },
    });
  }
  refuse(token: number, err: number): void {
    const op = this.asked[token]?.op ?? ops.whoAmI();
    delivered(this, this.run, { kind: "completion", token, op, outcome: failure(op, err) });
  }
  start(): this {
    startRun(this, this.run);
    return this;
  }
}

test("a workload goes on with the value of each operation", () => {
  const host = new Host(
    (function* () {
      const made = yield* perform(ops.create("/a"));
      const found = yield* perform(ops.exists(made.path));
      return [made.path, found];
    })(),
  ).start();
  expect(host.asked.map(({ op }) => op.kind)).toEqual(["create"]);
  host.answer(0, { path: "/a", stat: undefined });
  host.answer(1, null);
  expect(host.result).toEqual({ ok: true, value: ["/a", null] });
});

test("perform throws what failed, attempt gives it", () => {
  const host = new Host(
    (function* () {
      const outcome = yield* attempt(ops.remove("/a"));
      try {
        yield* perform(ops.remove("/b"));
      } catch (error) {
        return [outcome.ok, (error as OperationFailed).message];
      }
      return undefined;
    })(),
  ).start();
  host.refuse(0, -101);
  host.refuse(1, -111);
  expect(host.result).toEqual({
    ok: true,
    value: [false, "KeeperErrorCode = Directory not empty for /b"],
  });
});

test("what the workload does not catch is its result", () => {
  const host = new Host(perform(ops.remove("/a"))).start();
  host.refuse(0, -101);
  expect(host.result).toMatchObject({ ok: false, thrown: { error: { name: "NoNode" } } });
});

test("pipeline sends all at once, and is answered in the order of the operations", () => {
  const host = new Host(pipeline(ops.exists("/a"), ops.sync("/"))).start();
  expect(host.asked).toHaveLength(2);
  host.answer(1, "/");
  expect(host.result).toBeUndefined();
  host.answer(0, null);
  expect(host.result).toEqual({
    ok: true,
    value: [
      { ok: true, value: null },
      { ok: true, value: "/" },
    ],
  });
});

test("an empty pipeline goes on at once", () => {
  expect(new Host(pipeline()).start().result).toEqual({ ok: true, value: [] });
});

test("events are kept for who waits later, each watcher's own", () => {
  const [one, two] = [watcherId(1), watcherId(2)];
  const host = new Host(
    (function* () {
      yield* sleep(10);
      const first = yield* nextEvent(one);
      const second = yield* nextEvent(two);
      const third = yield* nextEvent(two);
      return [first.path, second.path, third.path];
    })(),
  ).start();
  const event = (path: string) => ({ type: "NodeCreated", state: "SyncConnected", path }) as const;
  delivered(host, host.run, { kind: "event", event: event("/a"), watchers: [one, two] });
  expect(host.alarms).toEqual([10]);
  alarmed(host, host.run);
  expect(host.result).toBeUndefined();
  delivered(host, host.run, { kind: "event", event: event("/x"), watchers: [DEFAULT_WATCHER] });
  delivered(host, host.run, { kind: "event", event: event("/b"), watchers: [two] });
  expect(host.result).toEqual({ ok: true, value: ["/a", "/a", "/b"] });
});

test("an answer that comes while the request is being made is taken up behind it", () => {
  const host = new Host(
    (function* () {
      for (let i = 0; i < 10_000; i++) yield* perform(ops.whoAmI());
    })(),
  );
  host.answerAtOnce = true;
  host.start();
  expect(host.asked).toHaveLength(10_000);
  expect(host.result).toEqual({ ok: true, value: undefined });
});
