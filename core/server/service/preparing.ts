import type { PERMS } from "../../tree/acl.ts";
import { permits } from "../../tree/acl.ts";
import { checkSession } from "../../session/session-tracker.ts";
import { checkAnySession } from "./session-check.ts";
import type { SimpleTxn, TxnHeader } from "../../tree/txn.ts";
import { ERROR_CODES, type ErrorCode } from "../../wire/error-codes.ts";
import type { ClientRequest } from "./client-request.ts";
import {
  addChangeWithin,
  type ChangeRecord,
  type PendingNode,
  pendingNode,
  type Savepoint,
} from "./outstanding-changes.ts";
import type { Preparation, ServiceContext } from "./state.ts";

/** One request while it is prepared: what its checks look at. */
export interface Preparing {
  readonly ctx: ServiceContext;
  readonly state: Preparation;
  readonly header: TxnHeader;
  readonly request: ClientRequest;
  /** Inside a multi: where its changes are rolled back to. */
  readonly savepoint: Savepoint | undefined;
}

/** What the checks of one operation come to: a transaction, or the code of the first check that failed. */
export type Checked = SimpleTxn | ErrorCode;

/**
 * The body of a record whose null field Java trips over (a NullPointerException in the middle of the checks): the
 * request as a whole fails with it, also inside a multi.
 */
export const MARSHALLING = ERROR_CODES.MarshallingError;

/** The trackers' word on the request's session. */
export function sessionError({ ctx, request, state }: Preparing): ErrorCode | undefined {
  return checkAnySession(ctx, state, request.session, request.owner);
}

/** An ephemeral belongs to a session that all servers know, and no other will do (checkGlobalSession). */
export function globalSessionError({ request, state }: Preparing): ErrorCode | undefined {
  return request.exception ?? checkSession(state.tracker, request.session, request.owner);
}

export function nodeAt(prep: Preparing, path: string): PendingNode | undefined {
  return pendingNode(prep.state.database.tree, prep.state.outstanding, path);
}

/** ZooKeeperServer.checkACL, with the identities that the connection had when the request was read. */
export function isPermitted(
  prep: Preparing,
  node: PendingNode,
  perm: (typeof PERMS)[keyof typeof PERMS],
): boolean {
  const { skipACL } = prep.ctx.config;
  return permits(node.acl, perm, prep.request.identities, { skipAcl: skipACL });
}

/** Puts one node of this transaction into the pending view. */
export function change(prep: Preparing, path: string, node: PendingNode | undefined): void {
  const record: ChangeRecord = { zxid: prep.header.zxid, path, node };
  addChangeWithin(prep.state.outstanding, prep.savepoint, record);
}

/** What a version becomes; Java's int wraps around. */
export function incremented(version: number): number {
  return (version + 1) | 0;
}

/** checkAndIncVersion: −1 fits every version. */
export function versionFits(current: number, expected: number): boolean {
  return expected === -1 || expected === current;
}

/** A slash to cut the parent at, and no U+0000: all that create and delete ask of a path at first. */
export function hasParent(path: string): boolean {
  return path.includes("/") && !path.includes("\0");
}
