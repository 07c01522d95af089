import fc from "fast-check";
import type { ElectionRules } from "../../core/election/rules.ts";
import type { Action } from "../../sim/action.ts";
import { ElectionChecker, majorityOf, type Violation } from "../../sim/check/election.ts";
import type { Delay } from "../../sim/kernel/delay.ts";
import { DEFAULT_BOUNDS } from "../../sim/kernel/kernel.ts";
import { NETWORK_PROFILES, type Ratio, TCP_DEFAULTS } from "../../sim/network/link.ts";
import { World } from "../../sim/world.ts";
import { diskWith, ensemble } from "../support/ensembles.ts";

/**
 * Elections in hostile worlds: any ensemble, any starting histories, any boot order, loss, delay and partitions
 * that end. Plain data, so that fast-check can shrink it and print it.
 */
export interface HostileWorld {
  readonly seed: number;
  readonly servers: readonly ServerStart[];
  readonly delay: Delay;
  /** Percent of segments that TCP has to send again. */
  readonly loss: number;
  /** Percent of notifications that vanish, come twice, or let others pass. */
  readonly drop: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly faults: readonly Fault[];
}

export interface ServerStart {
  readonly bootMs: number;
  readonly currentEpoch: number;
  /** acceptedEpoch, above currentEpoch. */
  readonly promised: number;
  /** Epoch of the last zxid, below or at currentEpoch. */
  readonly behind: number;
  readonly counter: number;
}

export interface Fault {
  readonly atMs: number;
  readonly forMs: number;
  readonly what: "partition" | "oneWay" | "clog" | "reset" | "crash" | "pause";
  /** Picks the servers that it is about, as bits. */
  readonly who: number;
}

/** When everybody has booted and all faults are over. */
function calmMs(hostile: HostileWorld): number {
  return Math.max(
    ...hostile.servers.map((start) => start.bootMs),
    ...hostile.faults.map((fault) => fault.atMs + fault.forMs),
  );
}

const TICK_MS = 500;
const INIT_LIMIT = 8;
const SYNC_LIMIT = 4;
const MAX_NOTIFICATION_MS = 12_800;
const TCP = { ...TCP_DEFAULTS, maxRetransmitMs: 5000 };
const NEVER: Ratio = { n: 0, outOf: 100 };

/**
 * How long, once the faults are over, until there is one leader that broadcasts, and every reachable voter has its
 * history: what was held back or dialled during the faults gets through after one retransmission and one dial at the
 * most; then the longest back-off between two notifications may have to pass, in which those that follow a leader that
 * is not there notice it by a read timeout; and a leader whose followers ran out of tries before its port opened waits
 * for initLimit, a few times over when the lost followers are unlucky again.
 */
export const CONVERGENCE_BOUND_MS =
  TCP.maxRetransmitMs +
  5000 +
  MAX_NOTIFICATION_MS +
  SYNC_LIMIT * TICK_MS +
  4 * (INIT_LIMIT * TICK_MS + 1000);

const serverStart = fc.record({
  bootMs: fc.integer({ min: 0, max: 4000 }),
  currentEpoch: fc.integer({ min: 0, max: 3 }),
  promised: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 3 })),
  behind: fc.integer({ min: 0, max: 3 }),
  counter: fc.integer({ min: 0, max: 9 }),
});

const delay: fc.Arbitrary<Delay> = fc.oneof(
  fc.constantFrom(
    NETWORK_PROFILES.zero,
    NETWORK_PROFILES.loopback,
    NETWORK_PROFILES.lan,
    NETWORK_PROFILES.wan,
  ),
  fc
    .tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 150_000 }))
    .map(([minUs, more]) => ({ kind: "uniform" as const, minUs, maxUs: minUs + more })),
);

function faultsOf(kinds: readonly Fault["what"][]): fc.Arbitrary<Fault[]> {
  const fault = fc.record({
    atMs: fc.integer({ min: 0, max: 15_000 }),
    forMs: fc.integer({ min: 100, max: 14_000 }),
    what: fc.constantFrom(...kinds),
    who: fc.integer({ min: 0, max: 127 }),
  });
  return fc.array(fault, { maxLength: 4 });
}

const percent = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 }));

/** Any world of 1 to 7 voters. Without `kinds` of fault there are only loss and delay. */
export function hostileWorlds(kinds: readonly Fault["what"][]): fc.Arbitrary<HostileWorld> {
  return fc.record({
    seed: fc.nat(),
    servers: fc.array(serverStart, { minLength: 1, maxLength: 7 }),
    delay,
    loss: percent,
    drop: percent,
    duplicate: percent,
    reorder: percent,
    faults: kinds.length === 0 ? fc.constant([]) : faultsOf(kinds),
  });
}

export interface Outcome {
  readonly violations: readonly Violation[];
  /** Milliseconds after the calm until everybody was with one leader; undefined when the bound passed before. */
  readonly convergedAfterMs: number | undefined;
  /** Why it did not converge: who follows and names whom. */
  readonly state: string;
}

/** Runs the world through its faults and into the calm, and judges it. */
export function judge(hostile: HostileWorld, rules?: ElectionRules): Outcome {
  const calm = calmMs(hostile);
  const world = build(hostile, rules);
  const voters = world.processes.map((process) => process.id as number);
  const checker = new ElectionChecker(majorityOf(voters), world.trace);
  world.run({ untilTime: calm * 1000 });
  checker.readOn();
  const converged = (): boolean => {
    const { leader } = world;
    if (leader === undefined) return false;
    const standing = world.processes.filter((p) => p.peer?.leading?.phase === "broadcast");
    const followers = voters.filter((id) => {
      const view = world.view(id);
      return view?.follows === leader.id && view.phase === "broadcast";
    });
    const enough = isRefusing(world) ? Math.floor(voters.length / 2) + 1 : voters.length;
    return standing.length === 1 && followers.length >= enough;
  };
  let seen = -1;
  const stop = world.run({
    untilTime: (calm + CONVERGENCE_BOUND_MS) * 1000,
    until: () => {
      if (world.changes === seen) return false;
      seen = world.changes;
      checker.readOn();
      return converged();
    },
  });
  checker.readOn();
  return {
    violations: checker.violations,
    convergedAfterMs:
      stop === "predicate" || converged()
        ? Math.max(0, Math.ceil(world.kernel.now / 1000) - calm)
        : undefined,
    state: world
      .views()
      .map((v) => `${v.id} ${v.state} follows ${v.follows}, ${v.phase ?? "no phase"}`)
      .join("; "),
  };
}

/**
 * Whether somebody promised a later epoch than the leader's, and so is refused for good. It looks again at once, over
 * and over, and every vote that it sends starts the wait of a server that looks as well anew: that one may then
 * never dial the leader (election.test.ts has the case). The leader and its quorum stand all the same.
 */
function isRefusing(world: World): boolean {
  const epoch = world.leader?.peer?.leading?.epoch ?? 0;
  return world.views().some((view) => view.acceptedEpoch > epoch);
}

export function build(hostile: HostileWorld, rules?: ElectionRules): World {
  const { servers } = hostile;
  const peers = ensemble({
    voters: servers.length,
    settings: {
      tickMs: TICK_MS,
      initLimit: INIT_LIMIT,
      syncLimit: SYNC_LIMIT,
      maxNotificationMs: MAX_NOTIFICATION_MS,
    },
  });
  const disks = new Map(
    servers.map((start, i) => [
      i + 1,
      diskWith({
        currentEpoch: start.currentEpoch,
        acceptedEpoch: start.currentEpoch + start.promised,
        zxid: [Math.max(0, start.currentEpoch - start.behind), start.counter],
      }),
    ]),
  );
  const lossy = { n: hostile.loss, outOf: 100 };
  const world = new World({
    seed: hostile.seed,
    peers,
    disks,
    trace: "kept",
    bounds: { ...DEFAULT_BOUNDS, maxEvents: 500_000 },
    network: {
      link: { delay: delayOf(hostile), loss: lossy, bytesPerSecond: 0 },
      tcp: TCP,
      messageFaults: {
        drop: { n: hostile.drop, outOf: 100 },
        duplicate: { n: hostile.duplicate, outOf: 100 },
        reorder: { n: hostile.reorder, outOf: 100 },
        reorderDelay: { kind: "uniform", minUs: 0, maxUs: 300_000 },
      },
    },
    ...(rules === undefined ? {} : { rules }),
  });
  for (const [i, start] of servers.entries()) {
    world.schedule(start.bootMs * 1000, { do: "boot", server: i + 1 });
  }
  for (const fault of hostile.faults) {
    for (const [delayMs, action] of actionsOf(fault, servers.length)) {
      world.schedule(delayMs * 1000, action);
    }
  }
  const all = servers.map((_, i) => i + 1);
  for (const action of [
    { do: "heal" },
    { do: "messageFaults", faults: null },
    { do: "link", from: all, to: all, change: { loss: NEVER } },
  ] satisfies Action[]) {
    world.schedule(calmMs(hostile) * 1000, action);
  }
  return world;
}

/**
 * A server that promised an epoch above the one that a quorum agrees on leaves their leader, finds it again at
 * once, and so on without end or pause (Learner.registerWithLeader). Where that may happen, a hop takes a millisecond at
 * least, or such a world would be nothing but that.
 */
function delayOf({ delay: drawn, servers }: HostileWorld): Delay {
  const epochs = servers.map((start) => start.currentEpoch + start.promised);
  if (epochs.every((promise) => promise === epochs[0])) return drawn;
  switch (drawn.kind) {
    case "constant":
      return { kind: "constant", us: drawn.us + 1000 };
    case "uniform":
      return { kind: "uniform", minUs: drawn.minUs + 1000, maxUs: drawn.maxUs + 1000 };
    case "quantiles":
      return { kind: "quantiles", us: drawn.us.map((us) => us + 1000) };
  }
}

/** A fault as what is done to the world, and when. A crash of who is not running, say, does nothing. */
function actionsOf(fault: Fault, servers: number): (readonly [number, Action])[] {
  const all = Array.from({ length: servers }, (_, i) => i + 1);
  const chosen = all.filter((id) => (fault.who & (1 << (id - 1))) !== 0);
  const others = all.filter((id) => !chosen.includes(id));
  const victim = all[fault.who % servers] as number;
  const end = fault.atMs + fault.forMs;
  switch (fault.what) {
    case "partition":
      return [
        [fault.atMs, { do: "partition", groups: [chosen, others] }],
        [end, { do: "heal" }],
      ];
    case "oneWay":
      return [
        [fault.atMs, { do: "cut", from: chosen, to: others, oneWay: true }],
        [end, { do: "mend", from: chosen, to: others, oneWay: true }],
      ];
    case "clog":
      return [
        [fault.atMs, { do: "clog", from: chosen, to: others }],
        [end, { do: "unclog", from: chosen, to: others }],
      ];
    case "reset":
      return chosen.flatMap((a) =>
        others.map((b) => [fault.atMs, { do: "reset", between: [a, b] }] as const),
      );
    case "crash":
      return [
        [fault.atMs, { do: "crash", server: victim }],
        [end, { do: "boot", server: victim }],
      ];
    case "pause":
      return [
        [fault.atMs, { do: "pause", server: victim }],
        [end, { do: "resume", server: victim }],
      ];
  }
}
