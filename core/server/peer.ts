import type { Host } from "../client/connect-string.ts";
import type { Connections, Election } from "../election/state.ts";
import type { ElectionRules } from "../election/rules.ts";
import type { ServerState, Vote } from "../election/vote.ts";
import type { Epoch, ServerId } from "../ids.ts";
import type { QuorumVerifier } from "../quorum/verifier.ts";
import type { CommittedLog } from "../zab/committed-log.ts";
import type { ZabRules } from "../zab/rules.ts";
import type { Leading } from "../zab/leader-state.ts";
import type { Learning } from "../zab/learner-state.ts";
import type { LeaveReason } from "./observations.ts";
import type { Port } from "./port.ts";
import type { ServiceConfig } from "./service/config.ts";
import type { ReplacedFiles } from "./service/snapshot.ts";
import type { Database, Service, ServiceContext } from "./service/state.ts";

export type LearnerType = "PARTICIPANT" | "OBSERVER";

/** One `server.N` line. */
export interface Member {
  readonly id: ServerId;
  readonly type: LearnerType;
  /** `host:electionPort`. */
  readonly electionAddress: string;
}

/** What a server is told once, when it is built: its zoo.cfg and myid, as far as they concern the quorum. */
export interface PeerConfig {
  readonly id: ServerId;
  readonly type: LearnerType;
  /** All servers, by id, ascending. */
  readonly members: readonly Member[];
  readonly verifier: QuorumVerifier;
  /** The configuration as notifications carry it, and its version. */
  readonly configText: string;
  readonly configVersion: number;
  readonly tickMs: number;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  /** 0: initLimit. */
  readonly connectToLearnerMasterLimit: number;
  readonly minNotificationMs: number;
  readonly maxNotificationMs: number;
  readonly cnxTimeoutMs: number;
  readonly leaderConnectDelayMs: number;
  /** −1: wait for initLimit (leader.maxTimeToWaitForEpoch). */
  readonly maxTimeToWaitForEpochMs: number;
  readonly observerElectionDelayMs: number;
  /** False: a leader has no clients of its own (leaderServes). */
  readonly leaderServes: boolean;
  /** Transactions in the committed log (commitLogCount). */
  readonly commitLogCount: number;
  /** How much log a learner is sent instead of a snapshot, as a part of the snapshot's size; below 0: none. */
  readonly snapshotSizeFactor: number;
  /** Bytes by which log files grow (preAllocSize). */
  readonly preAllocBytes: number;
  /** Observers that synchronise at a time, by snapshot and otherwise. */
  readonly maxConcurrentSnapSyncs: number;
  readonly maxConcurrentDiffSyncs: number;
  /** Whether an observer keeps a log (syncEnabled). */
  readonly syncEnabled: boolean;
  /** Whether a server that looks for long serves reads (readonlymode.enabled). */
  readonly readOnlyMode: boolean;
  /** The counter of every epoch's zxids begins behind this one, for tests (testingonly.initialZxid). */
  readonly initialCounter: number;
  /** Under which clients know it; port 0: no client port is configured, and it listens to none. */
  readonly clientAddress: Host;
  /** What concerns its clients. */
  readonly service: ServiceConfig;
}

/** The two files of one number each that a server finds on its disk when it boots. */
export interface Durable {
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
}

/**
 * `snapshot`: the first one of an empty disk, without which a log could not be read again. `discard`: files that a
 * leader's snapshot has replaced are deleted. `epoch`: the epoch of the log is written as the current one.
 */
export type BootStep =
  | { readonly kind: "snapshot" | "epoch" }
  | { readonly kind: "discard"; readonly files: ReplacedFiles };

/** A role that is ending. */
export interface Leaving {
  readonly why: LeaveReason;
  /** What its leader sent is in memory, and not on disk. */
  readonly isAheadOfDisk: boolean;
}

/** One server: plain data, which a crash loses as a whole. */
export interface Peer {
  state: ServerState;
  /** Whom the server votes for outside an election: what it answers to those who look. */
  currentVote: Vote;
  /** As on disk, or a write ahead of it. */
  acceptedEpoch: Epoch;
  currentEpoch: Epoch;
  /** Tree and sessions. They outlive a role; their last zxid may be above what is on disk (a new leader's (epoch, 0)). */
  database: Database;
  /** The transactions that were applied last, for learners that lack a few (ZKDatabase.committedLog). */
  committedLog: CommittedLog;
  election: Election;
  connections: Connections;
  leading: Leading | undefined;
  learning: Learning | undefined;
  /** A TRUNC could not be done: the next leader is asked for a snapshot. */
  needsSnapshot: boolean;
  /** What a server that starts has to do on its disk before it looks for a leader; the first of it is under way. */
  booting: BootStep[];
  /** Why the role ends, once what is being done is done and the log is written to the end. */
  leaving: Leaving | undefined;
  /** What clients see: the server of the role, which serves while it is running (ZooKeeperServer). */
  service: RoleService;
}

/**
 * The part of a server that clients see, as long as its process lives, and the role that decides what their requests
 * pass on their way. Between roles it serves nobody.
 */
export interface RoleService extends Service {
  leading: Leading | undefined;
  learning: Learning | undefined;
  committedLog: CommittedLog;
}

/** All that a step may use besides the server's own data. */
export interface Context {
  readonly config: PeerConfig;
  readonly rules: Rules;
  readonly port: Port;
  readonly service: ServiceContext;
}

/** How the server behaves where a mistake would be worst; see the two files. */
export interface Rules extends ElectionRules {
  readonly zab: ZabRules;
}
