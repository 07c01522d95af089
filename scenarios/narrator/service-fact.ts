/** What a story tells of clients, and of the servers that they see. */
export type ServiceFact =
  | {
      readonly kind: "serverStarts";
      readonly servers: number[];
      readonly zxid: number;
      readonly replayed: number;
    }
  | { readonly kind: "serverRefuses"; readonly servers: number[]; readonly why: string }
  | {
      readonly kind: "connects";
      readonly servers: number[];
      readonly host: string;
      readonly session: string;
      readonly timeoutMs: number;
      /** It had this session before. */
      readonly isAgain: boolean;
      /** The other server that it had it with; null if it is the same one. */
      readonly from: string | null;
    }
  | { readonly kind: "losesServer"; readonly servers: number[]; readonly why: string }
  /** Told once for a stretch of time. */
  | {
      readonly kind: "dialsInVain";
      readonly servers: number[];
      readonly why: string;
      times: number;
    }
  /** A watch fires. */
  | {
      readonly kind: "hears";
      readonly servers: number[];
      readonly event: string;
      readonly path: string;
    }
  /** The client is told that it is of no use any more. */
  | { readonly kind: "isLost"; readonly servers: number[]; readonly state: string }
  | {
      readonly kind: "completes";
      readonly servers: number[];
      readonly asked: Asked;
      /** Null if it went well. */
      readonly error: string | null;
      /** The operation at which a multi failed, counted from 0. */
      readonly failedAt: number | null;
      /** Data, a path, or names. */
      readonly got: string | null | readonly string[];
      /** Of exists: whether there is such a znode. */
      readonly found: boolean | null;
      /** Of a write. */
      readonly zxid: number | null;
    }
  | {
      readonly kind: "sessionExpires";
      readonly servers: number[];
      readonly session: string;
      readonly client: number | null;
    }
  | {
      readonly kind: "sessionEnds";
      readonly servers: number[];
      readonly session: string;
      readonly client: number | null;
      readonly zxid: number;
    }
  | { readonly kind: "reaps"; readonly servers: number[]; readonly zxid: number }
  | { readonly kind: "refusesClient"; readonly servers: number[]; readonly why: string };

/** A request, as far as a sentence says it. */
export interface Asked {
  /** As the client's operations are named: `create`, `getData`, … */
  readonly op: string;
  readonly path: string;
  /** Of a create: null where nothing is said of it. */
  readonly mode: string | null;
  readonly data: string | null;
  /** The version that it asks for. */
  readonly version: number | null;
  readonly watch: boolean;
  /** Of a multi. */
  readonly operations: readonly { readonly op: string; readonly path: string }[];
}

/** Kinds of operation that take a zxid. */
export const WRITES: ReadonlySet<string> = new Set([
  "create",
  "delete",
  "setData",
  "setACL",
  "multi",
  "close",
]);
