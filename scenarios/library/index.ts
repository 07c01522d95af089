import type { Scenario } from "../format/scenario.ts";
import {
  ENSEMBLE_SIZES,
  FINALIZE_GAPS_MS,
  titleOfEnsemble,
  titleOfFinalizeWait,
} from "./families.ts";

/**
 * What scenarios there are. Only names and titles are here, so that listing them costs next to nothing; the
 * scenarios themselves are loaded when somebody asks for one.
 */
export interface LibraryEntry {
  readonly name: string;
  readonly group: NonNullable<Scenario["group"]>;
  readonly title: string;
  readonly load: () => Promise<Scenario>;
}

function finalizeWaitEntry(gapMs: number): LibraryEntry {
  return {
    name: `finalize-wait-${gapMs}ms`,
    group: "election",
    title: titleOfFinalizeWait(gapMs),
    load: async () => (await import("./finalize-wait.ts")).finalizeWait(gapMs),
  };
}

function ensembleEntry(size: number): LibraryEntry {
  return {
    name: `ensemble-of-${size}`,
    group: "ensemble",
    title: titleOfEnsemble(size),
    load: async () => (await import("./boot.ts")).ensembleOfSize(size),
  };
}

export const LIBRARY: readonly LibraryEntry[] = [
  {
    name: "five-in-order",
    group: "election",
    title: "Five servers boot in order, and server 3 leads",
    load: async () => (await import("./boot.ts")).fiveInOrder,
  },
  {
    name: "five-at-once",
    group: "election",
    title: "Five servers boot at once, and server 5 leads",
    load: async () => (await import("./boot.ts")).fiveAtOnce,
  },
  {
    name: "five-in-reverse",
    group: "election",
    title: "Five servers boot in reverse order, and server 5 leads",
    load: async () => (await import("./boot.ts")).fiveInReverse,
  },
  {
    name: "accepted-epoch-sets-the-next",
    group: "election",
    title: "The next epoch is above every promise in the quorum",
    load: async () => (await import("./history.ts")).acceptedEpochCounts,
  },
  {
    name: "epoch-beats-zxid",
    group: "election",
    title: "A larger epoch beats a larger zxid",
    load: async () => (await import("./history.ts")).epochBeatsZxid,
  },
  {
    name: "id-decides-last",
    group: "election",
    title: "Among equals the larger id wins, but only among the best",
    load: async () => (await import("./history.ts")).idDecidesLast,
  },
  {
    name: "late-joiner",
    group: "election",
    title: "A late joiner with more history does not unseat the leader",
    load: async () => (await import("./history.ts")).lateJoiner,
  },
  {
    name: "zxid-beats-id",
    group: "election",
    title: "A larger zxid beats a larger id",
    load: async () => (await import("./history.ts")).zxidBeatsId,
  },
  ...FINALIZE_GAPS_MS.map(finalizeWaitEntry),
  ...ENSEMBLE_SIZES.map(ensembleEntry),
  {
    name: "minority-stays-looking",
    group: "ensemble",
    title: "Two of four are no majority",
    load: async () => (await import("./boot.ts")).minorityStaysLooking,
  },
  {
    name: "groups",
    group: "ensemble",
    title: "Four of nine are a quorum, if they are two in each of two groups",
    load: async () => (await import("./members.ts")).groups,
  },
  {
    name: "groups-without-quorum",
    group: "ensemble",
    title: "Five of nine are no quorum, if only one group is whole",
    load: async () => (await import("./members.ts")).groupsNoQuorum,
  },
  {
    name: "weights",
    group: "ensemble",
    title: "Two servers outweigh three",
    load: async () => (await import("./members.ts")).heavyServer,
  },
  {
    name: "observer",
    group: "ensemble",
    title: "An observer follows, and never counts",
    load: async () => (await import("./members.ts")).observer,
  },
  {
    name: "observer-first",
    group: "ensemble",
    title: "An observer waits for voters",
    load: async () => (await import("./members.ts")).observerFirst,
  },
  {
    name: "weight-zero",
    group: "ensemble",
    title: "A server of weight 0 never wins",
    load: async () => (await import("./members.ts")).weightZero,
  },
  {
    name: "lossy-network",
    group: "network",
    title: "An election over a network that loses every fifth segment",
    load: async () => (await import("./network.ts")).lossyNetwork,
  },
  {
    name: "message-mode",
    group: "network",
    title: "Notifications are dropped, doubled and reordered",
    load: async () => (await import("./network.ts")).messageMode,
  },
  {
    name: "one-way-cut",
    group: "network",
    title: "The leader can speak, but is not heard by one follower",
    load: async () => (await import("./network.ts")).oneWayCut,
  },
  {
    name: "partition-during-election",
    group: "network",
    title: "The network splits in two during an election, and heals",
    load: async () => (await import("./network.ts")).partitionDuringElection,
  },
  {
    name: "leader-cut-off",
    group: "network",
    title: "The leader is cut off with a minority",
    load: async () => (await import("./network.ts")).partitionedLeader,
  },
  {
    name: "wide-area",
    group: "network",
    title: "An ensemble over a wide area",
    load: async () => (await import("./network.ts")).slowLink,
  },
  {
    name: "elected-leader-crashes",
    group: "recovery",
    title: "The leader of an election crashes before anyone follows",
    load: async () => (await import("./recovery.ts")).electedLeaderCrashes,
  },
  {
    name: "quorum-lost",
    group: "recovery",
    title: "The leader loses its quorum and steps down",
    load: async () => (await import("./recovery.ts")).followerCrash,
  },
  {
    name: "leader-crash",
    group: "recovery",
    title: "The leader crashes, and another is elected",
    load: async () => (await import("./recovery.ts")).leaderCrash,
  },
  {
    name: "old-leader-returns",
    group: "recovery",
    title: "An old leader returns, and follows",
    load: async () => (await import("./recovery.ts")).oldLeaderReturns,
  },
  {
    name: "paused-leader",
    group: "recovery",
    title: "The leader stands still for a long garbage collection",
    load: async () => (await import("./recovery.ts")).pausedLeader,
  },
  {
    name: "create-group",
    group: "service",
    title: "Members join a group, one dies, and the group is deleted",
    load: async () => (await import("./service.ts")).createGroup,
  },
  {
    name: "multi-fails-half-way",
    group: "service",
    title: "A multi fails at its third operation, and nothing of it is done",
    load: async () => (await import("./service.ts")).multiFailsHalfWay,
  },
  {
    name: "quota",
    group: "service",
    title: "A hard quota is enforced",
    load: async () => (await import("./service.ts")).quota,
  },
  {
    name: "server-restart",
    group: "service",
    title: "The server restarts, and its clients go on with their sessions",
    load: async () => (await import("./service.ts")).serverRestart,
  },
  {
    name: "session-expires",
    group: "service",
    title: "A session expires while its client stands still",
    load: async () => (await import("./service.ts")).sessionExpires,
  },
  {
    name: "version-conflict",
    group: "service",
    title: "Two clients write what they have read, and one of them is told that it is late",
    load: async () => (await import("./service.ts")).versionConflict,
  },
  {
    name: "watch-fires-once",
    group: "service",
    title: "A watch fires once, and not for what happens after",
    load: async () => (await import("./service.ts")).watchFiresOnce,
  },
  {
    name: "write-path",
    group: "zab",
    title: "One write, step by step, through a follower",
    load: async () => (await import("./zab-writes.ts")).writePath,
  },
  {
    name: "leader-crash-under-writes",
    group: "zab",
    title: "The leader crashes, and writes go on under another",
    load: async () => (await import("./zab-leaders.ts")).leaderCrashWrites,
  },
  {
    name: "old-leader-catches-up",
    group: "zab",
    title: "An old leader returns as a follower, and is sent what it missed",
    load: async () => (await import("./zab-leaders.ts")).oldLeaderCatchesUp,
  },
  {
    name: "minority-partition",
    group: "zab",
    title: "Two of five are cut off, answer a stale read, and then nobody until they are back",
    load: async () => (await import("./zab-leaders.ts")).minorityPartition,
  },
  {
    name: "majority-partition",
    group: "zab",
    title: "The leader keeps a majority, and its clients notice nothing but one reconnection",
    load: async () => (await import("./zab-leaders.ts")).majorityPartition,
  },
  {
    name: "leader-in-minority",
    group: "zab",
    title: "A leader that is cut off acknowledges nothing, and the write is done elsewhere",
    load: async () => (await import("./zab-leaders.ts")).leaderInMinority,
  },
  {
    name: "follower-lag-diff",
    group: "zab",
    title: "A follower that was away is sent what it missed, and no more (DIFF)",
    load: async () => (await import("./zab-sync.ts")).followerLag,
  },
  {
    name: "log-divergence-trunc",
    group: "zab",
    title: "A log that went too far is cut back (TRUNC)",
    load: async () => (await import("./zab-sync.ts")).divergenceTrunc,
  },
  {
    name: "log-divergence-snap",
    group: "zab",
    title: "A log that went another way is replaced by a snapshot (SNAP)",
    load: async () => (await import("./zab-sync.ts")).divergenceSnap,
  },
  {
    name: "lost-disk",
    group: "zab",
    title: "A server loses its disk, and gets everything from the leader",
    load: async () => (await import("./zab-sync.ts")).lostDisk,
  },
  {
    name: "rolling-restart",
    group: "zab",
    title: "All servers crash and come back one by one, and no client loses its session",
    load: async () => (await import("./zab-sync.ts")).rollingRestart,
  },
  {
    name: "observer-writes",
    group: "zab",
    title: "An observer serves clients, and no write waits for it",
    load: async () => (await import("./zab-writes.ts")).observerWrites,
  },
  {
    name: "two-servers",
    group: "zab",
    title: "An ensemble of two fails when either server does",
    load: async () => (await import("./zab-writes.ts")).twoServers,
  },
  {
    name: "quorum-regained",
    group: "zab",
    title: "An ensemble loses its quorum, and everything is there when it is back",
    load: async () => (await import("./zab-writes.ts")).quorumRegained,
  },
  {
    name: "zxid-roll-over",
    group: "zab",
    title: "The counter of zxids is used up, and a new epoch begins",
    load: async () => (await import("./zab-writes.ts")).zxidRollOver,
  },
];

export function libraryEntry(name: string): LibraryEntry | undefined {
  return LIBRARY.find((entry) => entry.name === name);
}

/** All scenarios, in the order of the list. */
export function loadLibrary(): Promise<Scenario[]> {
  return Promise.all(LIBRARY.map((entry) => entry.load()));
}
