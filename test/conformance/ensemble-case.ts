/** The format of the recorded ensemble cases (data/README.md, "Ensemble cases"). */

/** A value that was the same in every repetition, or the set of those that were seen. */
export type Recorded<T> = T | { readonly oneOf: readonly T[] };

/** [leader, zxid, round, peerEpoch]: ids as numbers, the rest as ZooKeeper prints it. */
export type RecordedVote = readonly [
  leader: number,
  zxid: string,
  round: string,
  peerEpoch: string,
];

/** Some ids are written as text. */
export type ServerName =
  | number
  | `${number}`
  | "leader"
  | "lowFollower"
  | "highFollower"
  | "lastKilled";

export type CaseAction =
  | { readonly do: "start" | "kill" | "stop"; readonly server: ServerName }
  | { readonly do: "startAll"; readonly servers?: readonly number[] }
  | { readonly do: "killAll" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "settle"; readonly except?: readonly number[] }
  | { readonly do: "write"; readonly n: number; readonly via: ServerName }
  | { readonly do: "loneWrite"; readonly n: number };

/** What one action saw. */
export interface Observed {
  readonly server?: number;
  readonly leader?: number | null;
  readonly servers?: Readonly<Record<string, ObservedServer>>;
  /** Of a write: its session's creation, its first and last node, its session's end. */
  readonly sessionZxid?: Recorded<string>;
  readonly first?: Recorded<string>;
  readonly last?: Recorded<string>;
  readonly closeZxid?: Recorded<string>;
}

export interface ObservedServer {
  readonly mode: Recorded<string>;
  readonly zxid?: Recorded<string>;
  readonly nodeCount?: Recorded<number>;
  readonly currentEpoch: Recorded<number | null>;
  readonly acceptedEpoch: Recorded<number | null>;
}

export interface Phase {
  /** The action that it begins with; it lasts until the next phase's. */
  readonly afterAction: number;
  readonly elected?: number;
  readonly finalVote?: Readonly<Record<string, Recorded<RecordedVote | null>>>;
  /** Per server, the sequences of its own votes that were seen. */
  readonly voteSequences?: Readonly<Record<string, readonly (readonly RecordedVote[])[]>>;
  /** Per learner, `DIFF 0x5` and the like, in their order. */
  readonly sync?: Readonly<Record<string, Recorded<readonly string[]>>>;
  /** Who had acknowledged the history when the leader began to serve. */
  readonly quorum?: Recorded<{ readonly sids: Recorded<string>; readonly zxid: Recorded<string> }>;
  /** What the leader knew of each learner when it decided how to synchronise it. */
  readonly learners?: Readonly<Record<string, Readonly<Record<LearnerFact, Recorded<string>>>>>;
}

export type LearnerFact = "maxCommitted" | "minCommitted" | "lastProcessed" | "peerLast";

/** One course of events. */
export interface Course {
  readonly observed: readonly Observed[];
  readonly phases: readonly Phase[];
}

export interface EnsembleCase extends Partial<Course> {
  readonly id: string;
  readonly servers: number;
  readonly observers?: readonly number[];
  readonly seeds?: Readonly<Record<string, Seed>> | null;
  readonly actions: readonly CaseAction[];
  /** Instead of `observed` and `phases`, where the repetitions went different ways. */
  readonly alternatives?: readonly Course[];
}

/** What a server has from the start. */
export interface Seed {
  readonly zxids: readonly string[];
  readonly currentEpoch: number;
  readonly acceptedEpoch: number;
}

export function coursesOf(recorded: EnsembleCase): readonly Course[] {
  if (recorded.alternatives !== undefined) return recorded.alternatives;
  return [{ observed: recorded.observed ?? [], phases: recorded.phases ?? [] }];
}

/** The values that a simulator may show. */
export function possible<T>(value: Recorded<T>): readonly T[] {
  return isOneOf(value) ? value.oneOf : [value];
}

function isOneOf<T>(value: Recorded<T>): value is { readonly oneOf: readonly T[] } {
  return typeof value === "object" && value !== null && "oneOf" in value;
}
