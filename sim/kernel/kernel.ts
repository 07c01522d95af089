import { EventQueue, type Handle, type PendingEvent } from "./event-queue.ts";
import { TIME_ZERO, type VirtualTime } from "./time.ts";
import { LAST_TIME, type Trace } from "./trace.ts";

/**
 * The kernel: a virtual clock and the one event loop. It knows nothing of servers or networks; a world gives it
 * a handler for each kind of event, and everything that will happen is a plain event in its queue.
 */

/** What happens when an event of one kind is due. Target, ref and payload are what was scheduled. */
export type Handler = (target: number, ref: number, payload: unknown) => void;

/** How far to run. The run stops at whatever comes first. */
export interface RunLimits {
  /** Stop before the first event later than this; the clock then stands at this moment. */
  readonly untilTime?: number;
  /** Stop when this many events have run since the beginning, so that `run again to event N` is one call. */
  readonly untilEvent?: number;
  /** Asked after every event. */
  readonly until?: () => boolean;
}

/**
 * Why a run stopped. `event-limit` and `time-limit` are the bounds set for the whole run, and mean that it ran
 * away; the others are what the caller asked for.
 */
export type StopReason =
  | "predicate"
  | "time"
  | "event"
  | "quiet"
  | "event-limit"
  | "time-limit"
  | "stopped";

export interface Bounds {
  /** Events in the whole run. */
  readonly maxEvents: number;
  /** Virtual microseconds in the whole run. */
  readonly maxTime: number;
}

/** Ten million events, one virtual day: far above any sane case, reached within seconds by a runaway one. */
export const DEFAULT_BOUNDS: Bounds = { maxEvents: 10_000_000, maxTime: 86_400_000_000 };

export class Kernel {
  /** Virtual time, in whole microseconds. */
  now: VirtualTime = TIME_ZERO;
  /** Events that have run. */
  executed = 0;

  readonly trace: Trace;
  readonly #bounds: Bounds;
  readonly #queue = new EventQueue();
  readonly #handlers: Handler[] = [];
  #stopping = false;

  constructor(trace: Trace, bounds: Bounds = DEFAULT_BOUNDS) {
    this.trace = trace;
    this.#bounds = bounds;
  }

  /** Says what to do with events of a kind (0 to 255). Each kind has one handler, set before it is scheduled. */
  handle(kind: number, handler: Handler): void {
    this.#handlers[kind] = handler;
  }

  /** Schedules an event `delay` microseconds from now; what is running is its cause. */
  schedule(delay: number, kind: number, target: number, ref = 0, payload?: unknown): Handle {
    if (!(Number.isSafeInteger(delay) && delay >= 0)) {
      throw new RangeError(`an event is a whole number of microseconds from now, got ${delay}`);
    }
    return this.#queue.push(this.now + delay, kind, target, ref, this.trace.cause, payload);
  }

  /** False when the event has run, or was cancelled, already. */
  cancel(handle: Handle): boolean {
    return this.#queue.cancel(handle);
  }

  /** Events that are scheduled and have not run. */
  get pendingCount(): number {
    return this.#queue.size;
  }

  /** All that is pending, in the order in which it will run. */
  pending(): PendingEvent[] {
    return this.#queue.list();
  }

  /** Hands on an event that somebody kept back, as part of the one that is running; the trace sees a new event. */
  handOn(kind: number, target: number, ref: number, payload: unknown, cause: number): void {
    this.trace.enter(cause);
    (this.#handlers[kind] as Handler)(target, ref, payload);
  }

  /** Ends the current run after the event that is running. */
  stop(): void {
    this.#stopping = true;
  }

  run(limits: RunLimits): StopReason {
    const queue = this.#queue;
    const trace = this.trace;
    const handlers = this.#handlers;
    const until = limits.until;
    const { maxEvents, maxTime } = this.#bounds;
    const lastEvent = Math.min(limits.untilEvent ?? Infinity, maxEvents);
    const lastTime = Math.min(limits.untilTime ?? Infinity, maxTime, LAST_TIME);
    this.#stopping = false;
    for (;;) {
      if (this.executed >= lastEvent) {
        return lastEvent === limits.untilEvent ? "event" : "event-limit";
      }
      const due = queue.headTime;
      if (due > lastTime) {
        if (due === Infinity && lastTime !== limits.untilTime) return "quiet";
        this.now = trace.now = Math.max(this.now, lastTime) as VirtualTime;
        return lastTime === limits.untilTime ? "time" : "time-limit";
      }
      queue.pop();
      this.now = trace.now = due as VirtualTime;
      trace.enter(queue.cause);
      const payload = queue.payload;
      queue.payload = undefined;
      (handlers[queue.kind] as Handler)(queue.target, queue.ref, payload);
      this.executed++;
      if (this.#stopping) return "stopped";
      if (until !== undefined && until()) return "predicate";
    }
  }
}
