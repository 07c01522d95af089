import { trackSession, setOwner, setSessionClosing } from "../../session/session-tracker.ts";
import { ephemeralSetOf } from "../../tree/data-tree.ts";
import { addToHashSet, deleteFromHashSet, hashSetOrder } from "../../tree/java-hash-set.ts";
import { parentOf } from "../../tree/path.ts";
import type { Txn, TxnHeader } from "../../tree/txn.ts";
import { ERROR_CODES, type ErrorCode } from "../../wire/error-codes.ts";
import type { Request } from "../../wire/records.ts";
import { zxid } from "../../zxid.ts";
import { type ClientRequest, isWrite, type WriteKind } from "./client-request.ts";
import { outstandingRecords } from "./outstanding-changes.ts";
import { prepareCreate } from "./prepare-create.ts";
import { hasNullPath, prepareMulti } from "./prepare-multi.ts";
import {
  prepareCheck,
  prepareDelete,
  prepareDeleteContainer,
  prepareSetACL,
  prepareSetData,
} from "./prepare-node.ts";
import { change, MARSHALLING, nodeAt, type Preparing, sessionError } from "./preparing.ts";
import type { LogEntry } from "./service-port.ts";
import type { Preparation, ServiceContext } from "./state.ts";

/**
 * What a write request becomes (PrepRequestProcessor): checked against the pending view, it is a transaction with the
 * next zxid, or an error transaction with it. From here on nothing is asked any more; the transaction goes to the log
 * (and to a quorum, where there is one), and is applied when it comes back from there.
 */
export type Prepared =
  | { readonly kind: "txn"; readonly entry: LogEntry }
  /** Java fails before it has a header: an answer to the client, and nothing to log. */
  | { readonly kind: "refused"; readonly err: ErrorCode };

export function prepare(ctx: ServiceContext, state: Preparation, request: ClientRequest): Prepared {
  if (!isWrite(request.op)) throw new RangeError(`${request.op} is no write request`);
  // An undecodable reconfig fails before a zxid is taken, alone among all writes.
  if (request.op === "reconfig" && request.body === undefined) {
    return { kind: "refused", err: MARSHALLING };
  }
  state.lastPreparedZxid = zxid(state.lastPreparedZxid + 1);
  if (request.body?.kind === "multi" && hasNullPath(request.body.ops)) {
    return { kind: "refused", err: MARSHALLING };
  }
  const header: TxnHeader = {
    sessionId: request.session,
    cxid: request.cxid,
    zxid: state.lastPreparedZxid,
    time: ctx.port.wallMs(),
  };
  const prep: Preparing = { ctx, state, header, request, savepoint: undefined };
  const checked = prepareTxn(prep, request.op, request.body);
  const txn: Txn = typeof checked === "number" ? { kind: "error", err: checked } : checked;
  ctx.port.observe({ kind: "prepared", header, txn });
  return { kind: "txn", entry: { header, txn } };
}

/** pRequest2Txn. The body is of the named operation, or undefined if it could not be read. */
function prepareTxn(prep: Preparing, op: WriteKind, body: Request | undefined): Txn | ErrorCode {
  switch (op) {
    case "create":
    case "create2":
    case "createContainer":
      return body?.kind === op ? prepareCreate(prep, op, body) : MARSHALLING;
    case "createTTL":
      return body?.kind === op ? prepareCreate(prep, op, body, body.ttl) : MARSHALLING;
    case "delete":
      return prepareDelete(prep, body?.kind === op ? body : undefined);
    case "deleteContainer":
      return prepareDeleteContainer(prep, body?.kind === op ? body : undefined);
    case "setData":
      return prepareSetData(prep, body?.kind === op ? body : undefined);
    case "setACL":
      return prepareSetACL(prep, body?.kind === op ? body : undefined);
    case "check":
      return prepareCheck(prep, body?.kind === op ? body : undefined);
    case "multi":
      return body?.kind === op ? prepareMulti(prep, body.ops) : MARSHALLING;
    case "reconfig":
      return prepareReconfig(prep);
    case "createSession":
      return body?.kind === op ? prepareCreateSession(prep, body.timeOut) : MARSHALLING;
    case "closeSession":
      return prepareCloseSession(prep);
  }
}

/** A standalone server has nothing to reconfigure. */
function prepareReconfig(prep: Preparing): ErrorCode {
  if (!prep.ctx.config.reconfigEnabled) return ERROR_CODES.ReconfigDisabled;
  return sessionError(prep) ?? ERROR_CODES.Unimplemented;
}

/** From a client it cannot be parsed; servers make it of connect requests. */
function prepareCreateSession(prep: Preparing, timeOut: number): Txn | ErrorCode {
  const { request, state, ctx } = prep;
  if (request.isFromClient) return MARSHALLING;
  trackSession(state.tracker, request.session, timeOut, ctx.port.now());
  setOwner(state.tracker, request.session, request.owner);
  return { kind: "createSession", timeOut };
}

/**
 * The ephemerals that go with a session: those of the tree, with what is pending, in the order of a Java hash set. The
 * owner is not checked: any server may say that a session is over, and the tracker says so when it expires.
 */
function prepareCloseSession(prep: Preparing): Txn {
  const { request, state } = prep;
  const paths = ephemeralSetOf(state.database.tree, request.session);
  for (const record of outstandingRecords(state.outstanding)) {
    if (record.node === undefined) deleteFromHashSet(paths, record.path);
    else if (record.node.ephemeralOwner === request.session) addToHashSet(paths, record.path);
  }
  const inOrder = hashSetOrder(paths);
  for (const path of inOrder) {
    // The parent keeps its child count until this is applied, as in ZooKeeper: a delete that is prepared meanwhile
    // finds it not empty.
    const parentPath = parentOf(path);
    const parent = nodeAt(prep, parentPath);
    if (parent !== undefined) change(prep, parentPath, parent);
    change(prep, path, undefined);
  }
  setSessionClosing(state.tracker, request.session);
  return { kind: "closeSession", paths: inOrder };
}
