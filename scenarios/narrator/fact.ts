import type { QuorumVerifier } from "../../core/quorum/verifier.ts";
import type { TraceRecord } from "../../sim/kernel/trace.ts";
import type { Cast } from "../service/cast.ts";
import type { ServiceFact } from "./service-fact.ts";
import type { OfSession, Since, ZabFact } from "./zab-fact.ts";

/**
 * What a story tells, in no language: facts read off trace records, several records in one fact where they say the
 * same of several servers. A language turns each kind of fact into a sentence.
 */
export type Fact =
  | {
      readonly kind: "boots";
      readonly servers: number[];
      readonly acceptedEpoch: number;
      readonly currentEpoch: number;
      readonly zxid: number;
      /** The election that it begins at once. */
      looks?: Looks;
    }
  | { readonly kind: "crashes"; readonly servers: number[] }
  | { readonly kind: "pauses"; readonly servers: number[] }
  | { readonly kind: "resumes"; readonly servers: number[] }
  | { readonly kind: "wiped"; readonly servers: number[] }
  /** A process ends itself; what the system then does to it is the same fact. */
  | { readonly kind: "exits"; readonly servers: number[]; readonly why: string }
  /** Links change, all at one moment; `islands` are the groups that can still talk, when something is cut. */
  | {
      readonly kind: "links";
      readonly servers: number[];
      readonly change: string;
      readonly links: readonly (readonly [from: number, to: number])[];
      readonly islands: readonly (readonly number[])[];
      readonly isAllWell: boolean;
    }
  | Looks
  | {
      readonly kind: "changesVote";
      readonly servers: number[];
      readonly from: number | null;
      readonly round: number;
      readonly vote: Vote;
      readonly before: Vote;
      readonly because: string;
    }
  | {
      readonly kind: "raisesRound";
      readonly servers: number[];
      readonly from: number | null;
      readonly round: number;
      readonly before: number;
    }
  | {
      readonly kind: "quorumAgrees";
      readonly servers: number[];
      readonly leader: number | null;
      readonly round: number;
      readonly supporters: readonly number[];
    }
  | {
      readonly kind: "interrupted";
      readonly servers: number[];
      readonly from: number | null;
      readonly leader: number | null;
    }
  | {
      readonly kind: "elected";
      readonly servers: number[];
      readonly state: string;
      readonly leader: number | null;
      readonly zxid: number;
      readonly peerEpoch: number;
      readonly round: number;
      readonly how: string;
      readonly supporters: readonly number[];
    }
  /** Told once for a stretch of time: servers wait in vain. */
  | {
      readonly kind: "waits";
      readonly servers: number[];
      readonly action: string;
      times: number;
      longestWaitMs: number;
    }
  | {
      readonly kind: "givesUp";
      readonly servers: number[];
      readonly leader: number | null;
      readonly tries: number;
    }
  | {
      readonly kind: "registers";
      readonly servers: number[];
      readonly leader: number | null;
      readonly acceptedEpoch: number;
      /** Tries that failed before, over all of these servers. */
      failedTries: number;
    }
  | {
      readonly kind: "proposesEpoch";
      readonly servers: number[];
      readonly epoch: number;
      readonly quorum: readonly number[];
    }
  | {
      readonly kind: "epochAcknowledged";
      readonly servers: number[];
      readonly epoch: number;
      readonly quorum: readonly number[];
    }
  | {
      readonly kind: "follows";
      readonly servers: number[];
      readonly leader: number | null;
      readonly epoch: number;
    }
  /** How a leader brings learners up to date, who are the servers here, and what it knew of them and of itself. */
  | {
      readonly kind: "sendsHistory";
      readonly servers: number[];
      readonly leader: number;
      readonly mode: string;
      readonly zxid: number;
      readonly peerLastZxid: number;
      readonly lastProcessedZxid: number;
      /** The oldest transaction that the leader has at hand. */
      readonly minCommittedLog: number;
      readonly proposals: number;
    }
  /** With a snapshot. */
  | {
      readonly kind: "synchronizes";
      readonly servers: number[];
      readonly leader: number | null;
    }
  | {
      readonly kind: "truncates";
      readonly servers: number[];
      readonly target: number;
      readonly zxid: number;
    }
  | {
      readonly kind: "hasHistory";
      readonly servers: number[];
      readonly leader: number | null;
      readonly epoch: number;
    }
  /** A quorum has the leader's history, which is committed with this. */
  | {
      readonly kind: "leads";
      readonly servers: number[];
      readonly epoch: number;
      readonly quorum: readonly number[];
      readonly zxid: number;
      /** Null where no leader was before. */
      readonly since: Since | null;
      /** With what it begins to serve, at once. */
      serves?: Serves;
    }
  | Serves
  | {
      readonly kind: "commits";
      readonly servers: number[];
      readonly zxid: number;
      readonly quorum: readonly number[];
      /** Where the transaction makes or ends a session. */
      ofSession: OfSession | null;
      /** The followers that it is sent to. */
      readonly commitTo: number[];
      /** The observers, which are sent the transaction with it. */
      readonly informTo: number[];
    }
  | {
      readonly kind: "fastForwards";
      readonly servers: number[];
      readonly from: number;
      readonly to: number;
    }
  | {
      readonly kind: "losesLearner";
      readonly servers: number[];
      readonly learner: number | null;
      readonly why: string;
    }
  | {
      readonly kind: "leaves";
      readonly servers: number[];
      readonly state: string;
      readonly why: string;
      /** The election that it begins at once. */
      looks?: Looks;
    }
  /** Told once for a stretch of time: messages that did not arrive. */
  | { readonly kind: "lost"; readonly servers: number[]; readonly why: string; times: number }
  | ServiceFact
  | ZabFact
  /** One record as it is, for those who want to see everything. */
  | { readonly kind: "record"; readonly servers: number[]; readonly record: TraceRecord };

/** An election begins. */
export interface Looks {
  readonly kind: "looks";
  readonly servers: number[];
  readonly round: number;
  readonly zxid: number;
  readonly peerEpoch: number;
}

/** Clients are served from now on. */
export interface Serves {
  readonly kind: "serves";
  readonly servers: number[];
  readonly state: string;
  readonly leader: number | null;
  readonly epoch: number;
  readonly zxid: number;
}

export type FactKind = Fact["kind"];

export interface Vote {
  readonly leader: number | null;
  readonly zxid: number;
  readonly peerEpoch: number;
}

/** A fact with its time and the records that it was read off. */
export interface Told {
  readonly timeUs: number;
  readonly records: number[];
  readonly fact: Fact;
}

/** What a narrator knows beside the records: how votes are counted, and how long a quorum waits. */
export interface NarratorContext {
  readonly verifier: QuorumVerifier;
  readonly finalizeWaitMs: number;
  readonly cast: Cast;
}

/** One language: a sentence for each kind of fact, without a full stop. */
export type Language = {
  readonly [kind in FactKind]: (
    fact: Extract<Fact, { readonly kind: kind }>,
    context: NarratorContext,
  ) => string;
};
