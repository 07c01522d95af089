import { expect, test } from "vitest";
import { ClientBench } from "../../test/support/client-port.ts";
import * as ops from "./ops.ts";

test("close: the server is told, its reply ends the client, and whoever closed learns of it last", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.exists("/a"));
  bench.request(ops.close());
  expect(bench.sentRequests()).toMatchObject([{ kind: "exists" }, { kind: "closeSession" }]);
  bench.fail(-101);
  bench.reply({ kind: "none" });
  expect(bench.client.state).toBe("CLOSED");
  expect(bench.delivered()).toEqual(["1 ok"]);
  bench.tick();
  expect(bench.delivered()).toEqual(["Closed → 0", "2 ok"]);
  expect(bench.client.phase).toBe("ended");
  expect(bench.port.timers.size).toBe(0);
});

test("close: what is asked behind it is lost, and has expired once the client has ended", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.close());
  bench.request(ops.exists("/a"));
  expect(bench.delivered()).toEqual(["2 ConnectionLoss"]);
  bench.reply({ kind: "none" });
  bench.tick();
  bench.request(ops.exists("/b"));
  bench.request(ops.close());
  expect(bench.delivered()).toEqual(["Closed → 0", "1 ok", "3 SessionExpired", "4 ok"]);
});

test("close: every watcher hears Closed", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.exists("/a", 5 as never));
  bench.fail(-101);
  bench.request(ops.close());
  bench.reply({ kind: "none" });
  bench.did();
  bench.tick();
  expect(bench.delivered()).toEqual(["Closed → 0 5", "2 ok"]);
});

test("close: if the connection goes first, no other server is looked for", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.close());
  bench.closed();
  bench.did();
  bench.tick();
  expect(bench.delivered()).toEqual(["Disconnected → 0", "Closed → 0", "1 ConnectionLoss"]);
  expect(bench.client).toMatchObject({ state: "CLOSED", phase: "ended" });
});

test("close: while disconnected, it goes through the dial that is already coming", () => {
  const bench = new ClientBench().connect();
  bench.port.draws.push(500);
  bench.closed();
  bench.tick();
  expect(bench.client.phase).toBe("pausing");
  bench.request(ops.close());
  bench.did();
  bench.reconnect();
  expect(bench.sentRequests()).toMatchObject([{ kind: "closeSession" }]);
});

test("close: a second one does not wait for the first", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.close());
  bench.request(ops.close());
  expect(bench.delivered()).toEqual(["2 ConnectionLoss"]);
  bench.reply({ kind: "none" });
  bench.tick();
  expect(bench.outcome(1)).toEqual({ ok: true, value: undefined });
});

test("close: before the client was started it ends without a connection", () => {
  const bench = new ClientBench();
  bench.request(ops.close());
  bench.start();
  expect(bench.delivered()).toEqual(["Closed → 0", "1 ConnectionLoss"]);
});
