import { BufferReader, DEFAULT_LENGTH_LIMIT } from "./buffer-reader.ts";
import { BufferWriter } from "./buffer-writer.ts";
import type { ConnectRequest, ConnectResponse, ReplyHeader } from "./records.ts";
import { readReplyHeader, REPLY_HEADER_BYTES } from "./reply-header.ts";
import type { Sink } from "./sink.ts";
import { reasonOf, WireError } from "./wire-error.ts";

/** The handshake: one frame each way, without a header. Both records end in a field that old clients do not know. */

export type ConnectRequestResult =
  | { readonly kind: "connectRequest"; readonly request: ConnectRequest }
  /** The server closes the connection. */
  | { readonly kind: "malformed"; readonly reason: string };

export type ConnectResponseResult =
  | { readonly kind: "connectResponse"; readonly response: ConnectResponse }
  /** A bare header in its place: a read-only server without local sessions says so (xid 0, err −119). */
  | { readonly kind: "header"; readonly header: ReplyHeader }
  | { readonly kind: "malformed"; readonly reason: string };

export function encodeConnectRequest(
  request: ConnectRequest,
  writer: BufferWriter = new BufferWriter(),
): Uint8Array {
  writer.reset();
  writeConnectRequest(writer, request);
  return writer.take();
}

export function writeConnectRequest(sink: Sink, request: ConnectRequest): void {
  sink.writeInt(request.protocolVersion);
  sink.writeLong(request.lastZxidSeen);
  sink.writeInt(request.timeOut);
  sink.writeSessionId(request.sessionId);
  sink.writeBuffer(request.passwd);
  if (request.readOnly !== undefined) sink.writeBoolean(request.readOnly);
}

/** Throws a WireError for a frame too short for the record. */
export function decodeConnectRequest(
  bytes: Uint8Array,
  limit: number = DEFAULT_LENGTH_LIMIT,
): ConnectRequest {
  const reader = new BufferReader(bytes, limit);
  return {
    protocolVersion: reader.readInt("protocolVersion"),
    lastZxidSeen: reader.readZxid("lastZxidSeen"),
    timeOut: reader.readInt("timeOut"),
    sessionId: reader.readSessionId("sessionId"),
    passwd: reader.readBuffer("passwd"),
    readOnly: reader.remaining > 0 ? reader.readBoolean("readOnly") : undefined,
  };
}

export function tryDecodeConnectRequest(
  bytes: Uint8Array,
  limit: number = DEFAULT_LENGTH_LIMIT,
): ConnectRequestResult {
  try {
    return { kind: "connectRequest", request: decodeConnectRequest(bytes, limit) };
  } catch (error) {
    return { kind: "malformed", reason: reasonOf(error) };
  }
}

export function encodeConnectResponse(
  response: ConnectResponse,
  writer: BufferWriter = new BufferWriter(),
): Uint8Array {
  writer.reset();
  writeConnectResponse(writer, response);
  return writer.take();
}

export function writeConnectResponse(sink: Sink, response: ConnectResponse): void {
  sink.writeInt(response.protocolVersion);
  sink.writeInt(response.timeOut);
  sink.writeSessionId(response.sessionId);
  sink.writeBuffer(response.passwd);
  if (response.readOnly !== undefined) sink.writeBoolean(response.readOnly);
}

/** Throws a WireError for a frame too short for the record. */
export function decodeConnectResponse(
  bytes: Uint8Array,
  limit: number = DEFAULT_LENGTH_LIMIT,
): ConnectResponse {
  const reader = new BufferReader(bytes, limit);
  const protocolVersion = reader.readInt("protocolVersion");
  const timeOut = reader.readInt("timeOut");
  const sessionId = reader.readSessionId("sessionId");
  const offset = reader.offset;
  const passwd = reader.readBuffer("passwd");
  if (passwd === null) throw new WireError(offset, "passwd", "null");
  const readOnly = reader.remaining > 0 ? reader.readBoolean("readOnly") : undefined;
  return { protocolVersion, timeOut, sessionId, passwd, readOnly };
}

export function tryDecodeConnectResponse(
  bytes: Uint8Array,
  limit: number = DEFAULT_LENGTH_LIMIT,
): ConnectResponseResult {
  try {
    if (bytes.length === REPLY_HEADER_BYTES) {
      return { kind: "header", header: readReplyHeader(new BufferReader(bytes)) };
    }
    return { kind: "connectResponse", response: decodeConnectResponse(bytes, limit) };
  } catch (error) {
    return { kind: "malformed", reason: reasonOf(error) };
  }
}
