import { formatDuration, micros } from "./format/duration.ts";
import type { Expectation, Moment, StepRef } from "./format/expect.ts";
import type { Predicate } from "./format/predicate.ts";
import { describePredicate } from "./predicate/describe.ts";
import { evaluate } from "./predicate/evaluate.ts";
import type { Situation } from "./predicate/situation.ts";

/**
 * Expectations while a run goes on. The runner lets each look at the ensemble whenever something has changed and at
 * the moments that it asks for; what each has seen is its result.
 */

export interface ExpectationResult {
  /** `expect[2]` */
  readonly path: string;
  /** What was expected, as a sentence without a full stop. */
  readonly expected: string;
  /** The scenario's own reason, where it gives one. */
  readonly because: string | undefined;
  /** `not reached`: the run ended, or was stopped, before it could be seen. */
  readonly status: "held" | "failed" | "not reached";
  /** What was found instead, or what made it hold. */
  readonly found: string;
  /** When it was decided, in virtual microseconds and events. */
  readonly timeUs: number | undefined;
  readonly event: number | undefined;
}

/** One moment of a run, as expectations see it. */
export interface Look {
  readonly nowUs: number;
  readonly event: number;
  /** All events up to now have run; false in the middle of a moment. */
  readonly isMomentOver: boolean;
  readonly situation: Situation;
  /** When a step was done; undefined while it is not. */
  readonly stepDone: (ref: StepRef) => number | undefined;
}

/** One expectation of a running scenario. */
export interface Watcher {
  /** The next moment that it has to look at, whatever happens; Infinity for none. */
  nextMomentUs(stepDone: Look["stepDone"]): number;
  look(look: Look): void;
  /** The run has ended by itself. */
  end(look: Look): void;
  /** The run should not end before this is decided. */
  readonly isPending: boolean;
  readonly hasFailed: boolean;
  result(): ExpectationResult;
}

/** @param describe says a predicate in words. */
export function watcherOf(
  expectation: Expectation,
  index: number,
  describe: (predicate: Predicate) => string = describePredicate,
): Watcher {
  const watcher = newWatcher(expectation, index);
  watcher.describe = describe;
  return watcher;
}

function newWatcher(expectation: Expectation, index: number): Base {
  const { because } = expectation;
  const path = `expect[${index}]`;
  if ("end" in expectation) return new AtEnd(path, because, expectation.end);
  if ("at" in expectation) {
    return new AtMoment(path, because, expectation.that, micros(expectation.at));
  }
  if ("within" in expectation) {
    return new Within(path, because, expectation.that, micros(expectation.within), expectation.of);
  }
  const [wanted, predicate] =
    "always" in expectation ? [true, expectation.always] : [false, expectation.never];
  return new Throughout(path, because, predicate, wanted, expectation.from ?? 0, expectation.to);
}

abstract class Base implements Watcher {
  readonly path: string;
  readonly because: string | undefined;
  readonly predicate: Predicate;
  describe: (predicate: Predicate) => string = describePredicate;
  #status: ExpectationResult["status"] = "not reached";
  #found = "";
  #timeUs: number | undefined;
  #event: number | undefined;

  constructor(path: string, because: string | undefined, predicate: Predicate) {
    this.path = path;
    this.because = because;
    this.predicate = predicate;
  }

  protected abstract readonly expected: string;

  protected get isOpen(): boolean {
    return this.#status === "not reached";
  }

  get isPending(): boolean {
    return false;
  }

  get hasFailed(): boolean {
    return this.#status === "failed";
  }

  nextMomentUs(_stepDone: Look["stepDone"]): number {
    return Infinity;
  }

  look(_look: Look): void {
    // Nothing to see before the end.
  }

  end(_look: Look): void {
    // Nothing to see at the end.
  }

  protected decide(holds: boolean, found: string, look: Look): void {
    this.#status = holds ? "held" : "failed";
    this.#found = found;
    this.#timeUs = look.nowUs;
    this.#event = look.event;
  }

  result(): ExpectationResult {
    return {
      path: this.path,
      expected: this.expected,
      because: this.because,
      status: this.#status,
      found: this.#found,
      timeUs: this.#timeUs,
      event: this.#event,
    };
  }
}

class AtEnd extends Base {
  protected get expected(): string {
    return `at the end ${this.describe(this.predicate)}`;
  }

  override end(look: Look): void {
    const verdict = evaluate(this.predicate, look.situation);
    this.decide(verdict.holds, verdict.because, look);
  }
}

class AtMoment extends Base {
  readonly #atUs: number;

  constructor(path: string, because: string | undefined, predicate: Predicate, atUs: number) {
    super(path, because, predicate);
    this.#atUs = atUs;
  }

  protected get expected(): string {
    return `at ${formatDuration(this.#atUs)} ${this.describe(this.predicate)}`;
  }

  override get isPending(): boolean {
    return this.isOpen;
  }

  override nextMomentUs(): number {
    return this.isOpen ? this.#atUs : Infinity;
  }

  override look(look: Look): void {
    if (!this.isOpen || !look.isMomentOver || look.nowUs < this.#atUs) return;
    const verdict = evaluate(this.predicate, look.situation);
    this.decide(verdict.holds, verdict.because, look);
  }
}

class Within extends Base {
  readonly #lengthUs: number;
  readonly #of: StepRef | undefined;

  constructor(
    path: string,
    because: string | undefined,
    predicate: Predicate,
    lengthUs: number,
    of: StepRef | undefined,
  ) {
    super(path, because, predicate);
    this.#lengthUs = lengthUs;
    this.#of = of;
  }

  protected get expected(): string {
    const since = this.#of === undefined ? "" : ` of ${nameOfStep(this.#of)}`;
    return `within ${formatDuration(this.#lengthUs)}${since} ${this.describe(this.predicate)}`;
  }

  override get isPending(): boolean {
    return this.isOpen;
  }

  override nextMomentUs(stepDone: Look["stepDone"]): number {
    const from = this.#of === undefined ? 0 : stepDone(this.#of);
    return this.isOpen && from !== undefined ? from + this.#lengthUs : Infinity;
  }

  override look(look: Look): void {
    const deadline = this.nextMomentUs(look.stepDone);
    if (deadline === Infinity) return;
    const verdict = evaluate(this.predicate, look.situation);
    const isLate = look.nowUs >= deadline && look.isMomentOver;
    if (verdict.holds || isLate) this.decide(verdict.holds, verdict.because, look);
  }
}

class Throughout extends Base {
  readonly #wanted: boolean;
  readonly #from: Moment;
  readonly #to: Moment | undefined;
  #hasBegun = false;
  #hasEnded = false;

  constructor(
    path: string,
    because: string | undefined,
    predicate: Predicate,
    wanted: boolean,
    from: Moment,
    to: Moment | undefined,
  ) {
    super(path, because, predicate);
    this.#wanted = wanted;
    this.#from = from;
    this.#to = to;
  }

  protected get expected(): string {
    const word = this.#wanted ? "always" : "never";
    const from = this.#from === 0 ? "" : ` from ${nameOfMoment(this.#from)}`;
    const to = this.#to === undefined ? "" : ` until ${nameOfMoment(this.#to)}`;
    return `${word}${from}${to}: ${this.describe(this.predicate)}`;
  }

  override nextMomentUs(stepDone: Look["stepDone"]): number {
    if (this.#hasEnded || this.hasFailed) return Infinity;
    const moment = this.#hasBegun ? this.#to : this.#from;
    return moment === undefined || typeof moment === "object"
      ? Infinity
      : (momentUs(moment, stepDone) ?? Infinity);
  }

  override look(look: Look): void {
    if (this.#hasEnded || this.hasFailed) return;
    const to = this.#to === undefined ? undefined : momentUs(this.#to, look.stepDone);
    if (to !== undefined && look.nowUs >= to) {
      this.#hasEnded = true;
      if (this.#hasBegun) this.decide(true, "nothing spoke against it", look);
      return;
    }
    if (!this.#hasBegun && !this.#begins(look)) return;
    this.#hasBegun = true;
    const verdict = evaluate(this.predicate, look.situation);
    if (verdict.holds !== this.#wanted) this.decide(false, verdict.because, look);
  }

  override end(look: Look): void {
    if (this.isOpen && this.#hasBegun) this.decide(true, "nothing spoke against it", look);
  }

  /** At a moment, once all of it has happened; at a step, as soon as it is done. */
  #begins(look: Look): boolean {
    const from = momentUs(this.#from, look.stepDone);
    if (from === undefined || look.nowUs < from) return false;
    return typeof this.#from === "object" || look.nowUs > from || look.isMomentOver;
  }
}

function momentUs(moment: Moment, stepDone: Look["stepDone"]): number | undefined {
  return typeof moment === "object" ? stepDone(moment.step) : micros(moment);
}

function nameOfMoment(moment: Moment): string {
  return typeof moment === "object" ? nameOfStep(moment.step) : formatDuration(micros(moment));
}

function nameOfStep(ref: StepRef): string {
  return typeof ref === "number" ? `steps[${ref}]` : `"${ref}"`;
}
