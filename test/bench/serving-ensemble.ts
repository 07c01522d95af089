import type { ClientOp } from "../../core/client/operations.ts";
import { create, setData } from "../../core/client/ops.ts";
import { Checks } from "../../scenarios/checks.ts";
import { LAST_TIME, type TraceLevel } from "../../sim/kernel/trace.ts";
import { World } from "../../sim/world.ts";
import { clientSpec } from "../support/clients.ts";
import { ensemble } from "../support/ensembles.ts";
import { pump } from "./pump.ts";

/** An ensemble in a world, with clients that have sessions with it: loopback network, ssd, quick threads. */

export interface EnsembleOptions {
  readonly seed?: number;
  readonly voters: number;
  readonly observers?: number;
  readonly clients: number;
  /** Whether each client knows one server, in turn, or all. */
  readonly spread: boolean;
  readonly trace: TraceLevel;
  /** Judges the run as `vivarium run` does; the trace has to be kept. */
  readonly checked?: boolean;
}

/** What is counted of a stretch of a run. */
export interface StretchCounts {
  readonly events: number;
  /** Between servers, and between clients and servers. */
  readonly messages: number;
  readonly virtualSeconds: number;
}

const FIRST_CLIENT = 101;
const SESSION_TIMEOUT_MS = 40_000;

/** Far more than anything here takes, so that a mistake ends in an error and not in a run without end. */
const LIMIT_US = 600_000_000;
const EVENTS_PER_OPERATION_LIMIT = 2000;
const EVENTS_LIMIT = 1_000_000;

const US_PER_SECOND = 1_000_000;

const DATA = Uint8Array.from({ length: 100 }, (_, i) => i);

const MESSAGES: ReadonlySet<string> = new Set([
  "notification",
  "initialMessage",
  "packet",
  "connectRequest",
  "connectResponse",
  "request",
  "reply",
  "watchEvent",
]);

export class ServingEnsemble {
  readonly world: World;
  readonly #checks: Checks | undefined;

  /** Starts all servers at once and, when all serve, the clients; returns when these have their sessions. */
  constructor(options: EnsembleOptions) {
    const { seed = 1, voters, observers = 0, clients, spread, trace, checked = false } = options;
    const peers = ensemble({ voters, observers });
    const hosts = peers.map(({ clientAddress }) => clientAddress);
    this.world = new World({
      seed,
      peers,
      clients: Array.from({ length: clients }, (_, i) => {
        const at = i % hosts.length;
        return clientSpec(FIRST_CLIENT + i, spread ? hosts.slice(at, at + 1) : hosts, {
          name: `client${i + 1}`,
          sessionTimeoutMs: SESSION_TIMEOUT_MS,
        });
      }),
      bounds: { maxEvents: Number.MAX_SAFE_INTEGER, maxTime: LAST_TIME },
      trace,
    });
    this.#checks = checked ? new Checks(this.world, []) : undefined;
    for (const { id } of peers) this.#perform("boot", id);
    this.#runUntilChanged(() => this.#everybodyServes());
    for (const { id } of this.world.clients) this.#perform("boot", id);
    this.#runUntilChanged(() => this.#everybodyIsConnected());
  }

  /** Has so many operations done by all clients in turn, so many of them always under way. */
  drive(operations: number, inFlight: number, next: () => ClientOp): void {
    pump(this.world.clients, { operations, inFlight, next }, (isDone) =>
      this.#runUntil(isDone, operations * EVENTS_PER_OPERATION_LIMIT),
    );
  }

  /** Lets nothing happen but what time brings. */
  idle(seconds: number): void {
    const reason = this.world.run({
      untilTime: this.world.kernel.now + seconds * US_PER_SECOND,
      untilEvent: this.world.kernel.executed + seconds * EVENTS_PER_OPERATION_LIMIT,
    });
    if (reason !== "time") throw new Error(`the ensemble did not idle (${reason})`);
  }

  /** The leader crashes; returns when all others serve under another, and all clients are connected again. */
  replaceLeader(): void {
    const { leader } = this.world;
    if (leader === undefined) throw new Error("nobody leads");
    this.#perform("crash", leader.id);
    this.#runUntilChanged(() => this.#everybodyServes() && this.#everybodyIsConnected());
  }

  /** A last look of the checks, if there are any. */
  finish(): void {
    this.#mustHold(this.#checks?.finish());
  }

  /** Counts what happens meanwhile. The trace has to be kept. */
  count(work: () => void): StretchCounts {
    const { kernel, trace } = this.world;
    const events = kernel.executed;
    const time = kernel.now;
    const records = trace.count;
    work();
    let messages = 0;
    for (let i = records; i < trace.count; i++) if (MESSAGES.has(trace.record(i).kind)) messages++;
    return {
      events: kernel.executed - events,
      messages,
      virtualSeconds: (kernel.now - time) / US_PER_SECOND,
    };
  }

  #perform(what: "boot" | "crash", server: number): void {
    const problem = this.world.perform({ do: what, server });
    if (problem !== undefined) throw new Error(problem);
  }

  /** As `#runUntil`, for what can come true only when the world says that something changed. */
  #runUntilChanged(predicate: () => boolean): void {
    const { world } = this;
    let seen = -1;
    this.#runUntil(() => {
      if (world.changes === seen) return false;
      seen = world.changes;
      return predicate();
    }, EVENTS_LIMIT);
  }

  #runUntil(predicate: () => boolean, events: number): void {
    const { world } = this;
    const checks = this.#checks;
    const until =
      checks === undefined
        ? predicate
        : () => {
            this.#mustHold(checks.violation());
            return predicate();
          };
    const reason = world.run({
      untilTime: world.kernel.now + LIMIT_US,
      untilEvent: world.kernel.executed + events,
      until,
    });
    if (reason !== "predicate") throw new Error(`the run ended before its time (${reason})`);
  }

  #mustHold(violation: ReturnType<Checks["violation"]>): void {
    if (violation !== undefined) throw new Error(`${violation.property}: ${violation.message}`);
  }

  #everybodyServes(): boolean {
    for (const { peer, state } of this.world.processes) {
      if (state === "down") continue;
      if (peer?.learning?.phase !== "serving" && peer?.leading?.phase !== "broadcast") return false;
    }
    // The followers of a leader that is gone notice only when they are told.
    return this.world.leader !== undefined;
  }

  #everybodyIsConnected(): boolean {
    // The state stays CONNECTED while a client that lost its server waits to dial another, and what is asked for then
    // is lost if that one refuses.
    return this.world.clients.every(({ client }) => client?.phase === "established");
  }
}

/** The nodes of a fixed set, `/n0`, `/n1`, …: creates of them all. */
export function creates(nodes: number): () => ClientOp {
  let i = 0;
  return () => create(`/n${i++ % nodes}`, DATA);
}

/** `setData` of each node of the set in turn, without end. */
export function sets(nodes: number): () => ClientOp {
  let i = 0;
  return () => setData(`/n${i++ % nodes}`, DATA);
}

/** In turn `setData` of a node of the set, and `create` of a new one below it. */
export function setsAndCreates(nodes: number): () => ClientOp {
  let i = 0;
  return () => {
    const node = `/n${(i >> 1) % nodes}`;
    return i++ % 2 === 0 ? setData(node, DATA) : create(`${node}/c${i}`, DATA);
  };
}
