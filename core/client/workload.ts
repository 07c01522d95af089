import { type ClientError, formatClientError, type Outcome } from "./client-error.ts";
import type { ClientDelivery, RequestToken } from "./client-port.ts";
import type { ClientOp, ValueOf } from "./operations.ts";
import type { ClientEvent, WatcherId } from "./watcher.ts";

/**
 * What a client's user does, written as a generator: it yields what it wants next and is resumed with what came of
 * it, so that a program reads like one thread of Java and runs without promises.
 *
 *     function* group(): Workload<readonly string[]> {
 *       yield* perform(ops.create("/group"));
 *       return (yield* perform(ops.getChildren("/group"))).children;
 *     }
 */
export type Workload<Result> = Generator<WorkloadStep, Result, unknown>;

export type WorkloadStep =
  /** All of them are sent at once; resumed when the last one is answered. */
  | { readonly kind: "perform"; readonly ops: readonly ClientOp[] }
  | { readonly kind: "sleep"; readonly ms: number }
  /** Resumed at once if the watcher was told something that nobody took. */
  | { readonly kind: "nextEvent"; readonly watcher: WatcherId };

/** Thrown by `perform`, into the generator. */
export class OperationFailed extends Error {
  override readonly name = "OperationFailed";
  readonly error: ClientError;

  constructor(error: ClientError) {
    super(formatClientError(error));
    this.error = error;
  }
}

/** Does one operation, and gives what came of it. */
export function* attempt<Op extends ClientOp>(op: Op): Workload<Outcome<ValueOf<Op>>> {
  const [outcome] = yield* pipeline(op);
  return outcome;
}

/** Does one operation, and gives its value. */
export function* perform<Op extends ClientOp>(op: Op): Workload<ValueOf<Op>> {
  const outcome = yield* attempt(op);
  if (!outcome.ok) throw new OperationFailed(outcome.error);
  return outcome.value;
}

/** Sends several operations without waiting between them. The outcomes are in the order of the operations. */
export function* pipeline<const Ops extends readonly ClientOp[]>(
  ...ops: Ops
): Workload<{ [I in keyof Ops]: Outcome<ValueOf<Ops[I]>> }> {
  return (yield { kind: "perform", ops }) as { [I in keyof Ops]: Outcome<ValueOf<Ops[I]>> };
}

export function* sleep(ms: number): Workload<void> {
  yield { kind: "sleep", ms };
}

/** Waits for the next event of a watcher. None is missed: what comes while nobody waits is kept. */
export function* nextEvent(watcher: WatcherId): Workload<ClientEvent> {
  return (yield { kind: "nextEvent", watcher }) as ClientEvent;
}

/** Who runs a workload: its requests go to a client, and what the client delivers comes back by `delivered`. */
export interface WorkloadHost {
  request(token: RequestToken, op: ClientOp): void;
  /** Answered by `alarmed`. There is at most one at a time. */
  alarm(delayMs: number): void;
  ended(result: WorkloadResult): void;
}

export type WorkloadResult =
  | { readonly ok: true; readonly value: unknown }
  /** What was thrown out of the generator. */
  | { readonly ok: false; readonly thrown: unknown };

/** A running workload. Other than a client it can't be copied: a generator is not plain data. */
export interface Run {
  readonly generator: Workload<unknown>;
  waiting: Waiting;
  nextToken: RequestToken;
  /** What watchers were told and nobody took yet. */
  readonly events: Map<WatcherId, ClientEvent[]>;
  /** Somebody is in the generator, or about to be: deliveries from within are taken up after it. */
  isBusy: boolean;
}

type Waiting =
  | { readonly kind: "nothing" | "alarm" }
  | { readonly kind: "event"; readonly watcher: WatcherId }
  | {
      readonly kind: "outcomes";
      readonly firstToken: RequestToken;
      readonly outcomes: (Outcome<unknown> | undefined)[];
      missing: number;
    };

export function newRun(workload: Workload<unknown>): Run {
  return {
    generator: workload,
    waiting: { kind: "nothing" },
    nextToken: 0,
    events: new Map(),
    isBusy: false,
  };
}

export function startRun(host: WorkloadHost, run: Run): void {
  drive(host, run, undefined);
}

/** Something that the client delivered. */
export function delivered(host: WorkloadHost, run: Run, delivery: ClientDelivery): void {
  if (delivery.kind === "event") {
    for (const watcher of delivery.watchers) {
      const events = run.events.get(watcher);
      if (events === undefined) run.events.set(watcher, [delivery.event]);
      else events.push(delivery.event);
    }
  } else if (run.waiting.kind === "outcomes") {
    const { outcomes, firstToken } = run.waiting;
    const at = delivery.token - firstToken;
    if (at < 0 || at >= outcomes.length || outcomes[at] !== undefined) return;
    outcomes[at] = delivery.outcome;
    run.waiting.missing--;
  }
  if (!run.isBusy) resumeIfReady(host, run);
}

export function alarmed(host: WorkloadHost, run: Run): void {
  if (run.waiting.kind === "alarm") drive(host, run, undefined);
}

function resumeIfReady(host: WorkloadHost, run: Run): void {
  const answer = readyAnswer(run);
  if (answer !== undefined) drive(host, run, answer.value);
}

/** What the generator waits for, if it is there. */
function readyAnswer(run: Run): { readonly value: unknown } | undefined {
  const { waiting } = run;
  switch (waiting.kind) {
    case "outcomes":
      return waiting.missing === 0 ? { value: waiting.outcomes } : undefined;
    case "event": {
      const event = run.events.get(waiting.watcher)?.shift();
      return event === undefined ? undefined : { value: event };
    }
    case "nothing":
    case "alarm":
      return undefined;
  }
}

/** Runs the generator until it waits for something that is not there yet. */
function drive(host: WorkloadHost, run: Run, first: unknown): void {
  run.isBusy = true;
  let answer: { readonly value: unknown } | undefined = { value: first };
  while (answer !== undefined) {
    run.waiting = { kind: "nothing" };
    let next: IteratorResult<WorkloadStep, unknown>;
    try {
      next = run.generator.next(answer.value);
    } catch (thrown) {
      host.ended({ ok: false, thrown });
      return;
    }
    if (next.done === true) {
      host.ended({ ok: true, value: next.value });
      return;
    }
    begin(host, run, next.value);
    answer = readyAnswer(run);
  }
  run.isBusy = false;
}

function begin(host: WorkloadHost, run: Run, step: WorkloadStep): void {
  switch (step.kind) {
    case "perform": {
      const firstToken = run.nextToken;
      run.nextToken += step.ops.length;
      const outcomes = step.ops.map(() => undefined);
      run.waiting = { kind: "outcomes", firstToken, outcomes, missing: step.ops.length };
      for (const [i, op] of step.ops.entries()) host.request(firstToken + i, op);
      return;
    }
    case "sleep":
      run.waiting = { kind: "alarm" };
      host.alarm(step.ms);
      return;
    case "nextEvent":
      run.waiting = { kind: "event", watcher: step.watcher };
      return;
  }
}
