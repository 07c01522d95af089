import { hideDigests, permits, PERMS } from "../../tree/acl.ts";
import {
  aclOf,
  allChildrenNumber,
  childrenOf,
  dataOf,
  ephemeralsUnder,
  statOf,
} from "../../tree/data-tree.ts";
import {
  addChildWatch,
  addDataWatch,
  addWatch,
  checkWatches,
  type EventSink,
  removeWatches,
  setWatches,
} from "../../tree/watches.ts";
import { ERROR_CODES, type ErrorCode } from "../../wire/error-codes.ts";
import { OPCODES } from "../../wire/opcodes.ts";
import type { MultiResult, Request, Response } from "../../wire/records.ts";
import type { ClientRequest } from "./client-request.ts";
import { clientInfos } from "./identities.ts";
import { errorResult } from "./replies.ts";
import type { Service, ServiceContext } from "./state.ts";

/** What a read comes to: an error code, or a body. A refused multiRead has both. */
export interface ReadResult {
  readonly err: number;
  readonly response: Response | undefined;
}

/** Where a read looks, and for whom. */
interface Reading {
  readonly ctx: ServiceContext;
  readonly service: Service;
  readonly request: ClientRequest;
  /** The connection's number, under which its watches are kept. */
  readonly watcher: number;
  readonly sink: EventSink;
}

type Outcome = Response | ErrorCode;

const NONE: Response = { kind: "none" };

/** The requests that change nothing (FinalRequestProcessor.processRequest), run against the tree as it is now. */
export function read(
  ctx: ServiceContext,
  service: Service,
  request: ClientRequest,
  watcher: number,
  sink: EventSink,
): ReadResult {
  const { body } = request;
  const reading: Reading = { ctx, service, request, watcher, sink };
  if (body === undefined) return failed(ERROR_CODES.MarshallingError);
  if (body.kind === "multiRead") return multiRead(reading, body.ops);
  const outcome = readOne(reading, body);
  return typeof outcome === "number" ? failed(outcome) : { err: 0, response: outcome };
}

function failed(err: number): ReadResult {
  return { err, response: undefined };
}

function readOne(reading: Reading, body: Request): Outcome {
  const { service, request, watcher } = reading;
  const { tree } = service.database;
  switch (body.kind) {
    case "ping":
      return NONE;
    case "sync":
      return { kind: "path", path: body.path };
    case "exists":
      return exists(reading, body.path, body.watch);
    case "getData":
      return getData(reading, body.path, body.watch);
    case "getACL":
      return getACL(reading, body.path);
    case "getChildren":
    case "getChildren2":
      return getChildren(reading, body.path, body.watch, body.kind === "getChildren2");
    case "getAllChildrenNumber": {
      const found = readable(reading, body.path, PERMS.READ);
      if (typeof found === "number") return found;
      return { kind: "number", totalNumber: allChildrenNumber(tree, found.path) };
    }
    case "getEphemerals":
      return {
        kind: "ephemerals",
        paths: ephemeralsUnder(tree, request.session, body.prefixPath),
      };
    case "whoAmI":
      return { kind: "whoAmI", clientInfo: clientInfos(request.identities) };
    case "addWatch": {
      if (body.path === null) return ERROR_CODES.MarshallingError;
      const err = addWatch(service.watches, watcher, body.path, body.mode);
      return err === 0 ? { kind: "error", err: 0 } : err;
    }
    case "removeWatches":
      // No watch is at a null path; what is asked is asked all the same, since a wrong type goes before.
      return removeWatches(service.watches, watcher, body.path ?? "\0", body.type) || NONE;
    case "checkWatches":
      return checkWatches(service.watches, body.path ?? "\0", body.type) || NONE;
    case "setWatches":
    case "setWatches2":
      return setAllWatches(reading, body) || NONE;
    case "multiRead":
    case "auth":
    case "sasl":
    case "create":
    case "create2":
    case "createContainer":
    case "createTTL":
    case "delete":
    case "deleteContainer":
    case "setData":
    case "setACL":
    case "check":
    case "multi":
    case "reconfig":
    case "createSession":
    case "closeSession":
      throw new RangeError(`${body.kind} is no read request`);
  }
}

/**
 * The lists are gone through in their order. A list that is null stops it with an error, but not before the lists in
 * front of it have taken effect (DataTree.setWatches).
 */
function setAllWatches(
  { service, watcher, sink }: Reading,
  body: Extract<Request, { readonly kind: "setWatches" | "setWatches2" }>,
): 0 | ErrorCode {
  let isStopped = false;
  const upToNull = (list: readonly (string | null)[] | null): readonly (string | null)[] => {
    isStopped ||= list === null;
    return isStopped ? [] : (list ?? []);
  };
  const lists = {
    dataWatches: upToNull(body.dataWatches),
    existWatches: upToNull(body.existWatches),
    childWatches: upToNull(body.childWatches),
    persistentWatches: upToNull(body.persistentWatches),
    persistentRecursiveWatches: upToNull(body.persistentRecursiveWatches),
  };
  const { tree } = service.database;
  const err = setWatches(tree, service.watches, watcher, body.relativeZxid, lists, sink);
  return isStopped ? ERROR_CODES.MarshallingError : err;
}

/** The watch is left whether or not the node is there, and nobody's permission is asked (as up to 3.8.3). */
function exists({ service, watcher }: Reading, path: string | null, watch: boolean): Outcome {
  if (path === null) return ERROR_CODES.MarshallingError;
  if (path.includes("\0")) return ERROR_CODES.BadArguments;
  if (watch) addDataWatch(service.watches, watcher, path);
  const stat = statOf(service.database.tree, path);
  return stat === undefined ? ERROR_CODES.NoNode : { kind: "stat", stat };
}

function getData(reading: Reading, path: string | null, watch: boolean): Outcome {
  const found = readable(reading, path, PERMS.READ);
  if (typeof found === "number") return found;
  const { tree } = reading.service.database;
  const data = dataOf(tree, found.path);
  const stat = statOf(tree, found.path);
  if (data === undefined || stat === undefined) return ERROR_CODES.NoNode;
  if (watch) addDataWatch(reading.service.watches, reading.watcher, found.path);
  return { kind: "dataStat", data, stat };
}

function getChildren(
  reading: Reading,
  path: string | null,
  watch: boolean,
  withStat: boolean,
): Outcome {
  const found = readable(reading, path, PERMS.READ);
  if (typeof found === "number") return found;
  const { tree } = reading.service.database;
  const children = childrenOf(tree, found.path);
  const stat = statOf(tree, found.path);
  if (children === undefined || stat === undefined) return ERROR_CODES.NoNode;
  if (watch) addChildWatch(reading.service.watches, reading.watcher, found.path);
  return withStat ? { kind: "childrenStat", children, stat } : { kind: "children", children };
}

/** READ or ADMIN lets see it; who lacks ADMIN does not get the passwords of digests. */
function getACL(reading: Reading, path: string | null): Outcome {
  const found = readable(reading, path, PERMS.READ | PERMS.ADMIN);
  if (typeof found === "number") return found;
  const { tree } = reading.service.database;
  const acl = aclOf(tree, found.path);
  const stat = statOf(tree, found.path);
  if (acl === undefined || stat === undefined) return ERROR_CODES.NoNode;
  const isAdmin = typeof readable(reading, path, PERMS.ADMIN) !== "number";
  return { kind: "aclStat", acl: isAdmin ? acl : hideDigests(acl), stat };
}

/** The node's path if it is there and one of the permissions is given; else why not. */
function readable(
  { ctx, service, request }: Reading,
  path: string | null,
  perm: number,
): { readonly path: string } | ErrorCode {
  if (path === null) return ERROR_CODES.MarshallingError;
  const acl = aclOf(service.database.tree, path);
  if (acl === undefined) return ERROR_CODES.NoNode;
  return permits(acl, perm, request.identities, { skipAcl: ctx.config.skipACL })
    ? { path }
    : ERROR_CODES.NoAuth;
}

/**
 * Reads one after another, each with its own error; watch flags are ignored. With writes in it, the reply has an error
 * and nevertheless a body, an empty list: all that Java had when it met the first.
 */
function multiRead(reading: Reading, ops: readonly Request[]): ReadResult {
  const results: MultiResult[] = [];
  for (const op of ops) {
    if (op.kind !== "getData" && op.kind !== "getChildren") {
      return {
        err: ERROR_CODES.MarshallingError,
        response: { kind: "multi", results },
      };
    }
    const outcome =
      op.kind === "getData"
        ? getData(reading, op.path, false)
        : getChildren(reading, op.path, false, false);
    if (outcome === ERROR_CODES.MarshallingError) {
      return { err: outcome, response: { kind: "multi", results } };
    }
    results.push(
      typeof outcome === "number"
        ? errorResult(outcome)
        : { type: OPCODES[op.kind], err: 0, response: outcome },
    );
  }
  return { err: 0, response: { kind: "multi", results } };
}
