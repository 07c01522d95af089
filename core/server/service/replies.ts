import { ERROR_CODES } from "../../wire/error-codes.ts";
import { OPCODES, XID } from "../../wire/opcodes.ts";
import { EVENT_TYPES, type EventTypeName, KEEPER_STATES } from "../../wire/records.ts";
import type { MultiResult, Reply, ReplyHeader, Response } from "../../wire/records.ts";
import type { TxnResult } from "../../tree/data-tree.ts";
import { MINUS_ONE, type Zxid } from "../../zxid.ts";
import type { ClientRequest } from "./client-request.ts";
import type { ServerMessage } from "./service-port.ts";

/** What replies and events look like (FinalRequestProcessor, ServerCnxn). */

const NONE: Response = { kind: "none" };

/** A reply with a body, or with an error and none. */
export function reply(header: ReplyHeader, response: Response | undefined): ServerMessage {
  const content: Reply = { header, response };
  return { kind: "reply", reply: content };
}

export function headerOnly(xid: number, zxid: Zxid, err: number): ServerMessage {
  return reply({ xid, zxid, err }, err === 0 ? NONE : undefined);
}

/** Pings are answered with the xid of pings, whatever the client sent. */
export function replyXid(request: ClientRequest): number {
  return request.op === "ping" ? XID.ping : request.cxid;
}

export function watchEvent(type: EventTypeName, path: string): ServerMessage {
  return {
    kind: "event",
    header: { xid: XID.notification, zxid: MINUS_ONE, err: 0 },
    event: { type: EVENT_TYPES[type], state: KEEPER_STATES.SyncConnected, path },
  };
}

/**
 * The body of the reply to a write that was applied. Undefined: there is none, since a check outside a multi has no
 * Stat to send, and 3.8 stumbles over that and never answers.
 */
export function writeResponse(request: ClientRequest, result: TxnResult): Response | undefined {
  const { path = null, stat } = result;
  if (request.op === "create") return { kind: "path", path };
  if (request.op === "multi") {
    return { kind: "multi", results: (result.results ?? []).map(multiResult) };
  }
  if (request.op === "check") return undefined;
  if (stat === undefined) return NONE;
  const isSet = request.op === "setData" || request.op === "setACL";
  return isSet ? { kind: "stat", stat } : { kind: "pathStat", path, stat };
}

/** One entry of a multi's reply. Every create that has a Stat to show goes by create2's number. */
function multiResult(part: TxnResult): MultiResult {
  const { path = null, stat } = part;
  switch (part.kind) {
    case "create":
      return { type: OPCODES.create, err: 0, response: { kind: "path", path } };
    case "createContainer":
    case "createTTL":
      return {
        type: OPCODES.create2,
        err: 0,
        response: stat === undefined ? NONE : { kind: "pathStat", path, stat },
      };
    case "setData":
      return {
        type: OPCODES.setData,
        err: 0,
        response: stat === undefined ? NONE : { kind: "stat", stat },
      };
    case "delete":
    case "deleteContainer":
      return { type: OPCODES.delete, err: 0, response: NONE };
    case "check":
      return { type: OPCODES.check, err: 0, response: NONE };
    case "error":
    case "setACL":
    case "multi":
    case "createSession":
    case "closeSession":
      return errorResult(part.err);
  }
}

export function errorResult(err: number): MultiResult {
  return { type: OPCODES.error, err, response: { kind: "error", err } };
}

/** Whether a part failed because its session speaks through another server by now: the connection is closed then. */
export function hasMoved(result: TxnResult): boolean {
  if (result.err === ERROR_CODES.SessionMoved) return true;
  return result.results?.some((part) => part.err === ERROR_CODES.SessionMoved) ?? false;
}
