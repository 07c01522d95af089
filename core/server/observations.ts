import type { Candidate, Deciding, ServerState } from "../election/vote.ts";
import type { Epoch, Round, ServerId } from "../ids.ts";
import type { Zxid } from "../zxid.ts";
import type { LogEntry } from "./service/service-port.ts";

/**
 * What a server lets be known of its decisions. Nothing depends on anybody listening; a trace, a narrator or a
 * checker makes of it what it likes.
 */
export type Observation =
  /** A new election begins (FastLeaderElection.lookForLeader). */
  | {
      readonly kind: "looking";
      readonly round: Round;
      readonly zxid: Zxid;
      readonly peerEpoch: Epoch;
    }
  /** The server's own vote changes, because of a vote that `from` sent. */
  | {
      readonly kind: "voteChanged";
      readonly from: ServerId;
      readonly round: Round;
      readonly vote: Candidate;
      readonly before: Candidate;
      /** The field that decided against the vote before, or `round` when a later round made it start afresh. */
      readonly because: Deciding | "round";
    }
  /** A vote of a later round arrives: the round is taken over and votes counted so far are forgotten. */
  | {
      readonly kind: "roundRaised";
      readonly from: ServerId;
      readonly round: Round;
      readonly before: Round;
    }
  /** A quorum agrees; now it must stay so for finalizeWait. */
  | {
      readonly kind: "quorumAgrees";
      readonly leader: ServerId;
      readonly round: Round;
      readonly supporters: readonly ServerId[];
    }
  /** A better vote arrived before finalizeWait was over. */
  | { readonly kind: "finalizeInterrupted"; readonly from: ServerId; readonly leader: ServerId }
  /** No notification came in time: votes were sent again, or connections dialled. */
  | {
      readonly kind: "pollTimedOut";
      readonly action: "resent" | "redialled";
      readonly nextWaitMs: number;
    }
  /** The election ends. */
  | {
      readonly kind: "elected";
      readonly state: ServerState;
      readonly leader: ServerId;
      readonly zxid: Zxid;
      readonly round: Round;
      readonly peerEpoch: Epoch;
      /** `votes`: by votes of servers that look too. `joined`: by answers of an ensemble that has a leader. */
      readonly how: "votes" | "joined";
      readonly supporters: readonly ServerId[];
      readonly tookMs: number;
    }
  /** A learner's try to reach its leader failed. */
  | {
      readonly kind: "leaderUnreachable";
      readonly leader: ServerId;
      readonly tries: number;
      readonly again: boolean;
    }
  /** A learner has told its leader of itself (FOLLOWERINFO, OBSERVERINFO). */
  | { readonly kind: "registered"; readonly leader: ServerId; readonly acceptedEpoch: Epoch }
  /** A learner has the leader's epoch and follows it. */
  | { readonly kind: "following"; readonly leader: ServerId; readonly epoch: Epoch }
  /** The leader heard of one more voter that follows it. */
  | {
      readonly kind: "followerRegistered";
      readonly follower: ServerId;
      readonly acceptedEpoch: Epoch;
      readonly registered: readonly ServerId[];
    }
  /** A quorum follows: the new epoch is decided and promised (Leader.getEpochToPropose). */
  | {
      readonly kind: "leading";
      readonly epoch: Epoch;
      readonly quorum: readonly ServerId[];
    }
  /** A quorum has acknowledged the new epoch: synchronisation begins (Leader.waitForEpochAck). */
  | {
      readonly kind: "epochAcknowledged";
      readonly epoch: Epoch;
      readonly quorum: readonly ServerId[];
    }
  /** The leader has decided how to bring a learner up to date (LearnerHandler.syncFollower), and knew this. */
  | {
      readonly kind: "learnerSynced";
      readonly learner: ServerId;
      readonly mode: SyncMode;
      /** Of the DIFF, TRUNC or SNAP packet. */
      readonly zxid: Zxid;
      readonly peerLastZxid: Zxid;
      readonly minCommittedLog: Zxid;
      readonly maxCommittedLog: Zxid;
      readonly lastProcessedZxid: Zxid;
      /** How many transactions follow the packet. */
      readonly proposals: number;
    }
  /** A learner was told how it will be brought up to date. */
  | {
      readonly kind: "synchronizing";
      readonly leader: ServerId;
      readonly mode: SyncMode;
      readonly zxid: Zxid;
    }
  /** TRUNC is carried out: `zxid` is the last one now. */
  | { readonly kind: "truncated"; readonly target: Zxid; readonly zxid: Zxid }
  /** A learner has all of its leader's history and says so. */
  | { readonly kind: "newLeaderAcknowledged"; readonly leader: ServerId; readonly epoch: Epoch }
  /** A quorum has the leader's history, which is committed with this. */
  | {
      readonly kind: "established";
      readonly epoch: Epoch;
      readonly quorum: readonly ServerId[];
      /** The last transaction of that history. */
      readonly zxid: Zxid;
    }
  /** The server's clients are served from now on. */
  | {
      readonly kind: "serving";
      readonly state: ServerState;
      readonly leader: ServerId;
      readonly epoch: Epoch;
      readonly zxid: Zxid;
    }
  /** The leader sends a transaction to all that it has synchronised. */
  | { readonly kind: "proposed"; readonly entry: LogEntry }
  /** A follower, or the leader itself, has the transaction on its disk and says so. */
  | { readonly kind: "acknowledged"; readonly zxid: Zxid }
  | { readonly kind: "committed"; readonly zxid: Zxid; readonly quorum: readonly ServerId[] }
  /** Leaving a role, the server applied what its log holds beyond its tree. */
  | { readonly kind: "fastForwarded"; readonly from: Zxid; readonly to: Zxid }
  /** The process ends itself. */
  | { readonly kind: "exited"; readonly why: ExitReason }
  | { readonly kind: "learnerLost"; readonly learner: ServerId; readonly why: LostReason }
  /** A role ends; the server looks again. */
  | { readonly kind: "roleLeft"; readonly state: ServerState; readonly why: LeaveReason };

export const SYNC_MODES = ["DIFF", "TRUNC", "SNAP"] as const;
export type SyncMode = (typeof SYNC_MODES)[number];

export const LOST_REASONS = [
  "closed",
  "read timeout",
  "refused",
  "no quorum within initLimit",
  "more recent than the leader",
  "acknowledges nothing within syncLimit",
  "too many observers synchronise",
] as const;
export type LostReason = (typeof LOST_REASONS)[number];

export const LEAVE_REASONS = [
  "could not connect to the leader",
  "connection to the leader lost",
  "nothing heard from the leader",
  "the leader's epoch is lower than the one promised",
  "no quorum of followers within initLimit",
  "a voter looks again",
  "not sufficient followers synced",
  "unexpected packet",
  "the new epoch was not acknowledged within initLimit",
  "the history was not acknowledged within initLimit",
  "zxids of the epoch are used up",
  "the log could not be truncated",
  "a proposal is missing",
] as const;
export type LeaveReason = (typeof LEAVE_REASONS)[number];

/** With which ZooKeeper's process would end itself (exit codes 10, 1, 12 and 13). */
export const EXIT_REASONS = [
  "the snapshot could not be written",
  "the disk could not be read",
  "a commit does not match the oldest proposal",
  "synchronisation begins with an unexpected packet",
] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];
