/** What a story tells of a write on an ensemble: the steps of one transaction, from its request to every tree. */
export type ZabFact =
  /** A learner passes a request of its client on to the leader. */
  | {
      readonly kind: "forwards";
      readonly servers: number[];
      readonly leader: number | null;
      readonly request: Requested;
    }
  | {
      readonly kind: "proposes";
      readonly servers: number[];
      readonly zxid: number;
      readonly txn: string;
      /** The request that it comes of, where a client made one. */
      readonly request: Requested | null;
    }
  | ({ readonly kind: "acknowledges" } & OneStep)
  | ({ readonly kind: "applies" } & OneStep)
  /** A leader answers the sync that a learner passed on. */
  | { readonly kind: "answersSync"; readonly servers: number[]; readonly learner: number | null };

/** A request, as its message names it. */
export interface Requested {
  readonly client: number | null;
  readonly op: string;
  readonly path: string;
}

/** What several servers do with one transaction, one after another. */
interface OneStep {
  readonly servers: number[];
  readonly zxid: number;
  /** When the last of them did it; null if all did at once. */
  untilUs: number | null;
}

/** A transaction that makes or ends a session; no client where none asked for it, or its request is not known. */
export interface OfSession {
  readonly txn: string;
  readonly client: number | null;
}

/** How long nobody led: since the first of a new leader's quorum looked again. */
export interface Since {
  readonly server: number;
  readonly us: number;
}
