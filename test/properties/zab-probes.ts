import type { SessionId } from "../../core/ids.ts";
import type { Observation } from "../../core/server/observations.ts";
import type { ServiceObservation } from "../../core/server/service/service-observations.ts";
import type { ZabListener } from "../../sim/check/zab-on-world.ts";
import type { PeerProcess } from "../../sim/process/peer-process.ts";

/** What a server can be writing. */
export type Write =
  | "acceptedEpoch of a leader"
  | "acceptedEpoch of a learner"
  | "currentEpoch of a leader"
  | "currentEpoch of a learner"
  | "log"
  | "history"
  | "snapshot of a leader"
  | "snapshot of a learner"
  | "snapshot in the background"
  | "first snapshot"
  | "truncation"
  | "discarded log";

const OF_LEARNER: Partial<Record<string, Write>> = {
  promising: "acceptedEpoch of a learner",
  truncating: "truncation",
  writingSnapshot: "snapshot of a learner",
  discardingLog: "discarded log",
  loggingHistory: "history",
  writingEpoch: "currentEpoch of a learner",
};

const OF_LEADER: Partial<Record<string, Write>> = {
  loading: "snapshot of a leader",
  promising: "acceptedEpoch of a leader",
  writingEpoch: "currentEpoch of a leader",
};

const NONE: readonly Write[] = [];

/** What the server has asked its disk for and not heard of yet. */
export function writesOf({ peer, disk }: PeerProcess): readonly Write[] {
  if (peer === undefined) return NONE;
  const role =
    (peer.learning === undefined ? undefined : OF_LEARNER[peer.learning.phase]) ??
    (peer.leading === undefined ? undefined : OF_LEADER[peer.leading.phase]);
  const { isForcing, snapshotting } = peer.service.log;
  if (role === undefined && !isForcing && snapshotting === undefined && peer.booting.length === 0)
    return NONE;
  const writes: Write[] = role === undefined ? [] : [role];
  if (isForcing && role !== "history") writes.push("log");
  if (peer.booting[0]?.kind === "snapshot") writes.push("first snapshot");
  if (snapshotting !== undefined && disk.pending.includes("snapshot")) {
    writes.push("snapshot in the background");
  }
  return writes;
}

const COUNTED: ReadonlySet<Observation["kind"]> = new Set<Observation["kind"]>([
  "established",
  "committed",
  "fastForwarded",
  "truncated",
]);

/** How often what is worth testing has happened, so that worlds that became tame are found out. */
export class Probes implements ZabListener {
  readonly counts = new Map<string, number>();
  readonly #acknowledged = new Set<number>();
  readonly #speaksThrough = new Map<SessionId, number>();
  settledUs = 0;

  count(what: string, n = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + n);
  }

  addTo(sums: Map<string, number>): void {
    for (const [what, n] of this.counts) sums.set(what, (sums.get(what) ?? 0) + n);
  }

  /** Somebody is about to be crashed. */
  crashing(process: PeerProcess): void {
    const isWriting = process.disk.pending.length + process.epochs.pending.length > 0;
    if (isWriting) for (const write of writesOf(process)) this.count(`crash: ${write}`);
    this.#lost(process.id);
  }

  settled(us: number): void {
    this.settledUs = us;
    this.count("settled");
  }

  refused(_server: number, why: string): void {
    this.count(`refused: ${why}`);
  }

  observed(server: number, o: Observation): void {
    if (o.kind === "learnerSynced") {
      this.count(o.mode);
      if (o.proposals > 0) this.count(`${o.mode} with proposals`);
    } else if (o.kind === "newLeaderAcknowledged") {
      this.#acknowledged.add(server);
    } else if (o.kind === "serving") {
      this.#acknowledged.delete(server);
    } else if (o.kind === "roleLeft") {
      this.#lost(server);
      this.count(`left: ${o.why}`);
    } else if (o.kind === "learnerLost") {
      this.count(`lost: ${o.why}`);
    } else if (o.kind === "exited") {
      this.count(`exited: ${o.why}`);
    } else if (COUNTED.has(o.kind)) {
      this.count(o.kind);
    }
  }

  serviceObserved(server: number, o: ServiceObservation): void {
    if (o.kind === "sessionResumed") {
      const before = this.#speaksThrough.get(o.session);
      if (before !== undefined && before !== server) this.count("session moved");
      this.#speaksThrough.set(o.session, server);
    } else if (o.kind === "sessionRequested") {
      this.#speaksThrough.set(o.session, server);
    } else if (o.kind === "snapshotBegun" || o.kind === "sessionExpiring" || o.kind === "reaping") {
      this.count(o.kind);
    } else if (o.kind === "connectionClosed") {
      this.count(`closed: ${o.why}`);
    }
  }

  #lost(server: number): void {
    if (this.#acknowledged.delete(server)) this.count("lost between NEWLEADER and UPTODATE");
  }
}
