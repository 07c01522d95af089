import type { Connections, Election } from "../election/state.ts";
import type { ElectionRules } from "../election/rules.ts";
import type { ServerState, Vote } from "../election/vote.ts";
import type { Epoch, ServerId } from "../ids.ts";
import type { QuorumVerifier } from "../quorum/verifier.ts";
import type { Zxid } from "../zxid.ts";
import type { Leading } from "../zab/leader-state.ts";
import type { Learning } from "../zab/learner-state.ts";
import type { Port } from "./port.ts";

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
}

/** What a server finds on its disk when it boots. */
export interface Durable {
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  /** The last zxid that snapshot and log give. */
  readonly lastZxid: Zxid;
}

/** One server: plain data, which a crash loses as a whole. */
export interface Peer {
  state: ServerState;
  /** Whom the server votes for outside an election: what it answers to those who look. */
  currentVote: Vote;
  /** As on disk, or a write ahead of it. */
  acceptedEpoch: Epoch;
  currentEpoch: Epoch;
  /** In memory, and possibly above what is on disk (a new leader's (epoch, 0)). */
  lastProcessedZxid: Zxid;
  election: Election;
  connections: Connections;
  leading: Leading | undefined;
  learning: Learning | undefined;
}

/** All that a step may use besides the server's own data. */
export interface Context {
  readonly config: PeerConfig;
  readonly rules: ElectionRules;
  readonly port: Port;
}
