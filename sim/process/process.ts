import type { ConnectionId, DialFailure } from "../../core/server/port.ts";
import { EVENT } from "../events.ts";
import type { Handle } from "../kernel/event-queue.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Random } from "../kernel/prng.ts";
import type { Network, PortName } from "../network/network.ts";
import { RECORD } from "../records.ts";
import { type ClockSpec, readClock, untilClockMoved } from "./clock.ts";
import type { Watcher } from "./watcher.ts";

export type ProcessState = "down" | "up" | "paused";

/** What a process uses of the world around it. */
export interface ProcessHost {
  readonly kernel: Kernel;
  readonly network: Network;
  /** Something about the process changed that a predicate may look at. */
  changed(): void;
  /** Who wants to know more than what is observed. */
  watcher(): Watcher | undefined;
}

/** An event that waits for the process to go on. */
interface Deferred {
  readonly kind: number;
  readonly ref: number;
  readonly payload: unknown;
  readonly cause: number;
}

/**
 * A process at a node, whatever it runs: it boots, crashes, stands still and goes on; it has a clock of its own, timers
 * by that clock, ports that it listens on, and connections. What it runs is for those who extend it.
 */
export abstract class Process {
  state: ProcessState = "down";
  protected readonly node: number;
  protected readonly kernel: Kernel;
  protected readonly network: Network;
  protected readonly random: Random;
  /** Counts starts, so that what an earlier process left in the queue finds nobody. */
  protected incarnation = 0;
  readonly #host: ProcessHost;
  readonly #clock: ClockSpec;
  readonly #timers = new Map<number, Handle>();
  readonly #listening = new Set<PortName>();
  readonly #deferred: Deferred[] = [];
  #catchingUp = false;
  /** Until when nothing is looked at, and whether that is still so: its threads have other things to do. */
  #busyUntil = 0;
  #isBusy = false;

  constructor(node: number, host: ProcessHost, clock: ClockSpec, random: Random) {
    this.node = node;
    this.kernel = host.kernel;
    this.network = host.network;
    this.random = random;
    this.#host = host;
    this.#clock = clock;
  }

  /** The process has started. */
  protected abstract started(): void;
  /** The process is gone, and with it all that it had in memory. */
  protected abstract ended(): void;
  protected abstract timedOut(ref: number): void;
  abstract accepted(connection: ConnectionId, port: PortName): void;
  abstract connected(connection: ConnectionId): void;
  abstract dialFailed(connection: ConnectionId, reason: DialFailure): void;
  abstract received(connection: ConnectionId, message: object): void;
  abstract closed(connection: ConnectionId): void;
  /** An event of a kind that only its own sort of process has: something that it waits for is done. */
  abstract own(kind: number, ref: number, payload: unknown): void;

  // What can be done to it.

  boot(): void {
    this.incarnation++;
    this.state = "up";
    this.started();
  }

  /** The process ends at once. What it had sent is still under way, and its connections are closed by its system. */
  crash(): void {
    this.#record(RECORD.crash);
    this.state = "down";
    this.#listening.clear();
    for (const handle of this.#timers.values()) this.kernel.cancel(handle);
    this.#timers.clear();
    this.#deferred.length = 0;
    this.#isBusy = false;
    this.ended();
    this.network.closeAll(this.node);
    this.changed();
    this.watcher?.ended(this.node);
  }

  /** Stands still, as in a long garbage collection: nothing is handled, but connections stand and the clock goes on. */
  pause(): void {
    this.#record(RECORD.pause);
    this.state = "paused";
    this.changed();
  }

  /** Goes on with all that came in the meantime, in the order in which it came. */
  resume(): void {
    this.#record(RECORD.resume);
    this.state = "up";
    this.#goOn();
    this.changed();
  }

  /** Handles the first of what waits. What comes meanwhile goes behind it, and so all keeps its order. */
  catchUp(): void {
    if (this.#isBusy && this.kernel.now < this.#busyUntil) return;
    this.#isBusy = false;
    const next = this.state === "up" ? this.#deferred.shift() : undefined;
    if (next === undefined) return;
    this.#catchingUp = true;
    this.kernel.handOn(next.kind, this.node, next.ref, next.payload, next.cause);
    this.#catchingUp = false;
    this.#goOn();
  }

  /** Keeps an event for later while the process is paused, or has not handled all that came in a pause. */
  defer(kind: number, ref: number, payload: unknown): boolean {
    if (this.state === "down" || this.#catchingUp) return false;
    if (this.state === "up" && this.#deferred.length === 0 && !this.#isBusy) return false;
    this.#deferred.push({ kind, ref, payload, cause: this.kernel.trace.cause });
    return true;
  }

  timerFired(ref: number): void {
    if (this.defer(EVENT.timer, ref, undefined)) return;
    this.#timers.delete(ref);
    this.timedOut(ref);
  }

  isListening(port: PortName): boolean {
    return this.#listening.has(port);
  }

  // What it can do. Times are in ms of its own clock.

  /** What keeps it from starting at this moment, if anything does. */
  get bootProblem(): string | undefined {
    return undefined;
  }

  now(): number {
    return readClock(this.#clock, this.kernel.now);
  }

  draw(below: number): number {
    return this.random.int(0, below - 1);
  }

  listen(port: PortName): void {
    this.#listening.add(port);
  }

  unlisten(port: PortName): void {
    this.#listening.delete(port);
  }

  close(connection: ConnectionId): void {
    this.network.close(connection);
  }

  /** Looks at nothing that comes for so many µs; then at all of it, in its order. */
  protected beBusy(us: number): void {
    if (us === 0) return;
    this.#busyUntil = Math.max(this.#busyUntil, this.kernel.now + us);
    this.#isBusy = true;
    this.kernel.schedule(us, EVENT.catchUp, this.node);
  }

  protected changed(): void {
    this.#host.changed();
  }

  protected get watcher(): Watcher | undefined {
    return this.#host.watcher();
  }

  protected dialNode(to: number, port: PortName, timeoutMs: number): ConnectionId {
    return this.network.dial(this.node, to, port, untilClockMoved(this.#clock, timeoutMs));
  }

  /** Sets the timer of that number, again if it was set. */
  protected arm(ref: number, delayMs: number): void {
    this.disarm(ref);
    const delay = untilClockMoved(this.#clock, delayMs);
    this.#timers.set(ref, this.kernel.schedule(delay, EVENT.timer, this.node, ref));
  }

  /** Also one that has fired already, in a pause, and waits to be handled. */
  protected disarm(ref: number): void {
    const set = this.#timers.get(ref);
    if (set === undefined) return;
    this.#timers.delete(ref);
    if (this.kernel.cancel(set)) return;
    const at = this.#deferred.findIndex((d) => d.kind === EVENT.timer && d.ref === ref);
    if (at >= 0) this.#deferred.splice(at, 1);
  }

  #goOn(): void {
    if (this.#deferred.length > 0) this.kernel.schedule(0, EVENT.catchUp, this.node);
  }

  #record(kind: number): void {
    const { trace } = this.kernel;
    if (trace.on) trace.begin(kind, this.node).end();
  }
}
