import { expect, test } from "vitest";
import { STAT } from "../../test/support/client-port.ts";
import { formatClientError, keeperError } from "./client-error.ts";
import type { ClientOp } from "./operations.ts";
import * as ops from "./ops.ts";
import { MALFORMED, outcomeOf } from "./outcomes.ts";
import { pathOf, prepareRequest, type RequestOp } from "./requests.ts";
import { watcherId } from "./watcher.ts";

const W = watcherId(1);
const DATA = new Uint8Array([1, 2]);

function requestOf(op: RequestOp, chroot: string | null = null): unknown {
  const prepared = prepareRequest(op, chroot);
  return prepared.ok ? { type: prepared.type, ...prepared.request } : prepared.error;
}

test.each([
  ["persistent", false, 1, "create", 0],
  ["ephemeral", false, 1, "create", 1],
  ["persistentSequential", false, 1, "create", 2],
  ["ephemeralSequential", true, 15, "create2", 3],
  ["container", false, 19, "createContainer", 4],
  ["container", true, 19, "createContainer", 4],
] as const)("create: mode %s, stat %s is opcode %i", (mode, stat, type, kind, flags) => {
  expect(requestOf(ops.create("/a", DATA, { mode, stat }))).toEqual({
    type,
    kind,
    path: "/a",
    data: DATA,
    acl: [{ perms: 31, id: { scheme: "world", id: "anyone" } }],
    flags,
  });
});

test.each([
  ["persistentTTL", 5],
  ["persistentSequentialTTL", 6],
] as const)("create: mode %s is createTTL with its time", (mode, flags) => {
  expect(requestOf(ops.create("/a", null, { mode, ttl: 100 }))).toMatchObject({
    type: 21,
    kind: "createTTL",
    flags,
    ttl: 100,
  });
});

test.each<[string, RequestOp, string]>([
  ["a ttl is missing", ops.create("/a", null, { mode: "persistentTTL" }), "ttl must be positive"],
  ["a ttl of 0", ops.create("/a", null, { mode: "persistentTTL", ttl: 0 }), "ttl must be positive"],
  [
    "a ttl beyond 40 bits",
    ops.create("/a", null, { mode: "persistentTTL", ttl: 1_099_511_627_776 }),
    "ttl must be positive and cannot be larger than: 1099511627775",
  ],
  [
    "a ttl for another mode",
    ops.create("/a", null, { mode: "ephemeral", ttl: 5 }),
    "ttl not valid for mode: EPHEMERAL",
  ],
  ["no slash", ops.getData("a"), "Path must start with / character"],
  ["an empty path", ops.remove(""), "Path length must be > 0"],
  ["a slash at the end", ops.create("/a/"), "Path must not end with / character"],
  ["dots", ops.sync("/a/../b"), "relative paths not allowed @4"],
  ["a bad sub-operation", ops.multi([ops.check("/a", 1), ops.remove("b")]), "Path must start"],
  ["reads among writes", ops.multi([ops.check("/a", 1), ops.getData("/b")]), "Mixing"],
])("arguments: %s is refused before anything is sent", (_name, op, reason) => {
  const prepared = prepareRequest(op, null);
  expect(prepared).toMatchObject({ ok: false, error: { name: "IllegalArgument", code: -8 } });
  if (!prepared.ok) expect(formatClientError(prepared.error)).toContain(reason);
});

test("arguments: a sequential name may be empty", () => {
  expect(requestOf(ops.create("/a/", null, { mode: "persistentSequential" }))).toMatchObject({
    path: "/a/",
  });
});

test("arguments: an empty ACL is InvalidACL without a path", () => {
  expect(requestOf(ops.create("/a", null, { acl: [] }))).toEqual(keeperError(-114, null));
  expect(requestOf(ops.setACL("/a", []))).toEqual(keeperError(-114, null));
});

test.each<[RequestOp, object]>([
  [ops.remove("/a", 3), { type: 2, kind: "delete", path: "/r/a", version: 3 }],
  [ops.remove("/"), { type: 2, kind: "delete", path: "/", version: -1 }],
  [ops.exists("/a", W), { type: 3, kind: "exists", path: "/r/a", watch: true }],
  [ops.getData("/"), { type: 4, kind: "getData", path: "/r", watch: false }],
  [ops.setData("/a", DATA, 2), { type: 5, kind: "setData", path: "/r/a", data: DATA, version: 2 }],
  [ops.getACL("/a"), { type: 6, kind: "getACL", path: "/r/a" }],
  [
    ops.setACL("/a", ops.READ_ACL, 1),
    { type: 7, kind: "setACL", path: "/r/a", acl: ops.READ_ACL, version: 1 },
  ],
  [ops.getChildren("/a"), { type: 8, kind: "getChildren", path: "/r/a", watch: false }],
  [ops.getChildren("/a", W, true), { type: 12, kind: "getChildren2", path: "/r/a", watch: true }],
  [ops.getConfig(), { type: 4, kind: "getData", path: "/zookeeper/config", watch: false }],
  [ops.sync("/a"), { type: 9, kind: "sync", path: "/r/a" }],
  [ops.getAllChildrenNumber("/a"), { type: 104, kind: "getAllChildrenNumber", path: "/r/a" }],
  [ops.getEphemerals("/a"), { type: 103, kind: "getEphemerals", prefixPath: "/a" }],
  [ops.addWatch("/a", W, "persistent"), { type: 106, kind: "addWatch", path: "/r/a", mode: 0 }],
  [ops.addWatch("/a", W), { type: 106, kind: "addWatch", path: "/r/a", mode: 1 }],
  [ops.whoAmI(), { type: 107, kind: "whoAmI" }],
  [
    ops.reconfig("server.4=a:1:2;3", null),
    {
      type: 16,
      kind: "reconfig",
      joiningServers: "server.4=a:1:2;3",
      leavingServers: null,
      newMembers: null,
      curConfigId: -1,
    },
  ],
  [
    ops.multi([
      ops.create("/a", null, { mode: "container" }),
      ops.create("/t", null, { mode: "persistentTTL", ttl: 9 }),
      ops.create("/b", null, { stat: true }),
      ops.setData("/a", DATA),
      ops.check("/a", 1),
      ops.remove("/a"),
    ]),
    {
      type: 14,
      kind: "multi",
      ops: [
        { kind: "createContainer", path: "/r/a", data: null, acl: ops.OPEN_ACL, flags: 4 },
        { kind: "createTTL", path: "/r/t", data: null, acl: ops.OPEN_ACL, flags: 5, ttl: 9 },
        { kind: "create", path: "/r/b", data: null, acl: ops.OPEN_ACL, flags: 0 },
        { kind: "setData", path: "/r/a", data: DATA, version: -1 },
        { kind: "check", path: "/r/a", version: 1 },
        { kind: "delete", path: "/r/a", version: -1 },
      ],
    },
  ],
  [
    ops.multi([ops.getData("/a"), ops.getChildren("/")]),
    {
      type: 22,
      kind: "multiRead",
      ops: [
        { kind: "getData", path: "/r/a", watch: false },
        { kind: "getChildren", path: "/r", watch: false },
      ],
    },
  ],
])("request under a chroot: %j", (op, expected) => {
  expect(requestOf(op, "/r")).toEqual(expected);
});

test.each<[ClientOp, object | undefined, unknown]>([
  [ops.create("/a"), { kind: "path", path: "/r/a" }, { path: "/a", stat: undefined }],
  [
    ops.create("/a", null, { mode: "container" }),
    { kind: "pathStat", path: "/r/a", stat: STAT },
    { path: "/a", stat: STAT },
  ],
  [ops.remove("/a"), { kind: "none" }, undefined],
  [ops.exists("/a"), { kind: "stat", stat: STAT }, STAT],
  [ops.getData("/a"), { kind: "dataStat", data: DATA, stat: STAT }, { data: DATA, stat: STAT }],
  [
    ops.getChildren("/a"),
    { kind: "children", children: ["b"] },
    { children: ["b"], stat: undefined },
  ],
  [
    ops.getChildren("/a", undefined, true),
    { kind: "childrenStat", children: ["b"], stat: STAT },
    { children: ["b"], stat: STAT },
  ],
  [
    ops.getACL("/a"),
    { kind: "aclStat", acl: ops.OPEN_ACL, stat: STAT },
    { acl: ops.OPEN_ACL, stat: STAT },
  ],
  [ops.sync("/a"), { kind: "path", path: "/r/a" }, "/a"],
  [ops.getAllChildrenNumber("/a"), { kind: "number", totalNumber: 4 }, 4],
  [ops.getEphemerals(), { kind: "ephemerals", paths: ["/r/e"] }, ["/r/e"]],
  [ops.whoAmI(), { kind: "whoAmI", clientInfo: [] }, []],
])("outcome under a chroot: %j", (op, response, value) => {
  expect(outcomeOf(op, 0, response as never, "/r")).toEqual({ ok: true, value });
});

test("outcome: an error has its name, its code and the client's path", () => {
  const outcome = outcomeOf(ops.getData("/a"), -101, undefined, "/r");
  expect(outcome).toEqual({ ok: false, error: { code: -101, name: "NoNode", path: "/a" } });
});

test("outcome: exists of a znode that is not there is null", () => {
  expect(outcomeOf(ops.exists("/a"), -101, undefined, null)).toEqual({ ok: true, value: null });
});

test.each<[ClientOp, object | undefined]>([
  [ops.getData("/a"), undefined],
  [ops.create("/a"), { kind: "path", path: null }],
  [ops.sync("/a"), { kind: "none" }],
  [ops.multi([ops.check("/a", 1)]), { kind: "path", path: "/a" }],
])("outcome: %j with a body of another kind is malformed", (op, response) => {
  expect(outcomeOf(op, 0, response as never, null)).toBe(MALFORMED);
});

const none = { kind: "none" } as const;
const error = (err: number): object => ({ type: -1, err, response: { kind: "error", err } });

test("outcome of a transaction: one result for each operation", () => {
  const results = [
    { type: 1, err: 0, response: { kind: "path", path: "/r/a" } },
    { type: 15, err: 0, response: { kind: "pathStat", path: "/r/b", stat: STAT } },
    { type: 5, err: 0, response: { kind: "stat", stat: STAT } },
    { type: 2, err: 0, response: none },
    { type: 13, err: 0, response: none },
  ];
  const op = ops.multi(results.map(() => ops.check("/a", 1)));
  expect(outcomeOf(op, 0, { kind: "multi", results } as never, "/r")).toEqual({
    ok: true,
    value: [
      // The chroot stays on in results of a multi.
      { kind: "create", path: "/r/a", stat: undefined },
      { kind: "create", path: "/r/b", stat: STAT },
      { kind: "setData", stat: STAT },
      { kind: "delete" },
      { kind: "check" },
    ],
  });
});

test("outcome of a transaction that failed: the first error that is one, and all the entries", () => {
  const op = ops.multi([ops.check("/a", 1), ops.check("/b", 1), ops.check("/c", 1)]);
  const results = [error(0), error(-103), error(-2)];
  expect(outcomeOf(op, 0, { kind: "multi", results } as never, null)).toEqual({
    ok: false,
    error: {
      code: -103,
      name: "BadVersion",
      path: null,
      results: [
        { kind: "error", code: 0, name: "Ok" },
        { kind: "error", code: -103, name: "BadVersion" },
        { kind: "error", code: -2, name: "RuntimeInconsistency" },
      ],
    },
  });
});

test("outcome of several reads: each has its own, and none fails the others", () => {
  const op = ops.multi([ops.getData("/a"), ops.getChildren("/b")]);
  const results = [error(-101), { type: 8, err: 0, response: { kind: "children", children: [] } }];
  expect(outcomeOf(op, 0, { kind: "multi", results } as never, null)).toMatchObject({
    ok: true,
    value: [
      { kind: "error", name: "NoNode" },
      { kind: "getChildren", children: [] },
    ],
  });
  const all = { kind: "multi", results: [error(-101), error(-102)] } as never;
  expect(outcomeOf(op, 0, all, null)).toMatchObject({ ok: true });
});

test.each([
  [-101, "/a", "KeeperErrorCode = NoNode for /a"],
  [-111, "/a", "KeeperErrorCode = Directory not empty for /a"],
  [-112, null, "KeeperErrorCode = Session expired"],
  [-4, "", "KeeperErrorCode = ConnectionLoss"],
  [-119, null, "KeeperErrorCode = Not a read-only call"],
])("the text of error %i", (code, path, text) => {
  expect(formatClientError(keeperError(code, path))).toBe(text);
});

test("operations that have no path name none in an error", () => {
  expect(pathOf(ops.multi([]))).toBeNull();
  expect(pathOf(ops.getEphemerals("/a"))).toBeNull();
  expect(pathOf(ops.getConfig())).toBe("/zookeeper/config");
});
