import type { BufferReader } from "./buffer-reader.ts";
import { NO_ERR, readMultiHeader, writeMultiEnd, writeMultiHeader } from "./multi-header.ts";
import { OPCODES, type OpName, opName } from "./opcodes.ts";
import {
  isMulti,
  type PlainRequest,
  readPlainRequest,
  writePlainRequest,
} from "./plain-request.ts";
import type { Request, RequestKind } from "./records.ts";
import type { Sink } from "./sink.ts";
import { WireError } from "./wire-error.ts";

/** The body of any request, without its header. Throws a WireError for a value that has no bytes. */
export function writeRequestBody(sink: Sink, request: Request): void {
  if (isMulti(request)) writeOps(sink, request.ops);
  else writePlainRequest(sink, request);
}

export function readRequestBody(reader: BufferReader, kind: RequestKind): Request {
  return kind === "multi" || kind === "multiRead"
    ? { kind, ops: readOps(reader) }
    : readPlainRequest(reader, kind);
}

/** Of which a multi consists (MultiOperationRecord), and of which kind each one is: Java lets no two kinds into one. */
const SUB_OPS: Partial<Record<OpName, "transaction" | "read">> = {
  create: "transaction",
  create2: "transaction",
  createContainer: "transaction",
  createTTL: "transaction",
  delete: "transaction",
  setData: "transaction",
  check: "transaction",
  getChildren: "read",
  getData: "read",
};

function writeOps(sink: Sink, ops: readonly Request[]): void {
  for (const op of ops) {
    if (isMulti(op) || SUB_OPS[op.kind] === undefined) {
      throw new WireError(sink.length, "a request that a multi can hold", op.kind);
    }
    writeMultiHeader(sink, OPCODES[op.kind], NO_ERR);
    writePlainRequest(sink, op);
  }
  writeMultiEnd(sink);
}

/**
 * multi and multiRead have the same record, so that either may come with reads or with writes: which one fits is for the
 * server to say. The types stay as they came; 3.8.0 derives others from the flags when it runs them.
 */
function readOps(reader: BufferReader): Request[] {
  const ops: Request[] = [];
  let kindOfAll: "transaction" | "read" | undefined;
  for (;;) {
    const offset = reader.offset;
    const header = readMultiHeader(reader);
    if (header.done) return ops;
    const name = opName(header.type);
    const kind = name === undefined ? undefined : SUB_OPS[name];
    if (kind === undefined) {
      throw new WireError(offset, "the type of a request that a multi can hold", `${header.type}`);
    }
    ops.push(readPlainRequest(reader, name as PlainRequest["kind"]));
    kindOfAll ??= kind;
    if (kind !== kindOfAll) {
      throw new WireError(offset, `a ${kindOfAll} like the ones before it`, `a ${kind}: ${name}`);
    }
  }
}
