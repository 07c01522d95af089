import { CREATE_MODES } from "../../core/client/create-mode.ts";
import { type OpName, OPCODES, XID } from "../../core/wire/opcodes.ts";
import { ByteWriter, hexBytes } from "./service-bytes.ts";
import {
  type AclArg,
  dataBytes,
  type DataArg,
  type StepArgs,
  type SubOp,
  textBytes,
  type TextArg,
} from "./service-case.ts";

/** Recorded operations as the bytes that a client sends, with the README's defaults for arguments left out. */

/** One request as it goes over the wire (without its length), and what its reply is called. */
export interface WireRequest {
  readonly packet: Uint8Array;
  /** The xid that the reply carries. */
  readonly replyXid: number;
  /** It has another opcode than its operation's. */
  readonly isOverridden: boolean;
}

export interface ConnectArgs {
  readonly lastZxid: number;
  readonly timeout: number;
  /** 0n for a new session. */
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  readonly readOnly: boolean;
  /** Whether the trailing boolean is sent at all. */
  readonly readOnlyField: boolean;
}

export function connectPacket(args: ConnectArgs): Uint8Array {
  const writer = new ByteWriter()
    .int(0)
    .long(args.lastZxid)
    .int(args.timeout)
    .long(args.sessionId)
    .sized(args.password);
  if (args.readOnlyField) writer.boolean(args.readOnly);
  return writer.bytes();
}

export function pingPacket(): Uint8Array {
  return new ByteWriter().int(XID.ping).int(OPCODES.ping).bytes();
}

/** `xid` is the next of the connection's counter; auth, setWatches and pings have xids of their own. */
export function requestPacket(op: string, args: StepArgs, xid: number): WireRequest {
  const type = opcodeOf(op, args);
  const ownXid =
    op === "auth" ? XID.auth : op === "setWatches" || op === "setWatches2" ? XID.setWatches : xid;
  const writer = new ByteWriter().int(ownXid).int(type);
  writeBody(writer, op, args);
  // A server answers a ping with the xid of pings, whichever it was sent with.
  const replyXid = type === OPCODES.ping ? XID.ping : ownXid;
  return { packet: writer.bytes(), replyXid, isOverridden: args.opcode !== undefined };
}

function opcodeOf(op: string, { opcode }: StepArgs): number {
  if (opcode !== undefined) return opcode;
  if (op in OPCODES) return OPCODES[op as OpName];
  throw new Error(`there is no operation "${op}"`);
}

const MODES: Readonly<Record<string, number>> = CREATE_MODES;

const OPEN_ACL: readonly AclArg[] = [{ perms: 31, scheme: "world", id: "anyone" }];

function writeBody(writer: ByteWriter, op: string, args: StepArgs): void {
  const { version = -1, watch = false } = args;
  switch (op) {
    case "create":
    case "create2":
      return writeCreate(writer, args, "persistent");
    case "createContainer":
      return writeCreate(writer, args, "container");
    case "createTTL":
      writeCreate(writer, args, "persistentTTL");
      writer.long(given(args.ttl, "ttl"));
      return;
    case "delete":
    case "check":
      writeText(writer, given(args.path, "path"));
      writer.int(version);
      return;
    case "setData":
      writeText(writer, given(args.path, "path"));
      writeData(writer, args.data as DataArg | undefined);
      writer.int(version);
      return;
    case "exists":
    case "getData":
    case "getChildren":
    case "getChildren2":
      writeText(writer, given(args.path, "path"));
      writer.boolean(watch);
      return;
    case "getACL":
    case "sync":
    case "getAllChildrenNumber":
    case "deleteContainer":
      return writeText(writer, given(args.path, "path"));
    case "setACL":
      writeText(writer, given(args.path, "path"));
      writeAcl(writer, args.acl);
      writer.int(version);
      return;
    case "getEphemerals":
      return writeText(writer, given(args.prefix, "prefix"));
    case "addWatch":
      writeText(writer, given(args.path, "path"));
      writer.int(given(args.mode, "mode") as number);
      return;
    case "removeWatches":
    case "checkWatches":
      writeText(writer, given(args.path, "path"));
      writer.int(given(args.type, "type"));
      return;
    case "setWatches":
    case "setWatches2":
      return writeWatches(writer, op, args);
    case "auth":
      writer.int(args.type ?? 0);
      writeText(writer, given(args.scheme, "scheme"));
      writeData(writer, given(args.auth, "auth"));
      return;
    case "reconfig":
      for (const text of [args.joining, args.leaving, args.newMembers]) {
        writeText(writer, text ?? null);
      }
      writer.long(args.curConfigId ?? -1);
      return;
    case "multi":
    case "multiRead":
      return writeMulti(writer, given(args.ops, "ops"));
    case "raw":
      writer.raw(hexBytes(given(args.hex, "hex")));
      return;
    case "ping":
    case "closeSession":
    case "whoAmI":
      return;
    default:
      throw new Error(`there is no operation "${op}"`);
  }
}

function writeCreate(writer: ByteWriter, args: StepArgs, defaultMode: string): void {
  const { mode = defaultMode } = args;
  const flags = typeof mode === "number" ? mode : MODES[mode];
  if (flags === undefined) throw new Error(`there is no mode "${mode}"`);
  writeText(writer, given(args.path, "path"));
  writeData(writer, args.data as DataArg | undefined);
  writeAcl(writer, args.acl);
  writer.int(flags);
}

function writeAcl(writer: ByteWriter, acl: readonly AclArg[] | null = OPEN_ACL): void {
  writer.list(acl, ({ perms, scheme, id }) => {
    writer.int(perms);
    writeText(writer, scheme);
    writeText(writer, id);
  });
}

function writeWatches(writer: ByteWriter, op: "setWatches" | "setWatches2", args: StepArgs): void {
  const { data = [], exist = [], child = [], persistent = [], persistentRecursive = [] } = args;
  const lists = [data as readonly TextArg[] | null, exist, child];
  if (op === "setWatches2") lists.push(persistent, persistentRecursive);
  writer.long(given(args.relativeZxid, "relativeZxid"));
  for (const list of lists) writer.list(list, (path) => writeText(writer, path));
}

/** Each sub-operation behind a header of its type, and a header that ends them. */
function writeMulti(writer: ByteWriter, ops: readonly SubOp[]): void {
  for (const sub of ops) {
    writer.int(opcodeOf(sub.op, sub)).boolean(false).int(-1);
    writeBody(writer, sub.op, sub);
  }
  writer.int(-1).boolean(true).int(-1);
}

function writeText(writer: ByteWriter, text: TextArg): void {
  writer.sized(textBytes(text));
}

function writeData(writer: ByteWriter, data: DataArg = ""): void {
  writer.sized(dataBytes(data));
}

function given<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`an operation lacks its "${name}"`);
  return value;
}
