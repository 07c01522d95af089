import { BufferReader, DEFAULT_LENGTH_LIMIT } from "./buffer-reader.ts";
import { BufferWriter } from "./buffer-writer.ts";
import { readName } from "./data-records.ts";
import { XID } from "./opcodes.ts";
import type { Notice, Reply, ReplyHeader, RequestKind, Response } from "./records.ts";
import { readReplyHeader, writeReplyHeader } from "./reply-header.ts";
import { readResponse, RESPONSE_KINDS, writeResponse } from "./response-body.ts";
import type { Sink } from "./sink.ts";
import { reasonOf, WireError } from "./wire-error.ts";

/**
 * What a server sends after the handshake: a ReplyHeader, and the record that the request asked for unless the header has
 * an error. A reply does not say what it holds; its reader has to know the request.
 */

export type ServerMessage =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "event"; readonly notice: Notice }
  | { readonly kind: "malformed"; readonly reason: string };

export function encodeReply(reply: Reply, writer: BufferWriter = new BufferWriter()): Uint8Array {
  writer.reset();
  writeReply(writer, reply);
  return writer.take();
}

/** Throws a WireError for an error with a body, which clients would take for the next reply's. */
export function writeReply(sink: Sink, { header, response }: Reply): void {
  writeReplyHeader(sink, header);
  if (response === undefined) return;
  if (header.err !== 0 && !isNothing(response)) {
    throw new WireError(sink.length, `no body with error ${header.err}`, response.kind);
  }
  writeResponse(sink, response);
}

/** A multiRead that asks for writes is refused with −5 and the nine bytes of a multi without results. */
function isNothing(response: Response): boolean {
  return response.kind === "none" || (response.kind === "multi" && response.results.length === 0);
}

export function encodeNotice(
  notice: Notice,
  writer: BufferWriter = new BufferWriter(),
): Uint8Array {
  writer.reset();
  writeNotice(writer, notice);
  return writer.take();
}

export function writeNotice(sink: Sink, { header, event }: Notice): void {
  writeReplyHeader(sink, header);
  sink.writeInt(event.type);
  sink.writeInt(event.state);
  sink.writeText(event.path);
}

/** Throws a WireError for bytes that are no answer to a request of this kind. */
export function decodeReply(
  bytes: Uint8Array,
  op: RequestKind,
  limit: number = DEFAULT_LENGTH_LIMIT,
): Reply {
  const reader = new BufferReader(bytes, limit);
  return readReply(reader, readReplyHeader(reader), op);
}

/** Throws a WireError for bytes that are no watch event. The xid is not looked at. */
export function decodeNotice(bytes: Uint8Array, limit: number = DEFAULT_LENGTH_LIMIT): Notice {
  const reader = new BufferReader(bytes, limit);
  return readNotice(reader, readReplyHeader(reader));
}

/**
 * What a client makes of a frame: never throws, whatever the bytes. `op` is the oldest request without an answer; pings
 * and auths answer beside the queue and have no body (ClientCnxn.SendThread.readResponse).
 */
export function tryDecodeServerMessage(
  bytes: Uint8Array,
  op: RequestKind | undefined,
  limit: number = DEFAULT_LENGTH_LIMIT,
): ServerMessage {
  try {
    const reader = new BufferReader(bytes, limit);
    const header = readReplyHeader(reader);
    if (header.xid === XID.notification) {
      return { kind: "event", notice: readNotice(reader, header) };
    }
    const beside = header.xid === XID.ping || header.xid === XID.auth;
    return { kind: "reply", reply: readReply(reader, header, beside ? undefined : op) };
  } catch (error) {
    return { kind: "malformed", reason: reasonOf(error) };
  }
}

function readReply(reader: BufferReader, header: ReplyHeader, op: RequestKind | undefined): Reply {
  if (header.err !== 0) return { header, response: readRefusal(reader, op) };
  const kind = op === undefined ? "none" : RESPONSE_KINDS[op];
  return { header, response: readResponse(reader, kind) };
}

/** Behind an error nothing is read, but for what a refused multiRead carries; anything else is passed over. */
function readRefusal(reader: BufferReader, op: RequestKind | undefined): Response | undefined {
  if (op !== "multiRead" || reader.remaining !== EMPTY_MULTI_BYTES) return undefined;
  reader.readInt("type of a MultiHeader");
  return reader.readBoolean("done of a MultiHeader") ? { kind: "multi", results: [] } : undefined;
}

const EMPTY_MULTI_BYTES = 9;

function readNotice(reader: BufferReader, header: ReplyHeader): Notice {
  return {
    header,
    event: {
      type: reader.readInt("type of a WatcherEvent"),
      state: reader.readInt("state of a WatcherEvent"),
      path: readName(reader, "path of a WatcherEvent"),
    },
  };
}
