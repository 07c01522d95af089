import type { Round } from "../ids.ts";
import { type Candidate, isGreater } from "./vote.ts";

/**
 * The rules of the election that a mistake would most likely get wrong, each in one place. A server is built with
 * one set and keeps it; tests build servers with a wrong one to see that somebody notices.
 */
export interface ElectionRules {
  /** The order of votes, weights aside. */
  readonly isGreater: (a: Candidate, b: Candidate) => boolean;
  /** Whether a LOOKING vote of that round is counted in this one. */
  readonly counts: (voteRound: Round, round: Round) => boolean;
  /** How long a quorum must stay undisturbed before it decides (FastLeaderElection.finalizeWait). */
  readonly finalizeWaitMs: number;
}

export const ELECTION_RULES: ElectionRules = {
  isGreater,
  counts: (voteRound, round) => voteRound === round,
  finalizeWaitMs: 200,
};
