import { expect, test } from "vitest";
import { ClientBench } from "../../test/support/client-port.ts";
import { ERROR_CODES } from "../wire/error-codes.ts";
import { awaitedReply } from "./client.ts";
import * as ops from "./ops.ts";

/** What becomes of requests when a connection, a session or an identity is lost (ClientCnxn.conLossPacket). */

test("replies end requests in the order in which they were made", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.remove("/a"));
  bench.request(ops.exists("/b"));
  bench.request(ops.remove("/c"));
  expect(awaitedReply(bench.client)).toMatchObject({ xid: 1, type: 2 });
  bench.reply({ kind: "none" });
  bench.fail(ERROR_CODES.NoNode);
  bench.fail(ERROR_CODES.NotEmpty);
  expect(bench.delivered()).toEqual(["1 ok", "2 ok", "3 NotEmpty"]);
  expect(bench.outcome(2)).toEqual({ ok: true, value: null });
  expect(bench.outcome(3)).toEqual({
    ok: false,
    error: { code: -111, name: "NotEmpty", path: "/c" },
  });
});

test("ConnectionLoss: for what was sent and for what was asked since, then Disconnected", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.create("/sent"));
  bench.closed();
  bench.request(ops.create("/queued"));
  expect(bench.delivered()).toEqual([]);
  bench.tick();
  expect(bench.delivered()).toEqual(["1 ConnectionLoss", "2 ConnectionLoss", "Disconnected → 0"]);
});

test("a request made while disconnected is sent by the next connection", () => {
  const bench = new ClientBench().connect();
  bench.closed();
  bench.tick();
  bench.request(ops.exists("/a"));
  bench.did();
  bench.reconnect();
  expect(bench.sentRequests()).toEqual([{ kind: "exists", path: "/a", watch: false }]);
});

test("or is lost when the next attempt to connect fails", () => {
  const bench = new ClientBench().connect();
  bench.closed();
  bench.tick();
  bench.request(ops.exists("/a"));
  while (bench.client.phase !== "dialling") bench.tick();
  bench.refused();
  bench.did();
  bench.tick();
  expect(bench.delivered()).toEqual(["1 ConnectionLoss"]);
});

test("no request is ever sent twice", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.setData("/a", null));
  bench.closed();
  bench.did();
  bench.reconnect();
  expect(bench.sentRequests()).toEqual([]);
});

test("the same state is not told twice: three servers refuse, and Disconnected comes once", () => {
  const bench = new ClientBench().connect();
  bench.closed();
  for (let i = 0; i < 3; i++) {
    while (bench.client.phase !== "dialling") bench.tick();
    bench.refused();
  }
  bench.reconnect();
  expect(bench.delivered()).toEqual(["Disconnected → 0", "SyncConnected → 0"]);
});

test("Disconnected is not told before there was a connection", () => {
  const bench = new ClientBench();
  bench.start();
  bench.refused();
  bench.tick();
  expect(bench.delivered()).toEqual([]);
});

test("expiry is a server's word: timeout 0 is terminal, for what waits and for all that comes", () => {
  const bench = new ClientBench().connect();
  bench.closed();
  bench.tick();
  bench.request(ops.exists("/a"));
  while (bench.client.phase !== "dialling") bench.tick();
  bench.dialled();
  bench.did();
  bench.expired();
  expect(bench.client.state).toBe("CLOSED");
  expect(bench.delivered()).toEqual(["Expired → 0"]);
  bench.tick();
  bench.request(ops.exists("/b"));
  expect(bench.delivered()).toEqual(["1 SessionExpired", "2 SessionExpired"]);
  expect(bench.client.phase).toBe("ended");
  expect(bench.port.timers.size).toBe(0);
});

test("however long it is cut off, the client itself never says that its session expired", () => {
  const bench = new ClientBench().connect(4000);
  bench.closed();
  while (bench.port.nowMs < 3_600_000) {
    while (bench.client.phase !== "dialling") bench.tick();
    bench.refused();
  }
  expect(bench.client.state).toBe("CONNECTING");
  bench.reconnect();
  expect(bench.delivered()).toEqual(["Disconnected → 0", "SyncConnected → 0"]);
});

test("a refused identity is terminal: AuthFailed for the watchers, for what waits and for all that comes", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.addAuth("world", null));
  bench.request(ops.exists("/a"));
  bench.authReply(ERROR_CODES.AuthFailed);
  expect(bench.delivered()).toEqual(["1 ok", "AuthFailed → 0"]);
  expect(bench.client.state).toBe("AUTH_FAILED");
  bench.tick();
  bench.request(ops.exists("/b"));
  expect(bench.delivered()).toEqual(["2 AuthFailed", "3 AuthFailed"]);
  bench.request(ops.close());
  expect(bench.delivered()).toEqual(["4 ok"]);
});

test("another error of an auth packet is passed over", () => {
  const bench = new ClientBench().connect();
  bench.authReply(ERROR_CODES.MarshallingError);
  expect(bench.client.state).toBe("CONNECTED");
});

test("a reply to another request than the oldest loses the connection", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.exists("/a"));
  bench.request(ops.exists("/b"));
  const header = { xid: 2, zxid: 5 as never, err: 0 };
  bench.message({ kind: "reply", header, response: { kind: "none" } });
  expect(bench.delivered()).toEqual(["1 ConnectionLoss"]);
  expect(bench.client).toMatchObject({ phase: "cleanup", lastZxid: 0 });
  bench.tick();
  expect(bench.delivered()).toEqual(["2 ConnectionLoss", "Disconnected → 0"]);
});

test("a reply that nobody waits for loses the connection", () => {
  const bench = new ClientBench().connect();
  const header = { xid: 1, zxid: 5 as never, err: 0 };
  bench.message({ kind: "reply", header, response: { kind: "none" } });
  expect(bench.port.observed.at(-1)).toEqual({ kind: "lost", why: "xidOutOfOrder" });
});

test("a body that is not the request's loses the connection, and nobody knows what became of it", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.getData("/a"));
  bench.reply({ kind: "number", totalNumber: 1 });
  expect(bench.delivered()).toEqual(["1 ConnectionLoss"]);
  expect(bench.port.observed.at(-1)).toEqual({ kind: "lost", why: "malformed" });
});

test("bytes that no message has lose the connection", () => {
  const bench = new ClientBench().connect();
  bench.input({ kind: "malformed", connection: bench.connection });
  expect(bench.did()).toMatchObject([{ kind: "close" }]);
});

test("xids go from 2147483646 to 1", () => {
  const bench = new ClientBench().connect();
  bench.client.nextXid = 2_147_483_646;
  bench.request(ops.sync("/"));
  bench.request(ops.sync("/"));
  expect(bench.sent()).toMatchObject([{ header: { xid: 2_147_483_646 } }, { header: { xid: 1 } }]);
});

test("an illegal argument is told at once, and nothing is sent", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.create("a"));
  expect(bench.did()).toMatchObject([{ kind: "deliver" }]);
  expect(bench.outcome(1)).toEqual({
    ok: false,
    error: {
      code: -8,
      name: "IllegalArgument",
      path: "a",
      reason: "Path must start with / character",
    },
  });
});

test("an empty multi is nothing to do, even without a server", () => {
  const bench = new ClientBench();
  bench.request(ops.multi([]));
  expect(bench.outcome(1)).toEqual({ ok: true, value: [] });
});
