import { fixupAcl } from "../../tree/acl.ts";
import { PERMS } from "../../tree/acl.ts";
import { CONTAINER_OWNER, ephemeralKind, isValidTtl, ttlOwner } from "../../tree/ephemeral-type.ts";
import { NO_SESSION, type SessionId } from "../../ids.ts";
import { parentOf, validatePath } from "../../tree/path.ts";
import { checkQuota } from "../../tree/quota.ts";
import { ERROR_CODES, type ErrorCode } from "../../wire/error-codes.ts";
import type { CreateBody, Long } from "../../wire/records.ts";
import { type CreateMode, createMode } from "./create-mode.ts";
import {
  change,
  type Checked,
  hasParent,
  incremented,
  isPermitted,
  MARSHALLING,
  nodeAt,
  type Preparing,
  globalSessionError,
  sessionError,
} from "./preparing.ts";

export type CreateOp = "create" | "create2" | "createContainer" | "createTTL";

/** `Long` −1 in place of a TTL, for the operations that have none. */
const NO_TTL = -1;

/**
 * The four creates (PrepRequestProcessor.pRequest2TxnCreate), check by check in ZooKeeper's order. Which kind of node
 * comes of it is up to the operation, not to the flags: createContainer makes a container whatever they say.
 */
export function prepareCreate(
  prep: Preparing,
  op: CreateOp,
  body: CreateBody,
  askedTtl: Long = NO_TTL,
): Checked {
  const { config } = prep.ctx;
  const { tree } = prep.state.database;
  const mode = createMode(body.flags);
  if (mode === undefined) return ERROR_CODES.BadArguments;
  const refusal = validateCreate(prep, op, mode, askedTtl);
  if (refusal !== undefined) return refusal;
  const ttl = Number(askedTtl);
  if (body.path === null) return MARSHALLING;
  if (!hasParent(body.path)) return ERROR_CODES.BadArguments;

  const acl = fixupAcl(body.acl, prep.request.identities, { sasl: config.requireSasl });
  if ("err" in acl) return acl.err;
  const parentPath = parentOf(body.path);
  const parent = nodeAt(prep, parentPath);
  if (parent === undefined) return ERROR_CODES.NoNode;
  if (!isPermitted(prep, parent, PERMS.CREATE)) return ERROR_CODES.NoAuth;

  const path = mode.isSequential ? body.path + sequenceSuffix(parent.cversion) : body.path;
  if (validatePath(path, false) !== undefined) return ERROR_CODES.BadArguments;
  if (nodeAt(prep, path) !== undefined) return ERROR_CODES.NodeExists;
  if (ephemeralKind(parent.ephemeralOwner, config.extendedTypes) === "normal") {
    return ERROR_CODES.NoChildrenForEphemerals;
  }
  if (config.enforceQuota) {
    const exceeded = checkQuota(tree, path, { kind: "create", data: body.data });
    if (exceeded !== 0) return exceeded;
  }

  const parentCversion = incremented(parent.cversion);
  change(prep, parentPath, {
    ...parent,
    cversion: parentCversion,
    childCount: parent.childCount + 1,
  });
  change(prep, path, {
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: pendingOwner(prep, mode, ttl),
    childCount: 0,
    acl,
    data: body.data,
  });
  const node = { path, data: body.data, acl, parentCversion };
  if (op === "createContainer") return { kind: "createContainer", ...node };
  if (op === "createTTL") return { kind: "createTTL", ...node, ttl };
  return { kind: "create", ...node, ephemeral: mode.isEphemeral };
}

/** validateCreateRequest: the TTL, then the session. */
function validateCreate(
  prep: Preparing,
  op: CreateOp,
  mode: CreateMode,
  ttl: Long,
): ErrorCode | undefined {
  if (mode.isTTL && !prep.ctx.config.extendedTypes) return ERROR_CODES.Unimplemented;
  if (mode.isTTL ? !isValidTtl(ttl) : ttl >= 0) return ERROR_CODES.BadArguments;
  // A createTTL with a negative TTL and no TTL mode passes in 3.8 and brings the server down when it is applied.
  if (op === "createTTL" && !mode.isTTL) return ERROR_CODES.BadArguments;
  return mode.isEphemeral ? globalSessionError(prep) : sessionError(prep);
}

/** `%010d`: a negative number, past 2^31 − 1 creates, has its sign among the ten. */
export function sequenceSuffix(cversion: number): string {
  return cversion < 0
    ? `-${String(-cversion).padStart(9, "0")}`
    : String(cversion).padStart(10, "0");
}

/** The owner in the pending view, which goes by the mode even where the operation makes another kind of node. */
function pendingOwner(prep: Preparing, mode: CreateMode, ttl: number): SessionId {
  if (mode.isContainer) return CONTAINER_OWNER;
  if (mode.isTTL) return ttlOwner(ttl);
  return mode.isEphemeral ? prep.request.session : NO_SESSION;
}
