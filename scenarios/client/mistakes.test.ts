import { describe, expect, test } from "vitest";
import { LATENCY_PROFILES } from "../../sim/latency.ts";
import { simulate, type SimulateOptions, type Simulation, StalledError } from "./index.ts";
import type { ZooKeeper } from "./zookeeper.ts";

const wrong = (value: unknown): never => value as never;
const none = async (): Promise<void> => {};
const FOREVER = (): Promise<void> => new Promise(() => undefined);

describe("what takes how long", () => {
  const hashOf = (options: SimulateOptions): Promise<string> =>
    simulate(options, async (sim) => {
      await sim.connect().create("/a");
      return sim.hash;
    });

  test("has a name, and is loopback where nothing is said", async () => {
    const { network, disk } = LATENCY_PROFILES.lan;
    const halves = { ...network, tcp: { ...network.tcp, maxRetries: 1.5 } };
    await expect(hashOf({ network: halves })).rejects.toThrow("simulate.network.tcp.maxRetries: ");
    for (const servers of [1, 3]) {
      const lan = await hashOf({ servers, latency: "lan" });
      expect(await hashOf({ servers, latency: "loopback" })).toBe(await hashOf({ servers }));
      expect(lan).not.toBe(await hashOf({ servers }));
      expect(await hashOf({ servers, network: "lan", disk: "ssd" })).toBe(lan);
      expect(await hashOf({ servers, network, disk })).toBe(lan);
    }
  });

  test("of an ensemble counts the servers' own threads", async () => {
    const failover = (latency: "zero" | "loopback"): Promise<number> =>
      simulate({ servers: 3, latency }, async (sim) => {
        const since = sim.now;
        sim.crash("leader");
        await sim.untilServing();
        return sim.now - since;
      });
    expect((await failover("loopback")) - (await failover("zero"))).toBeGreaterThan(50);
  });
});

test.each([
  [
    "latency",
    { latency: "lann" },
    'simulate.latency: expected one of zero, loopback, lan, wan, slow-disk, got "lann". Did you mean "lan"?',
  ],
  [
    "a network's name",
    { network: "slow" },
    "simulate.network: expected one of zero, loopback, lan, wan, got",
  ],
  ["no network", { network: null }, "simulate.network: expected one of zero"],
  ["half a network", { network: {} }, "simulate.network.link: expected an object, got undefined"],
  ["a disk's name", { disk: "hdd" }, 'simulate.disk: expected one of zero, ssd, slow, got "hdd"'],
  ["half a disk", { disk: {} }, "simulate.disk.force: expected an object, got undefined"],
  [
    "a disk's delay",
    { disk: { force: { kind: "constant", us: -1 } } },
    "simulate.disk.force: it holds -1",
  ],
  ["nothing", null, "simulate: expected an object, got null"],
  ["a program first", none, "simulate: expected an object, got a function"],
  [
    "bugs as text",
    { servers: 3, bugs: "feOrder" },
    'simulate.bugs: expected a list of bugs, got "feOrder"',
  ],
  [
    "bugs as an object",
    { servers: 3, bugs: {} },
    "simulate.bugs: expected a list of bugs, got an object",
  ],
  ["no bugs", { servers: 3, bugs: null }, "simulate.bugs: expected a list of bugs, got null"],
  ["no server", { server: null }, "simulate.server: expected an object, got null"],
  ["properties", { properties: [] }, "simulate.properties: expected an object, got a list"],
  ["no seed", { seed: null }, "simulate.seed: expected a whole number from 0 to"],
  ["no events", { maxEvents: 0 }, "simulate.maxEvents: expected a whole number from 1 to"],
  ["fewer", { maxEvents: -1 }, "simulate.maxEvents: expected a whole number from 1 to"],
  ["no number of events", { maxEvents: NaN }, "simulate.maxEvents: expected"],
  [
    "text of events",
    { maxEvents: "x" },
    'simulate.maxEvents: expected a whole number from 1 to 9007199254740991, got "x"',
  ],
  ["a codec", { codec: "x" }, 'simulate.codec: expected true or false, got "x"'],
])("%s is refused by name", async (_, options, problem) => {
  await expect(simulate(wrong(options), none)).rejects.toThrow(problem);
});

test("there is no simulation without a program", async () => {
  await expect(simulate({}, wrong(undefined))).rejects.toThrow("simulate: expected a program");
});

describe("in a program", () => {
  const inside = (main: (sim: Simulation, zk: ZooKeeper) => Promise<void>): Promise<void> =>
    simulate({ servers: 3 }, (sim) => main(sim, sim.connect()));

  test("what can't be done to the world is refused by name", () =>
    inside(async (sim, zk) => {
      const other = sim.connect();
      const { hash } = sim;
      expect(() => sim.perform(wrong({ do: "explode" }))).toThrow(
        "perform.do: expected one of boot",
      );
      expect(() => sim.perform(wrong({}))).toThrow("perform.do: expected one of boot");
      expect(() => sim.perform(wrong(null))).toThrow("perform: expected an object, got null");
      expect(() => sim.perform(wrong({ do: "crash" }))).toThrow("crash: expected an id");
      expect(() => sim.perform(wrong({ do: "cut", from: 1, to: [2] }))).toThrow(
        "cut.from: expected",
      );
      expect(() => sim.perform(wrong({ do: "heal", server: 1 }))).toThrow(
        "heal.server: there is no",
      );
      expect(() => sim.perform(wrong({ do: "reset", between: [1] }))).toThrow("expected two ids");
      expect(() => sim.cut(1, 1)).toThrow("cut: expected two different machines");
      expect(() => sim.cut([], [2])).toThrow("cut: expected at least one machine at each end");
      expect(() => sim.cut(zk, other)).toThrow("of which at least one is a server");
      expect(() => sim.reset(2, 2)).toThrow("reset: expected two different machines");
      expect(() => sim.partition()).toThrow("partition: expected at least one list");
      expect(() => sim.connect(wrong(null))).toThrow("connect: expected an object, got null");
      expect(() => sim.connect(wrong({ servers: 1 }))).toThrow("connect.servers: expected a list");
      expect(() => sim.connect(wrong({ canBeReadOnly: 1 }))).toThrow(
        "connect.canBeReadOnly: expec",
      );
      expect(() => sim.connect(wrong({ session: {} }))).toThrow("connect.session.id: expected");
      expect(sim.hash).toBe(hash);
    }));

  test("a wait is for a whole answer, and for so long as there is time", () =>
    inside(async (sim) => {
      const promise = sim.until(wrong(async () => false));
      await expect(promise).rejects.toThrow("true or false, and it gave a promise");
      await expect(sim.until(wrong(() => 1))).rejects.toThrow(TypeError);
      await expect(sim.until(wrong(true))).rejects.toThrow("until: expected a function, got true");
      const long = sim.until(() => false, { withinMs: 1e15 });
      await expect(long).rejects.toThrow("until.withinMs: expected a whole number of ms");
      for (const ms of [-1, Number.NaN, "1s", undefined]) {
        await expect(sim.sleep(wrong(ms))).rejects.toThrow("sleep: expected a number of ms from 0");
      }
    }));

  test("arguments of a client are refused by name", () =>
    inside(async (_sim, zk) => {
      const refused = async (promise: Promise<unknown>, problem: string): Promise<void> => {
        const error = await promise.catch((e: unknown) => e);
        expect(String(error)).toContain(problem);
      };
      await refused(zk.create("/a", "x", wrong({ mod: "ephemeral" })), 'Did you mean "mode"?');
      await refused(zk.exists("/a", wrong({ wach: true })), "exists.wach: there is no such option");
      await refused(zk.get("/a", wrong({ watch: 1 })), "get.watch: expected a function, a watch()");
      await refused(zk.children("/a", wrong({ stats: 1 })), 'Did you mean "stat"?');
      await refused(zk.removeWatches("/a", wrong({ kind: "any" })), "removeWatches.kind: there is");
      await refused(zk.create(wrong(5)), "create.path: expected text, got 5");
      await refused(zk.create("/a", wrong(5)), "create.data: expected text, a Uint8Array or null");
      await refused(zk.set("/a", "y", wrong("0")), "set.version: expected a whole number from");
      await refused(
        zk.set("/a", wrong(undefined)),
        "set.data: expected text, a Uint8Array or null",
      );
      expect(() => zk.transaction().create("/a", wrong(5))).toThrow("create.data: expected");
      expect(() => zk.on(wrong("states"), () => {})).toThrow("on: expected one of state, event");
      expect(await zk.exists("/a")).toBeNull();
    }));
});

test("when the program has ended, nothing more can be asked or done, and all can be looked at", async () => {
  const [sim, zk] = await simulate({ servers: 3 }, async (s) => {
    const client = s.connect();
    await client.sync();
    return [s, client] as const;
  });
  const over = "the simulation is over";
  const { hash, leader } = sim;
  for (const asked of [sim.sleep(1), sim.until(() => true), sim.untilServing(), zk.create("/a")]) {
    await expect(asked).rejects.toThrow(over);
  }
  for (const done of [
    () => sim.crash(1),
    () => sim.crash("leader"),
    () => sim.cut(1, 2),
    () => sim.reset(1, 2),
    () => sim.partition([1], [2, 3]),
    () => sim.heal(),
    () => sim.client(zk, "crash"),
    () => sim.connect(),
    () => zk.watch(),
    () => zk.on("state", () => {}),
  ]) {
    expect(done).toThrow(over);
  }
  expect(leader).toBe(3);
  expect(sim.isServing(3)).toBe(true);
  expect(sim.hash).toBe(hash);
});

describe("a program that waits for something outside of the simulation", () => {
  test("is told so at once", async () => {
    const run = simulate({ servers: 3 }, async (sim) => {
      await sim.connect().sync();
      await FOREVER();
    });
    const error = await run.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StalledError);
    expect(String(error)).toContain("only what the simulation settles may be awaited");
  });

  test("is given up after a while, if a listener could wake it", async () => {
    const run = simulate({ servers: 3 }, async (sim) => {
      sim.connect().on("state", () => {});
      await FOREVER();
    });
    await expect(run).rejects.toThrow("1500000 events have run and changed nothing for it");
  });

  test("and one that a listener does wake goes on", () =>
    simulate({ servers: 3 }, async (sim) => {
      const zk = sim.connect();
      await new Promise((resolve) => zk.on("state", resolve));
      expect(zk.state).toBe("CONNECTED");
      await new Promise(
        (resolve) => void zk.exists("/a", { watch: resolve }).then(() => zk.create("/a")),
      );
    }));
});
