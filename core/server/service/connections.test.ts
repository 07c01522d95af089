import { describe, expect, test } from "vitest";
import { req, ServiceBench, type TestClient } from "../../../test/support/service-port.ts";
import { NO_SESSION, sessionId } from "../../ids.ts";
import { generatePasswd } from "../../session/session-id.ts";
import { digestId } from "../../tree/acl.ts";
import type { Request } from "../../wire/records.ts";
import { zxid } from "../../zxid.ts";

const whoAmI: Request = { kind: "whoAmI" };

function identities(client: TestClient): string[] {
  const { response } = client.ask(whoAmI);
  if (response?.kind !== "whoAmI") throw new Error("expected a list of identities");
  return response.clientInfo.map(({ authScheme, user }) => `${authScheme}:${user}`);
}

describe("connecting", () => {
  test("the answer to a new session waits until it is applied, and requests behind it wait, too", () => {
    const bench = new ServiceBench({ autoForce: false });
    const client = bench.open();
    client.connect({ timeOut: 1 });
    client.send(req.create("/a"));
    client.send(req.auth("digest", "u:p"), -4);
    expect(client.log()).toEqual([]);
    expect(bench.service.lastPreparedZxid).toBe(1);
    bench.forced();
    expect(client.log()).toEqual(["session", "reply -4"]);
    expect(client.response).toMatchObject({ protocolVersion: 0, timeOut: 200, readOnly: false });
    bench.forced();
    expect(client.log()).toEqual(["reply 1"]);
  });

  test("the first session of an empty server is 0x1 of its clock, at zxid 1", () => {
    const bench = new ServiceBench({ nowMs: 5 });
    expect(bench.connect().session).toBe((5n << 16n) | (1n << 56n));
    expect(bench.lastZxid).toBe(1);
    expect(bench.connect().session).toBe((5n << 16n) | (1n << 56n) | 1n);
  });

  test("who did not send readOnly does not get it", () => {
    const bench = new ServiceBench();
    const client = bench.open();
    client.connect({ readOnly: undefined });
    expect(client.response.readOnly).toBeUndefined();
  });

  test("a session is resumed with its password, another timeout, and no zxid; its old connection is closed", () => {
    const bench = new ServiceBench();
    const old = bench.connect();
    old.ask(req.create("/e", 1));
    const { passwd, sessionId: id } = old.response;
    const fresh = bench.open();
    fresh.connect({ sessionId: id, passwd, timeOut: 400 });
    expect(old.isClosed).toBe(true);
    expect(fresh.response).toMatchObject({ sessionId: id, timeOut: 400, passwd });
    expect(bench.lastZxid).toBe(2);
    old.send(req.create("/a"));
    expect(bench.lastZxid).toBe(2);
    expect(fresh.err(req.delete("/e"))).toBe(0);
  });

  test("a wrong password is answered as expired, after the old connection was closed", () => {
    const bench = new ServiceBench();
    const old = bench.connect();
    const fresh = bench.open();
    fresh.connect({ sessionId: old.session, passwd: new Uint8Array(16) });
    expect(old.isClosed).toBe(true);
    expect(fresh.log()).toEqual(["refused"]);
    expect(fresh.response).toMatchObject({
      timeOut: 0,
      sessionId: NO_SESSION,
      passwd: new Uint8Array(16),
    });
    expect(fresh.isClosed).toBe(true);
    expect(bench.service.tracker.sessions.has(old.session)).toBe(true);
  });

  test("a newer zxid sends a client away before its password is looked at or a connection closed", () => {
    const bench = new ServiceBench();
    const old = bench.connect();
    const fresh = bench.open();
    fresh.connect({ sessionId: old.session, passwd: null, lastZxidSeen: zxid(2) });
    expect(fresh.log()).toEqual([]);
    expect(fresh.isClosed).toBe(true);
    expect(old.isClosed).toBe(false);
    const equal = bench.open();
    equal.connect({ lastZxidSeen: zxid(1) });
    expect(equal.log()).toEqual(["session"]);
  });

  test.each([
    ["unknown", (bench: ServiceBench) => sessionId(bench.connect().session + 100n)],
    [
      "closed",
      (bench: ServiceBench) => {
        const client = bench.connect();
        const id = client.session;
        client.ask(req.closeSession());
        return id;
      },
    ],
    [
      "closing",
      (bench: ServiceBench) => {
        const client = bench.connect();
        const id = client.session;
        bench.autoForce = false;
        client.send(req.closeSession());
        return id;
      },
    ],
  ])("a session that is %s has expired", (_name, make) => {
    const bench = new ServiceBench();
    const id = make(bench);
    const client = bench.open();
    client.connect({ sessionId: id, passwd: generatePasswd(id) });
    expect(client.log()).toEqual(["refused"]);
    expect(client.isClosed).toBe(true);
  });

  test("whoever hangs up keeps the session, and its watches are gone", () => {
    const bench = new ServiceBench();
    const client = bench.connect();
    client.ask(req.getData("/", true));
    const { sessionId: id, passwd } = client.response;
    bench.step({ kind: "clientClosed", connection: client.connection });
    const fresh = bench.open();
    fresh.connect({ sessionId: id, passwd });
    fresh.ask(req.setData("/", "x"));
    expect(fresh.log()).toEqual([]);
    expect(bench.service.watches.data.byPath.size).toBe(0);
  });

  test("a client that hung up before its session was ready leaves the session behind", () => {
    const bench = new ServiceBench({ autoForce: false });
    const client = bench.open();
    client.connect({ timeOut: 400 });
    bench.step({ kind: "clientClosed", connection: client.connection });
    bench.forced();
    expect(bench.service.connections.size).toBe(0);
    expect(bench.service.database.sessions.size).toBe(1);
    bench.autoForce = true;
    bench.advance(600);
    expect(bench.service.database.sessions.size).toBe(0);
  });

  test("nobody is served before the snapshot of the start is on disk", () => {
    const bench = new ServiceBench();
    bench.service.isRunning = false;
    const client = bench.open();
    client.connect();
    expect(client.isClosed).toBe(true);
    expect(client.log()).toEqual([]);
  });

  test("a snapshot that cannot be written ends the service", () => {
    const bench = new ServiceBench();
    const client = bench.connect();
    bench.step({ kind: "snapshotWritten", ok: false });
    expect(client.isClosed).toBe(true);
    expect(bench.service.isRunning).toBe(false);
  });
});

describe("frames", () => {
  test.each([
    ["a frame above jute.maxbuffer", { kind: "connect" as const, bytes: 0x100000 }],
    ["a negative length", { kind: "connect" as const, bytes: -1 }],
  ])("%s closes the connection before it is looked at", (_name, { bytes }) => {
    const bench = new ServiceBench();
    const client = bench.open();
    client.frame({ kind: "malformed", header: undefined, bytes });
    expect(client.isClosed).toBe(true);
    const established = bench.connect();
    established.take();
    established.frame({
      kind: "request",
      header: { xid: 1, type: 4 },
      request: req.getData("/"),
      bytes,
    });
    expect(established.isClosed).toBe(true);
    expect(established.log()).toEqual([]);
  });

  test("a frame of exactly jute.maxbuffer is read", () => {
    const client = new ServiceBench().connect();
    client.take();
    client.frame({
      kind: "request",
      header: { xid: 1, type: 4 },
      request: req.getData("/"),
      bytes: 0xfffff,
    });
    expect(client.log()).toEqual(["reply 1"]);
  });

  test("a connect request that cannot be read closes without a word; so does a request before it", () => {
    const bench = new ServiceBench();
    const malformed = bench.open();
    malformed.frame({ kind: "malformed", header: undefined, bytes: 3 });
    const early = bench.open();
    early.send(req.getData("/"));
    for (const client of [malformed, early]) {
      expect(client.isClosed).toBe(true);
      expect(client.log()).toEqual([]);
    }
  });

  test("a frame without a header, and a second connect request, close the connection", () => {
    const bench = new ServiceBench();
    const headless = bench.connect();
    headless.frame({ kind: "malformed", header: undefined, bytes: 3 });
    const twice = bench.connect();
    twice.connect();
    expect([headless.isClosed, twice.isClosed]).toEqual([true, true]);
  });

  test("an unknown opcode is answered with Unimplemented at zxid −1, and closed", () => {
    const bench = new ServiceBench();
    const client = bench.connect();
    client.take();
    client.frame({ kind: "unknownOpcode", header: { xid: 9, type: 500 }, bytes: 8 });
    expect(client.take()).toEqual([
      { kind: "reply", reply: { header: { xid: 9, zxid: -1, err: -6 }, response: undefined } },
    ]);
    expect(client.isClosed).toBe(true);
    expect(bench.lastZxid).toBe(1);
  });

  test("auth and sasl that cannot be read close the connection", () => {
    const bench = new ServiceBench();
    for (const kind of ["auth", "sasl"] as const) {
      const client = bench.connect();
      client.take();
      client.sendMalformed(kind);
      expect(client.isClosed).toBe(true);
      expect(client.log()).toEqual([]);
    }
  });

  test("a sasl token is answered with none", () => {
    const client = new ServiceBench().connect();
    expect(client.ask({ kind: "sasl", token: new Uint8Array(1) })).toMatchObject({
      header: { zxid: 0, err: 0 },
      response: { kind: "token", token: null },
    });
  });
});

describe("authentication", () => {
  test("a connection is its address; a digest is another name for it, once", () => {
    const client = new ServiceBench().connect();
    expect(identities(client)).toEqual(["ip:127.0.0.1"]);
    client.send(req.auth("digest", "u:p"), -4);
    client.send(req.auth("digest", "u:p"), -4);
    client.send(req.auth("ip", "whatever"), -4);
    expect(client.log().slice(-3)).toEqual(["reply -4", "reply -4", "reply -4"]);
    expect(identities(client)).toEqual(["ip:127.0.0.1", "digest:u"]);
  });

  test("the reply has zxid 0 and the xid of the request", () => {
    const client = new ServiceBench().connect();
    client.ask(req.create("/a"));
    expect(client.ask(req.auth("digest", "u:p")).header).toEqual({ xid: 2, zxid: 0, err: 0 });
  });

  test.each([
    ["an unknown scheme", "nope", "x"],
    ["world", "world", "anyone"],
    ["no scheme", null, "x"],
    ["a digest of nothing", "digest", null],
  ])("%s is refused, and the connection closed", (_name, scheme, auth) => {
    const client = new ServiceBench().connect();
    client.take();
    client.send(req.auth(scheme, auth), -4);
    expect(client.log()).toEqual(["reply -4 err -115"]);
    expect(client.isClosed).toBe(true);
  });

  test("the super user passes every check", () => {
    const bench = new ServiceBench({ config: { superDigest: digestId("super:test") } });
    const client = bench.connect();
    const closed = [{ perms: 0, id: { scheme: "world", id: "anyone" } }];
    client.ask({ kind: "create", path: "/a", data: null, acl: closed, flags: 0 });
    expect(client.err(req.getData("/a"))).toBe(-102);
    client.send(req.auth("digest", "super:wrong"), -4);
    expect(client.err(req.getData("/a"))).toBe(-102);
    client.send(req.auth("digest", "super:test"), -4);
    expect(client.err(req.getData("/a"))).toBe(0);
  });

  test("it counts for what is read behind it, not for what was read before", () => {
    const bench = new ServiceBench();
    const client = bench.connect();
    client.send(req.auth("digest", "u:p"), -4);
    const mine = [{ perms: 31, id: { scheme: "auth", id: "" } }];
    client.ask({ kind: "create", path: "/mine", data: null, acl: mine, flags: 0 });
    const other = bench.connect();
    bench.autoForce = false;
    other.send(req.create("/x"));
    other.send(req.getData("/mine"));
    other.send(req.auth("digest", "u:p"), -4);
    other.send(req.getData("/mine"));
    bench.forced();
    // The answer to the auth packet goes beside the pipeline.
    expect(other.log().slice(1)).toEqual(["reply -4", "reply 1", "reply 2 err -102", "reply 3"]);
  });

  test("where SASL is required, the first request is refused at zxid 0, a ping too; auth is not", () => {
    const bench = new ServiceBench({ config: { requireSasl: true } });
    const client = bench.connect();
    client.take();
    client.send(req.auth("digest", "u:p"), -4);
    client.send(req.ping(), -2);
    expect(client.take().map((m) => (m.kind === "reply" ? m.reply.header : m))).toEqual([
      { xid: -4, zxid: 0, err: 0 },
      { xid: -2, zxid: 0, err: -124 },
    ]);
    expect(client.isClosed).toBe(true);
    expect(bench.service.database.sessions.size).toBe(1);
  });

  test("events reach only those who may read the znode, and the watch is used up all the same", () => {
    const acl = [{ perms: 31, id: { scheme: "digest", id: digestId("u:p") } }];
    const create: Request = { kind: "create", path: "/a", data: null, acl, flags: 0 };
    for (const filterEventsByRead of [true, false]) {
      const bench = new ServiceBench({ config: { filterEventsByRead } });
      const [watcher, writer] = [bench.connect(), bench.connect()];
      watcher.ask({ ...req.exists("/a", true) });
      writer.ask(create);
      expect(watcher.log()).toEqual(filterEventsByRead ? [] : ["NodeCreated /a"]);
      expect(bench.service.watches.data.byPath.size).toBe(0);
    }
  });
});

describe("idle and surplus connections", () => {
  test("a connection without a session is closed at the next boundary of ten seconds", () => {
    const bench = new ServiceBench();
    bench.advance(3000);
    const client = bench.open();
    bench.advance(6999);
    expect(client.isClosed).toBe(false);
    bench.advance(1);
    expect(client.isClosed).toBe(true);
  });

  test("one with a session has its timeout, rounded up to such a boundary", () => {
    const bench = new ServiceBench();
    const client = bench.connect(40_000);
    bench.service.tracker.expiry.buckets.clear();
    bench.advance(49_999);
    expect(client.isClosed).toBe(false);
    bench.advance(1);
    expect(client.isClosed).toBe(true);
  });

  test("maxClientCnxns counts the connections of one address", () => {
    const bench = new ServiceBench({ config: { maxClientCnxns: 2 } });
    const clients = ["a", "a", "b", "a"].map((address) => bench.open(address));
    expect(clients.map((client) => client.isClosed)).toEqual([false, false, false, true]);
    const unlimited = new ServiceBench({ config: { maxClientCnxns: 0 } });
    expect([1, 2, 3].map(() => unlimited.open().isClosed)).toEqual([false, false, false]);
  });
});
