import type { Observation } from "../../core/server/observations.ts";
import type { IsQuorum } from "./election.ts";

/**
 * What must happen in the end: once a quorum is up, its links are timely and no more faults come, it elects a leader,
 * which gets to broadcast, and everybody serves. The bounds are generous sums of ZooKeeper's own timeouts, with nothing
 * in them that depends on luck.
 */

export type LivenessProperty =
  /** Every connected voter has a leader, and all the same one. */
  | "election ends"
  /** That leader has a quorum for its history and broadcasts. */
  | "leader activates"
  /** Every connected server serves. */
  | "servers join"
  /** A request is answered. */
  | "requests are answered"
  /** Who can't reach a quorum neither leads nor serves. */
  | "roles end"
  /** Where all is well nobody leaves a role. */
  | "peace lasts";

export interface LivenessViolation {
  readonly property: LivenessProperty;
  /** Index of the record after which it had not happened. */
  readonly record: number;
  /** Virtual microseconds. */
  readonly time: number;
  readonly servers: readonly number[];
  readonly zxids: readonly number[];
  readonly message: string;
}

/** What the bounds depend on. */
export interface LivenessTiming {
  readonly tickMs: number;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  /** The longest that a message takes once the faults have stopped, to the disk and back included. */
  readonly messageMs: number;
  /** The longest pause of an election that hears nothing (maxNotificationInterval); 60,000 unless said otherwise. */
  readonly backoffMs?: number;
}

/** In virtual microseconds. */
export interface LivenessBounds {
  /** From the last fault until everybody has a leader. */
  readonly elected: number;
  /** From the last fault until that leader broadcasts. */
  readonly broadcasting: number;
  /** From the last fault until everybody serves. */
  readonly serving: number;
  /** From a request, in peace, until its answer. */
  readonly answered: number;
  /** From the loss of a quorum until a leader has stepped down, and from that of the leader until a learner has. */
  readonly left: number;
}

const MICROSECONDS = 1000;
const BACKOFF_MS = 60_000;
const FINALIZE_WAIT_MS = 200;
/** Rounds that may follow one another before all vote in the same one, and messages of each. */
const ROUNDS = 10;

export function livenessBounds(timing: LivenessTiming): LivenessBounds {
  const { tickMs, messageMs, backoffMs = BACKOFF_MS } = timing;
  const init = timing.initLimit * tickMs;
  // A leader looks at its quorum every second half tick, behind a read that may take syncLimit.
  const left = Math.max(init, timing.syncLimit * tickMs) + 2 * tickMs + messageMs;
  // A role that began before the last fault: each of the leader's three waits may take initLimit.
  const stale = Math.max(3 * init, left);
  const rounds = ROUNDS * (FINALIZE_WAIT_MS + 2 * messageMs);
  // Followers that were too early look again, and find nobody until their leader has given up.
  const elected = stale + backoffMs + init + rounds;
  const broadcasting = elected + 3 * init;
  const serving = broadcasting + init + backoffMs;
  const answered = left + ROUNDS * messageMs;
  return {
    elected: elected * MICROSECONDS,
    broadcasting: broadcasting * MICROSECONDS,
    serving: serving * MICROSECONDS,
    answered: answered * MICROSECONDS,
    left: left * MICROSECONDS,
  };
}

export interface LivenessWorld {
  isUp(server: number): boolean;
  /** On disk. */
  acceptedEpoch(server: number): number;
}

export interface ZabLivenessOptions {
  readonly voters: readonly number[];
  readonly isQuorum: IsQuorum;
  readonly timing: LivenessTiming;
  readonly world: LivenessWorld;
}

interface Known {
  leader: number | undefined;
  isServing: boolean;
  /** Of what it serves. */
  epoch: number;
}

interface Stable {
  readonly time: number;
  readonly connected: readonly number[];
}

/** Is told what servers let be known, and asked now and then whether what should have happened by now has. */
export class ZabLiveness {
  readonly bounds: LivenessBounds;
  readonly #options: ZabLivenessOptions;
  readonly #known = new Map<number, Known>();
  readonly #isolated = new Map<number, number>();
  readonly #probes = new Map<number, number>();
  #stable: Stable | undefined;
  #violation: LivenessViolation | undefined;

  constructor(options: ZabLivenessOptions) {
    this.#options = options;
    this.bounds = livenessBounds(options.timing);
  }

  get violation(): LivenessViolation | undefined {
    return this.#violation;
  }

  observed(server: number, time: number, record: number, o: Observation): void {
    const known = this.#of(server);
    if (o.kind === "elected") known.leader = o.leader;
    if (o.kind === "looking") this.#ended(server);
    if (o.kind === "serving") {
      known.isServing = true;
      known.epoch = o.epoch;
    }
    if (o.kind !== "roleLeft") return;
    this.#ended(server);
    if (!this.#mustSettle(server) || !this.#isOver(time, this.bounds.serving)) return;
    this.#broken("peace lasts", time, record, [server], `${server} leaves its role: ${o.why}`);
  }

  crashed(server: number): void {
    this.#ended(server);
  }

  /** No more faults from here on, and these reach one another; among them a quorum of voters. */
  faultsStopped(time: number, connected: readonly number[]): void {
    this.#stable = { time, connected };
  }

  /** Faults come again. */
  faultsBegan(): void {
    this.#stable = undefined;
    this.#probes.clear();
  }

  /** This server reaches no quorum from here on, until it is told that it does. */
  isolated(server: number, time: number): void {
    if (!this.#isolated.has(server)) this.#isolated.set(server, time);
  }

  reaches(server: number): void {
    this.#isolated.delete(server);
  }

  /** A request goes out in peace, to a server that is up. */
  probed(probe: number, time: number): void {
    this.#probes.set(probe, time);
  }

  answered(probe: number): void {
    this.#probes.delete(probe);
  }

  /** Whether all that should have happened by now has; the first thing that has not is the violation. */
  check(time: number, record: number): LivenessViolation | undefined {
    this.#checkIsolated(time, record);
    if (this.#isOver(time, this.bounds.elected)) this.#checkElected(time, record);
    if (this.#isOver(time, this.bounds.broadcasting)) this.#checkBroadcasting(time, record);
    if (this.#isOver(time, this.bounds.serving)) this.#checkServing(time, record);
    if (this.#stable !== undefined) this.#checkProbes(time, record);
    return this.#violation;
  }

  #checkIsolated(time: number, record: number): void {
    for (const [server, since] of this.#isolated) {
      const { leader, isServing } = this.#of(server);
      if (time - since <= this.bounds.left || !this.#options.world.isUp(server)) continue;
      if (!isServing && leader !== server) continue;
      const what = leader === server ? "leads" : "serves";
      const message = `${server} ${what}, and has reached no quorum since ${since} µs`;
      this.#broken("roles end", time, record, [server], message);
    }
  }

  #checkElected(time: number, record: number): void {
    const without = this.#settling().filter(
      (server) => this.#isVoter(server) && this.#of(server).leader === undefined,
    );
    if (without.length > 0) {
      const message = `${without.join(", ")} have no leader`;
      this.#broken("election ends", time, record, without, message);
    }
    const leaders = this.#leaders();
    if (leaders.length <= 1) return;
    const message = `${leaders.join(", ")} are followed at once`;
    this.#broken("election ends", time, record, leaders, message);
  }

  #checkBroadcasting(time: number, record: number): void {
    const waiting = this.#leaders().filter((leader) => !this.#of(leader).isServing);
    if (waiting.length === 0) return;
    const message = `${waiting.join(", ")} are elected and do not broadcast`;
    this.#broken("leader activates", time, record, waiting, message);
  }

  #checkServing(time: number, record: number): void {
    const idle = this.#settling().filter((server) => !this.#of(server).isServing);
    if (idle.length === 0) return;
    this.#broken("servers join", time, record, idle, `${idle.join(", ")} do not serve`);
  }

  #checkProbes(time: number, record: number): void {
    for (const [probe, since] of this.#probes) {
      if (time - since <= this.bounds.answered) continue;
      const message = `request ${probe}, sent at ${since} µs, is not answered`;
      this.#broken("requests are answered", time, record, [], message);
    }
  }

  #isOver(time: number, bound: number): boolean {
    return this.#stable !== undefined && time - this.#stable.time > bound;
  }

  #leaders(): number[] {
    const leaders = new Set<number>();
    for (const server of this.#settling()) {
      const { leader } = this.#of(server);
      if (leader !== undefined && this.#isVoter(server)) leaders.add(leader);
    }
    return [...leaders];
  }

  #settling(): readonly number[] {
    return (this.#stable?.connected ?? []).filter((server) => this.#mustSettle(server));
  }

  /**
   * Who is connected and up, but for those that have promised a higher epoch than the one that is led: they refuse that
   * leader until the next epoch, for as long as that takes. That is ZooKeeper's way.
   */
  #mustSettle(server: number): boolean {
    const { world } = this.#options;
    if (this.#stable?.connected.includes(server) !== true || !world.isUp(server)) return false;
    const led = this.#ledEpoch();
    return led === undefined || world.acceptedEpoch(server) <= led;
  }

  /** Of a leader that a quorum serves with. */
  #ledEpoch(): number | undefined {
    const serving = (this.#stable?.connected ?? []).filter((id) => this.#of(id).isServing);
    const epochs = serving.map((id) => this.#of(id).epoch);
    return epochs.find((epoch) =>
      this.#options.isQuorum(
        serving.filter((id) => this.#isVoter(id) && this.#of(id).epoch === epoch),
      ),
    );
  }

  #isVoter(server: number): boolean {
    return this.#options.voters.includes(server);
  }

  #ended(server: number): void {
    const known = this.#of(server);
    known.leader = undefined;
    known.isServing = false;
  }

  #of(server: number): Known {
    let known = this.#known.get(server);
    if (known === undefined) {
      known = { leader: undefined, isServing: false, epoch: 0 };
      this.#known.set(server, known);
    }
    return known;
  }

  #broken(
    property: LivenessProperty,
    time: number,
    record: number,
    servers: readonly number[],
    message: string,
  ): void {
    this.#violation ??= { property, record, time, servers, zxids: [], message };
  }
}
