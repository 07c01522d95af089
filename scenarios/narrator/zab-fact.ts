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
  | { readonly kind: "acknowledges"; readonly servers: number[]; readonly zxid: number }
  | { readonly kind: "applies"; readonly servers: number[]; readonly zxid: number };

/** A request, as its message names it. */
export interface Requested {
  readonly client: number | null;
  readonly op: string;
  readonly path: string;
}

/** How long nobody led: since the first of a new leader's quorum looked again. */
export interface Since {
  readonly server: number;
  readonly us: number;
}
