import type { SessionId } from "../../ids.ts";
import type { ClientRequest } from "./client-request.ts";
import type { SessionOrder, Waiting } from "./state.ts";

/**
 * The order of one session's requests (CommitProcessor): what comes behind a write of the same session waits until that
 * is applied here, so that the session reads what it wrote and is answered in the order in which it asked. Sessions do
 * not wait for each other.
 */
export function newSessionOrder(): SessionOrder {
  return { sessions: new Map(), writes: [] };
}

/** A write of the session is on its way: to the log, or to the leader. */
export function writeUnderWay(order: SessionOrder, request: ClientRequest): void {
  order.writes.push(request);
  const queue = order.sessions.get(request.session);
  const write: Waiting = { kind: "write", request };
  if (queue === undefined) order.sessions.set(request.session, [write]);
  else queue.push(write);
}

/**
 * The oldest write under way, if it is the one of that session with that cxid. What is committed comes in the order in
 * which it was asked for, so another one is taken for a write of another server; and so are all that come behind a
 * write that is never committed, whose clients wait in vain.
 */
export function oldestWrite(
  order: SessionOrder,
  session: SessionId,
  cxid: number,
): ClientRequest | undefined {
  const [oldest] = order.writes;
  return oldest?.session === session && oldest.cxid === cxid ? oldest : undefined;
}

/** Puts a request that is no write behind the session's writes; false if there are none, and it may run at once. */
export function waitsBehindWrite(
  order: SessionOrder,
  request: ClientRequest,
  err: number,
): boolean {
  const queue = order.sessions.get(request.session);
  if (queue === undefined) return false;
  queue.push({ kind: "other", request, err });
  return true;
}

/** A write is applied. If it is the oldest, what may run now is what waits for it, up to its session's next one. */
export function writeDone(
  order: SessionOrder,
  write: ClientRequest,
): readonly Extract<Waiting, { readonly kind: "other" }>[] {
  if (order.writes[0] !== write) return [];
  order.writes.shift();
  const queue = order.sessions.get(write.session);
  if (queue === undefined) return [];
  const freed: Extract<Waiting, { readonly kind: "other" }>[] = [];
  let next = 1;
  for (; next < queue.length; next++) {
    const waiting = queue[next];
    if (waiting === undefined || waiting.kind === "write") break;
    freed.push(waiting);
  }
  if (next >= queue.length) order.sessions.delete(write.session);
  else queue.splice(0, next);
  return freed;
}
