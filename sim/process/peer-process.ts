import type { Notification } from "../../core/election/messages.ts";
import type { ElectionRules } from "../../core/election/rules.ts";
import { SERVER_STATES } from "../../core/election/vote.ts";
import type { ServerId } from "../../core/ids.ts";
import type { Observation } from "../../core/server/observations.ts";
import type { Context, Durable, Peer, PeerConfig } from "../../core/server/peer.ts";
import {
  type ConnectionId,
  type DialFailure,
  type EpochFile,
  type Input,
  type Message,
  type Port,
  type PortName as QuorumPort,
  type TimerName,
  TIMERS,
} from "../../core/server/port.ts";
import { newPeer, step } from "../../core/server/quorum-peer.ts";
import type { Disk, Write } from "../disk/disk.ts";
import { EVENT } from "../events.ts";
import { type Delay, drawDelay } from "../kernel/delay.ts";
import type { Random } from "../kernel/prng.ts";
import type { PortName } from "../network/network.ts";
import { type NodeOf, recordObservation } from "../observe.ts";
import { FILES, numbersOf, RECORD } from "../records.ts";
import type { ClockSpec } from "./clock.ts";
import { Process, type ProcessHost } from "./process.ts";

/** What one server's process is built from. */
export interface PeerProcessSpec {
  readonly node: number;
  readonly config: PeerConfig;
  readonly rules: ElectionRules;
  readonly clock: ClockSpec;
  /** How long a message to oneself takes from thread to thread. */
  readonly loopback: Delay;
}

export interface PeerHost extends ProcessHost {
  readonly nodeOf: NodeOf;
  observed(node: number, observation: Observation): void;
}

const TIMER_NUMBER = numbersOf(TIMERS);
const TIMER_KINDS = TIMERS.length;
const FILE_NUMBER = numbersOf(FILES);
const STATE_NUMBER = numbersOf(SERVER_STATES);
/** Where messages to oneself are sent. */
const LOOPBACK = -1;

/** The process of an ensemble's server: it hosts core/'s QuorumPeer, and is its port. */
export class PeerProcess extends Process implements Port {
  /** The server's memory, while there is a process. */
  peer: Peer | undefined;
  readonly disk: Disk;
  readonly #spec: PeerProcessSpec;
  readonly #host: PeerHost;
  readonly #context: Context;
  /** When the last message to itself arrives. */
  #lastLoopback = 0;

  constructor(spec: PeerProcessSpec, host: PeerHost, disk: Disk, random: Random) {
    super(spec.node, host, spec.clock, random);
    this.#spec = spec;
    this.#host = host;
    this.disk = disk;
    this.#context = { config: spec.config, rules: spec.rules, port: this };
  }

  get id(): ServerId {
    return this.#spec.config.id;
  }

  get config(): PeerConfig {
    return this.#spec.config;
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
    this.changed();
  }

  // What reaches it.

  accepted(connection: ConnectionId, port: PortName): void {
    if (port !== "client") this.#input({ kind: "accepted", connection, port });
  }

  connected(connection: ConnectionId): void {
    this.#input({ kind: "connected", connection });
  }

  dialFailed(connection: ConnectionId, reason: DialFailure): void {
    this.#input({ kind: "dialFailed", connection, reason });
  }

  received(connection: ConnectionId, message: object): void {
    this.#input({ kind: "message", connection, message: message as Message });
  }

  closed(connection: ConnectionId): void {
    this.#input({ kind: "closed", connection });
  }

  own(kind: number, incarnation: number, payload: unknown): void {
    if (kind === EVENT.written) this.#writeCompleted(incarnation, payload as Write);
    else if (kind === EVENT.writeKnown) this.#learnOfWrite(incarnation, payload as Write);
    else if (kind === EVENT.loopback) this.#loopbackArrived(incarnation, payload as Notification);
  }

  #writeCompleted(incarnation: number, write: Write): void {
    if (incarnation !== this.incarnation) return;
    this.disk.complete(write);
    this.#learnOfWrite(incarnation, write);
  }

  /** The disk goes on while the process is paused; the process learns of it later. */
  #learnOfWrite(incarnation: number, write: Write): void {
    if (incarnation !== this.incarnation) return;
    if (this.defer(EVENT.writeKnown, incarnation, write)) return;
    const { trace } = this.kernel;
    if (trace.on) {
      const record = trace.begin(RECORD.written, this.node).int(FILE_NUMBER[write.file]);
      record.epoch(write.value).end();
    }
    this.#input({ kind: "written", file: write.file });
  }

  #loopbackArrived(incarnation: number, message: Notification): void {
    if (incarnation !== this.incarnation || this.peer === undefined) return;
    if (this.defer(EVENT.loopback, incarnation, message)) return;
    const { trace } = this.kernel;
    if (trace.on) {
      trace.begin(RECORD.received, this.node).int(this.node).int(LOOPBACK).end();
    }
    this.#input({ kind: "loopback", message });
  }

  protected started(): void {
    const { durable } = this.disk;
    this.#recordDurable(RECORD.boot, durable);
    this.peer = newPeer(this.#context, durable);
    this.#input({ kind: "boot" });
  }

  protected ended(): void {
    this.peer = undefined;
    this.disk.crash();
  }

  protected timedOut(ref: number): void {
    const timer = TIMERS[ref % TIMER_KINDS] as TimerName;
    const { trace } = this.kernel;
    if (trace.on) trace.begin(RECORD.timer, this.node).int(TIMER_NUMBER[timer]).end();
    this.#input({ kind: "timer", timer, key: Math.floor(ref / TIMER_KINDS) });
  }

  // What it does: core/'s port.

  dial(to: ServerId, port: QuorumPort, timeoutMs: number): ConnectionId {
    return this.dialNode(this.#host.nodeOf(to), port, timeoutMs);
  }

  send(connection: ConnectionId, message: Message): void {
    this.network.send(connection, message);
  }

  loopback(message: Notification): void {
    const { kernel, node } = this;
    const { trace } = kernel;
    const outer = trace.cause;
    if (trace.on) {
      trace.begin(RECORD.notification, node).int(node).int(LOOPBACK);
      trace.int(STATE_NUMBER[message.state]).int(this.#host.nodeOf(message.leader));
      trace.zxid(message.zxid).int(message.electionEpoch).epoch(message.peerEpoch);
      trace.cause = trace.end();
    }
    // A queue between two threads: nothing in it overtakes.
    const due = kernel.now + drawDelay(this.#spec.loopback, this.random);
    this.#lastLoopback = Math.max(due, this.#lastLoopback);
    const delay = this.#lastLoopback - kernel.now;
    kernel.schedule(delay, EVENT.loopback, node, this.incarnation, message);
    trace.cause = outer;
  }

  setTimer(timer: TimerName, key: number, delayMs: number): void {
    this.arm(key * TIMER_KINDS + TIMER_NUMBER[timer], delayMs);
  }

  cancelTimer(timer: TimerName, key: number): void {
    this.disarm(key * TIMER_KINDS + TIMER_NUMBER[timer]);
  }

  write(file: EpochFile, value: number): void {
    this.disk.write({ file, value }, this.incarnation);
  }

  observe(observation: Observation): void {
    const { trace } = this.kernel;
    if (trace.on) recordObservation(trace, this.node, observation, this.#host.nodeOf);
    this.#host.observed(this.node, observation);
  }

  #input(input: Input): void {
    if (this.peer !== undefined) step(this.#context, this.peer, input);
  }

  #recordDurable(kind: number, durable: Durable): void {
    const { trace } = this.kernel;
    if (!trace.on) return;
    const record = trace.begin(kind, this.node).epoch(durable.acceptedEpoch);
    record.epoch(durable.currentEpoch).zxid(durable.lastZxid).end();
  }
}
