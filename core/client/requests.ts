import { validatePath } from "../tree/path.ts";
import { ERROR_CODES } from "../wire/error-codes.ts";
import { OPCODES } from "../wire/opcodes.ts";
import type { Acl, Request } from "../wire/records.ts";
import { type ClientError, illegalArgument, keeperError } from "./client-error.ts";
import { toServerPath } from "./connect-string.ts";
import { CREATE_MODES, isSequential, isTtl, ttlProblem } from "./create-mode.ts";
import type { ClientOp, CreateOp, MultiOp } from "./operations.ts";

/** What goes to the server for an operation, or why nothing does (the methods of the class ZooKeeper). */
export type PreparedRequest =
  | { readonly ok: true; readonly type: number; readonly request: Request }
  | { readonly ok: false; readonly error: ClientError };

/** Operations that have a request of their own; auth packets and closing are the connection's business. */
export type RequestOp = Exclude<ClientOp, { readonly kind: "addAuth" }>;

const CONFIG_NODE = "/zookeeper/config";
const WATCH_TYPES = { children: 1, data: 2, any: 3 } as const;
const ADD_WATCH_MODES = { persistent: 0, persistentRecursive: 1 } as const;
const MIXED = "Mixing read and write operations (transactions) is not allowed in a multi request.";

/** Checks the arguments as the Java client does, and builds the request, with the chroot before its paths. */
export function prepareRequest(op: RequestOp, chroot: string | null): PreparedRequest {
  const error = argumentError(op);
  return error === undefined ? prepared(requestOf(op, chroot)) : { ok: false, error };
}

/** The client's path of an operation, as errors name it: none for those that Java names none for. */
export function pathOf(op: ClientOp): string | null {
  switch (op.kind) {
    case "getConfig":
      return CONFIG_NODE;
    case "getEphemerals":
    case "multi":
    case "reconfig":
    case "addAuth":
    case "whoAmI":
    case "close":
      return null;
    case "create":
    case "delete":
    case "setData":
    case "exists":
    case "getData":
    case "getChildren":
    case "getACL":
    case "setACL":
    case "sync":
    case "getAllChildrenNumber":
    case "addWatch":
    case "removeWatches":
      return op.path;
  }
}

export function isRead(op: MultiOp): boolean {
  return op.kind === "getData" || op.kind === "getChildren";
}

function prepared(request: Request): PreparedRequest {
  return { ok: true, type: OPCODES[request.kind], request };
}

function argumentError(op: RequestOp): ClientError | undefined {
  switch (op.kind) {
    case "create":
      return createError(op) ?? aclError(op.acl);
    case "setACL":
      return pathError(op.path) ?? aclError(op.acl);
    case "getEphemerals":
      return pathError(op.prefixPath);
    case "multi":
      return multiError(op.ops);
    case "delete":
    case "setData":
    case "exists":
    case "getData":
    case "getChildren":
    case "getACL":
    case "sync":
    case "getAllChildrenNumber":
    case "addWatch":
    case "removeWatches":
      return pathError(op.path);
    case "getConfig":
    case "reconfig":
    case "whoAmI":
    case "close":
      return undefined;
  }
}

function pathError(path: string, sequential = false): ClientError | undefined {
  const reason = validatePath(path, sequential);
  return reason === undefined ? undefined : illegalArgument(reason, path);
}

function createError(op: CreateOp): ClientError | undefined {
  const error = pathError(op.path, isSequential(op.mode));
  if (error !== undefined) return error;
  const reason = ttlProblem(op.mode, op.ttl);
  return reason === undefined ? undefined : illegalArgument(reason, op.path);
}

/** ZooKeeper.validateACL, which names no path. */
function aclError(acl: readonly (Acl | null)[] | null): ClientError | undefined {
  const usable = acl !== null && acl.length > 0 && !acl.includes(null);
  return usable ? undefined : keeperError(ERROR_CODES.InvalidACL, null);
}

/** Op.validate for each, then MultiOperationRecord.setOrCheckOpKind. The ACLs are left to the server. */
function multiError(ops: readonly MultiOp[]): ClientError | undefined {
  for (const op of ops) {
    const error = op.kind === "create" ? createError(op) : pathError(op.path);
    if (error !== undefined) return error;
  }
  const reads = ops.filter(isRead).length;
  return reads === 0 || reads === ops.length ? undefined : illegalArgument(MIXED, null);
}

function requestOf(op: RequestOp, chroot: string | null): Request {
  switch (op.kind) {
    case "create":
      return createRequest(op, toServerPath(chroot, op.path), op.stat === true);
    case "delete":
      // The root of a chroot is not to be deleted either: the server refuses "/".
      return {
        kind: "delete",
        path: op.path === "/" ? op.path : toServerPath(chroot, op.path),
        version: op.version,
      };
    case "setData":
      return {
        kind: "setData",
        path: toServerPath(chroot, op.path),
        data: op.data,
        version: op.version,
      };
    case "exists":
    case "getData":
      return { kind: op.kind, path: toServerPath(chroot, op.path), watch: op.watch !== undefined };
    case "getChildren":
      return {
        kind: op.stat === true ? "getChildren2" : "getChildren",
        path: toServerPath(chroot, op.path),
        watch: op.watch !== undefined,
      };
    case "getConfig":
      return { kind: "getData", path: CONFIG_NODE, watch: op.watch !== undefined };
    case "getACL":
    case "sync":
    case "getAllChildrenNumber":
      return { kind: op.kind, path: toServerPath(chroot, op.path) };
    case "setACL":
      return {
        kind: "setACL",
        path: toServerPath(chroot, op.path),
        acl: op.acl,
        version: op.version,
      };
    case "getEphemerals":
      // Java forgets the chroot here, in the request and in the reply.
      return { kind: "getEphemerals", prefixPath: op.prefixPath };
    case "multi":
      return {
        kind: op.ops.every(isRead) ? "multiRead" : "multi",
        ops: op.ops.map((sub) => subRequest(sub, toServerPath(chroot, sub.path))),
      };
    case "addWatch":
      return {
        kind: "addWatch",
        path: toServerPath(chroot, op.path),
        mode: ADD_WATCH_MODES[op.mode],
      };
    case "removeWatches":
      // With a watcher the server only checks, and its own entry stays: others may share it.
      return {
        kind: op.watcher === undefined ? "removeWatches" : "checkWatches",
        path: toServerPath(chroot, op.path),
        type: WATCH_TYPES[op.type],
      };
    case "reconfig":
      return {
        kind: "reconfig",
        joiningServers: op.joining,
        leavingServers: op.leaving,
        newMembers: op.newMembers,
        curConfigId: op.fromConfig,
      };
    case "whoAmI":
      return { kind: "whoAmI" };
    case "close":
      return { kind: "closeSession" };
  }
}

/** The mode decides the opcode, and then whether the Stat is wanted (ZooKeeper.create, setCreateHeader). */
function createRequest(op: CreateOp, path: string, stat: boolean): Request {
  const body = { path, data: op.data, acl: op.acl, flags: CREATE_MODES[op.mode] };
  if (isTtl(op.mode)) return { kind: "createTTL", ...body, ttl: op.ttl ?? -1 };
  if (op.mode === "container") return { kind: "createContainer", ...body };
  return { kind: stat ? "create2" : "create", ...body };
}

function subRequest(op: MultiOp, path: string): Request {
  switch (op.kind) {
    case "create":
      return createRequest(op, path, false);
    case "delete":
    case "check":
      return { kind: op.kind, path, version: op.version };
    case "setData":
      return { kind: "setData", path, data: op.data, version: op.version };
    case "getData":
    case "getChildren":
      return { kind: op.kind, path, watch: false };
  }
}
