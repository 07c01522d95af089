import type { SimpleTxn, Txn } from "../../tree/txn.ts";
import { ERROR_CODES, type ErrorCode } from "../../wire/error-codes.ts";
import type { CreateBody, Request } from "../../wire/records.ts";
import { createMode } from "./create-mode.ts";
import { rollBack, savepoint } from "./outstanding-changes.ts";
import { prepareCreate } from "./prepare-create.ts";
import { prepareCheck, prepareDelete, prepareSetData } from "./prepare-node.ts";
import { type Checked, MARSHALLING, type Preparing } from "./preparing.ts";

/** A sub-operation as 3.8.0 runs it. */
type SubOp =
  | ({ readonly kind: "create" | "createContainer" } & CreateBody)
  | Extract<Request, { readonly kind: "createTTL" | "setData" }>
  | { readonly kind: "delete" | "check"; readonly path: string | null; readonly version: number };

/**
 * A multi (PrepRequestProcessor.pRequestHelper): one zxid, every part checked against the pending view with the parts
 * before it. When one fails, what they changed in the view is taken back and the transaction says so: the parts before
 * the failing one as they are, its error, and RuntimeInconsistency for those behind, which nobody looked at. Where Java
 * fails with something that is no KeeperException, the multi fails as a whole: an error code comes back.
 */
export function prepareMulti(outer: Preparing, ops: readonly Request[]): Txn | ErrorCode {
  const parts = ops.map(asJavaReads);
  const point = savepoint(outer.state.outstanding);
  const prep: Preparing = { ...outer, savepoint: point };
  const txns: SimpleTxn[] = [];
  let hasFailed = false;
  for (const part of parts) {
    if (part === undefined) {
      rollBack(outer.state.outstanding, point);
      return MARSHALLING;
    }
    if (hasFailed) {
      txns.push({ kind: "error", err: ERROR_CODES.RuntimeInconsistency });
      continue;
    }
    const checked = prepareSubOp(prep, part);
    if (typeof checked !== "number") {
      txns.push(checked);
      continue;
    }
    rollBack(outer.state.outstanding, point);
    if (checked === MARSHALLING) return MARSHALLING;
    txns.push({ kind: "error", err: checked });
    hasFailed = true;
  }
  return { kind: "multi", txns };
}

function prepareSubOp(prep: Preparing, op: SubOp): Checked {
  switch (op.kind) {
    case "create":
    case "createContainer":
      return prepareCreate(prep, op.kind, op);
    case "createTTL":
      return prepareCreate(prep, op.kind, op, op.ttl);
    case "delete":
      return prepareDelete(prep, op);
    case "setData":
      return prepareSetData(prep, op);
    case "check":
      return prepareCheck(prep, op);
  }
}

/**
 * What 3.8.0 makes of a sub-operation when it reads it (MultiOperationRecord, Op): the kind of a create follows from its
 * flags, so that create2 loses its Stat (ZOOKEEPER-4026) and a container flag makes a container; a TTL flag fits
 * createTTL alone, and createTTL no other. Undefined: the record cannot be read, and the multi fails as a whole.
 */
function asJavaReads(op: Request): SubOp | undefined {
  if (op.kind === "create" || op.kind === "create2" || op.kind === "createContainer") {
    const mode = createMode(op.flags);
    if (mode?.isTTL === true) return undefined;
    const kind = mode?.isContainer === true ? "createContainer" : "create";
    return { kind, path: op.path, data: op.data, acl: op.acl, flags: op.flags };
  }
  if (op.kind === "createTTL") return createMode(op.flags)?.isTTL === true ? op : undefined;
  if (op.kind === "delete" || op.kind === "check") {
    return { kind: op.kind, path: op.path, version: op.version };
  }
  return op.kind === "setData" ? op : undefined;
}

/** A null path anywhere in a multi trips Java before it has a header: the zxid is used up without a transaction. */
export function hasNullPath(ops: readonly Request[]): boolean {
  return ops.every((op) => asJavaReads(op) !== undefined) && ops.some(isWithoutPath);
}

function isWithoutPath(op: Request): boolean {
  return "path" in op && op.path === null;
}
