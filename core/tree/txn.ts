import type { SessionId } from "../ids.ts";
import type { Acl, Buffer } from "../wire/records.ts";
import type { Zxid } from "../zxid.ts";

/**
 * Transactions: what a request became when it was prepared. They say what to do and no longer whether, so that every
 * replica that applies them in order has the same tree, and applying one twice does no harm (fuzzy snapshots).
 */
export interface TxnHeader {
  readonly sessionId: SessionId;
  readonly cxid: number;
  readonly zxid: Zxid;
  /** ms, by the clock of the server that prepared it. */
  readonly time: number;
}

export type CreateTxn =
  | {
      readonly kind: "create";
      readonly path: string;
      readonly data: Buffer | null;
      readonly acl: readonly Acl[];
      readonly ephemeral: boolean;
      /** The parent's stored cversion after this create. */
      readonly parentCversion: number;
    }
  | {
      readonly kind: "createContainer";
      readonly path: string;
      readonly data: Buffer | null;
      readonly acl: readonly Acl[];
      readonly parentCversion: number;
    }
  | {
      readonly kind: "createTTL";
      readonly path: string;
      readonly data: Buffer | null;
      readonly acl: readonly Acl[];
      readonly parentCversion: number;
      /** ms. */
      readonly ttl: number;
    };

export type SimpleTxn =
  | CreateTxn
  | { readonly kind: "delete" | "deleteContainer"; readonly path: string }
  | {
      readonly kind: "setData";
      readonly path: string;
      readonly data: Buffer | null;
      /** The version after it. */
      readonly version: number;
    }
  | {
      readonly kind: "setACL";
      readonly path: string;
      readonly acl: readonly Acl[];
      /** The aversion after it. */
      readonly version: number;
    }
  | { readonly kind: "check"; readonly path: string; readonly version: number }
  /** A request that failed when it was prepared: it takes a zxid and changes nothing. */
  | { readonly kind: "error"; readonly err: number };

export type Txn =
  | SimpleTxn
  | { readonly kind: "multi"; readonly txns: readonly SimpleTxn[] }
  | { readonly kind: "createSession"; readonly timeOut: number }
  /** `paths`: the session's ephemerals, in the order in which they go. */
  | { readonly kind: "closeSession"; readonly paths: readonly string[] };
