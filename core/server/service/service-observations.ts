import type { SessionId } from "../../ids.ts";
import type { Txn, TxnHeader } from "../../tree/txn.ts";
import type { Zxid } from "../../zxid.ts";
import type { ClientConnection } from "./service-port.ts";

/** Why a server closes a client's connection (ServerCnxn.DisconnectReason, as far as it can happen here). */
export type CloseReason =
  | "malformed frame"
  | "frame above jute.maxbuffer"
  | "unknown opcode"
  | "too many connections of this address"
  | "client has seen a newer zxid"
  | "client is not read-only"
  | "session is not valid"
  | "session is not local"
  | "session moved"
  | "session closed"
  | "client reconnected"
  | "authentication failed"
  | "SASL authentication required"
  | "server is not running"
  | "idle";

/** What the service lets be known of its decisions. Nothing depends on anybody listening. */
export type ServiceObservation =
  | {
      readonly kind: "connectionClosed";
      readonly connection: ClientConnection;
      readonly why: CloseReason;
    }
  /** A client asks for a new session, or goes on with one that is alive. */
  | {
      readonly kind: "sessionRequested" | "sessionResumed";
      readonly session: SessionId;
      readonly connection: ClientConnection;
      readonly timeOutMs: number;
    }
  | {
      readonly kind: "sessionRefused";
      readonly session: SessionId;
      readonly why: "password" | "expired";
    }
  | { readonly kind: "sessionExpiring"; readonly session: SessionId }
  /** The session ended: its closeSession was applied. */
  | { readonly kind: "sessionRemoved"; readonly session: SessionId; readonly zxid: Zxid }
  /** A request of a session that is closing or unknown. */
  | { readonly kind: "requestDropped"; readonly session: SessionId; readonly xid: number }
  | { readonly kind: "prepared"; readonly header: TxnHeader; readonly txn: Txn }
  /** Applied at this moment; the events that it fires come behind it. */
  | { readonly kind: "applied"; readonly header: TxnHeader; readonly txn: Txn }
  | { readonly kind: "reaping"; readonly path: string; readonly as: "container" | "TTL" }
  | { readonly kind: "snapshotBegun"; readonly zxid: Zxid }
  /** One is under way already. */
  | { readonly kind: "snapshotSkipped"; readonly zxid: Zxid }
  | { readonly kind: "snapshotFailed" };
