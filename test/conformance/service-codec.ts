import {
  decodeConnectResponse,
  decodeNotice,
  decodeReply,
  DEFAULT_LENGTH_LIMIT,
  encodeConnectResponse,
  encodeNotice,
  encodeReply,
  type OpName,
  OPCODES,
  requestKind,
  WireError,
} from "../../core/wire/index.ts";
import type { ServerMessage } from "../../core/server/service/service-port.ts";

/** The codec at both ends: what a server sends back, and what its clients make of it. */

export function writeServerMessage(message: ServerMessage): Uint8Array {
  switch (message.kind) {
    case "connectResponse":
      return encodeConnectResponse(message.response);
    case "reply":
      return encodeReply(message.reply);
    case "event":
      return encodeNotice(message);
  }
}

/**
 * The client's side of the codec, which the reader of recorded cases does not need: it must read the bytes, and write
 * the same again. Says what is wrong, if anything is.
 */
export function codecProblem(
  packet: Uint8Array,
  of: "connect" | "event" | OpName,
): string | undefined {
  try {
    const again = readAndWrite(packet, of);
    if (again === undefined || Buffer.compare(packet, again) === 0) return undefined;
    return `the codec reads ${hex(packet)} and writes ${hex(again)} (${of})`;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `the codec cannot read ${hex(packet)} (${of}): ${error.message}`;
  }
}

function readAndWrite(
  packet: Uint8Array,
  of: "connect" | "event" | OpName,
): Uint8Array | undefined {
  if (of === "connect") return encodeConnectResponse(decodeConnectResponse(packet));
  if (of === "event") return encodeNotice(decodeNotice(packet));
  const kind = requestKind(OPCODES[of]);
  return kind === undefined ? undefined : encodeReply(decodeReply(packet, kind, CLIENT_LIMIT));
}

/** The recording clients took replies of any length. */
const CLIENT_LIMIT = 4 * DEFAULT_LENGTH_LIMIT;

const SHOWN = 64;

function hex(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, SHOWN)).toString("hex");
  return bytes.length > SHOWN ? `${text}…` : text;
}
