import type { Delay } from "../kernel/delay.ts";

/**
 * What a server's own threads take, beside its disk and the network. ZooKeeper starts threads, opens ports and loads
 * classes whenever its role takes a step, and that is what most of the time between an election and the first answer is
 * spent on.
 */
export interface ThreadSpec {
  /** A message to itself, from one thread's queue to the other's. */
  readonly handOver: Delay;
  /** From the end of the connection to its leader until a learner has ended its role. */
  readonly notice: Delay;
  /** From a step of its role until the server looks at anything again. */
  readonly roleStep: Delay;
  /** Until a new leader's port is open; whoever dials before is refused. */
  readonly bind: Delay;
}

const HAND_OVER: Delay = { kind: "uniform", minUs: 10, maxUs: 40 };

/** Of servers that run on a machine as the calibrated ones did. */
const REAL: ThreadSpec = {
  handOver: HAND_OVER,
  notice: { kind: "quantiles", us: [18_000, 24_000, 30_000, 40_000, 60_000] },
  roleStep: { kind: "quantiles", us: [14_000, 22_000, 27_000, 34_000, 48_000] },
  bind: { kind: "quantiles", us: [15_000, 30_000, 40_000, 60_000, 90_000] },
};

const NOTHING: Delay = { kind: "constant", us: 0 };

export const THREAD_PROFILES = {
  /** No time at all. */
  zero: { handOver: NOTHING, notice: NOTHING, roleStep: NOTHING, bind: NOTHING },
  /** Only the queues between threads: for tests that look at the protocol's own times. */
  quick: { handOver: HAND_OVER, notice: NOTHING, roleStep: NOTHING, bind: NOTHING },
  real: REAL,
} as const satisfies Record<string, ThreadSpec>;
