import { assertNever } from "../assert-never.ts";
import type { BufferReader } from "./buffer-reader.ts";
import {
  readAcls,
  readClientInfos,
  readNames,
  readStat,
  writeAcls,
  writeClientInfos,
  writeStat,
  writeTexts,
} from "./data-records.ts";
import { readMultiHeader, writeMultiEnd, writeMultiHeader } from "./multi-header.ts";
import { type OpName, opName } from "./opcodes.ts";
import type { MultiResult, RequestKind, Response } from "./records.ts";
import type { Sink } from "./sink.ts";
import { WireError } from "./wire-error.ts";

export type ResponseKind = Response["kind"];

/** What a reply without error holds, by the request that it answers. */
export const RESPONSE_KINDS: Readonly<Record<RequestKind, ResponseKind>> = {
  create: "path",
  create2: "pathStat",
  createContainer: "pathStat",
  createTTL: "pathStat",
  delete: "none",
  deleteContainer: "none",
  exists: "stat",
  getData: "dataStat",
  setData: "stat",
  getACL: "aclStat",
  setACL: "stat",
  getChildren: "children",
  getChildren2: "childrenStat",
  sync: "path",
  ping: "none",
  // A SetDataResponse, of which 3.8 never gets to send one.
  check: "stat",
  multi: "multi",
  multiRead: "multi",
  reconfig: "dataStat",
  checkWatches: "none",
  removeWatches: "none",
  auth: "none",
  setWatches: "none",
  setWatches2: "none",
  sasl: "token",
  getEphemerals: "ephemerals",
  getAllChildrenNumber: "number",
  addWatch: "error",
  whoAmI: "whoAmI",
  createSession: "none",
  closeSession: "none",
};

/** What the entries of a multi's reply hold, by their type (MultiResponse). */
const RESULT_KINDS: Partial<Record<OpName, ResponseKind>> = {
  create: "path",
  create2: "pathStat",
  setData: "stat",
  delete: "none",
  check: "none",
  getChildren: "children",
  getData: "dataStat",
  error: "error",
};

export function writeResponse(sink: Sink, response: Response): void {
  switch (response.kind) {
    case "none":
      return;
    case "path":
      sink.writeText(response.path);
      return;
    case "pathStat":
      sink.writeText(response.path);
      writeStat(sink, response.stat);
      return;
    case "stat":
      writeStat(sink, response.stat);
      return;
    case "dataStat":
      sink.writeBuffer(response.data);
      writeStat(sink, response.stat);
      return;
    case "aclStat":
      writeAcls(sink, response.acl);
      writeStat(sink, response.stat);
      return;
    case "children":
      writeTexts(sink, response.children);
      return;
    case "childrenStat":
      writeTexts(sink, response.children);
      writeStat(sink, response.stat);
      return;
    case "ephemerals":
      writeTexts(sink, response.paths);
      return;
    case "number":
      sink.writeInt(response.totalNumber);
      return;
    case "error":
      sink.writeInt(response.err);
      return;
    case "whoAmI":
      writeClientInfos(sink, response.clientInfo);
      return;
    case "token":
      sink.writeBuffer(response.token);
      return;
    case "multi":
      writeResults(sink, response.results);
      return;
    default:
      assertNever(response);
  }
}

export function readResponse(reader: BufferReader, kind: ResponseKind): Response {
  switch (kind) {
    case "none":
      return { kind };
    case "path":
      return { kind, path: reader.readText("path") };
    case "pathStat":
      return { kind, path: reader.readText("path"), stat: readStat(reader) };
    case "stat":
      return { kind, stat: readStat(reader) };
    case "dataStat":
      return { kind, data: reader.readBuffer("data"), stat: readStat(reader) };
    case "aclStat": {
      const offset = reader.offset;
      const acl = readAcls(reader);
      if (acl === null) throw new WireError(offset, "a list of ACLs", "null");
      return { kind, acl, stat: readStat(reader) };
    }
    case "children":
      return { kind, children: readNames(reader, "children") };
    case "childrenStat":
      return { kind, children: readNames(reader, "children"), stat: readStat(reader) };
    case "ephemerals":
      return { kind, paths: readNames(reader, "ephemerals") };
    case "number":
      return { kind, totalNumber: reader.readInt("totalNumber") };
    case "error":
      return { kind, err: reader.readInt("err") };
    case "whoAmI":
      return { kind, clientInfo: readClientInfos(reader) };
    case "token":
      return { kind, token: reader.readBuffer("token") };
    case "multi":
      return { kind, results: readResults(reader) };
    default:
      return assertNever(kind);
  }
}

function writeResults(sink: Sink, results: readonly MultiResult[]): void {
  for (const { type, err, response } of results) {
    const kind = resultKind(type, sink.length);
    if (response.kind !== kind) {
      throw new WireError(sink.length, `${kind} in a result of type ${type}`, response.kind);
    }
    writeMultiHeader(sink, type, err);
    writeResponse(sink, response);
  }
  writeMultiEnd(sink);
}

function readResults(reader: BufferReader): MultiResult[] {
  const results: MultiResult[] = [];
  for (;;) {
    const offset = reader.offset;
    const { type, done, err } = readMultiHeader(reader);
    if (done) return results;
    results.push({ type, err, response: readResponse(reader, resultKind(type, offset)) });
  }
}

function resultKind(type: number, offset: number): ResponseKind {
  const name = opName(type);
  const kind = name === undefined ? undefined : RESULT_KINDS[name];
  if (kind === undefined) throw new WireError(offset, "the type of a multi's result", `${type}`);
  return kind;
}
