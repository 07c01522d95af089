import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ownerBehind, setOwner } from "../../session/session-tracker.ts";
import type { Request } from "../../wire/records.ts";
import { inShort, req, ServiceBench, type TestClient } from "../../../test/support/service-port.ts";

/** A bench whose force is done when the test says so, with sessions that are established. */
function pipeline(sessions = 1, config = {}): { bench: ServiceBench; clients: TestClient[] } {
  const bench = new ServiceBench({ config });
  const clients = Array.from({ length: sessions }, () => bench.connect());
  for (const client of clients) client.take();
  bench.autoForce = false;
  return { bench, clients };
}

describe("between preparing and applying", () => {
  test("nothing is applied, answered or seen before it is durable", () => {
    const { bench, clients } = pipeline(2);
    const [writer, reader] = clients as [TestClient, TestClient];
    writer.send(req.create("/a"));
    expect(bench.port.entries.at(-1)?.txn.kind).toBe("create");
    expect(writer.log()).toEqual([]);
    expect(reader.err(req.exists("/a"))).toBe(-101);
    bench.forced();
    expect(writer.log()).toEqual(["reply 1"]);
    expect(reader.err(req.exists("/a"))).toBe(0);
  });

  test("one force covers what was appended before it, and the next all that came meanwhile", () => {
    const { bench, clients } = pipeline();
    const [client] = clients as [TestClient];
    const before = bench.port.forcesAsked;
    client.send(req.create("/a"));
    for (let i = 0; i < 10; i++) client.send(req.create(`/a/${i}`));
    expect(bench.port.forcesAsked).toBe(before + 1);
    bench.forced();
    expect(client.log()).toEqual(["reply 1"]);
    expect(bench.port.forcesAsked).toBe(before + 2);
    bench.forced();
    expect(client.log()).toHaveLength(10);
    expect(bench.port.forcing).toBeUndefined();
  });

  test("the reply to a failed write waits for the force as well", () => {
    const { bench, clients } = pipeline();
    const [client] = clients as [TestClient];
    client.send(req.delete("/nope"));
    expect(client.log()).toEqual([]);
    bench.forced();
    expect(client.log()).toEqual(["reply 1 err -101"]);
  });
});

describe("order", () => {
  test("a read behind a write of its session waits; other sessions read on", () => {
    const { bench, clients } = pipeline(2);
    const [a, b] = clients as [TestClient, TestClient];
    a.send(req.getData("/"));
    a.send(req.create("/a"));
    a.send(req.exists("/a"));
    a.send(req.ping(), -2);
    a.send(req.sync("/a"));
    expect(a.log()).toEqual(["reply 1"]);
    b.send(req.getData("/"));
    expect(b.log()).toEqual(["reply 1"]);
    bench.forced();
    expect(a.log()).toEqual(["reply 2", "reply 3", "reply -2", "reply 4"]);
  });

  test("reads between two writes run between them", () => {
    const { bench, clients } = pipeline();
    const [client] = clients as [TestClient];
    client.send(req.create("/a"));
    client.send(req.setData("/a", "x"));
    client.send(req.getData("/a"));
    client.send(req.setData("/a", "y"));
    client.send(req.getData("/a"));
    for (let i = 0; i < 2; i++) bench.forced();
    const data = client.take().flatMap((m) => {
      const response = m.kind === "reply" ? m.reply.response : undefined;
      return response?.kind === "dataStat"
        ? [new TextDecoder().decode(response.data ?? undefined)]
        : [];
    });
    expect(data).toEqual(["x", "y"]);
  });

  test("a request refused without a transaction keeps its place, too", () => {
    const { bench, clients } = pipeline();
    const [client] = clients as [TestClient];
    client.send(req.create("/a"));
    client.sendMalformed("reconfig");
    expect(client.log()).toEqual([]);
    bench.forced();
    expect(client.log()).toEqual(["reply 1", "reply 2 err -5"]);
  });

  test("an event comes before the reply of the write that caused it, and before any reply with the new data", () => {
    const { bench, clients } = pipeline(2);
    const [a, b] = clients as [TestClient, TestClient];
    a.send(req.getChildren("/", true));
    a.send(req.exists("/a", true));
    b.send(req.getChildren("/", true));
    a.take();
    b.take();
    a.send(req.create("/a"));
    a.send(req.exists("/a"));
    bench.forced();
    b.send(req.exists("/a"));
    expect(a.log()).toEqual(["NodeCreated /a", "NodeChildrenChanged /", "reply 3", "reply 4"]);
    expect(b.log()).toEqual(["NodeChildrenChanged /", "reply 2"]);
  });

  test("the header of an event has xid and zxid −1", () => {
    const { bench, clients } = pipeline();
    const [client] = clients as [TestClient];
    client.send(req.exists("/a", true));
    client.send(req.create("/a"));
    bench.forced();
    const event = client.take().find((message) => message.kind === "event");
    expect(event).toMatchObject({ header: { xid: -1, zxid: -1, err: 0 }, event: { state: 3 } });
  });

  test("replies of one connection come in the order of its requests, whatever they are and whenever the disk is done", () => {
    const kinds = fc.constantFrom<"write" | "fail" | "read" | "refused">(
      "write",
      "fail",
      "read",
      "refused",
    );
    const action = fc.oneof(fc.tuple(fc.constantFrom(0, 1), kinds), fc.constant("force" as const));
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const { bench, clients } = pipeline(2);
        for (const step of actions) {
          if (step === "force") {
            if (bench.port.forcing !== undefined) bench.forced();
            continue;
          }
          const client = clients[step[0]] as TestClient;
          if (step[1] === "write") client.send(req.create("/a", 2));
          else if (step[1] === "fail") client.send(req.delete("/nope"));
          else if (step[1] === "read") client.send(req.getData("/"));
          else client.sendMalformed("reconfig");
        }
        while (bench.port.forcing !== undefined) bench.forced();
        for (const client of clients) {
          const xids = client.take().map((m) => (m.kind === "reply" ? m.reply.header.xid : 0));
          expect(xids).toEqual(Array.from({ length: client.xid }, (_, i) => i + 1));
        }
        expect(bench.service.order.sessions.size).toBe(0);
        expect(bench.service.inProcess).toBe(0);
        expect(bench.service.outstanding.byPath.size).toBe(0);
      }),
    );
  });
});

describe("replies", () => {
  test("a ping is answered with its own xid, whatever was sent", () => {
    const { clients } = pipeline();
    const [client] = clients as [TestClient];
    client.send(req.ping(), 17);
    expect(client.log()).toEqual(["reply -2"]);
  });

  test("a successful check outside a multi is never answered; a failing one is", () => {
    const { bench, clients } = pipeline();
    const [client] = clients as [TestClient];
    bench.autoForce = true;
    const before = bench.lastZxid;
    client.send(req.check("/"));
    expect(client.log()).toEqual([]);
    expect(bench.lastZxid).toBe(before + 1);
    client.send(req.check("/", 7));
    expect(client.log()).toEqual(["reply 2 err -103"]);
  });

  test("setWatches with a null list fails, but not before the lists in front of it took effect", () => {
    const { bench, clients } = pipeline();
    const [client] = clients as [TestClient];
    bench.autoForce = true;
    client.send(
      {
        kind: "setWatches",
        relativeZxid: bench.lastZxid,
        dataWatches: ["/gone"],
        existWatches: ["/a"],
        childWatches: null,
        persistentWatches: [],
        persistentRecursiveWatches: [],
      },
      -8,
    );
    expect(client.log()).toEqual(["NodeDeleted /gone", "reply -8 err -5"]);
    client.send(req.create("/a"));
    expect(client.log()).toEqual(["NodeCreated /a", "reply 1"]);
  });

  test("a multiRead of writes has an error and an empty list all the same", () => {
    const { clients } = pipeline();
    const [client] = clients as [TestClient];
    const refused = client.ask({ kind: "multiRead", ops: [req.create("/a")] });
    expect(refused).toMatchObject({
      header: { err: -5 },
      response: { kind: "multi", results: [] },
    });
    const mixed = client.ask({
      kind: "multiRead",
      ops: [req.getData("/nope"), req.getChildren("/")],
    });
    expect(mixed).toMatchObject({
      header: { err: 0 },
      response: {
        results: [
          { type: -1, err: -101 },
          { type: 8, err: 0 },
        ],
      },
    });
  });
});

describe("sessions in the pipeline", () => {
  test("a request behind closeSession is not executed, takes no zxid and gets no reply", () => {
    const { bench, clients } = pipeline();
    const [client] = clients as [TestClient];
    const before = bench.lastZxid;
    client.send(req.closeSession());
    client.send(req.create("/a"));
    client.send(req.getData("/"));
    bench.forced();
    expect(client.log()).toEqual(["reply 1"]);
    expect(client.isClosed).toBe(true);
    expect(bench.service.lastPreparedZxid).toBe(before + 1);
  });

  test("closing takes the ephemerals with their events, in the order of a Java hash set, under one zxid", () => {
    const { bench, clients } = pipeline(2);
    const [owner, watcher] = clients as [TestClient, TestClient];
    bench.autoForce = true;
    for (const name of ["b", "a", "d", "c", "zz", "q1"]) owner.ask(req.create(`/${name}`, 1));
    watcher.ask({ kind: "addWatch", path: "/", mode: 1 });
    const before = bench.lastZxid;
    owner.ask(req.closeSession());
    expect(watcher.log().map((line) => line.split(" ")[1])).toEqual([
      "/a",
      "/b",
      "/c",
      "/d",
      "/zz",
      "/q1",
    ]);
    expect(bench.lastZxid).toBe(before + 1);
    expect(bench.service.database.sessions.size).toBe(1);
  });

  test("a silent session expires: its connection is closed without a word, and only when that is applied", () => {
    const { bench } = pipeline(0);
    bench.autoForce = true;
    const client = bench.connect(400);
    client.ask(req.create("/e", 1));
    client.take();
    bench.autoForce = false;
    bench.advance(600);
    expect(client.isClosed).toBe(false);
    client.send(req.getData("/"));
    bench.forced();
    expect(client.log()).toEqual([]);
    expect(client.isClosed).toBe(true);
    expect(bench.service.database.tree.nodes.has("/e")).toBe(false);
    expect(bench.port.observed.map(({ kind }) => kind)).toContain("requestDropped");
  });

  test.each(["ping", "exists", "getChildren"] as const)("a %s keeps a session alive", (kind) => {
    const { bench } = pipeline(0);
    bench.autoForce = true;
    const client = bench.connect(400);
    for (let i = 0; i < 20; i++) {
      bench.advance(300);
      client.send(
        kind === "ping" ? req.ping() : kind === "exists" ? req.exists("/") : req.getChildren("/"),
      );
    }
    expect(client.isClosed).toBe(false);
    bench.advance(501);
    expect(client.isClosed).toBe(true);
  });
});

describe("a session that speaks through another server by now", () => {
  const cases: [string, Request][] = [
    ["a read", req.getData("/")],
    ["a ping", req.ping()],
    ["a write", req.create("/a")],
    ["a multi", req.multi(req.create("/a"))],
  ];
  test.each(cases)("%s closes the old connection without a reply", (_name, request) => {
    const { bench, clients } = pipeline();
    const [client] = clients as [TestClient];
    bench.autoForce = true;
    setOwner(bench.service.tracker, client.session, ownerBehind(1));
    client.send(request);
    expect(client.log()).toEqual([]);
    expect(client.isClosed).toBe(true);
    expect(bench.service.database.tree.nodes.has("/a")).toBe(false);
  });

  test("closeSession closes it all the same", () => {
    const { bench, clients } = pipeline();
    const [client] = clients as [TestClient];
    bench.autoForce = true;
    setOwner(bench.service.tracker, client.session, ownerBehind(1));
    expect(client.err(req.closeSession())).toBe(0);
    expect(bench.service.database.sessions.size).toBe(0);
  });
});

/** What was appended, and what waits for the force to be over. */
function inLog({ port, service }: ServiceBench): number {
  return port.entries.length + service.log.queued.length;
}

describe("throttling", () => {
  test("above globalOutstandingLimit a connection that waits for an answer is not read", () => {
    const { bench, clients } = pipeline(2, { globalOutstandingLimit: 3 });
    const [busy, idle] = clients as [TestClient, TestClient];
    for (let i = 0; i < 10; i++) busy.send(req.create("/s", 2));
    // The limit counts what was there before the request: the fifth is read, and nothing behind it.
    expect(inLog(bench) - 2).toBe(5);
    // A connection without outstanding requests gets one in.
    idle.send(req.getData("/"));
    expect(idle.log()).toEqual(["reply 1"]);
    while (bench.port.forcing !== undefined) bench.forced();
    expect(busy.log()).toHaveLength(10);
    expect(bench.service.inProcess).toBe(0);
  });

  test("requests without a positive xid do not count", () => {
    const { bench, clients } = pipeline(1, { globalOutstandingLimit: 1 });
    const [client] = clients as [TestClient];
    for (let i = 0; i < 5; i++) client.send(req.create("/s", 2), 0);
    expect(inLog(bench) - 1).toBe(5);
  });

  test("what a client sent before it hung up is still done", () => {
    const { bench, clients } = pipeline(1, { globalOutstandingLimit: 1 });
    const [client] = clients as [TestClient];
    for (let i = 0; i < 6; i++) client.send(req.create("/s", 2));
    bench.step({ kind: "clientClosed", connection: client.connection });
    expect(bench.service.connections.size).toBe(1);
    while (bench.port.forcing !== undefined) bench.forced();
    expect(bench.service.connections.size).toBe(0);
    expect(
      bench.port.sent.filter(({ message }) => inShort(message).startsWith("reply")),
    ).toHaveLength(6);
  });
});
