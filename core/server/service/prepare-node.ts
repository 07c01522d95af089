import { fixupAcl, PERMS } from "../../tree/acl.ts";
import { ephemeralKind } from "../../tree/ephemeral-type.ts";
import { isSpecialPath, parentOf, validatePath } from "../../tree/path.ts";
import { checkQuota } from "../../tree/quota.ts";
import { ERROR_CODES } from "../../wire/error-codes.ts";
import type { Request } from "../../wire/records.ts";
import type { PendingNode } from "./outstanding-changes.ts";
import {
  change,
  type Checked,
  hasParent,
  incremented,
  isPermitted,
  MARSHALLING,
  nodeAt,
  type Preparing,
  sessionError,
  versionFits,
} from "./preparing.ts";

/** The operations on one node that is there (PrepRequestProcessor.pRequest2Txn), check by check in its order. */

type Body<K extends Request["kind"]> = Extract<Request, { readonly kind: K }>;

/** The session is checked before the body is read, so that it decides also about a body that cannot be read. */
export function prepareDelete(
  prep: Preparing,
  body: { readonly path: string | null; readonly version: number } | undefined,
): Checked {
  const refusal = sessionError(prep);
  if (refusal !== undefined) return refusal;
  if (body === undefined || body.path === null) return MARSHALLING;
  const { path } = body;
  if (!hasParent(path) || isSpecialPath(path)) return ERROR_CODES.BadArguments;
  const parent = nodeAt(prep, parentOf(path));
  if (parent === undefined) return ERROR_CODES.NoNode;
  if (!isPermitted(prep, parent, PERMS.DELETE)) return ERROR_CODES.NoAuth;
  const node = nodeAt(prep, path);
  if (node === undefined) return ERROR_CODES.NoNode;
  if (!versionFits(node.version, body.version)) return ERROR_CODES.BadVersion;
  if (node.childCount > 0) return ERROR_CODES.NotEmpty;
  removeFromView(prep, path, parent);
  return { kind: "delete", path };
}

/**
 * A container or TTL node that the server found unused. Nobody's session asks for it. From a client, whose path 3.8
 * looks for in the wrong bytes, it is always a bad argument.
 */
export function prepareDeleteContainer(
  prep: Preparing,
  body: { readonly path: string | null } | undefined,
): Checked {
  const path = body?.path ?? "";
  if (prep.request.isFromClient || !hasParent(path) || isSpecialPath(path)) {
    return ERROR_CODES.BadArguments;
  }
  const node = nodeAt(prep, path);
  if (node === undefined) return ERROR_CODES.NoNode;
  if (node.childCount > 0) return ERROR_CODES.NotEmpty;
  if (ephemeralKind(node.ephemeralOwner, prep.ctx.config.extendedTypes) === "normal") {
    return ERROR_CODES.BadVersion;
  }
  const parent = nodeAt(prep, parentOf(path));
  if (parent === undefined) return ERROR_CODES.NoNode;
  removeFromView(prep, path, parent);
  return { kind: "deleteContainer", path };
}

export function prepareSetData(prep: Preparing, body: Body<"setData"> | undefined): Checked {
  const refusal = sessionError(prep);
  if (refusal !== undefined) return refusal;
  if (body === undefined) return MARSHALLING;
  const { path, data } = body;
  if (path === null || validatePath(path, false) !== undefined) return ERROR_CODES.BadArguments;
  const node = nodeAt(prep, path);
  if (node === undefined) return ERROR_CODES.NoNode;
  if (!isPermitted(prep, node, PERMS.WRITE)) return ERROR_CODES.NoAuth;
  if (prep.ctx.config.enforceQuota) {
    const { tree } = prep.state.database;
    const exceeded = checkQuota(tree, path, { kind: "setData", data, lastData: node.data });
    if (exceeded !== 0) return exceeded;
  }
  if (!versionFits(node.version, body.version)) return ERROR_CODES.BadVersion;
  const version = incremented(node.version);
  change(prep, path, { ...node, version, data });
  return { kind: "setData", path, data, version };
}

export function prepareSetACL(prep: Preparing, body: Body<"setACL"> | undefined): Checked {
  const refusal = sessionError(prep);
  if (refusal !== undefined) return refusal;
  if (body === undefined) return MARSHALLING;
  const { path } = body;
  if (path === null || validatePath(path, false) !== undefined) return ERROR_CODES.BadArguments;
  const acl = fixupAcl(body.acl, prep.request.identities, { sasl: prep.ctx.config.requireSasl });
  if ("err" in acl) return acl.err;
  const node = nodeAt(prep, path);
  if (node === undefined) return ERROR_CODES.NoNode;
  if (!isPermitted(prep, node, PERMS.ADMIN)) return ERROR_CODES.NoAuth;
  if (!versionFits(node.aversion, body.version)) return ERROR_CODES.BadVersion;
  const version = incremented(node.aversion);
  // The pending view keeps the old list until the transaction is applied, as ZooKeeper's does: what is prepared
  // meanwhile is still checked against that.
  change(prep, path, { ...node, aversion: version });
  return { kind: "setACL", path, acl, version };
}

export function prepareCheck(
  prep: Preparing,
  body: { readonly path: string | null; readonly version: number } | undefined,
): Checked {
  const refusal = sessionError(prep);
  if (refusal !== undefined) return refusal;
  if (body === undefined) return MARSHALLING;
  const { path } = body;
  if (path === null || validatePath(path, false) !== undefined) return ERROR_CODES.BadArguments;
  const node = nodeAt(prep, path);
  if (node === undefined) return ERROR_CODES.NoNode;
  if (!isPermitted(prep, node, PERMS.READ)) return ERROR_CODES.NoAuth;
  if (!versionFits(node.version, body.version)) return ERROR_CODES.BadVersion;
  return { kind: "check", path, version: incremented(node.version) };
}

function removeFromView(prep: Preparing, path: string, parent: PendingNode): void {
  change(prep, parentOf(path), { ...parent, childCount: parent.childCount - 1 });
  change(prep, path, undefined);
}
