import type { Ledger } from "./ledger.ts";

/**
 * Runs a program of promises inside a simulation: one event of the simulation, then everything that the program does
 * because of it, then the next event.
 *
 * The contract. Between two events the program goes on by microtasks alone, whose order the language fixes; so the
 * same program and the same seed give the same run. After an event that settled a promise, called a watcher, or found
 * something asked for, `QUIET_TICKS` turns of the microtask queue have to pass without any of that before the next
 * event runs; after any other event none have to. A program that takes more turns than that to get from one await of
 * the simulation to its next request (a hundred async functions deep) finds that virtual time has gone on meanwhile:
 * later, but in every run the same.
 *
 * The limits. Only what the simulation settles may be awaited. A promise that waits for a timer, a file or the
 * network of the real machine is never seen to settle, since the real event loop does not turn. The run then ends with
 * a StalledError, and does not hang: at once, if nothing of the simulation can make the program go on; otherwise when
 * the simulation has nothing more to do, or a limit of events is reached.
 */
export async function runAsync<T>(
  world: Pump,
  main: () => Promise<T>,
  limits: RunAsyncLimits = {},
): Promise<T> {
  const maxEvents = limits.maxEvents ?? DEFAULT_MAX_EVENTS;
  const maxIdle = limits.maxEvents ?? MAX_IDLE_EVENTS;
  const { ledger } = world;
  const program: Program<T> = { end: undefined };
  main().then(
    (value) => {
      program.end = { ok: true, value };
    },
    (error: unknown) => {
      program.end = { ok: false, error };
    },
  );
  await drain(ledger, QUIET_TICKS);
  for (let events = 0, idle = 0; ; events++) {
    if (ledger.failures.length > 0) throw ledger.failures[0];
    const { end } = program;
    if (end !== undefined) {
      if (end.ok) return end.value;
      throw end.error;
    }
    if (!ledger.canWake) {
      // Perhaps it computes, by more turns than are usual; virtual time stands still meanwhile.
      const { activity } = ledger;
      await drain(ledger, LAST_TICKS, () => program.end !== undefined || ledger.canWake);
      if (program.end !== undefined || ledger.canWake || ledger.activity !== activity) continue;
      throw new StalledError("nothing in the simulation can make it go on", []);
    }
    if (events >= maxEvents) throw new StalledError(`${maxEvents} events have run`, ledger.open());
    if (idle >= maxIdle) {
      throw new StalledError(
        `${maxIdle} events have run and changed nothing for it`,
        ledger.open(),
      );
    }
    const before = ledger.activity;
    const ran = world.runOne();
    // A long sleep is no stall.
    idle = ledger.alarms > 0 ? 0 : idle + 1;
    if (ledger.activity !== before) {
      idle = 0;
      await drain(ledger, QUIET_TICKS);
    } else if (!ran)
      throw new StalledError("nothing more happens in the simulation", ledger.open());
  }
}

/** The part of a world that `runAsync` needs. */
export interface Pump {
  readonly ledger: Ledger;
  /** Runs the next event. False if there is none. */
  runOne(): boolean;
}

export interface RunAsyncLimits {
  /** How many events of the simulation may run. Ten million, where nothing is said, and 1.5 million that wake nobody. */
  readonly maxEvents?: number;
}

/** The program waits for something that does not come. */
export class StalledError extends Error {
  override readonly name = "StalledError";
  /** What of the simulation it waits for; if nothing, it waits for something outside. */
  readonly waitingFor: readonly string[];

  constructor(why: string, waitingFor: readonly string[]) {
    const what =
      waitingFor.length === 0
        ? "something that is not in the simulation (only what the simulation settles may be awaited)"
        : waitingFor.join(", ");
    super(`${why}, and the program still waits for: ${what}`);
    this.waitingFor = waitingFor;
  }
}

/** So many turns of the microtask queue without activity count as "the program waits". */
export const QUIET_TICKS = 100;
/** Settled already, so that awaiting it takes one turn. */
const NEXT_TURN = Promise.resolve();
/** So many, where nothing else can wake it: some 10 ms of the real machine. */
const LAST_TICKS = 100_000;
const DEFAULT_MAX_EVENTS = 10_000_000;
/** Between one and two seconds of the real machine. */
const MAX_IDLE_EVENTS = 1_500_000;

interface Program<T> {
  end:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: unknown }
    | undefined;
}

async function drain(ledger: Ledger, ticks: number, isEnough?: () => boolean): Promise<void> {
  let seen = ledger.activity;
  for (let quiet = 0; quiet < ticks; quiet++) {
    await NEXT_TURN;
    if (isEnough?.() === true) return;
    if (ledger.activity !== seen) {
      seen = ledger.activity;
      quiet = 0;
    }
  }
}
