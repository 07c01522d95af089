import type { ElectionRules } from "../../core/election/rules.ts";
import type { Observation } from "../../core/server/observations.ts";
import type { Context, Durable, Peer, PeerConfig } from "../../core/server/peer.ts";
import {
  type ConnectionId,
  type EpochFile,
  type Input,
  type Message,
  type Port,
  type PortName,
  type TimerName,
  TIMERS,
} from "../../core/server/port.ts";
import { newPeer, step } from "../../core/server/quorum-peer.ts";
import type { ServerId } from "../../core/ids.ts";
import type { Notification } from "../../core/election/messages.ts";
import { SERVER_STATES } from "../../core/election/vote.ts";
import type { Disk, Write } from "../disk/disk.ts";
import { EVENT } from "../events.ts";
import { type Delay, drawDelay } from "../kernel/delay.ts";
import type { Handle } from "../kernel/event-queue.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Random } from "../kernel/prng.ts";
import type { Network } from "../network/network.ts";
import { type NodeOf, recordObservation } from "../observe.ts";
import { FILES, numbersOf, RECORD } from "../records.ts";
import { type ClockSpec, readClock, untilClockMoved } from "./clock.ts";

export type ProcessState = "down" | "up" | "paused";

/** What one server's process is built from. */
export interface ProcessSpec {
  readonly node: number;
  readonly config: PeerConfig;
  readonly rules: ElectionRules;
  readonly clock: ClockSpec;
  /** How long a message to oneself takes from thread to thread. */
  readonly loopback: Delay;
}

/** What a process uses of the world around it. */
export interface ProcessHost {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly nodeOf: NodeOf;
  /** Something about the process changed that a predicate may look at. */
  changed(): void;
  observed(node: number, observation: Observation): void;
}

/** An event that waits for the process to go on. */
interface Deferred {
  readonly kind: number;
  readonly ref: number;
  readonly payload: unknown;
  readonly cause: number;
}

const TIMER_NUMBER = numbersOf(TIMERS);
const TIMER_KINDS = TIMERS.length;
const FILE_NUMBER = numbersOf(FILES);
const STATE_NUMBER = numbersOf(SERVER_STATES);
/** Where messages to oneself are sent. */
const LOOPBACK = -1;

/** A server's process: it hosts core/'s state machine, and is what can be crashed, paused and started again. */
export class Process implements Port {
  state: ProcessState = "down";
  /** The server's memory, while there is a process. */
  peer: Peer | undefined;
  readonly disk: Disk;
  readonly #spec: ProcessSpec;
  readonly #host: ProcessHost;
  readonly #context: Context;
  readonly #random: Random;
  readonly #timers = new Map<number, Handle>();
  readonly #listening = new Set<PortName>();
  readonly #deferred: Deferred[] = [];
  #catchingUp = false;
  /** When the last message to itself arrives. */
  #lastLoopback = 0;
  /** Counts starts, so that what an earlier process left in the queue finds nobody. */
  #incarnation = 0;

  constructor(spec: ProcessSpec, host: ProcessHost, disk: Disk, random: Random) {
    this.#spec = spec;
    this.#host = host;
    this.disk = disk;
    this.#random = random;
    this.#context = { config: spec.config, rules: spec.rules, port: this };
  }

  get id(): ServerId {
    return this.#spec.config.id;
  }

  get config(): PeerConfig {
    return this.#spec.config;
  }

  // What can be done to it.

  boot(): void {
    this.#incarnation++;
    this.state = "up";
    const { durable } = this.disk;
    this.#recordDurable(RECORD.boot, durable);
    this.peer = newPeer(this.#context, durable);
    this.#step({ kind: "boot" });
  }

  /** The process ends at once. What it had sent is still under way, and its connections are closed by its system. */
  crash(): void {
    this.#record(RECORD.crash);
    this.state = "down";
    this.peer = undefined;
    this.#listening.clear();
    for (const handle of this.#timers.values()) this.#host.kernel.cancel(handle);
    this.#timers.clear();
    this.#deferred.length = 0;
    this.disk.crash();
    this.#host.network.closeAll(this.#spec.node);
    this.#host.changed();
  }

  /** Stands still, as in a long garbage collection: nothing is handled, but connections stand and the clock goes on. */
  pause(): void {
    this.#record(RECORD.pause);
    this.state = "paused";
    this.#host.changed();
  }

  /** Goes on with all that came in the meantime, in the order in which it came. */
  resume(): void {
    this.#record(RECORD.resume);
    this.state = "up";
    this.#goOn();
    this.#host.changed();
  }

  /** Handles the first of what waits. What comes meanwhile goes behind it, and so all keeps its order. */
  catchUp(): void {
    const next = this.state === "up" ? this.#deferred.shift() : undefined;
    if (next === undefined) return;
    this.#catchingUp = true;
    this.#host.kernel.handOn(next.kind, this.#spec.node, next.ref, next.payload, next.cause);
    this.#catchingUp = false;
    this.#goOn();
  }

  #goOn(): void {
    if (this.#deferred.length > 0) this.#host.kernel.schedule(0, EVENT.catchUp, this.#spec.node);
  }

  /** Gives the server a history, on disk and, if it runs, in memory: what synchronisation would have brought. */
  adoptHistory(history: Durable, inMemory: Durable = history): void {
    this.disk.replace(history);
    const { peer } = this;
    if (peer !== undefined) {
      peer.acceptedEpoch = inMemory.acceptedEpoch;
      peer.currentEpoch = inMemory.currentEpoch;
      peer.lastProcessedZxid = inMemory.lastZxid;
      if (peer.state !== "LOOKING") {
        // After synchronisation every member reports the new epoch (QuorumPeer.updateElectionVote).
        peer.currentVote = { ...peer.currentVote, peerEpoch: inMemory.currentEpoch };
      }
    }
    this.#recordDurable(RECORD.history, inMemory);
    this.#host.changed();
  }

  // What reaches it.

  isListening(port: PortName): boolean {
    return this.#listening.has(port);
  }

  /** Keeps an event for later while the process is paused, or has not handled all that came in a pause. */
  defer(kind: number, ref: number, payload: unknown): boolean {
    if (this.state === "down" || this.#catchingUp) return false;
    if (this.state === "up" && this.#deferred.length === 0) return false;
    this.#deferred.push({ kind, ref, payload, cause: this.#host.kernel.trace.cause });
    return true;
  }

  input(input: Input): void {
    if (this.peer !== undefined) this.#step(input);
  }

  timerFired(ref: number): void {
    if (this.defer(EVENT.timer, ref, undefined)) return;
    this.#timers.delete(ref);
    const timer = TIMERS[ref % TIMER_KINDS] as TimerName;
    const { trace } = this.#host.kernel;
    if (trace.on) trace.begin(RECORD.timer, this.#spec.node).int(TIMER_NUMBER[timer]).end();
    this.input({ kind: "timer", timer, key: Math.floor(ref / TIMER_KINDS) });
  }

  writeCompleted(incarnation: number, write: Write): void {
    if (incarnation !== this.#incarnation) return;
    this.disk.complete(write);
    this.learnOfWrite(incarnation, write);
  }

  /** The disk goes on while the process is paused; the process learns of it later. */
  learnOfWrite(incarnation: number, write: Write): void {
    if (incarnation !== this.#incarnation || this.defer(EVENT.writeKnown, incarnation, write))
      return;
    const { trace } = this.#host.kernel;
    if (trace.on) {
      const record = trace.begin(RECORD.written, this.#spec.node).int(FILE_NUMBER[write.file]);
      record.epoch(write.value).end();
    }
    this.input({ kind: "written", file: write.file });
  }

  loopbackArrived(incarnation: number, message: Notification): void {
    if (incarnation !== this.#incarnation || this.peer === undefined) return;
    if (this.defer(EVENT.loopback, incarnation, message)) return;
    const { trace } = this.#host.kernel;
    if (trace.on) {
      trace.begin(RECORD.received, this.#spec.node).int(this.#spec.node).int(LOOPBACK).end();
    }
    this.input({ kind: "loopback", message });
  }

  // What it does: core/'s port.

  now(): number {
    return readClock(this.#spec.clock, this.#host.kernel.now);
  }

  draw(below: number): number {
    return this.#random.int(0, below - 1);
  }

  listen(port: PortName): void {
    this.#listening.add(port);
  }

  unlisten(port: PortName): void {
    this.#listening.delete(port);
  }

  dial(to: ServerId, port: PortName, timeoutMs: number): ConnectionId {
    const timeout = untilClockMoved(this.#spec.clock, timeoutMs);
    return this.#host.network.dial(this.#spec.node, this.#host.nodeOf(to), port, timeout);
  }

  send(connection: ConnectionId, message: Message): void {
    this.#host.network.send(connection, message);
  }

  close(connection: ConnectionId): void {
    this.#host.network.close(connection);
  }

  loopback(message: Notification): void {
    const { kernel } = this.#host;
    const { trace } = kernel;
    const { node } = this.#spec;
    const outer = trace.cause;
    if (trace.on) {
      trace.begin(RECORD.notification, node).int(node).int(LOOPBACK);
      trace.int(STATE_NUMBER[message.state]).int(this.#host.nodeOf(message.leader));
      trace.zxid(message.zxid).int(message.electionEpoch).epoch(message.peerEpoch);
      trace.cause = trace.end();
    }
    // A queue between two threads: nothing in it overtakes.
    const due = kernel.now + drawDelay(this.#spec.loopback, this.#random);
    this.#lastLoopback = Math.max(due, this.#lastLoopback);
    const delay = this.#lastLoopback - kernel.now;
    kernel.schedule(delay, EVENT.loopback, node, this.#incarnation, message);
    trace.cause = outer;
  }

  setTimer(timer: TimerName, key: number, delayMs: number): void {
    const ref = key * TIMER_KINDS + TIMER_NUMBER[timer];
    const { kernel } = this.#host;
    this.#unsetTimer(ref);
    const delay = untilClockMoved(this.#spec.clock, delayMs);
    this.#timers.set(ref, kernel.schedule(delay, EVENT.timer, this.#spec.node, ref));
  }

  cancelTimer(timer: TimerName, key: number): void {
    this.#unsetTimer(key * TIMER_KINDS + TIMER_NUMBER[timer]);
  }

  /** Also one that has fired already, in a pause, and waits to be handled. */
  #unsetTimer(ref: number): void {
    const set = this.#timers.get(ref);
    if (set === undefined) return;
    this.#timers.delete(ref);
    if (this.#host.kernel.cancel(set)) return;
    const at = this.#deferred.findIndex((d) => d.kind === EVENT.timer && d.ref === ref);
    if (at >= 0) this.#deferred.splice(at, 1);
  }

  write(file: EpochFile, value: number): void {
    this.disk.write({ file, value }, this.#incarnation);
  }

  observe(observation: Observation): void {
    const { trace } = this.#host.kernel;
    if (trace.on) recordObservation(trace, this.#spec.node, observation, this.#host.nodeOf);
    this.#host.observed(this.#spec.node, observation);
  }

  #step(input: Input): void {
    step(this.#context, this.peer as Peer, input);
  }

  #record(kind: number): void {
    const { trace } = this.#host.kernel;
    if (trace.on) trace.begin(kind, this.#spec.node).end();
  }

  #recordDurable(kind: number, durable: Durable): void {
    const { trace } = this.#host.kernel;
    if (!trace.on) return;
    const record = trace.begin(kind, this.#spec.node).epoch(durable.acceptedEpoch);
    record.epoch(durable.currentEpoch).zxid(durable.lastZxid).end();
  }
}
