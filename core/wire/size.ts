import { writeConnectRequest, writeConnectResponse } from "./connect.ts";
import type { ConnectRequest, ConnectResponse, Notice, Reply, Request } from "./records.ts";
import { writeNotice, writeReply } from "./reply.ts";
import { writeRequest } from "./request.ts";
import { SizeCounter } from "./size-counter.ts";

/**
 * How long a message is on the wire, without the bytes. All lengths are those of the frame's content, which is what
 * `jute.maxbuffer` limits; FRAME_BYTES come on top.
 */

export function requestSize(request: Request): number {
  const counter = new SizeCounter();
  writeRequest(counter, 0, request);
  return counter.length;
}

export function replySize(reply: Reply): number {
  const counter = new SizeCounter();
  writeReply(counter, reply);
  return counter.length;
}

export function noticeSize(notice: Notice): number {
  const counter = new SizeCounter();
  writeNotice(counter, notice);
  return counter.length;
}

export function connectRequestSize(request: ConnectRequest): number {
  const counter = new SizeCounter();
  writeConnectRequest(counter, request);
  return counter.length;
}

export function connectResponseSize(response: ConnectResponse): number {
  const counter = new SizeCounter();
  writeConnectResponse(counter, response);
  return counter.length;
}
