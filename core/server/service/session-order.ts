import type { SessionId } from "../../ids.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Waiting } from "./state.ts";

/**
 * The order of one session's requests (CommitProcessor): what comes behind a write of the same session waits until that
 * is applied here, so that the session reads what it wrote and is answered in the order in which it asked. Sessions do
 * not wait for each other. A queue begins with a write that is under way, or is not there at all.
 */
export type SessionOrder = Map<SessionId, Waiting[]>;

export function newSessionOrder(): SessionOrder {
  return new Map();
}

/** A write of the session is on its way: to the log, or to the leader. */
export function writeUnderWay(order: SessionOrder, session: SessionId): void {
  const queue = order.get(session);
  if (queue === undefined) order.set(session, [{ kind: "write" }]);
  else queue.push({ kind: "write" });
}

/** Puts a request that is no write behind the session's writes; false if there are none, and it may run at once. */
export function waitsBehindWrite(
  order: SessionOrder,
  request: ClientRequest,
  err: number,
): boolean {
  const queue = order.get(request.session);
  if (queue === undefined) return false;
  queue.push({ kind: "other", request, err });
  return true;
}

/** The session's oldest write is applied: what may run now is what waits up to the next one. */
export function writeDone(
  order: SessionOrder,
  session: SessionId,
): readonly Extract<Waiting, { readonly kind: "other" }>[] {
  const queue = order.get(session);
  if (queue === undefined) return [];
  const freed: Extract<Waiting, { readonly kind: "other" }>[] = [];
  let next = 1;
  for (; next < queue.length; next++) {
    const waiting = queue[next];
    if (waiting === undefined || waiting.kind === "write") break;
    freed.push(waiting);
  }
  if (next >= queue.length) order.delete(session);
  else queue.splice(0, next);
  return freed;
}
