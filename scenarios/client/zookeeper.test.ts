import { describe, expect, test } from "vitest";
import * as ops from "../../core/client/ops.ts";
import type { ClientEvent } from "../../core/client/watcher.ts";
import { ERROR_CODES } from "../../core/wire/error-codes.ts";
import { LoopbackWorld } from "../../test/support/loopback.ts";
import {
  BadVersionError,
  connect,
  ConnectionLossError,
  type ERROR_CLASSES,
  IllegalArgumentError,
  multiResults,
  NodeExistsError,
  NoNodeError,
  runAsync,
  SessionExpiredError,
  sleep,
  toError,
  type ZooKeeper,
  ZooKeeperError,
} from "./index.ts";

/** Runs a program with a client in a world of its own. */
function withClient<T>(
  main: (zk: ZooKeeper, world: LoopbackWorld) => Promise<T>,
  connectString = "a,b,c",
): Promise<T> {
  const world = new LoopbackWorld();
  const zk = connect(world, connectString, { sessionTimeoutMs: 9000 });
  return runAsync(world, () => main(zk, world));
}

const pathOf = ({ type, path }: ClientEvent): string => `${type} ${path}`;

describe("operations", () => {
  test("create, get, set, exists, children, delete", async () => {
    await withClient(async (zk) => {
      expect(await zk.create("/a", "hello")).toBe("/a");
      const read = await zk.get("/a");
      expect(read.text).toBe("hello");
      expect(read.data).toEqual(new TextEncoder().encode("hello"));
      await zk.set("/a", new Uint8Array([1, 2]));
      expect((await zk.get("/a")).data).toEqual(new Uint8Array([1, 2]));
      await zk.create("/a/b", null);
      expect((await zk.get("/a/b")).data).toBeNull();
      expect((await zk.get("/a/b")).text).toBe("");
      expect(await zk.children("/a")).toEqual(["b"]);
      expect(await zk.children("/a", { stat: true })).toMatchObject({ children: ["b"] });
      await zk.delete("/a/b");
      expect(await zk.exists("/a/b")).toBeNull();
      expect(await zk.exists("/a")).toMatchObject({ version: 1 });
      expect(await zk.sync("/a")).toBe("/a");
    });
  });

  test("text is UTF-8, and the caller's bytes may change after the call", async () => {
    await withClient(async (zk) => {
      const bytes = new Uint8Array([1]);
      const made = zk.create("/bytes", bytes);
      bytes[0] = 9;
      await made;
      expect((await zk.get("/bytes")).data).toEqual(new Uint8Array([1]));
      await zk.create("/text", "grüße 🙂");
      expect((await zk.get("/text")).text).toBe("grüße 🙂");
    });
  });

  test("requests that are not awaited go out at once and keep their order", async () => {
    await withClient(async (zk, world) => {
      await zk.sync();
      const from = world.trace.length;
      const made = zk.create("/p");
      const set = zk.set("/p", "1");
      const read = zk.get("/p");
      expect(await Promise.all([made, set.then(() => "set"), read.then((r) => r.text)])).toEqual([
        "/p",
        "set",
        "1",
      ]);
      expect(world.trace.slice(from, from + 3).map((line) => line.split(": ")[1])).toEqual([
        "create",
        "setData",
        "getData",
      ]);
    });
  });

  test("transaction: the results, or the error with the results of all", async () => {
    await withClient(async (zk) => {
      const results = await zk.transaction().create("/t", "x").set("/t", "y").commit();
      expect(results.map(({ kind }) => kind)).toEqual(["create", "setData"]);
      const failed = await zk
        .transaction()
        .create("/u")
        .set("/t", "z", 7)
        .delete("/t")
        .commit()
        .catch((e: unknown) => e);
      expect(failed).toBeInstanceOf(BadVersionError);
      expect(multiResults(failed)?.map((r) => (r.kind === "error" ? r.name : r.kind))).toEqual([
        "Ok",
        "BadVersion",
        "RuntimeInconsistency",
      ]);
    });
  });

  test("a multi written as data, and an empty one", async () => {
    await withClient(async (zk) => {
      await zk.create("/a", "1");
      const results = await zk.multi([ops.create("/b"), ops.setData("/a", null)]);
      expect(results).toHaveLength(2);
      expect(await zk.multi([])).toEqual([]);
    });
  });

  test("chroot: the program does not see it", async () => {
    const world = new LoopbackWorld();
    await runAsync(world, async () => {
      const root = connect(world, "a");
      await root.create("/app");
      const zk = connect(world, "a/app");
      expect(await zk.create("/x", "1")).toBe("/x");
      expect((await root.get("/app/x")).text).toBe("1");
      expect(await root.children("/app")).toEqual(["x"]);
    });
  });

  test("close resolves when the client has ended, once or twice, and nothing is asked after it", async () => {
    await withClient(async (zk) => {
      const states: string[] = [];
      zk.on("state", (state) => states.push(state));
      await zk.sync();
      await Promise.all([zk.close(), zk.close()]);
      expect(zk.state).toBe("CLOSED");
      expect(states).toEqual(["SyncConnected", "Closed"]);
      await expect(zk.get("/")).rejects.toBeInstanceOf(SessionExpiredError);
      await zk.close();
    });
  });
});

describe("errors", () => {
  test("they are classes, with ZooKeeper's name, code, path and message", async () => {
    await withClient(async (zk) => {
      const error = await zk.get("/no").catch((e: unknown) => e);
      expect(error).toBeInstanceOf(NoNodeError);
      expect(error).toBeInstanceOf(ZooKeeperError);
      expect(error).toMatchObject({
        name: "NoNodeError",
        code: -101,
        path: "/no",
        message: "KeeperErrorCode = NoNode for /no",
      });
      await zk.create("/a");
      await expect(zk.create("/a")).rejects.toBeInstanceOf(NodeExistsError);
    });
  });

  test("there is one for each code, and it says its code", () => {
    for (const [name, code] of Object.entries(ERROR_CODES)) {
      if (name === "Ok") continue;
      const error = toError({ code, name: name as keyof typeof ERROR_CLASSES, path: null });
      expect(error).toMatchObject({ code, name: expect.stringMatching(`^${name}(Error)?$`) });
    }
  });

  test("an argument that can't be right is refused without a server", async () => {
    await withClient(async (zk) => {
      const error = await zk.create("a").catch((e: unknown) => e);
      expect(error).toBeInstanceOf(IllegalArgumentError);
      expect(error).toMatchObject({ message: "Path must start with / character", path: "a" });
    });
  });

  test("a connect string that is wrong is refused at once, with the part that is", () => {
    expect(() => connect(new LoopbackWorld(), "a:1,b:x")).toThrow(
      'For input string: "x" (in "b:x")',
    );
  });

  test("ConnectionLoss, for a program to handle, and the client goes on", async () => {
    await withClient(async (zk, world) => {
      const states: string[] = [];
      zk.on("state", (state) => states.push(state));
      await zk.create("/a");
      const session = zk.sessionId;
      const lost = zk.set("/a", "1");
      // The write arrives, its reply does not.
      world.after(1, () => world.breakConnections());
      await expect(lost).rejects.toBeInstanceOf(ConnectionLossError);
      expect((await zk.get("/a")).text).toBe("1");
      expect(zk.sessionId).toBe(session);
      expect(states).toEqual(["SyncConnected", "Disconnected", "SyncConnected"]);
    });
  });

  test("expiry", async () => {
    await withClient(async (zk, world) => {
      const other = connect(world, "b");
      await zk.create("/e", null, { mode: "ephemeral" });
      world.expire(zk.sessionId);
      await expect(zk.get("/e")).rejects.toThrow("KeeperErrorCode = ConnectionLoss for /e");
      await expect(zk.get("/e")).rejects.toThrow("KeeperErrorCode = Session expired for /e");
      await sleep(world, 5000);
      expect(await other.exists("/e")).toBeNull();
    });
  });
});

describe("watches", () => {
  test("a function is called with the event, before the reply of the write that made it", async () => {
    await withClient(async (zk) => {
      await zk.create("/a");
      const seen: string[] = [];
      await zk.get("/a", { watch: (event) => seen.push(pathOf(event)) });
      await zk.set("/a", "1").then(() => seen.push("set"));
      await zk.set("/a", "2");
      expect(seen).toEqual(["NodeDataChanged /a", "set"]);
    });
  });

  test("events can be awaited one by one, and none is missed", async () => {
    await withClient(async (zk) => {
      const watch = await zk.addWatch("/a");
      await zk.create("/a");
      await zk.set("/a", "1");
      await zk.delete("/a");
      const seen: string[] = [];
      for await (const event of watch) {
        seen.push(pathOf(event));
        if (event.type === "NodeDeleted") break;
      }
      expect(seen).toEqual(["NodeCreated /a", "NodeDataChanged /a", "NodeDeleted /a"]);
      expect(await watch.next()).toEqual({ value: undefined, done: true });
    });
  });

  test("a Watch ends with its client", async () => {
    await withClient(async (zk) => {
      const watch = zk.watch();
      await zk.exists("/a", { watch });
      await zk.close();
      expect(await watch.next()).toMatchObject({ value: { type: "None", state: "Closed" } });
      expect(await watch.next()).toEqual({ value: undefined, done: true });
    });
  });

  test("true stands for the listeners of `event`, which can be taken away", async () => {
    await withClient(async (zk) => {
      const seen: string[] = [];
      const off = zk.on("event", (event) => seen.push(event.type));
      await zk.exists("/a", { watch: true });
      await zk.create("/a");
      off();
      await zk.exists("/a", { watch: true });
      await zk.delete("/a");
      expect(seen).toEqual(["None", "NodeCreated"]);
    });
  });

  test("a watcher can go on asking, and what it asks for comes in order", async () => {
    await withClient(async (zk) => {
      await zk.create("/a", "0");
      const seen: string[] = [];
      const again = (): void => {
        void zk.get("/a", { watch: again }).then((read) => seen.push(read.text));
      };
      again();
      for (const text of ["1", "2", "3"]) await zk.set("/a", text);
      await zk.sync();
      await zk.sync();
      expect(seen).toEqual(["0", "1", "2", "3"]);
    });
  });

  test("watches can be removed", async () => {
    await withClient(async (zk) => {
      const seen: string[] = [];
      const watcher = (event: ClientEvent): number => seen.push(pathOf(event));
      await zk.exists("/a", { watch: watcher });
      await zk.removeWatches("/a", { watcher });
      expect(seen).toEqual(["DataWatchRemoved /a"]);
    });
  });
});
