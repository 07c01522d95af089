import type { SessionId } from "../../core/ids.ts";
import type { Observation } from "../../core/server/observations.ts";
import type { EpochFile } from "../../core/server/port.ts";
import type { LogEntry } from "../../core/server/service/service-port.ts";
import type { Txn, TxnHeader } from "../../core/tree/txn.ts";
import type { IsQuorum } from "./election.ts";
import { Answers } from "./zab/answers.ts";
import type { Case } from "./zab/case.ts";
import { Delivering } from "./zab/delivering.ts";
import { Disks } from "./zab/disks.ts";
import { Histories } from "./zab/history.ts";
import { Leading } from "./zab/leading.ts";
import type { ZabProperty, ZabViolation } from "./zab/violation.ts";
import type { ZabWorld } from "./zab/world.ts";

export type { ZabProperty, ZabViolation } from "./zab/violation.ts";
export type { ZabWorld } from "./zab/world.ts";

/**
 * Whether a run keeps the promises of Zab, judged while it goes by what servers let be known and by a look at their
 * trees and disks. It shares nothing with the code that it judges but the names of things.
 *
 * The idea: it notes down every transaction with the one before it in its leader's history. A zxid then names a whole
 * history, wherever it turns up (in a tree, on a disk, in an answer), and comparing histories is comparing places.
 */

export interface ZabCheckerOptions {
  readonly voters: readonly number[];
  /** Asked about voters only. */
  readonly isQuorum: IsQuorum;
  readonly world: ZabWorld;
  /** What disks hold when the run begins: each of them a beginning of this one history. */
  readonly before?: readonly LogEntry[];
  /**
   * Whether a leader's own zxids may have holes. They have where a request took a zxid and became no transaction: a
   * multi with a null path. True unless told that no client does that.
   */
  readonly leadersMayLeaveHoles?: boolean;
  /** Properties that are not judged, to see what follows from a planted bug beyond the first of them. */
  readonly except?: readonly ZabProperty[];
}

/**
 * Is told all that happens, in order and at once, and keeps the first violation. What comes behind it is not judged: it
 * would only be its consequences.
 */
export class ZabChecker {
  readonly #case: Case;
  readonly #leading: Leading;
  readonly #delivering: Delivering;
  readonly #disks: Disks;
  readonly #answers: Answers;
  readonly #except: readonly ZabProperty[];
  #violation: ZabViolation | undefined;
  /** Where an observation stands in the trace; undefined: what is told has no record of its own. */
  #at: { readonly time: number; readonly record: number } | undefined;

  constructor(options: ZabCheckerOptions) {
    const { voters, isQuorum, world, before = [], leadersMayLeaveHoles = true } = options;
    this.#except = options.except ?? [];
    this.#case = {
      histories: new Histories(before),
      world,
      voters,
      isQuorum: (ids) => isQuorum(ids.filter((id) => voters.includes(id))),
      broken: (property, servers, zxids, message) =>
        this.#broken(property, servers, zxids, message),
    };
    this.#leading = new Leading(this.#case, leadersMayLeaveHoles);
    this.#delivering = new Delivering(this.#case);
    this.#disks = new Disks(this.#case);
    this.#answers = new Answers(this.#case);
  }

  get violation(): ZabViolation | undefined {
    return this.#violation;
  }

  /** How many transactions are committed. */
  get committed(): number {
    return this.#case.histories.committed.length - 1;
  }

  /**
   * A server lets something be known.
   * @param time virtual microseconds
   * @param record index of the observation's record in the trace
   */
  observed(server: number, time: number, record: number, observation: Observation): void {
    if (this.#violation !== undefined) return;
    this.#at = { time, record };
    this.#observe(server, observation);
    this.#at = undefined;
  }

  /** A server applies a transaction to its tree, which has not changed yet. Not for what it replays from its disk. */
  applied(server: number, header: TxnHeader, txn: Txn): void {
    if (this.#violation === undefined) this.#delivering.applied(server, header, txn);
  }

  /** The tree has changed as the last `applied` says. */
  appliedDone(server: number): void {
    if (this.#violation === undefined) this.#delivering.appliedDone(server);
  }

  /** The process has ended, however it did, and its disk is what that left of it. */
  crashed(server: number): void {
    if (this.#violation !== undefined) return;
    this.#left(server);
    this.#disks.shrunk(server);
  }

  /** A process has read its disk and starts. */
  booted(server: number): void {
    if (this.#violation === undefined) this.#disks.booted(server);
  }

  /** A server that is down has a new machine with an empty disk. Zab does not promise to survive that. */
  wiped(server: number): void {
    if (this.#violation === undefined) this.#disks.wiped(server);
  }

  /** An epoch file has its new content on disk. */
  epochWritten(server: number, file: EpochFile, value: number): void {
    if (this.#violation === undefined) this.#disks.epochWritten(server, file, value);
  }

  /** A server sends the reply to a request. zxid and err are those of its header. */
  replied(server: number, session: SessionId, cxid: number, zxid: number, err: number): void {
    // Some refusals carry no zxid.
    if (this.#violation !== undefined || err !== 0 || zxid <= 0) return;
    this.#answers.replied(server, this.#delivering.isServing(server), session, cxid, zxid);
  }

  /** A client takes the reply of a server in, on the connection that it has now. */
  received(server: number, client: number, session: SessionId, zxid: number): void {
    if (this.#violation !== undefined || zxid <= 0) return;
    this.#answers.received(server, client, session, zxid);
  }

  /** The run is over: a last look at the disks of those that serve. */
  finish(servers: readonly number[]): void {
    for (const server of servers) {
      if (this.#violation === undefined && this.#delivering.isServing(server)) {
        this.#disks.settled(server);
      }
    }
  }

  #observe(server: number, o: Observation): void {
    switch (o.kind) {
      case "epochAcknowledged":
        this.#leading.epochAcknowledged(server, o.epoch);
        if (this.#violation === undefined) this.#disks.epochAcknowledged(server, o.epoch);
        return;
      case "newLeaderAcknowledged":
        this.#disks.newLeaderAcknowledged(server, o.epoch);
        return;
      case "established":
        this.#leading.established(server, o.epoch, o.quorum);
        if (this.#violation === undefined) this.#disks.established();
        return;
      case "serving":
        this.#delivering.serving(server, o.epoch, o.zxid);
        return;
      case "proposed":
        this.#leading.proposed(server, o.entry);
        return;
      case "acknowledged":
        this.#disks.acknowledged(server, o.zxid);
        return;
      case "committed":
        this.#leading.committed(server, o.zxid, o.quorum);
        return;
      case "truncated":
        this.#disks.shrunk(server);
        return;
      case "exited":
        if (o.why !== "the snapshot could not be written") {
          this.#broken("legal messages", [server], [], `${server} ends itself: ${o.why}`);
        }
        return;
      case "looking":
      case "fastForwarded":
      case "roleLeft":
        this.#left(server);
        return;
      case "elected":
      case "finalizeInterrupted":
      case "followerRegistered":
      case "following":
      case "leaderUnreachable":
      case "leading":
      case "learnerLost":
      case "learnerSynced":
      case "pollTimedOut":
      case "quorumAgrees":
      case "registered":
      case "roundRaised":
      case "synchronizing":
      case "voteChanged":
        return;
    }
  }

  #left(server: number): void {
    this.#leading.left(server);
    this.#delivering.left(server);
  }

  #broken(
    property: ZabProperty,
    servers: readonly number[],
    zxids: readonly number[],
    message: string,
  ): void {
    if (this.#except.includes(property)) return;
    const { world } = this.#case;
    const { time, record } = this.#at ?? { time: world.now(), record: world.record() };
    this.#violation ??= { property, record, time, servers, zxids, message };
  }
}
