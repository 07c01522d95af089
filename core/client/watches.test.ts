import { describe, expect, test } from "vitest";
import { ClientBench, STAT } from "../../test/support/client-port.ts";
import { ERROR_CODES } from "../wire/error-codes.ts";
import type { ClientOp } from "./operations.ts";
import * as ops from "./ops.ts";
import { watcherId } from "./watcher.ts";

const [W1, W2, W3] = [watcherId(1), watcherId(2), watcherId(3)];
const NO_NODE = ERROR_CODES.NoNode;
const DATA = { kind: "dataStat", data: null, stat: STAT } as const;
const CHILDREN = { kind: "children", children: [] } as const;

/** A client with a watch of each kind on /a: data 1, child 2, and 3 as asked for. */
function watching(...more: ClientOp[]): ClientBench {
  const bench = new ClientBench().connect();
  for (const op of more) {
    bench.request(op);
    bench.reply(op.kind === "addWatch" ? { kind: "error", err: 0 } : DATA);
  }
  bench.did();
  return bench;
}

function tables({ client }: ClientBench): Record<string, readonly string[]> {
  const entries = Object.entries(client.watches).map(
    ([name, table]: [string, ReadonlyMap<string, unknown>]) => [name, [...table.keys()]] as const,
  );
  return Object.fromEntries(entries.filter(([, paths]) => paths.length > 0));
}

describe("registration", () => {
  test.each([
    ["exists that found the znode", ops.exists("/a", W1), 0, { data: ["/a"] }],
    ["exists that found none", ops.exists("/a", W1), NO_NODE, { exist: ["/a"] }],
    ["exists that failed", ops.exists("/a", W1), ERROR_CODES.NoAuth, {}],
    ["getData", ops.getData("/a", W1), 0, { data: ["/a"] }],
    ["getData that found none", ops.getData("/a", W1), NO_NODE, {}],
    ["getChildren", ops.getChildren("/a", W1), 0, { child: ["/a"] }],
    ["getChildren that found none", ops.getChildren("/a", W1), NO_NODE, {}],
    ["getConfig", ops.getConfig(W1), 0, { data: ["/zookeeper/config"] }],
    ["addWatch persistent", ops.addWatch("/a", W1, "persistent"), 0, { persistent: ["/a"] }],
    ["addWatch recursive", ops.addWatch("/a", W1), 0, { persistentRecursive: ["/a"] }],
    ["addWatch refused", ops.addWatch("/a", W1), ERROR_CODES.NoAuth, {}],
    ["a read without a watcher", ops.getData("/a"), 0, {}],
  ])("%s", (_name, op, err, expected) => {
    const bench = new ClientBench().connect();
    bench.request(op);
    if (err !== 0) bench.fail(err);
    else if (op.kind === "exists") bench.reply({ kind: "stat", stat: STAT });
    else if (op.kind === "getChildren") bench.reply(CHILDREN);
    else bench.reply(op.kind === "addWatch" ? { kind: "error", err: 0 } : DATA);
    expect(tables(bench)).toEqual(expected);
  });

  test("a read whose reply is lost registers nothing", () => {
    const bench = new ClientBench().connect();
    bench.request(ops.getData("/a", W1));
    bench.request(ops.exists("/a", W1));
    bench.closed();
    bench.tick();
    expect(tables(bench)).toEqual({});
  });

  test("the same watcher on the same path is told once, different ones each, in order of registration", () => {
    const bench = watching(ops.getData("/a", W2), ops.getData("/a", W1), ops.getData("/a", W2));
    bench.event("NodeDataChanged", "/a");
    expect(bench.delivered()).toEqual(["NodeDataChanged /a → 2 1"]);
  });
});

describe("events", () => {
  function withAll(): ClientBench {
    const bench = new ClientBench().connect();
    bench.request(ops.getData("/a", W1));
    bench.reply(DATA);
    bench.request(ops.exists("/a", W2));
    bench.fail(NO_NODE);
    bench.request(ops.getChildren("/a", W3));
    bench.reply(CHILDREN);
    bench.did();
    return bench;
  }

  test.each([
    ["NodeCreated", "1 2", { child: ["/a"] }],
    ["NodeDataChanged", "1 2", { child: ["/a"] }],
    ["NodeChildrenChanged", "3", { data: ["/a"], exist: ["/a"] }],
    ["NodeDeleted", "1 2 3", {}],
  ] as const)("%s concerns the watchers %s, and uses them up", (type, watchers, left) => {
    const bench = withAll();
    bench.event(type, "/a");
    expect(bench.delivered()).toEqual([`${type} /a → ${watchers}`]);
    expect(tables(bench)).toEqual(left);
    bench.event(type, "/a");
    expect(bench.delivered()).toEqual([]);
  });

  test("an event on a path that nobody watches is told to nobody", () => {
    const bench = withAll();
    bench.event("NodeDeleted", "/b");
    expect(bench.delivered()).toEqual([]);
  });

  test("a persistent watcher hears of its path, again and again, and of nothing below it", () => {
    const bench = watching(ops.addWatch("/a", W1, "persistent"));
    for (const path of ["/a", "/a", "/a/b"]) bench.event("NodeDataChanged", path);
    bench.event("NodeChildrenChanged", "/a");
    expect(bench.delivered()).toEqual([
      "NodeDataChanged /a → 1",
      "NodeDataChanged /a → 1",
      "NodeChildrenChanged /a → 1",
    ]);
  });

  test("a recursive watcher hears of everything below its path, the nearest first", () => {
    const bench = watching(ops.addWatch("/", W1), ops.addWatch("/a", W2), ops.addWatch("/ab", W3));
    bench.event("NodeCreated", "/a/b/c");
    bench.event("NodeDeleted", "/");
    expect(bench.delivered()).toEqual(["NodeCreated /a/b/c → 2 1", "NodeDeleted / → 1"]);
  });

  test("a watcher of several kinds is told once", () => {
    const bench = watching(ops.getData("/a", W1), ops.addWatch("/a", W1, "persistent"));
    bench.event("NodeDataChanged", "/a");
    expect(bench.delivered()).toEqual(["NodeDataChanged /a → 1"]);
  });

  test("a change of state is told to every watcher, the default one first, and uses none up", () => {
    const bench = watching(ops.addWatch("/r", W3), ops.getData("/a", W1), ops.addWatch("/p", W2));
    bench.closed();
    bench.tick();
    expect(bench.delivered()).toEqual(["Disconnected → 0 1 3 2"]);
    expect(tables(bench)).toEqual({ data: ["/a"], persistentRecursive: ["/r", "/p"] });
  });

  test("expiry is told to every watcher, and after it nothing", () => {
    const bench = watching(ops.getData("/a", W1));
    bench.closed();
    while (bench.client.phase !== "dialling") bench.tick();
    bench.dialled();
    bench.did();
    bench.expired();
    bench.tick();
    expect(bench.delivered()).toEqual(["Expired → 0 1"]);
  });

  test("events and completions come in the order in which they arrived", () => {
    const bench = watching(ops.getData("/a", W1));
    bench.request(ops.setData("/a", null));
    bench.event("NodeDataChanged", "/a");
    bench.reply({ kind: "stat", stat: STAT });
    expect(bench.delivered()).toEqual(["NodeDataChanged /a → 1", "2 ok"]);
  });

  test("a type of event that there is none of loses the connection", () => {
    const bench = new ClientBench().connect();
    const header = { xid: -1, zxid: -1 as never, err: 0 };
    bench.message({ kind: "notice", header, event: { type: 9, state: 3, path: "/a" } });
    expect(bench.port.observed.at(-1)).toEqual({ kind: "lost", why: "malformed" });
  });

  test("chroot: the watcher hears the path that it knows", () => {
    const bench = new ClientBench({ chroot: "/app" }).connect();
    bench.request(ops.getData("/a", W1));
    expect(bench.sentRequests()).toEqual([{ kind: "getData", path: "/app/a", watch: true }]);
    bench.reply(DATA);
    bench.did();
    bench.event("NodeDataChanged", "/app/a");
    expect(bench.delivered()).toEqual(["NodeDataChanged /a → 1"]);
  });
});

describe("watches are set again on a new connection", () => {
  test("with setWatches and the last zxid, before any request, and the reply is in order", () => {
    const bench = new ClientBench({ chroot: "/app" }).connect();
    bench.request(ops.getData("/", W1));
    bench.reply(DATA, { zxid: 12 });
    bench.request(ops.exists("/x", W1));
    bench.fail(NO_NODE);
    bench.request(ops.getChildren("/c", W1));
    bench.reply(CHILDREN);
    bench.closed();
    bench.tick();
    bench.request(ops.sync("/"));
    bench.did();
    bench.reconnect();
    expect(bench.sent().slice(1)).toEqual([
      {
        kind: "request",
        header: { xid: 4, type: 101 },
        request: {
          kind: "setWatches",
          relativeZxid: 12,
          dataWatches: ["/app"],
          existWatches: ["/app/x"],
          childWatches: ["/app/c"],
          persistentWatches: [],
          persistentRecursiveWatches: [],
        },
      },
      {
        kind: "request",
        header: { xid: 5, type: 9 },
        request: { kind: "sync", path: "/app" },
      },
    ]);
    bench.event("NodeDeleted", "/app");
    bench.reply({ kind: "none" }, { zxid: 20 });
    bench.reply({ kind: "path", path: "/app" });
    expect(bench.delivered()).toEqual(["NodeDeleted / → 1", "4 ok"]);
    expect(bench.client.lastZxid).toBe(20);
  });

  test("with setWatches2 only if there are persistent ones", () => {
    const bench = watching(ops.getData("/a", W1), ops.addWatch("/p", W1, "persistent"));
    bench.closed();
    bench.reconnect();
    expect(bench.sent().slice(1)).toMatchObject([
      {
        header: { type: 105 },
        request: { kind: "setWatches2", dataWatches: ["/a"], persistentWatches: ["/p"] },
      },
    ]);
  });

  test("not at all if there are none", () => {
    const bench = watching();
    bench.closed();
    bench.reconnect();
    expect(bench.sent()).toHaveLength(1);
  });

  test("in batches of 128 KiB of paths, the last batch first, each with the opcode that it needs", () => {
    const name = "x".repeat(1023 - 4);
    const bench = new ClientBench().connect();
    const paths = Array.from({ length: 200 }, (_, i) => `/${String(i).padStart(4, "0")}${name}`);
    for (const path of paths) {
      bench.request(ops.getData(path, W1));
      bench.reply(DATA);
    }
    bench.request(ops.addWatch("/p", W1));
    bench.reply({ kind: "error", err: 0 });
    bench.closed();
    bench.did();
    bench.reconnect();
    expect(bench.sentRequests()).toMatchObject([
      {
        kind: "setWatches2",
        dataWatches: paths.slice(128),
        persistentRecursiveWatches: ["/p"],
      },
      { kind: "setWatches", dataWatches: paths.slice(0, 128) },
    ]);
  });

  test("one-shot ones are forgotten instead if disableAutoWatchReset is set, persistent ones stay", () => {
    const bench = new ClientBench({ disableAutoWatchReset: true }).connect();
    bench.request(ops.getData("/a", W1));
    bench.reply(DATA);
    bench.request(ops.addWatch("/p", W2));
    bench.reply({ kind: "error", err: 0 });
    bench.closed();
    bench.did();
    bench.tick();
    expect(bench.delivered()).toEqual(["Disconnected → 0 1 2"]);
    expect(tables(bench)).toEqual({ persistentRecursive: ["/p"] });
    bench.reconnect();
    expect(bench.sent()).toHaveLength(1);
  });
});

describe("removeWatches", () => {
  const all = (): ClientBench => {
    const bench = watching(
      ops.getData("/a", W1),
      ops.getData("/a", W2),
      ops.addWatch("/a", W3, "persistent"),
    );
    bench.request(ops.getChildren("/a", W1));
    bench.reply(CHILDREN);
    bench.did();
    return bench;
  };

  test("all of a path: the server removes them, then each kind is told what it lost", () => {
    const bench = all();
    bench.request(ops.removeWatches("/a"));
    expect(bench.sentRequests()).toEqual([{ kind: "removeWatches", path: "/a", type: 3 }]);
    bench.reply({ kind: "none" });
    expect(bench.delivered()).toEqual([
      "ChildWatchRemoved /a → 1",
      "DataWatchRemoved /a → 1 2",
      "PersistentWatchRemoved /a → 3",
      "5 ok",
    ]);
    expect(tables(bench)).toEqual({});
  });

  test("one watcher: the server only checks, and the others stay", () => {
    const bench = all();
    bench.request(ops.removeWatches("/a", { type: "data", watcher: W1 }));
    expect(bench.sentRequests()).toEqual([{ kind: "checkWatches", path: "/a", type: 2 }]);
    bench.reply({ kind: "none" });
    expect(bench.delivered()).toEqual(["DataWatchRemoved /a → 1", "5 ok"]);
    expect([...(bench.client.watches.data.get("/a") ?? [])]).toEqual([W2]);
  });

  test("a watcher that is not there is NoWatcher, whatever the server says", () => {
    const bench = all();
    bench.request(ops.removeWatches("/b"));
    bench.reply({ kind: "none" });
    bench.request(ops.removeWatches("/a", { type: "children", watcher: W2 }));
    bench.reply({ kind: "none" });
    expect(bench.delivered()).toEqual(["5 NoWatcher", "6 NoWatcher"]);
  });

  test("a persistent one is found under every type, and goes only with any", () => {
    const bench = watching(ops.addWatch("/a", W3, "persistent"));
    bench.request(ops.removeWatches("/a", { type: "data" }));
    bench.reply({ kind: "none" });
    bench.request(ops.removeWatches("/a", { type: "any" }));
    bench.reply({ kind: "none" });
    expect(bench.delivered()).toEqual(["2 NoWatcher", "PersistentWatchRemoved /a → 3", "3 ok"]);
  });

  test("what the server refuses stays, unless it is to go locally in any case", () => {
    const bench = all();
    bench.request(ops.removeWatches("/a", { type: "data" }));
    bench.fail(ERROR_CODES.NoWatcher);
    bench.request(ops.removeWatches("/a", { type: "data", local: true }));
    bench.fail(ERROR_CODES.NoWatcher);
    expect(bench.delivered()).toEqual(["5 NoWatcher", "DataWatchRemoved /a → 1 2", "6 ok"]);
  });

  test("locally, when the connection is lost: the watchers hear it as Disconnected, and that stands for the state", () => {
    const bench = all();
    bench.request(ops.removeWatches("/a", { local: true }));
    bench.closed();
    bench.did();
    bench.tick();
    expect(bench.did().flatMap((e) => (e.kind === "deliver" ? [e.delivery] : []))).toMatchObject([
      { event: { type: "ChildWatchRemoved", state: "Disconnected" } },
      { event: { type: "DataWatchRemoved", state: "Disconnected" } },
      { event: { type: "PersistentWatchRemoved", state: "Disconnected" } },
      { outcome: { ok: true } },
    ]);
  });
});
