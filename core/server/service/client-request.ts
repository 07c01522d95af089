import type { SessionId } from "../../ids.ts";
import type { SessionOwner } from "../../session/session-tracker.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import type { Id, Request, RequestKind } from "../../wire/records.ts";
import type { ClientConnection } from "./service-port.ts";

/** A request on its way through the server (Request): plain data, which a learner can forward to its leader. */
export interface ClientRequest {
  readonly session: SessionId;
  /** The client's xid; 0 if the server itself asks. */
  readonly cxid: number;
  readonly op: RequestKind;
  /** Undefined: the body could not be read. */
  readonly body: Request | undefined;
  /** Who the connection was when the request was read. */
  readonly identities: readonly Id[];
  readonly owner: SessionOwner;
  /** Where the reply goes; undefined if no client of this server waits for one. */
  readonly connection: ClientConnection | undefined;
  /** False for what servers make themselves: sessions that begin or expire, containers that are removed. */
  readonly isFromClient: boolean;
  /** The session is this server's own affair, and so is its beginning or end. */
  readonly isLocal?: boolean;
  /** Its local session may not have what it asks for; the leader's reason for refusing it is another. */
  readonly exception?: ErrorCode;
}

const WRITE_KINDS = [
  "create",
  "create2",
  "createContainer",
  "createTTL",
  "delete",
  "deleteContainer",
  "setData",
  "setACL",
  "check",
  "multi",
  "reconfig",
  "createSession",
  "closeSession",
] as const satisfies readonly RequestKind[];

export type WriteKind = (typeof WRITE_KINDS)[number];

const WRITES: ReadonlySet<RequestKind> = new Set<RequestKind>(WRITE_KINDS);

/** Whether the request becomes a transaction, be it an error transaction. */
export function isWrite(op: RequestKind): op is WriteKind {
  return WRITES.has(op);
}
