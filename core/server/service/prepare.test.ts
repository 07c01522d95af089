import { describe, expect, test } from "vitest";
import { bytes, req, ServiceBench, type TestClient } from "../../../test/support/service-port.ts";
import { sessionId } from "../../ids.ts";
import { ownerBehind, SELF, setOwner } from "../../session/session-tracker.ts";
import type { Acl, Request } from "../../wire/records.ts";
import type { ClientRequest } from "./client-request.ts";
import { sequenceSuffix } from "./prepare-create.ts";
import { prepare, type Prepared } from "./prepare.ts";

const EPHEMERAL = 1;
const SEQUENTIAL = 2;
const CONTAINER = 4;
const TTL = 5;

const acl = (scheme: string | null, id: string | null, perms = 31): Acl => ({
  perms,
  id: { scheme, id },
});
const OPEN_TO_ALL = [acl("world", "anyone")];
const NOBODY = [acl("digest", "a:b")];

const create = (
  path: string | null,
  flags = 0,
  list: (Acl | null)[] | null = OPEN_TO_ALL,
): Request => ({
  kind: "create",
  path,
  data: bytes(""),
  acl: list,
  flags,
});

/** /p open, /locked closed to everybody with a child /locked/c, /e ephemeral, /v at version 1 with a child. */
function prepared(config = {}): { bench: ServiceBench; client: TestClient } {
  const bench = new ServiceBench({ config });
  const client = bench.connect();
  for (const request of [
    create("/p"),
    create("/locked"),
    create("/locked/c"),
    create("/e", EPHEMERAL),
    create("/v"),
    req.setData("/v", "x"),
    create("/v/c"),
    { kind: "setACL", path: "/locked", acl: NOBODY, version: -1 } satisfies Request,
    create("/closed", 0, NOBODY),
  ]) {
    expect(client.err(request)).toBe(0);
  }
  return { bench, client };
}

describe("the first check that fails decides (create)", () => {
  test.each<[string, Request, number]>([
    ["unknown flags before a bad path", create("nope", 99), -8],
    ["TTL switched off before a bad path", create("nope", TTL), -6],
    ["a path without a slash before the ACL", create("p", 0, []), -8],
    ["U+0000 before the ACL", create("/a\0", 0, []), -8],
    ["a null path is a marshalling error", create(null), -5],
    ["flags before a null path", create(null, 99), -8],
    ["a bad ACL before a missing parent", create("/x/y", 0, []), -114],
    ["a bad ACL before CREATE on the parent", create("/locked/n", 0, [acl("world", "me")]), -114],
    ["a null ACL list is invalid", create("/n", 0, null), -114],
    ["auth without an authenticated identity", create("/n", 0, [acl("auth", "")]), -114],
    ["scheme super is invalid", create("/n", 0, [acl("super", "")]), -114],
    ["a missing parent before the full validation", create("/x/", 0), -101],
    ["a missing parent before the node that is there", create("/x/y"), -101],
    ["no permission before the full validation", create("/locked/"), -102],
    ["no permission before the node that is there", create("/locked/c"), -102],
    ["the full validation, below a parent that is there", create("/v/.."), -8],
    ["the node is there before the ephemeral parent", create("/e"), -110],
    ["the root is there", create("/"), -110],
    ["below an ephemeral node", create("/e/n"), -108],
    ["a sequential create validates the final name", create("/p/", SEQUENTIAL), 0],
  ])("%s", (_name, request, expected) => {
    expect(prepared().client.err(request)).toBe(expected);
  });

  test("NodeExists goes before NoChildrenForEphemerals", () => {
    // Nothing can be below an ephemeral node but in the pending view; there a container with an ephemeral mode is one.
    const bench = new ServiceBench({ autoForce: false });
    const client = bench.open();
    client.connect();
    bench.forced();
    client.send({ ...create("/c", EPHEMERAL), kind: "createContainer" } as Request);
    client.send(create("/c/n"));
    client.send(create("/c"));
    bench.forced();
    bench.forced();
    expect(client.log().slice(1)).toEqual(["reply 1", "reply 2 err -108", "reply 3 err -110"]);
  });

  test("the quota comes last", () => {
    const { client } = prepared({ enforceQuota: true });
    expect(client.err(create("/zookeeper/quota/p"))).toBe(0);
    expect(
      client.err(
        req.create("/zookeeper/quota/p/zookeeper_limits", 0, "count=-1,bytes=-1=;countHardLimit=1"),
      ),
    ).toBe(0);
    expect(client.err(create("/zookeeper/quota/p/zookeeper_stats"))).toBe(0);
    expect(client.err(create("/p/n"))).toBe(-125);
    expect(client.err(create("/p/n/"))).toBe(-101);
    expect(client.err(create("/p"))).toBe(-110);
  });

  test.each<[string, number, number | bigint, number]>([
    ["TTL of 0", TTL, 0, -8],
    ["TTL above 2^40 − 1", TTL, 2 ** 40, -8],
    ["TTL that only a bigint keeps", TTL, 2n ** 63n - 1n, -8],
    ["TTL below zero that only a bigint keeps", TTL, -(2n ** 63n) + 1n, -8],
    ["TTL that fits", TTL, 1, 0],
    ["a TTL without a TTL mode", 0, 1, -8],
    ["a negative TTL without a TTL mode", 0, -1, -8],
  ])("createTTL with %s", (_name, flags, ttl, expected) => {
    const { client } = prepared({ extendedTypes: true });
    const request = { ...create("/t", flags), kind: "createTTL", ttl } as Request;
    expect(client.err(request)).toBe(expected);
  });

  test("a TTL mode without createTTL has no TTL", () => {
    const { client } = prepared({ extendedTypes: true });
    expect(client.err(create("/t", TTL))).toBe(-8);
  });

  test("the opcode makes a container, not the flags", () => {
    const { bench, client } = prepared();
    client.ask(create("/plain", CONTAINER));
    client.ask({ ...create("/container", EPHEMERAL), kind: "createContainer" } as Request);
    const kinds = bench.port.entries.slice(-2).map(({ txn }) => txn.kind);
    expect(kinds).toEqual(["create", "createContainer"]);
  });
});

describe("the first check that fails decides (the others)", () => {
  const setACL = (path: string | null, list: Acl[], version = -1): Request => ({
    kind: "setACL",
    path,
    acl: list,
    version,
  });
  test.each<[string, Request, number]>([
    ["delete: a bad path before a missing parent", req.delete("nope"), -8],
    ["delete: null is a marshalling error", req.delete(null), -5],
    ["delete: the reserved nodes", req.delete("/zookeeper/quota"), -8],
    ["delete: the root", req.delete("/"), -8],
    ["delete: no full validation, the node is missing", req.delete("/p/"), -101],
    ["delete: DELETE on the parent before the node", req.delete("/locked/nope"), -102],
    ["delete: needs nothing on the node itself", req.delete("/closed"), 0],
    ["delete: BadVersion before NotEmpty", req.delete("/v", 7), -103],
    ["delete: NotEmpty", req.delete("/v", 1), -111],
    ["setData: a bad path before everything", req.setData("/p/"), -8],
    ["setData: null", req.setData(null), -8],
    ["setData: WRITE before the version", req.setData("/closed", "", 9), -102],
    ["setData: the version", req.setData("/v", "", 0), -103],
    ["setACL: a bad path before a bad ACL", setACL("/p/", []), -8],
    ["setACL: a bad ACL before a missing node", setACL("/nope", []), -114],
    ["setACL: a missing node", setACL("/nope", OPEN_TO_ALL), -101],
    ["setACL: ADMIN before the version", setACL("/locked", OPEN_TO_ALL, 7), -102],
    ["setACL: the aversion, not the version", setACL("/v", OPEN_TO_ALL, 1), -103],
    ["check: a bad path", req.check("/p/"), -8],
    ["check: READ before the version", req.check("/closed", 7), -102],
    ["check: the version", req.check("/v", 0), -103],
    ["reconfig is switched off", reconfig(), -123],
  ])("%s", (_name, request, expected) => {
    expect(prepared().client.err(request)).toBe(expected);
  });

  test("setData: the quota before the version", () => {
    const { client } = prepared({ enforceQuota: true });
    client.ask(create("/zookeeper/quota/p"));
    client.ask(
      req.create("/zookeeper/quota/p/zookeeper_limits", 0, "count=-1,bytes=-1=;byteHardLimit=2"),
    );
    client.ask(create("/zookeeper/quota/p/zookeeper_stats"));
    expect(client.err(req.setData("/p", "xxx", 7))).toBe(-125);
    expect(client.err(req.setData("/p", "x", 7))).toBe(-103);
  });

  test("reconfig on a standalone server, where it is switched on", () => {
    expect(prepared({ reconfigEnabled: true }).client.err(reconfig())).toBe(-6);
  });

  function reconfig(): Request {
    return {
      kind: "reconfig",
      joiningServers: null,
      leavingServers: null,
      newMembers: null,
      curConfigId: -1,
    };
  }
});

describe("zxids", () => {
  test("a failed write takes one, leaves an error transaction, and its reply carries it", () => {
    const { bench, client } = prepared();
    const before = bench.lastZxid;
    const { header } = client.ask(req.delete("/nope"));
    expect(header).toEqual({ xid: client.xid, zxid: before + 1, err: -101 });
    expect(bench.port.entries.at(-1)?.txn).toEqual({ kind: "error", err: -101 });
    expect(client.ask(req.getData("/nope")).header.zxid).toBe(before + 1);
  });

  test.each<Request["kind"]>([
    "create",
    "create2",
    "createContainer",
    "createTTL",
    "delete",
    "setData",
    "setACL",
    "check",
    "multi",
    "createSession",
  ])("a %s that cannot be read takes one as well", (kind) => {
    const { bench, client } = prepared();
    const before = bench.lastZxid;
    client.sendMalformed(kind);
    expect(client.log().at(-1)).toBe(`reply ${client.xid} err -5`);
    expect(bench.lastZxid).toBe(before + 1);
  });

  test.each<Request["kind"]>(["reconfig", "getData", "exists", "setWatches", "multiRead"])(
    "a %s that cannot be read takes none",
    (kind) => {
      const { bench, client } = prepared();
      const before = bench.lastZxid;
      client.sendMalformed(kind);
      expect(client.log().at(-1)).toBe(`reply ${client.xid} err -5`);
      expect(bench.lastZxid).toBe(before);
    },
  );

  test("deleteContainer from a client is a bad argument, whether or not it can be read", () => {
    const { bench, client } = prepared();
    const before = bench.lastZxid;
    client.sendMalformed("deleteContainer");
    client.send({ kind: "deleteContainer", path: "/p" });
    expect(client.log().slice(-2)).toEqual([
      `reply ${client.xid - 1} err -8`,
      `reply ${client.xid} err -8`,
    ]);
    expect(bench.lastZxid).toBe(before + 2);
  });

  test("a multi with a null path is refused without a transaction, and its zxid is lost", () => {
    const { bench, client } = prepared();
    const before = bench.lastZxid;
    const { header } = client.ask(req.multi(create("/n"), req.delete(null)));
    expect(header).toEqual({ xid: client.xid, zxid: before, err: -5 });
    expect(client.ask(create("/n")).header.zxid).toBe(before + 2);
  });
});

describe("the pending view", () => {
  test("pipelined requests see each other, and sequence numbers follow, before anything is applied", () => {
    const bench = new ServiceBench({ autoForce: false });
    const client = bench.open();
    client.connect();
    bench.forced();
    client.take();
    client.send(create("/a"));
    client.send(create("/a/s", SEQUENTIAL));
    client.send(create("/a/s", SEQUENTIAL));
    client.send(req.setData("/a", "x", 0));
    client.send(req.setData("/a", "y", 1));
    client.send(req.delete("/a/s0000000000"));
    client.send(req.delete("/a"));
    client.send(create("/a/s0000000000"));
    expect(client.log()).toEqual([]);
    bench.forced();
    bench.forced();
    const replies = client.take().map((m) => (m.kind === "reply" ? m.reply : undefined));
    expect(replies.map((r) => r?.header.err)).toEqual([0, 0, 0, 0, 0, 0, -111, 0]);
    expect(replies[2]?.response).toEqual({ kind: "path", path: "/a/s0000000001" });
    expect(bench.service.outstanding.byPath.size).toBe(0);
  });

  test("a setACL that is under way does not decide yet", () => {
    const { bench, client } = prepared();
    bench.autoForce = false;
    client.send({ kind: "setACL", path: "/p", acl: NOBODY, version: -1 });
    client.send(req.setData("/p", "x"));
    bench.forced();
    bench.forced();
    client.send(req.setData("/p", "y"));
    bench.forced();
    expect(client.log().slice(-3)).toEqual([
      `reply ${client.xid - 2}`,
      `reply ${client.xid - 1}`,
      `reply ${client.xid} err -102`,
    ]);
  });

  test("closeSession takes pending ephemerals along, and not those whose delete is pending", () => {
    const { bench, client } = prepared();
    bench.autoForce = false;
    client.send(create("/pending", EPHEMERAL));
    client.send(req.delete("/e"));
    client.send(req.closeSession());
    const { entry } = bench.service.log.queued.at(-1) ?? {};
    expect(entry?.txn).toEqual({ kind: "closeSession", paths: ["/pending"] });
  });
});

describe("multi", () => {
  test("parts see the parts before them", () => {
    const { client } = prepared();
    const reply = client.ask(
      req.multi(
        create("/m"),
        create("/m/n"),
        req.setData("/m", "x", 0),
        req.check("/m", 1),
        req.delete("/m/n"),
      ),
    );
    expect(reply.header.err).toBe(0);
    expect(reply.response).toMatchObject({
      kind: "multi",
      results: [{ type: 1 }, { type: 1 }, { type: 5 }, { type: 13 }, { type: 2 }],
    });
  });

  test("a part that fails undoes all, and is told by the body alone", () => {
    const { bench, client } = prepared();
    const reply = client.ask(req.multi(create("/m"), req.delete("/v"), create("/m/n")));
    expect(reply.header.err).toBe(0);
    expect(reply.response).toEqual({
      kind: "multi",
      results: [0, -111, -2].map((err) => ({ type: -1, err, response: { kind: "error", err } })),
    });
    expect(bench.service.outstanding.byPath.size).toBe(0);
    expect(client.err(req.exists("/m"))).toBe(-101);
  });

  test("what it changed in the pending view is put back as it was (ZOOKEEPER-1624)", () => {
    const { bench, client } = prepared();
    bench.autoForce = false;
    client.send(create("/p/s", SEQUENTIAL));
    client.send(
      req.multi(create("/p/s", SEQUENTIAL), req.setData("/v", "y", 1), req.delete("/nope")),
    );
    client.send(create("/p/s", SEQUENTIAL));
    client.send(req.setData("/v", "y", 1));
    bench.forced();
    bench.forced();
    const paths = bench.port.entries
      .slice(-4)
      .map(({ txn }) => ("path" in txn ? txn.path : txn.kind));
    expect(paths).toEqual(["/p/s0000000000", "multi", "/p/s0000000001", "/v"]);
  });

  test.each<[string, Request[]]>([
    ["a read", [create("/m"), req.getData("/p")]],
    ["setACL", [{ kind: "setACL", path: "/p", acl: OPEN_TO_ALL, version: -1 }]],
    ["a TTL flag in a create", [create("/m"), create("/n", TTL)]],
    ["createTTL without a TTL flag", [{ ...create("/m"), kind: "createTTL", ttl: 1 } as Request]],
    [
      "an ACL that Java trips over, behind a good part",
      [create("/m"), create("/n", 0, [acl("world", null)])],
    ],
    ["a part that cannot be read behind one that fails", [req.delete("/nope"), req.getData("/p")]],
  ])("fails as a whole with %s", (_name, ops) => {
    const { bench, client } = prepared({ extendedTypes: true });
    const before = bench.lastZxid;
    expect(client.ask(req.multi(...ops)).header).toEqual({
      xid: client.xid,
      zxid: before + 1,
      err: -5,
    });
    expect(bench.service.outstanding.byPath.size).toBe(0);
    expect(client.err(create("/m"))).toBe(0);
  });

  test("create2 loses its Stat, a container flag makes a container and shows its Stat", () => {
    const { client } = prepared();
    const reply = client.ask(
      req.multi({ ...create("/m"), kind: "create2" } as Request, create("/c", CONTAINER)),
    );
    expect(reply.response).toMatchObject({
      results: [
        { type: 1, response: { kind: "path" } },
        { type: 15, response: { kind: "pathStat" } },
      ],
    });
  });

  test("without parts it succeeds and takes a zxid", () => {
    const { bench, client } = prepared();
    const before = bench.lastZxid;
    expect(client.ask(req.multi()).response).toEqual({ kind: "multi", results: [] });
    expect(bench.lastZxid).toBe(before + 1);
  });

  test("unknown flags are the part's own mistake", () => {
    const { client } = prepared();
    expect(client.ask(req.multi(create("/m", 99))).response).toMatchObject({
      results: [{ err: -8 }],
    });
  });
});

describe("session checks, as a leader makes them for its learners", () => {
  function ask(change: Partial<ClientRequest>, hasMoved = false): Prepared {
    const { bench, client } = prepared();
    if (hasMoved) setOwner(bench.service.tracker, client.session, ownerBehind(3));
    return prepare(bench.ctx, bench.service, {
      session: client.session,
      cxid: 1,
      op: "setData",
      body: req.setData("/nope"),
      identities: [],
      owner: SELF,
      connection: undefined,
      isFromClient: true,
      ...change,
    });
  }
  const err = (code: number): object => ({
    kind: "txn",
    entry: { txn: { kind: "error", err: code } },
  });

  test("a session that moved goes before a missing node, and before a body that cannot be read", () => {
    expect(ask({}, true)).toMatchObject(err(-118));
    expect(ask({ body: undefined }, true)).toMatchObject(err(-118));
  });

  test("but a create reads its body and its flags first", () => {
    expect(ask({ op: "create", body: undefined }, true)).toMatchObject(err(-5));
    expect(ask({ op: "create", body: create("/a", 99) }, true)).toMatchObject(err(-8));
    expect(ask({ op: "create", body: create("bad") }, true)).toMatchObject(err(-118));
  });

  test("a session that nobody knows is expired", () => {
    expect(ask({ session: sessionId(99n) })).toMatchObject(err(-112));
  });

  test("in a multi it is the error of a part", () => {
    expect(ask({ op: "multi", body: req.multi(req.delete("/p")) }, true)).toMatchObject({
      entry: { txn: { kind: "multi", txns: [{ kind: "error", err: -118 }] } },
    });
  });

  test("closing is not owner-checked", () => {
    expect(ask({ op: "closeSession", body: req.closeSession() }, true)).toMatchObject({
      entry: { txn: { kind: "closeSession" } },
    });
  });
});

test.each([
  [0, "0000000000"],
  [42, "0000000042"],
  [2147483647, "2147483647"],
  [-2147483648, "-2147483648"],
  [-1, "-000000001"],
])("the sequence number %d is written %s", (cversion, text) => {
  expect(sequenceSuffix(cversion)).toBe(text);
});
