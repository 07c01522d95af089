import { ERROR_CODES } from "../wire/error-codes.ts";
import { OPCODES } from "../wire/opcodes.ts";
import type { MultiResult, Response } from "../wire/records.ts";
import { errorName, keeperError, type Outcome } from "./client-error.ts";
import { toClientPath } from "./connect-string.ts";
import type { ClientOp, MultiOp, OpResult, OpValues } from "./operations.ts";
import { isRead, pathOf } from "./requests.ts";

type Value = OpValues[keyof OpValues];

/** A reply body that is none of the operation's: Java would fail to deserialise it. */
export const MALFORMED: unique symbol = Symbol("malformed");

/** What an operation comes to, given the error of the reply's header. */
export function outcomeOf(
  op: ClientOp,
  err: number,
  response: Response | undefined,
  chroot: string | null,
): Outcome<Value> | typeof MALFORMED {
  if (op.kind === "exists" && err === ERROR_CODES.NoNode) return { ok: true, value: null };
  if (err !== ERROR_CODES.Ok) return { ok: false, error: keeperError(err, pathOf(op)) };
  if (op.kind === "multi") return multiOutcome(op.ops, response);
  const value = valueOf(op, response, chroot);
  return value === MALFORMED ? MALFORMED : { ok: true, value };
}

/** An operation that failed on this side of the wire. */
export function failure(op: ClientOp, err: number): Outcome<never> {
  return { ok: false, error: keeperError(err, pathOf(op)) };
}

function valueOf(
  op: Exclude<ClientOp, { readonly kind: "multi" }>,
  response: Response | undefined,
  chroot: string | null,
): Value | typeof MALFORMED {
  const kind = response?.kind;
  switch (op.kind) {
    case "create":
      if (kind === "path" && response.path !== null) {
        return { path: toClientPath(chroot, response.path), stat: undefined };
      }
      if (kind === "pathStat" && response.path !== null) {
        return { path: toClientPath(chroot, response.path), stat: response.stat };
      }
      return MALFORMED;
    case "exists":
    case "setData":
    case "setACL":
      return kind === "stat" ? response.stat : MALFORMED;
    case "getData":
    case "getConfig":
    case "reconfig":
      return kind === "dataStat" ? { data: response.data, stat: response.stat } : MALFORMED;
    case "getChildren":
      if (kind === "childrenStat") return { children: response.children, stat: response.stat };
      return kind === "children" ? { children: response.children, stat: undefined } : MALFORMED;
    case "getACL":
      return kind === "aclStat" ? { acl: response.acl, stat: response.stat } : MALFORMED;
    case "sync":
      return kind === "path" ? op.path : MALFORMED;
    case "getAllChildrenNumber":
      return kind === "number" ? response.totalNumber : MALFORMED;
    case "getEphemerals":
      return kind === "ephemerals" ? response.paths : MALFORMED;
    case "whoAmI":
      return kind === "whoAmI" ? response.clientInfo : MALFORMED;
    case "delete":
    case "addWatch":
    case "removeWatches":
    case "addAuth":
    case "close":
      return undefined;
  }
}

/** The first entry that failed is the error of a transaction (ZooKeeper.multiInternal); of reads, none is. */
function multiOutcome(
  ops: readonly MultiOp[],
  response: Response | undefined,
): Outcome<readonly OpResult[]> | typeof MALFORMED {
  if (response?.kind !== "multi") return MALFORMED;
  const results: OpResult[] = [];
  for (const result of response.results) {
    const read = opResult(result);
    if (read === MALFORMED) return MALFORMED;
    results.push(read);
  }
  const failed = results.find((r) => r.kind === "error" && r.code !== ERROR_CODES.Ok);
  if (ops.every(isRead) || failed?.kind !== "error") return { ok: true, value: results };
  return { ok: false, error: { code: failed.code, name: failed.name, path: null, results } };
}

function opResult(result: MultiResult): OpResult | typeof MALFORMED {
  const { response } = result;
  switch (result.type) {
    case OPCODES.create:
      return response.kind === "path" && response.path !== null
        ? { kind: "create", path: response.path, stat: undefined }
        : MALFORMED;
    case OPCODES.create2:
      return response.kind === "pathStat" && response.path !== null
        ? { kind: "create", path: response.path, stat: response.stat }
        : MALFORMED;
    case OPCODES.setData:
      return response.kind === "stat" ? { kind: "setData", stat: response.stat } : MALFORMED;
    case OPCODES.delete:
      return { kind: "delete" };
    case OPCODES.check:
      return { kind: "check" };
    case OPCODES.getData:
      return response.kind === "dataStat"
        ? { kind: "getData", data: response.data, stat: response.stat }
        : MALFORMED;
    case OPCODES.getChildren:
      return response.kind === "children"
        ? { kind: "getChildren", children: response.children }
        : MALFORMED;
    case OPCODES.error:
      return response.kind === "error"
        ? { kind: "error", code: response.err, name: errorName(response.err) }
        : MALFORMED;
    default:
      return MALFORMED;
  }
}
