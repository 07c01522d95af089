import { expect, test } from "vitest";
import { ClientBench, PASSWD, SESSION } from "../../test/support/client-port.ts";
import { NO_SESSION } from "../ids.ts";
import * as ops from "./ops.ts";

test("the first connection: no wait, an empty session, zeros for a password", () => {
  const bench = new ClientBench();
  bench.start();
  expect(bench.client.state).toBe("CONNECTING");
  bench.dialled();
  expect(bench.did()).toEqual([
    { kind: "dial", host: "a:2181", atMs: 0 },
    {
      kind: "send",
      atMs: 0,
      message: {
        kind: "connect",
        request: {
          protocolVersion: 0,
          lastZxidSeen: 0,
          timeOut: 30_000,
          sessionId: NO_SESSION,
          passwd: new Uint8Array(16),
          readOnly: false,
        },
      },
    },
  ]);
  bench.welcome();
  expect(bench.client).toMatchObject({ state: "CONNECTED", sessionId: SESSION, passwd: PASSWD });
  expect(bench.delivered()).toEqual(["SyncConnected → 0"]);
});

test("requests wait for the answer to the connect request, and go out in order with xids from 1", () => {
  const bench = new ClientBench();
  bench.request(ops.exists("/a"));
  bench.start();
  bench.request(ops.getData("/b"));
  bench.dialled();
  bench.request(ops.sync("/c"));
  expect(bench.sent()).toHaveLength(1);
  bench.welcome();
  expect(bench.sent()).toMatchObject([
    { header: { xid: 1, type: 3 }, request: { kind: "exists", path: "/a" } },
    { header: { xid: 2, type: 4 }, request: { kind: "getData", path: "/b" } },
    { header: { xid: 3, type: 9 }, request: { kind: "sync", path: "/c" } },
  ]);
});

test("timeouts before the first session: requested / hosts to connect, two thirds of requested to read", () => {
  const { client } = new ClientBench({ sessionTimeoutMs: 10_000 });
  expect(client).toMatchObject({ connectTimeoutMs: 3333, readTimeoutMs: 6666 });
});

test("timeouts after the negotiation follow what the server granted; the next request asks for the old one", () => {
  const bench = new ClientBench({ sessionTimeoutMs: 10_000 }).connect(4000);
  expect(bench.client).toMatchObject({ connectTimeoutMs: 1333, readTimeoutMs: 2666 });
  bench.closed();
  bench.reconnect();
  expect(bench.sent()).toMatchObject([{ request: { timeOut: 10_000, sessionId: SESSION } }]);
});

test("a dial that nobody answers is given up after connectTimeout, and the next host tried", () => {
  const bench = new ClientBench();
  bench.start();
  bench.advance(9999);
  expect(bench.did()).toMatchObject([{ kind: "dial", host: "a:2181" }]);
  bench.advance(1);
  expect(bench.did()).toMatchObject([{ kind: "close", atMs: 10_000 }]);
  bench.advance(100);
  expect(bench.did()).toMatchObject([{ kind: "dial", host: "b:2181", atMs: 10_100 }]);
});

test("the answer to the connect request has connectTimeout of its own", () => {
  const bench = new ClientBench();
  bench.start();
  bench.advance(9000);
  bench.dialled();
  bench.advance(9999);
  expect(bench.client.phase).toBe("handshaking");
  bench.advance(1);
  expect(bench.client.phase).toBe("cleanup");
});

test("refused dials: 100 ms to clean up each, no spread before the first connection, 1000 ms after a round", () => {
  const bench = new ClientBench();
  bench.start();
  for (let i = 0; i < 4; i++) {
    bench.refused();
    while (bench.client.phase !== "dialling") bench.tick();
  }
  const dials = bench.did().filter((effect) => effect.kind === "dial");
  expect(dials.map(({ host, atMs }) => `${host} ${atMs}`)).toEqual([
    "a:2181 0",
    "b:2181 100",
    "c:2181 200",
    "a:2181 1300",
    "b:2181 1400",
  ]);
  expect(bench.port.bounds).toEqual([3, 2]);
});

test("a reconnect waits 0 to 999 ms, as is drawn", () => {
  const bench = new ClientBench().connect();
  bench.port.draws.push(421);
  bench.closed();
  bench.advance(100 + 420);
  expect(bench.did().filter(({ kind }) => kind === "dial")).toEqual([]);
  bench.advance(1);
  expect(bench.did()).toMatchObject([{ kind: "dial", host: "b:2181", atMs: 521 }]);
  expect(bench.port.bounds.at(-1)).toBe(1000);
});

test("after a session the round begins anew: every other server is tried before the wait of 1000 ms", () => {
  const bench = new ClientBench();
  bench.start();
  bench.refused();
  bench.tick();
  bench.dialled();
  bench.welcome();
  bench.did();
  bench.closed();
  for (let i = 0; i < 3; i++) {
    while (bench.client.phase !== "dialling") bench.tick();
    bench.refused();
  }
  const dials = bench.did().filter((effect) => effect.kind === "dial");
  expect(dials.map(({ host, atMs }) => `${host} ${atMs}`)).toEqual([
    "c:2181 200",
    "a:2181 300",
    "b:2181 1400",
  ]);
});

test("lastZxid: of replies with a zxid above 0, but not of pings and auth packets; the next server hears of it", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.sync("/"));
  bench.reply({ kind: "path", path: "/" }, { zxid: 7 });
  bench.pong(9);
  bench.authReply(0);
  bench.event("NodeCreated", "/x");
  expect(bench.client.lastZxid).toBe(7);
  bench.request(ops.sync("/"));
  bench.reply(undefined, { err: -6, zxid: -1 });
  expect(bench.client.lastZxid).toBe(7);
  bench.request(ops.sync("/"));
  bench.reply(undefined, { err: -101, zxid: 8 });
  bench.closed();
  bench.did();
  bench.reconnect();
  expect(bench.sent()).toMatchObject([{ request: { lastZxidSeen: 8 } }]);
});

test("auth packets are sent again on each connection, before everything else, the latest first", () => {
  const bench = new ClientBench().connect();
  bench.request(ops.addAuth("digest", new Uint8Array([1])));
  bench.request(ops.addAuth("digest", new Uint8Array([2])));
  bench.request(ops.getChildren("/", 0 as never));
  expect(bench.sent()).toMatchObject([
    { header: { xid: -4, type: 100 }, request: { type: 0, scheme: "digest" } },
    { header: { xid: -4, type: 100 } },
    { header: { xid: 1, type: 8 } },
  ]);
  bench.reply({ kind: "children", children: [] });
  bench.closed();
  bench.tick();
  bench.request(ops.exists("/a"));
  bench.reconnect();
  expect(bench.sent().slice(1)).toMatchObject([
    { header: { xid: -4 }, request: { auth: new Uint8Array([2]) } },
    { header: { xid: -4 }, request: { auth: new Uint8Array([1]) } },
    { header: { xid: 2 }, request: { kind: "setWatches" } },
    { header: { xid: 3 }, request: { kind: "exists" } },
  ]);
});

test("an existing session can be taken up by its id and password", () => {
  const session = { id: SESSION, passwd: PASSWD };
  const bench = new ClientBench({ session });
  bench.start();
  bench.dialled();
  expect(bench.sent()).toMatchObject([{ request: { sessionId: SESSION, passwd: PASSWD } }]);
});

test("a connect request is answered by a connect response or not at all", () => {
  const bench = new ClientBench();
  bench.start();
  bench.dialled();
  bench.pong();
  expect(bench.client.phase).toBe("cleanup");
  expect(bench.port.observed.at(-1)).toEqual({ kind: "lost", why: "malformed" });
});

test("what a connection that was given up still brings is passed over", () => {
  const bench = new ClientBench().connect();
  const old = bench.connection;
  bench.closed();
  bench.reconnect();
  bench.did();
  const header = { xid: 99, zxid: 1 as never, err: 0 };
  bench.input({
    kind: "message",
    connection: old,
    message: { kind: "reply", header, response: undefined },
  });
  bench.input({ kind: "closed", connection: old });
  bench.input({ kind: "dialled", connection: old });
  expect(bench.did()).toEqual([]);
  expect(bench.client.phase).toBe("established");
});
