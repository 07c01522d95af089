import type { SessionId } from "../../core/ids.ts";
import type { Observation } from "../../core/server/observations.ts";
import type { EpochFile } from "../../core/server/port.ts";
import type { StoredFiles } from "../../core/server/service/recovery.ts";
import type { ServiceObservation } from "../../core/server/service/service-observations.ts";
import type { ClientConnection } from "../../core/server/service/service-port.ts";
import { treeDigestNumber } from "../../core/tree/digest.ts";
import type { DataTree } from "../../core/tree/tree-state.ts";
import type { Reply } from "../../core/wire/records.ts";
import type { Trace, TraceRecord } from "../kernel/trace.ts";
import type { PeerProcess } from "../process/peer-process.ts";
import type { Watcher } from "../process/watcher.ts";
import type { World } from "../world.ts";
import { ZabChecker, type ZabCheckerOptions, type ZabViolation, type ZabWorld } from "./zab.ts";
import type { LivenessViolation, LivenessWorld, ZabLiveness } from "./zab-liveness.ts";

/** What else wants to be told what the checkers are told. */
export interface ZabListener {
  observed?(server: number, observation: Observation): void;
  serviceObserved?(server: number, observation: ServiceObservation): void;
  /** A server's disk was read and found unusable. */
  refused?(server: number, why: string): void;
}

/**
 * Zab's checkers on a world: it tells them all that happens, shows them the servers' trees and disks, and stops the run
 * at the first violation. Nothing in the world depends on it.
 *
 *     const zab = new ZabOnWorld(world, { voters, isQuorum });
 *     world.run({ untilTime: 60_000_000 });
 *     if (zab.violation !== undefined) throw new Error(zab.violation.message);
 */
export class ZabOnWorld implements Watcher {
  readonly checker: ZabChecker;
  /** Set by whoever wants progress to be judged too. */
  liveness: ZabLiveness | undefined;
  readonly #world: World;
  readonly #listener: ZabListener;
  /** The server whose tree is about to change by what it last applied; −1 for nobody. */
  #applying = -1;

  constructor(world: World, options: Omit<ZabCheckerOptions, "world">, listener: ZabListener = {}) {
    this.#world = world;
    this.#listener = listener;
    this.checker = new ZabChecker({ ...options, world: viewFor(world) });
    world.watcher = this;
    const { onObservation, onServiceObservation } = world;
    world.onObservation = (node, observation) => {
      onObservation?.(node, observation);
      this.#observed(node, observation);
    };
    world.onServiceObservation = (node, observation) => {
      onServiceObservation?.(node, observation);
      this.#serviceObserved(node, observation);
    };
  }

  get violation(): ZabViolation | LivenessViolation | undefined {
    return this.checker.violation ?? this.liveness?.violation;
  }

  /** The run is over: a last look at the disks. */
  finish(): void {
    this.checker.finish(
      this.#world.processes.filter(({ state }) => state !== "down").map(({ id }) => id),
    );
  }

  booted(node: number): void {
    this.checker.booted(this.#id(node));
    this.#stopIfBroken();
  }

  refused(node: number, why: string): void {
    this.#listener.refused?.(this.#id(node), why);
  }

  ended(node: number): void {
    if (!this.#isServer(node)) return;
    this.#applied();
    this.checker.crashed(this.#id(node));
    this.liveness?.crashed(this.#id(node));
    this.#stopIfBroken();
  }

  wiped(node: number): void {
    this.checker.wiped(this.#id(node));
    this.#stopIfBroken();
  }

  epochWritten(node: number, file: EpochFile, value: number): void {
    this.checker.epochWritten(this.#id(node), file, value);
    this.#stopIfBroken();
  }

  stepped(): void {
    if (this.#applying >= 0) this.#applied();
  }

  replied(node: number, connection: ClientConnection, { header }: Reply): void {
    this.#applied();
    const process = this.#world.processes[node];
    const session = process?.peer?.service.connections.get(connection)?.session;
    if (process === undefined || session === undefined) return;
    this.checker.replied(process.id, session, header.xid, header.zxid, header.err);
    this.#stopIfBroken();
  }

  received(node: number, server: number, { header }: Reply): void {
    const client = this.#world.clients[node - this.#world.processes.length];
    const session = client?.client?.sessionId;
    if (client === undefined || session === undefined) return;
    this.checker.received(this.#id(server), client.id, session, header.zxid);
    this.#stopIfBroken();
  }

  #observed(node: number, observation: Observation): void {
    this.#applied();
    const { trace, kernel } = this.#world;
    const server = this.#id(node);
    const record = trace.count - 1;
    this.checker.observed(server, kernel.now, record, observation);
    this.liveness?.observed(server, kernel.now, record, observation);
    this.#listener.observed?.(server, observation);
    this.#stopIfBroken();
  }

  #serviceObserved(node: number, observation: ServiceObservation): void {
    this.#applied();
    if (!this.#isServer(node)) return;
    const server = this.#id(node);
    if (observation.kind === "applied") {
      this.checker.applied(server, observation.header, observation.txn);
      this.#applying = server;
      this.#stopIfBroken();
    }
    this.#listener.serviceObserved?.(server, observation);
  }

  /** The tree changes right behind the observation, before the server does anything else. */
  #applied(): void {
    if (this.#applying < 0) return;
    const server = this.#applying;
    this.#applying = -1;
    this.checker.appliedDone(server);
    this.#stopIfBroken();
  }

  #stopIfBroken(): void {
    if (this.violation !== undefined) this.#world.kernel.stop();
  }

  #isServer(node: number): boolean {
    return node < this.#world.processes.length;
  }

  #id(node: number): number {
    return this.#world.processes[node]?.id ?? -1;
  }
}

/**
 * How it came to a record: its causes, from the first to itself. The trace has to be kept.
 * @param limit the last so many of them
 */
export function causesOf(trace: Trace, index: number, limit = 20): readonly TraceRecord[] {
  const chain: TraceRecord[] = [];
  let at = Math.min(index, trace.count - 1);
  while (at >= 0 && chain.length < limit) {
    const record = trace.record(at);
    chain.push(record);
    at = record.cause;
  }
  return chain.reverse();
}

/** What the checkers may look at. */
export function viewFor(world: World): ZabWorld & LivenessWorld {
  const processOf = (server: number): PeerProcess => {
    const process = world.process(server);
    if (process === undefined) throw new RangeError(`there is no server ${server}`);
    return process;
  };
  const treeOf = (server: number): DataTree => {
    const { peer } = processOf(server);
    if (peer === undefined) throw new RangeError(`server ${server} is not running`);
    return peer.database.tree;
  };
  return {
    now: () => world.kernel.now,
    record: () => Math.max(0, world.trace.count - 1),
    lastProcessedZxid: (server) => treeOf(server).lastProcessedZxid,
    treeDigest: (server) => treeDigestNumber(treeOf(server)),
    sessionsWithEphemerals: (server) => sessionsWithEphemerals(treeOf(server)),
    acceptedEpoch: (server) => processOf(server).epochs.durable.acceptedEpoch,
    currentEpoch: (server) => processOf(server).epochs.durable.currentEpoch,
    lastForcedZxid: (server) => processOf(server).disk.lastForced,
    durableFiles: (server): StoredFiles => processOf(server).disk.durableFiles,
    isUp: (server) => processOf(server).state === "up",
  };
}

function* sessionsWithEphemerals({ ephemerals }: DataTree): Iterable<SessionId> {
  for (const [session, { members }] of ephemerals) if (members.size > 0) yield session;
}
