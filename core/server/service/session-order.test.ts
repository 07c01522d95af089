import { expect, test } from "vitest";
import { type SessionId, sessionId } from "../../ids.ts";
import { SELF } from "../../session/session-tracker.ts";
import type { ClientRequest } from "./client-request.ts";
import { clientConnection } from "./service-port.ts";
import {
  newSessionOrder,
  oldestWrite,
  waitsBehindWrite,
  writeDone,
  writeUnderWay,
} from "./session-order.ts";

const A = sessionId(1n);
const B = sessionId(2n);

function request(session: SessionId, cxid: number, op: "delete" | "exists"): ClientRequest {
  return {
    session,
    cxid,
    op,
    body: undefined,
    identities: [],
    owner: SELF,
    connection: clientConnection(0),
    isFromClient: true,
  };
}

test("a read waits for the writes of its session before it, and for no other session's", () => {
  const order = newSessionOrder();
  const [first, second] = [request(A, 1, "delete"), request(A, 3, "delete")];
  writeUnderWay(order, first);
  expect(waitsBehindWrite(order, request(A, 2, "exists"), 0)).toBe(true);
  writeUnderWay(order, second);
  expect(waitsBehindWrite(order, request(A, 4, "exists"), 0)).toBe(true);
  expect(waitsBehindWrite(order, request(B, 1, "exists"), 0)).toBe(false);

  expect(writeDone(order, first).map((freed) => freed.request.cxid)).toEqual([2]);
  expect(writeDone(order, second).map((freed) => freed.request.cxid)).toEqual([4]);
  expect(order).toEqual(newSessionOrder());
});

test("what is committed is a client's own only if that is the oldest write of all", () => {
  const order = newSessionOrder();
  const [ofA, ofB] = [request(A, 1, "delete"), request(B, 7, "delete")];
  writeUnderWay(order, ofA);
  writeUnderWay(order, ofB);
  expect(oldestWrite(order, B, 7)).toBeUndefined();
  expect(oldestWrite(order, A, 2)).toBeUndefined();
  expect(oldestWrite(order, A, 1)).toBe(ofA);
  writeDone(order, ofA);
  expect(oldestWrite(order, B, 7)).toBe(ofB);
});

test("behind a write that is never committed nothing goes on", () => {
  const order = newSessionOrder();
  const [stuck, later] = [request(A, 1, "delete"), request(B, 1, "delete")];
  writeUnderWay(order, stuck);
  writeUnderWay(order, later);
  expect(waitsBehindWrite(order, request(B, 2, "exists"), 0)).toBe(true);
  expect(writeDone(order, later)).toEqual([]);
  expect(waitsBehindWrite(order, request(B, 3, "exists"), 0)).toBe(true);
});
