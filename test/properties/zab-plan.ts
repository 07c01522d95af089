import type { Observation } from "../../core/server/observations.ts";
import { MAX_COUNTER } from "../../core/zxid.ts";
import { DISK_PROFILES } from "../../sim/disk/disk-spec.ts";
import type { Delay } from "../../sim/kernel/delay.ts";
import { Random } from "../../sim/kernel/prng.ts";
import { NETWORK_PROFILES } from "../../sim/network/link.ts";
import type { ClockSpec } from "../../sim/process/clock.ts";
import { type ThreadSpec, THREAD_PROFILES } from "../../sim/process/threads.ts";
import type { Write } from "./zab-probes.ts";

/**
 * Ensembles that serve clients in hostile worlds: everything is drawn from one seed. First all goes wrong that may;
 * then the faults stop, and there has to be progress.
 */
export interface ZabPlan {
  readonly seed: number;
  readonly voters: number;
  readonly observers: number;
  /** Groups of voters, by place, if a quorum is one of groups. */
  readonly groups: readonly (readonly number[])[] | undefined;
  readonly clients: number;
  readonly tickMs: number;
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly delay: Delay;
  readonly clocks: readonly ClockSpec[];
  readonly codec: boolean;
  /** Of every epoch's zxids; almost used up from the beginning in some worlds. */
  readonly initialCounter: number;
  /** Percent of segments that are lost all the time. */
  readonly loss: number;
  readonly disk: Delay;
  readonly threads: ThreadSpec;
  readonly snapCount: number;
  readonly snapshotDelayMs: number;
  readonly commitLogCount: number;
  readonly snapshotSizeFactor: number;
  readonly preAllocBytes: number;
  readonly bootMs: readonly number[];
  readonly hostileMs: number;
  /** Between two things that a client does. */
  readonly thinkMs: number;
  readonly faults: readonly Fault[];
  readonly traps: readonly Trap[];
  /** Whether everybody comes back when the faults stop, or no more than a quorum. */
  readonly allReturn: boolean;
  /** Whether to look on for as long as anything may take. */
  readonly staysLong: boolean;
}

const FAULTS = [
  "crash",
  "crashLeader",
  "crashAll",
  "crashMost",
  "pause",
  "pauseLeader",
  "partition",
  "isolateLeader",
  "oneWay",
  "oneWayLeader",
  "clog",
  "slowLinks",
  "lossyLinks",
  "reset",
  "resetLeader",
  "killClient",
  "moveClients",
  "wipe",
] as const;

export interface Fault {
  readonly atMs: number;
  readonly forMs: number;
  readonly what: (typeof FAULTS)[number];
}

/** Something happens to whoever does this next, while it does it. */
export interface Trap {
  readonly fromMs: number;
  readonly when: Write | Moment;
  /** So many more events happen before. */
  readonly events: number;
  readonly what: (typeof TRAPS)[number];
  readonly forMs: number;
}

const TRAPS = ["crash", "crash", "crash", "crashAll", "isolate", "reset", "pause"] as const;

const MOMENTS = [
  "elected",
  "registered",
  "following",
  "leading",
  "epochAcknowledged",
  "learnerSynced",
  "synchronizing",
  "truncated",
  "newLeaderAcknowledged",
  "newLeaderAcknowledged",
  "established",
  "serving",
  "proposed",
  "acknowledged",
  "committed",
  "roleLeft",
  "fastForwarded",
] as const satisfies readonly Observation["kind"][];
export type Moment = (typeof MOMENTS)[number];

const TRAPPED: readonly Write[] = [
  "acceptedEpoch of a leader",
  "acceptedEpoch of a learner",
  "currentEpoch of a leader",
  "currentEpoch of a learner",
  "log",
  "log",
  "history",
  "history",
  "snapshot of a leader",
  "snapshot of a learner",
  "snapshot in the background",
  "first snapshot",
  "truncation",
  "truncation",
  "truncation",
  "discarded log",
  "discarded log",
];

export function planOf(seed: number): ZabPlan {
  const random = Random.fromSeed(seed).split("plan");
  const isHierarchical = random.chance(1, 10);
  const isExhausted = random.chance(1, 20);
  const observers = random.pick([0, 0, 0, 1, 1, 2]);
  const voters = isHierarchical ? random.int(5, 7) : random.pick([3, 3, 3, 4, 5, 5, 6, 7]);
  const servers = isHierarchical ? voters : Math.min(7, voters + observers);
  const tickMs = random.pick([50, 100, 100, 200, 500]);
  const hostileMs = random.int(2000, 9000);
  const faultCount = random.int(0, 8);
  const faults = Array.from({ length: faultCount }, () => ({
    atMs: random.int(0, hostileMs),
    forMs: random.pick([random.int(1, 200), random.int(100, 1500), random.int(500, 5000)]),
    what: random.pick(FAULTS),
  }));
  const traps = Array.from({ length: random.int(0, 8) }, () => ({
    fromMs: random.int(0, hostileMs),
    when: random.chance(2, 3) ? random.pick(TRAPPED) : random.pick(MOMENTS),
    events: random.pick([0, 0, random.int(1, 12)]),
    what: random.pick(TRAPS),
    forMs: random.pick([random.int(5, 300), random.int(5, 300), random.int(300, 3000)]),
  }));
  const clients = random.pick([1, 2, 3, 3, 5, 10]);
  const clocks = Array.from({ length: servers }, () => ({
    offsetMs: random.int(0, 5000),
    driftPpm: random.int(0, 2000) - 1000,
  }));
  return {
    seed,
    voters: isHierarchical ? voters : Math.min(voters, servers),
    observers: isHierarchical ? 0 : servers - Math.min(voters, servers),
    groups: isHierarchical ? groupsOf(random, voters) : undefined,
    clients,
    tickMs,
    initLimit: random.int(4, 12),
    syncLimit: random.int(3, 6),
    delay: random.pick<Delay>([
      NETWORK_PROFILES.loopback,
      NETWORK_PROFILES.lan,
      NETWORK_PROFILES.lan,
      { kind: "uniform", minUs: 100, maxUs: random.int(500, 8000) },
      { kind: "quantiles", us: [100, 300, 1000, 4000, 20_000] },
    ]),
    clocks: random.chance(1, 5) ? clocks : [],
    codec: random.chance(1, 10),
    initialCounter: isExhausted ? MAX_COUNTER - random.int(50, 300) : 0,
    loss: random.pick([0, 0, 0, 1, 5]),
    disk: random.pick<Delay>([
      { kind: "constant", us: 0 },
      DISK_PROFILES.ssd,
      DISK_PROFILES.ssd,
      { kind: "uniform", minUs: 100, maxUs: random.int(1000, 30_000) },
      { kind: "quantiles", us: [1000, 4000, 10_000, 40_000] },
    ]),
    threads: random.pick<ThreadSpec>([
      THREAD_PROFILES.quick,
      THREAD_PROFILES.quick,
      THREAD_PROFILES.zero,
      // Shorter ticks would leave no time for anything else.
      tickMs >= 200 ? THREAD_PROFILES.real : THREAD_PROFILES.quick,
    ]),
    snapCount: random.pick([8, 30, 100, 100_000]),
    snapshotDelayMs: random.pick([0, 1, 20]),
    commitLogCount: random.pick([1, 5, 5, 20, 500]),
    snapshotSizeFactor: random.pick([-1, 0, 0.33, 0.33, 1]),
    preAllocBytes: random.pick([0, 0, 512, 65_536 * 1024]),
    bootMs: Array.from({ length: servers }, () => random.pick([0, random.int(0, 1500)])),
    hostileMs,
    thinkMs: clients * random.pick([3, 8, 20]),
    faults: faults.sort((a, b) => a.atMs - b.atMs),
    // Disks are empty only at the beginning.
    traps: traps
      .map((trap) => (trap.when === "first snapshot" ? { ...trap, fromMs: 0 } : trap))
      .sort((a, b) => a.fromMs - b.fromMs),
    allReturn: random.chance(3, 4),
    staysLong: random.chance(1, 25) && !isExhausted,
  };
}

/** Three groups, none of them empty. */
function groupsOf(random: Random, voters: number): number[][] {
  const ids = random.shuffle(Array.from({ length: voters }, (_, i) => i + 1));
  const groups: number[][] = [[], [], []];
  for (const [i, id] of ids.entries()) groups[i < 3 ? i : random.int(0, 2)]?.push(id);
  return groups;
}

export function isMoment(when: Write | Moment): when is Moment {
  return (MOMENTS as readonly string[]).includes(when);
}
