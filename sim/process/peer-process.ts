import type { Notification } from "../../core/election/messages.ts";
import { SERVER_STATES } from "../../core/election/vote.ts";
import { epoch, type ServerId } from "../../core/ids.ts";
import { newContext } from "../../core/server/context.ts";
import { treeOptions } from "../../core/server/database.ts";
import type { Observation } from "../../core/server/observations.ts";
import type { Context, Durable, Peer, PeerConfig, Rules } from "../../core/server/peer.ts";
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
import { startPeer, step } from "../../core/server/quorum-peer.ts";
import {
  type LogEntry,
  SERVICE_TIMERS,
  type ServiceInput,
} from "../../core/server/service/service-port.ts";
import type { ClientTraffic } from "../client-traffic.ts";
import type { EpochFiles, Write } from "../disk/epoch-files.ts";
import type { ServiceDisk } from "../disk/service-disk.ts";
import { EVENT } from "../events.ts";
import { drawDelay } from "../kernel/delay.ts";
import type { Random } from "../kernel/prng.ts";
import type { PortName } from "../network/network.ts";
import { type NodeOf, recordObservation } from "../observe.ts";
import { FILES, numbersOf, RECORD } from "../records.ts";
import type { ClockSpec } from "./clock.ts";
import type { ThreadSpec } from "./threads.ts";
import { type ServingHost, ServingProcess } from "./serving-process.ts";

/** What one server's process is built from. */
export interface PeerProcessSpec {
  readonly node: number;
  readonly config: PeerConfig;
  readonly rules: Rules;
  readonly clock: ClockSpec;
  readonly threads: ThreadSpec;
  /** Whether messages to and from clients are read from bytes. */
  readonly codec: boolean;
}

export interface PeerHost extends ServingHost {
  readonly nodeOf: NodeOf;
  observed(node: number, observation: Observation): void;
}

/** What a server without a file of them begins with, where there is no zxid that says otherwise. */
export const FRESH_EPOCHS: Durable = { acceptedEpoch: epoch(0), currentEpoch: epoch(0) };

const TIMER_NUMBER = numbersOf(TIMERS);
/** The service's timers have key 0, and come behind the others. */
const TIMER_KINDS = TIMERS.length + SERVICE_TIMERS.length;
const FILE_NUMBER = numbersOf(FILES);
const STATE_NUMBER = numbersOf(SERVER_STATES);
/** After which a server starts threads, or stops them, before it goes on. */
const ROLE_STEPS: ReadonlySet<Observation["kind"]> = new Set<Observation["kind"]>([
  "elected",
  "leading",
  "following",
  "epochAcknowledged",
  "synchronizing",
  "newLeaderAcknowledged",
  "roleLeft",
]);
/** Where messages to oneself are sent. */
const LOOPBACK = -1;

/** The process of an ensemble's server: it hosts core/'s QuorumPeer, and is or has its ports. */
export class PeerProcess extends ServingProcess {
  /** The server's memory, while there is a process. */
  peer: Peer | undefined;
  /** The two files of one number each. */
  readonly epochs: EpochFiles;
  readonly #spec: PeerProcessSpec;
  readonly #host: PeerHost;
  readonly #context: Context;
  /** When the last message to itself arrives. */
  #lastLoopback = 0;
  /** The server ends its process. */
  #isExiting = false;

  constructor(
    spec: PeerProcessSpec,
    host: PeerHost,
    epochs: EpochFiles,
    disk: ServiceDisk,
    random: Random,
  ) {
    super({ ...spec, firstTimer: TIMERS.length }, host, disk, random);
    this.#spec = spec;
    this.#host = host;
    this.epochs = epochs;
    this.#context = newContext(spec.config, spec.rules, this.#quorumPort(), this);
  }

  get id(): ServerId {
    return this.#spec.config.id;
  }

  get config(): PeerConfig {
    return this.#spec.config;
  }

  // What reaches it.

  override accepted(connection: ConnectionId, port: PortName): void {
    if (port === "client") super.accepted(connection, port);
    else this.#input({ kind: "accepted", connection, port });
  }

  connected(connection: ConnectionId): void {
    this.#input({ kind: "connected", connection });
  }

  dialFailed(connection: ConnectionId, reason: DialFailure): void {
    this.#input({ kind: "dialFailed", connection, reason });
  }

  override received(connection: ConnectionId, content: object): void {
    const message = content as Message | ClientTraffic;
    if (message.kind === "toServer") super.received(connection, message);
    else if (message.kind !== "toClient") this.#input({ kind: "message", connection, message });
  }

  override closed(connection: ConnectionId): void {
    if (this.isClient(connection)) super.closed(connection);
    else if (!this.#noticesLater(connection)) this.#input({ kind: "closed", connection });
  }

  /** Whether it takes a while to end its role, now that the connection to its leader has ended. */
  #noticesLater(connection: ConnectionId): boolean {
    if (this.peer?.learning?.connection !== connection) return false;
    const delay = drawDelay(this.#spec.threads.notice, this.random);
    if (delay === 0) return false;
    this.beBusy(delay);
    return this.defer(EVENT.noticed, this.incarnation, connection);
  }

  override own(kind: number, incarnation: number, payload: unknown): void {
    switch (kind) {
      case EVENT.written:
        this.#writeCompleted(incarnation, payload as Write);
        return;
      case EVENT.writeKnown:
        this.#learnOfWrite(incarnation, payload as Write);
        return;
      case EVENT.bound:
        if (incarnation === this.incarnation && this.peer?.leading !== undefined) {
          this.listen("quorum");
        }
        return;
      case EVENT.noticed:
        if (incarnation !== this.incarnation) return;
        this.#input({ kind: "closed", connection: payload as ConnectionId });
        return;
      case EVENT.loopback:
        this.#loopbackArrived(incarnation, payload as Notification);
        return;
      default:
        super.own(kind, incarnation, payload);
    }
  }

  #writeCompleted(incarnation: number, write: Write): void {
    if (incarnation !== this.incarnation) return;
    this.epochs.complete(write);
    this.changed();
    this.watcher?.epochWritten(this.node, write.file, write.value);
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

  override wipe(): void {
    this.epochs.replace(FRESH_EPOCHS);
    super.wipe();
  }

  protected started(): void {
    const { durable } = this.epochs;
    const { config } = this;
    const replayed: LogEntry[] = [];
    const recovery = this.recovered({
      ...treeOptions(this.#context),
      trustEmptySnapshot: config.service.trustEmptySnapshot,
      onReplayed: (entry) => {
        replayed.push(entry);
      },
    });
    if (recovery === undefined) return;
    const lastZxid = recovery.database.tree.lastProcessedZxid;
    const peer = startPeer(this.#context, durable, recovery, replayed);
    if (typeof peer === "string") {
      this.refuse(peer);
      return;
    }
    const { trace } = this.kernel;
    if (trace.on) {
      const record = trace.begin(RECORD.boot, this.node).epoch(durable.acceptedEpoch);
      record.epoch(durable.currentEpoch).zxid(lastZxid).end();
    }
    this.peer = peer;
    this.watcher?.booted(this.node);
    // ServerCnxnFactory listens as long as the process lives; port 0 is none.
    if (config.clientAddress.port !== 0) this.listen("client");
    this.#input({ kind: "boot" });
  }

  protected override ended(): void {
    this.peer = undefined;
    this.#isExiting = false;
    this.epochs.crash();
    super.ended();
  }

  protected override timedOut(ref: number): void {
    const timer = TIMERS[ref % TIMER_KINDS];
    if (timer === undefined) {
      super.timedOut(ref);
      return;
    }
    const { trace } = this.kernel;
    if (trace.on) trace.begin(RECORD.timer, this.node).int(TIMER_NUMBER[timer]).end();
    this.#input({ kind: "timer", timer, key: Math.floor(ref / TIMER_KINDS) });
  }

  protected serve(input: ServiceInput): void {
    this.#input(input);
  }

  #input(input: Input): void {
    if (this.peer === undefined) return;
    step(this.#context, this.peer, input);
    this.watcher?.stepped(this.node);
    if (this.#isExiting) this.crash();
  }

  // What it does: core/'s port towards other servers. The one towards clients is the process itself.

  #quorumPort(): Port {
    return {
      now: () => this.now(),
      draw: (below) => this.draw(below),
      listen: (port) => this.#listen(port),
      unlisten: (port) => this.unlisten(port),
      dial: (to, port, timeoutMs) => this.dialNode(this.#host.nodeOf(to), port, timeoutMs),
      send: (connection, message) => this.network.send(connection, message),
      close: (connection) => this.close(connection),
      loopback: (message) => this.#loopback(message),
      setTimer: (timer, key, delayMs) => this.arm(timerRef(timer, key), delayMs),
      cancelTimer: (timer, key) => this.disarm(timerRef(timer, key)),
      write: (file, value) => this.#write(file, value),
      exit: () => {
        // Not in the middle of the step that asks for it.
        this.#isExiting = true;
      },
      observe: (observation) => this.#observe(observation),
    };
  }

  #loopback(message: Notification): void {
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
    const due = kernel.now + drawDelay(this.#spec.threads.handOver, this.random);
    this.#lastLoopback = Math.max(due, this.#lastLoopback);
    const delay = this.#lastLoopback - kernel.now;
    kernel.schedule(delay, EVENT.loopback, node, this.incarnation, message);
    trace.cause = outer;
  }

  /** A leader's port takes a while to open, and may have been given up by then. */
  #listen(port: QuorumPort): void {
    const delay = port === "quorum" ? drawDelay(this.#spec.threads.bind, this.random) : 0;
    if (delay === 0) this.listen(port);
    else this.kernel.schedule(delay, EVENT.bound, this.node, this.incarnation);
  }

  #write(file: EpochFile, value: number): void {
    this.epochs.write({ file, value }, this.incarnation);
  }

  #observe(observation: Observation): void {
    const { trace } = this.kernel;
    if (trace.on) recordObservation(trace, this.node, observation, this.#host.nodeOf);
    this.#host.observed(this.node, observation);
    if (ROLE_STEPS.has(observation.kind)) {
      this.beBusy(drawDelay(this.#spec.threads.roleStep, this.random));
    }
  }
}

function timerRef(timer: TimerName, key: number): number {
  return key * TIMER_KINDS + TIMER_NUMBER[timer];
}
