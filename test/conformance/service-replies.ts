import { EVENT_TYPES } from "../../core/wire/records.ts";
import { ByteReader, ShortReply, toHex } from "./service-bytes.ts";
import {
  type CaseEvent,
  type CaseStat,
  type DataArg,
  type StepResult,
  type SubResult,
} from "./service-case.ts";

/** Replies and watch events off the wire, in the words of the recordings. */

export interface ReplyHead {
  readonly xid: number;
  readonly zxid: number;
  readonly err: number;
}

export function readHead(reader: ByteReader): ReplyHead {
  return { xid: reader.int(), zxid: reader.number(), err: reader.int() };
}

/** What a recorded Stat leaves out or names by other words. */
export interface StatReader {
  nameOf(sessionId: bigint): string;
  /** Told what a Stat says of the time of a transaction, ms. */
  seeTime(zxid: number, time: number): void;
}

/** The rest of a reply to `op`, behind its header. */
export function readReply(
  op: string,
  head: ReplyHead,
  reader: ByteReader,
  stats: StatReader,
): StepResult {
  const result: { -readonly [K in keyof StepResult]: StepResult[K] } = {
    err: head.err,
    zxid: head.zxid,
  };
  // A refused multiRead has a body in spite of its error.
  const hasBody = head.err === 0 || (op === "multiRead" && reader.left > 0);
  try {
    if (hasBody) Object.assign(result, readBody(op, reader, stats));
  } catch (error) {
    if (!(error instanceof ShortReply)) throw error;
    result.malformed = error.message;
  }
  if (reader.left > 0) result.extraBytes = toHex(reader.rest());
  return result;
}

function readBody(op: string, reader: ByteReader, stats: StatReader): Partial<StepResult> {
  switch (op) {
    case "create":
    case "sync":
      return { path: reader.text() };
    case "create2":
    case "createContainer":
    case "createTTL":
      return { path: reader.text(), stat: readStat(reader, stats) };
    case "exists":
    case "setData":
    case "setACL":
      return { stat: readStat(reader, stats) };
    case "getData":
      return { data: readData(reader), stat: readStat(reader, stats) };
    case "getChildren":
      return { children: readSorted(reader) };
    case "getChildren2":
      return { children: readSorted(reader), stat: readStat(reader, stats) };
    case "getACL":
      return { acl: readAcl(reader), stat: readStat(reader, stats) };
    case "getEphemerals":
      return { paths: readSorted(reader) };
    case "getAllChildrenNumber":
      return { number: reader.int() };
    case "whoAmI":
      return {
        ids: reader.list(() => ({ scheme: reader.text() ?? "", user: reader.text() ?? "" })),
      };
    case "reconfig":
      return { data: readData(reader), stat: readStat(reader, stats) };
    case "multi":
    case "multiRead":
      return { results: readResults(reader, stats) };
    default:
      return {};
  }
}

function readResults(reader: ByteReader, stats: StatReader): SubResult[] {
  const results: SubResult[] = [];
  for (;;) {
    const type = reader.int();
    const isLast = reader.boolean();
    const hdrErr = reader.int();
    if (isLast) return results;
    results.push(readSubResult(type, hdrErr, reader, stats));
  }
}

function readSubResult(
  type: number,
  hdrErr: number,
  reader: ByteReader,
  stats: StatReader,
): SubResult {
  switch (type) {
    case -1:
      return { op: "error", err: reader.int(), hdrErr };
    case 1:
      return { op: "create", path: reader.text() };
    case 2:
      return { op: "delete" };
    case 4:
      return { op: "getData", data: readData(reader), stat: readStat(reader, stats) };
    case 5:
      return { op: "setData", stat: readStat(reader, stats) };
    case 8:
      return { op: "getChildren", children: readSorted(reader) };
    case 13:
      return { op: "check" };
    case 15:
      return { op: "create2", path: reader.text(), stat: readStat(reader, stats) };
    default:
      throw new ShortReply(`a result of a multi has the unknown type ${type}`);
  }
}

function readStat(reader: ByteReader, stats: StatReader): CaseStat {
  const czxid = reader.number();
  const mzxid = reader.number();
  stats.seeTime(czxid, reader.number());
  stats.seeTime(mzxid, reader.number());
  const version = reader.int();
  const cversion = reader.int();
  const aversion = reader.int();
  const owner = reader.long();
  return {
    czxid,
    mzxid,
    version,
    cversion,
    aversion,
    ephemeralOwner: owner === 0n ? 0 : stats.nameOf(owner),
    dataLength: reader.int(),
    numChildren: reader.int(),
    pzxid: reader.number(),
  };
}

/** As bytes whatever they spell: data is compared byte by byte. */
function readData(reader: ByteReader): DataArg {
  const bytes = reader.buffer();
  return bytes === null ? null : { b64: Buffer.from(bytes).toString("base64") };
}

function readAcl(reader: ByteReader): NonNullable<StepResult["acl"]> {
  return reader.list(() => ({ perms: reader.int(), scheme: reader.text(), id: reader.text() }));
}

function readSorted(reader: ByteReader): string[] {
  return reader.list(() => reader.text() ?? "").sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A watch event behind its header, without its addressee. */
export function readEvent(head: ReplyHead, reader: ByteReader): Omit<CaseEvent, "to"> {
  if (head.zxid !== -1 || head.err !== 0) {
    throw new ShortReply(`the header of a watch event has zxid ${head.zxid} and err ${head.err}`);
  }
  const type = reader.int();
  const state = reader.int();
  const path = reader.text() ?? "";
  const names = Object.entries(EVENT_TYPES);
  const name = names.find(([, number]) => number === type)?.[0] ?? String(type);
  return { type: name, path, ...(state === SYNC_CONNECTED ? {} : { state }) };
}

const SYNC_CONNECTED = 3;

export interface ConnectReply {
  readonly timeout: number;
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  /** Null if the server did not send the field. */
  readonly readOnly: boolean | null;
}

/** What answers a connect request: a response, or a bare reply header of 16 bytes. */
export function readConnectReply(packet: Uint8Array): ConnectReply | ReplyHead {
  const reader = new ByteReader(packet);
  if (packet.length === BARE_HEADER) return readHead(reader);
  const protocol = reader.int();
  if (protocol !== 0) throw new ShortReply(`a connect response has protocol version ${protocol}`);
  const timeout = reader.int();
  const sessionId = reader.long();
  const password = reader.buffer() ?? new Uint8Array();
  const readOnly = reader.left > 0 ? reader.boolean() : null;
  if (reader.left > 0) throw new ShortReply(`a connect response has ${reader.left} bytes too many`);
  return { timeout, sessionId, password, readOnly };
}

const BARE_HEADER = 16;
