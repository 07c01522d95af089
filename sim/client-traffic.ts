import type { ClientMessage } from "../core/client/client-port.ts";
import type { ServerMessage } from "../core/server/service/service-port.ts";
import {
  BufferWriter,
  connectRequestSize,
  connectResponseSize,
  noticeSize,
  replySize,
  requestSize,
} from "../core/wire/index.ts";
import {
  encodeConnectRequest,
  encodeConnectResponse,
  encodeNotice,
  encodeReply,
  encodeRequest,
} from "../core/wire/index.ts";
import type { Request } from "../core/wire/records.ts";
import type { Trace } from "./kernel/trace.ts";
import type { Traffic } from "./network/traffic.ts";
import { RECORD } from "./records.ts";

/**
 * What clients and servers say to one another: the message, its length on the wire, and, where the codec is on, the
 * bytes that the other end reads instead of the message.
 */
export type ClientTraffic =
  | { readonly kind: "toServer"; readonly message: ClientMessage; readonly bytes: Payload }
  | { readonly kind: "toClient"; readonly message: ServerMessage; readonly bytes: Payload };

/** The frame's content, or, where nobody reads it, its length alone. */
export type Payload = Uint8Array | number;

/** Every message is copied out of it when it is written. */
const WRITER = new BufferWriter();

export function toServer(message: ClientMessage, codec: boolean): ClientTraffic {
  if (message.kind === "connect") {
    const { request } = message;
    const bytes = codec ? encodeConnectRequest(request, WRITER) : connectRequestSize(request);
    return { kind: "toServer", message, bytes };
  }
  const { header, request } = message;
  const bytes = codec ? encodeRequest(header.xid, request, WRITER) : requestSize(request);
  return { kind: "toServer", message, bytes };
}

export function toClient(message: ServerMessage, codec: boolean): ClientTraffic {
  return { kind: "toClient", message, bytes: payloadToClient(message, codec) };
}

export function lengthOf(payload: Payload): number {
  return typeof payload === "number" ? payload : payload.length;
}

function payloadToClient(message: ServerMessage, codec: boolean): Payload {
  switch (message.kind) {
    case "connectResponse":
      return codec
        ? encodeConnectResponse(message.response, WRITER)
        : connectResponseSize(message.response);
    case "reply":
      return codec ? encodeReply(message.reply, WRITER) : replySize(message.reply);
    case "event":
      return codec ? encodeNotice(message, WRITER) : noticeSize(message);
  }
}

/** The length of a frame's prefix. */
const PREFIX_BYTES = 4;

export const clientTraffic: Traffic = {
  bytes: (message) => PREFIX_BYTES + lengthOf((message as ClientTraffic).bytes),
  isUnreliable: () => false,
  record: (trace, from, to, connection, content) => {
    const traffic = content as ClientTraffic;
    if (traffic.kind === "toServer") recordRequest(trace, from, to, connection, traffic.message);
    else recordReply(trace, from, to, connection, traffic.message);
  },
};

function recordRequest(
  trace: Trace,
  from: number,
  to: number,
  connection: number,
  message: ClientMessage,
): void {
  if (message.kind === "connect") {
    const { sessionId, lastZxidSeen } = message.request;
    trace.begin(RECORD.connectRequest, from).int(to).int(connection);
    trace.session(sessionId).zxid(lastZxidSeen);
    return;
  }
  const { header, request } = message;
  trace.begin(RECORD.request, from).int(to).int(connection).int(header.xid);
  trace.text(request.kind).text(pathOf(request));
}

function recordReply(
  trace: Trace,
  from: number,
  to: number,
  connection: number,
  message: ServerMessage,
): void {
  switch (message.kind) {
    case "connectResponse":
      trace.begin(RECORD.connectResponse, from).int(to).int(connection);
      trace.session(message.response.sessionId).int(message.response.timeOut);
      return;
    case "reply": {
      const { xid, zxid, err } = message.reply.header;
      trace.begin(RECORD.reply, from).int(to).int(connection).int(xid).zxid(zxid).int(err);
      return;
    }
    case "event":
      trace.begin(RECORD.watchEvent, from).int(to).int(connection);
      trace.int(message.event.type).text(message.event.path);
      return;
  }
}

/** What a request is about, for people; nothing where it names no path. */
function pathOf(request: Request): string {
  return "path" in request && request.path !== null ? request.path : "";
}
