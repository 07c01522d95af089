import { BufferReader, DEFAULT_LENGTH_LIMIT } from "./buffer-reader.ts";
import { BufferWriter } from "./buffer-writer.ts";
import { OPCODES, opName } from "./opcodes.ts";
import type { Request, RequestHeader, RequestKind } from "./records.ts";
import { readRequestBody, writeRequestBody } from "./request-body.ts";
import type { Sink } from "./sink.ts";
import { reasonOf, WireError } from "./wire-error.ts";

/** Requests: a RequestHeader and the record of its type. Bytes behind a complete record mean nothing. */

export interface DecodedRequest {
  readonly header: RequestHeader;
  readonly request: Request;
}

export type RequestResult =
  | ({ readonly kind: "request" } & DecodedRequest)
  /** A type that no request has: the server answers Unimplemented and closes. */
  | { readonly kind: "unknownType"; readonly header: RequestHeader }
  /** A known type with a body that is not its record: MarshallingError, or for auth and sasl a closed connection. */
  | {
      readonly kind: "malformed";
      readonly header: RequestHeader;
      readonly op: RequestKind;
      readonly reason: string;
    }
  /** Too short for a header: the server closes the connection. */
  | { readonly kind: "headless"; readonly reason: string };

/** The name of a request type that a server takes (Request.isValid, auth and sasl), undefined for any other. */
export function requestKind(type: number): RequestKind | undefined {
  const name = opName(type);
  return name === "notification" || name === "error" ? undefined : name;
}

export function encodeRequest(
  xid: number,
  request: Request,
  writer: BufferWriter = new BufferWriter(),
): Uint8Array {
  writer.reset();
  writeRequest(writer, xid, request);
  return writer.take();
}

export function writeRequest(sink: Sink, xid: number, request: Request): void {
  writeRequestHeader(sink, { xid, type: OPCODES[request.kind] });
  writeRequestBody(sink, request);
}

export function writeRequestHeader(sink: Sink, header: RequestHeader): void {
  sink.writeInt(header.xid);
  sink.writeInt(header.type);
}

export function readRequestHeader(reader: BufferReader): RequestHeader {
  return { xid: reader.readInt("xid"), type: reader.readInt("type") };
}

/** Throws a WireError for a type that no request has, and for bytes that are not its record. */
export function decodeRequest(
  bytes: Uint8Array,
  limit: number = DEFAULT_LENGTH_LIMIT,
): DecodedRequest {
  const reader = new BufferReader(bytes, limit);
  const header = readRequestHeader(reader);
  const kind = requestKind(header.type);
  if (kind === undefined) throw new WireError(4, "the type of a request", String(header.type));
  return { header, request: readRequestBody(reader, kind) };
}

/** What a server makes of a frame: never throws, whatever the bytes. */
export function tryDecodeRequest(
  bytes: Uint8Array,
  limit: number = DEFAULT_LENGTH_LIMIT,
): RequestResult {
  const reader = new BufferReader(bytes, limit);
  let header: RequestHeader;
  try {
    header = readRequestHeader(reader);
  } catch (error) {
    return { kind: "headless", reason: reasonOf(error) };
  }
  const op = requestKind(header.type);
  if (op === undefined) return { kind: "unknownType", header };
  try {
    return { kind: "request", header, request: readRequestBody(reader, op) };
  } catch (error) {
    return { kind: "malformed", header, op, reason: reasonOf(error) };
  }
}
