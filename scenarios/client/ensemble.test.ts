import { describe, expect, test } from "vitest";
import type { ClientEvent } from "../../core/client/watcher.ts";
import {
  ConnectionLossError,
  NotReadOnlyError,
  simulate,
  type SimulateOptions,
  type Simulation,
  ViolationError,
  type Watch,
  type ZooKeeper,
} from "./index.ts";

const EPHEMERAL = { mode: "ephemeral" } as const;

/** Whoever of three does not lead. */
function followersOf(sim: Simulation): readonly [number, number] {
  const [a, b] = sim.servers.filter((id) => id !== sim.leader);
  return [a as number, b as number];
}

/** Tries until it is done: where a connection goes, nobody knows whether a read was made, and nobody minds. */
async function persist<T>(sim: Simulation, read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ConnectionLossError)) throw error;
      await sim.sleep(100);
    }
  }
}

/** The next that a watch tells of a znode; of its client's connection it tells as well. */
async function nextChange(watch: Watch): Promise<string> {
  for await (const { type, path } of watch) if (type !== "None") return `${type} ${path}`;
  return "the end";
}

const isChange = ({ type }: ClientEvent): boolean => type !== "None";

test("three servers come up, and what is written through one is read through another", async () => {
  await simulate({ seed: 1, servers: 3 }, async (sim) => {
    expect(sim.servers).toEqual([1, 2, 3]);
    expect(sim.leader).toBe(3);
    expect(sim.servers.every((id) => sim.isServing(id))).toBe(true);
    const clients = sim.servers.map((id) => sim.connect({ servers: [id] }));
    const [a, b] = clients as [ZooKeeper, ZooKeeper];
    await a.create("/a", "hello");
    await b.sync();
    expect((await b.get("/a")).text).toBe("hello");
    expect(sim.serverOf(a)).toBe(1);
    expect(sim.serverOf(b)).toBe(2);
  });
});

describe("when the leader crashes", () => {
  test("sessions go on, with all that is theirs", async () => {
    await simulate({ seed: 2, servers: 5 }, async (sim) => {
      const clients = [1, 2, 3, 4, 5].map(() => sim.connect({ sessionTimeoutMs: 6000 }));
      await Promise.all(clients.map((zk, i) => zk.create(`/alive${i}`, null, EPHEMERAL)));
      const sessions = clients.map((zk) => zk.sessionId);
      const old = sim.crash("leader");
      expect(await sim.untilServing()).not.toBe(old);
      await sim.sleep(20_000);
      expect(clients.map((zk) => zk.sessionId)).toEqual(sessions);
      expect(clients.map((zk) => zk.state)).toEqual(clients.map(() => "CONNECTED"));
      for (const zk of clients) await zk.create("/still/there", null).catch(() => undefined);
      const [zk] = clients as [ZooKeeper];
      expect((await zk.children("/")).length).toBe(clients.length + 1);
      sim.boot(old);
      await sim.until(() => sim.isServing(old));
      expect(sim.view(old).state).toBe("FOLLOWING");
    });
  });

  test("a write under way is lost to its caller, who goes on with another server", async () => {
    await simulate({ seed: 3, servers: 3 }, async (sim) => {
      const zk = sim.connect();
      await zk.create("/a", "0");
      const states: string[] = [];
      zk.on("state", (state) => states.push(state));
      const old = sim.serverOf(zk) as number;
      const session = zk.sessionId;
      const write = zk.set("/a", "1");
      sim.crash(old);
      await expect(write).rejects.toBeInstanceOf(ConnectionLossError);
      // Nobody knows whether it has happened, but there is one answer to that.
      const { text } = await persist(sim, () => zk.get("/a"));
      expect(["0", "1"]).toContain(text);
      expect(sim.serverOf(zk)).not.toBe(old);
      expect(zk.sessionId).toBe(session);
      expect(states).toEqual(["Disconnected", "SyncConnected"]);
      await zk.set("/a", "2");
    });
  });

  test("who is silent meanwhile is expired by the next leader, and not before its time", async () => {
    await simulate({ seed: 4, servers: 3 }, async (sim) => {
      const alice = sim.connect({ sessionTimeoutMs: 8000 });
      await alice.create("/alive", null, EPHEMERAL);
      sim.client(alice, "crash");
      await sim.sleep(4000);
      const old = sim.crash("leader");
      await sim.untilServing();
      const since = sim.now;
      const bob = sim.connect();
      // The new leader gives every session its full timeout again.
      await sim.sleep(6000);
      await bob.sync();
      expect(await bob.exists("/alive")).not.toBeNull();
      const watch = bob.watch();
      await bob.exists("/alive", { watch });
      expect((await watch.next()).value).toMatchObject({ type: "NodeDeleted", path: "/alive" });
      expect(sim.now - since).toBeGreaterThan(8000);
      expect(sim.now - since).toBeLessThan(8000 + 2 * 2000);
      sim.boot(old);
      await sim.until(() => sim.isServing(old));
      const carol = sim.connect({ servers: [old] });
      expect(await carol.exists("/alive")).toBeNull();
    });
  });
});

describe("a client that moves to another server", () => {
  test("takes its watches with it, and misses nothing that happened in between", async () => {
    await simulate({ seed: 5, servers: 3 }, async (sim) => {
      const writer = sim.connect({ servers: [sim.leader as number] });
      await Promise.all(["/a", "/b"].map((path) => writer.create(path, "0")));
      const zk = sim.connect({ servers: followersOf(sim) });
      const [changed, quiet] = [zk.watch(), zk.watch()];
      const deep = await zk.addWatch("/c");
      expect((await zk.get("/a", { watch: changed })).text).toBe("0");
      await zk.get("/b", { watch: quiet });
      const old = sim.crash(sim.serverOf(zk) as number);
      await writer.set("/a", "1");
      expect(await sim.untilConnected(zk)).not.toBe(old);
      expect(await nextChange(changed)).toBe("NodeDataChanged /a");
      expect(quiet.pending.filter(isChange)).toEqual([]);
      await writer.set("/b", "1");
      await writer.create("/c", "0");
      expect(await nextChange(quiet)).toBe("NodeDataChanged /b");
      expect(await nextChange(deep)).toBe("NodeCreated /c");
    });
  });

  test("finds that what it asked of the old server last is refused there: the session has moved", async () => {
    await simulate({ seed: 6, servers: 3, server: { tickTime: 1000 } }, async (sim) => {
      const zk = sim.connect({ sessionTimeoutMs: 9000 });
      await zk.create("/a", "0");
      const old = sim.serverOf(zk) as number;
      // What it says to its server is on its way for longer than it has patience.
      sim.clog(zk, old, { oneWay: true });
      const late = zk.create("/late");
      await expect(late).rejects.toBeInstanceOf(ConnectionLossError);
      expect(await sim.untilConnected(zk)).not.toBe(old);
      sim.unclog(zk, old);
      await sim.sleep(1000);
      await zk.sync();
      expect(await zk.exists("/late")).toBeNull();
      expect(sim.serverOf(zk)).not.toBe(old);
    });
  });

  test("has one session, also if two of them say that it is theirs", async () => {
    await simulate({ seed: 6, servers: 3 }, async (sim) => {
      const first = sim.connect({ servers: [1] });
      await first.create("/mine", null, EPHEMERAL);
      const session = { id: first.sessionId, passwd: first.sessionPasswd };
      const second = sim.connect({ servers: [2], session });
      await second.sync();
      expect(second.sessionId).toBe(first.sessionId);
      await expect(first.create("/late")).rejects.toBeInstanceOf(ConnectionLossError);
      expect(await second.exists("/late")).toBeNull();
      expect(await second.ephemerals()).toEqual(["/mine"]);
    });
  });
});

describe("a follower that lags", () => {
  test("answers with what it has, and after a sync with all", async () => {
    await simulate({ seed: 7, servers: 3 }, async (sim) => {
      const [slow] = followersOf(sim);
      const writer = sim.connect({ servers: [sim.leader as number] });
      const reader = sim.connect({ servers: [slow] });
      await writer.create("/a", "old");
      await reader.sync();
      sim.clog("leader", slow, { oneWay: true });
      await writer.set("/a", "new");
      expect((await reader.get("/a")).text).toBe("old");
      expect(sim.view(slow).zxid).toBeLessThan(sim.view("leader").zxid);
      let isSynced = false;
      const read = reader.sync("/a").then(() => {
        isSynced = true;
        return reader.get("/a");
      });
      await sim.sleep(1000);
      expect(isSynced).toBe(false);
      sim.unclog("leader", slow);
      expect((await read).text).toBe("new");
    });
  });
});

describe("a partition", () => {
  test("leaves the majority a leader, and those on the other side without service", async () => {
    await simulate({ seed: 8, servers: 5 }, async (sim) => {
      const inside = sim.connect({ servers: [1, 2, 3] });
      const outside = sim.connect({ servers: [4, 5], sessionTimeoutMs: 12_000 });
      await Promise.all([inside.create("/a", "0"), outside.create("/b", null, EPHEMERAL)]);
      expect(sim.leader).toBe(5);
      sim.partition([1, 2, 3], [4, 5]);
      await sim.until(() => sim.leader === 3);
      await sim.until(() => !sim.isServing(5));
      await persist(sim, () => inside.set("/a", "1"));
      await expect(outside.set("/a", "2")).rejects.toBeInstanceOf(ConnectionLossError);
      sim.heal();
      await sim.until(() => sim.servers.every((id) => sim.isServing(id)));
      expect((await persist(sim, () => outside.get("/a"))).text).toBe("1");
    });
  });

  test("can be between a client and some of the servers", async () => {
    await simulate({ seed: 9, servers: 3 }, async (sim) => {
      const zk = sim.connect({ sessionTimeoutMs: 30_000 });
      const first = await sim.untilConnected(zk);
      sim.cut(zk, first);
      await sim.until(() => sim.serverOf(zk) === undefined);
      expect(await sim.untilConnected(zk)).not.toBe(first);
      sim.partition(sim.servers, [zk]);
      sim.mend(zk, first);
      for (const server of sim.servers) sim.reset(zk, server);
      await sim.until(() => sim.serverOf(zk) === undefined);
      expect(await sim.untilConnected(zk)).toBe(first);
    });
  });
});

test("an observer serves, and is not counted", async () => {
  await simulate({ seed: 10, servers: 2, observers: 1 }, async (sim) => {
    const zk = sim.connect({ servers: [3] });
    await zk.create("/a", "0");
    expect(sim.view(3)).toMatchObject({ type: "OBSERVER", state: "OBSERVING", serving: true });
    sim.crash(1);
    await sim.until(() => sim.leader === undefined);
    expect(() => sim.pause("leader")).toThrow("pause: no server leads; server 1 is down");
    const waiting = sim.untilServing({ withinMs: 5000 });
    await expect(waiting).rejects.toThrow("5000 ms of virtual time have gone by, and it is not so");
    sim.boot(1);
    expect(await sim.untilServing()).toBe(2);
  });
});

test("a server comes back from a new machine, and another one from a long pause", async () => {
  await simulate({ seed: 10, servers: 3 }, async (sim) => {
    const zk = sim.connect();
    for (let i = 0; i < 10; i++) await zk.create(`/${i}`);
    const [wiped, paused] = followersOf(sim);
    expect(() => sim.wipe(wiped)).toThrow("crash it before its disk is wiped");
    sim.crash(wiped);
    sim.wipe(wiped);
    sim.boot(wiped);
    await sim.until(() => sim.isServing(wiped));
    sim.pause(paused);
    await sim.sleep(60_000);
    sim.resume(paused);
    await sim.until(() => sim.view(paused).state === "LOOKING");
    await sim.until(() => sim.isServing(paused));
    const { zxid } = sim.view("leader");
    expect(sim.servers.map((id) => sim.view(id).zxid)).toEqual([zxid, zxid, zxid]);
  });
});

describe("a server cut off from its quorum", () => {
  const readOnly = {
    servers: 3,
    properties: { "readonlymode.enabled": true },
    server: { localSessionsEnabled: true, localSessionsUpgradingEnabled: true },
  } as const;

  test("serves reads to a client that will have them, and all else when it is back", async () => {
    await simulate({ seed: 11, ...readOnly }, async (sim) => {
      const writer = sim.connect({ servers: [sim.leader as number] });
      await writer.create("/a", "0");
      const [lonely, other] = followersOf(sim);
      const rest = [other, sim.leader as number];
      sim.cut(lonely, rest);
      await sim.until(() => sim.view(lonely).serving && !sim.isServing(lonely));
      const zk = sim.connect({ canBeReadOnly: true, servers: [lonely] });
      expect((await zk.get("/a")).text).toBe("0");
      expect(zk.state).toBe("CONNECTEDREADONLY");
      await expect(zk.set("/a", "1")).rejects.toBeInstanceOf(NotReadOnlyError);
      await writer.set("/a", "2");
      expect((await zk.get("/a")).text).toBe("0");
      sim.mend(lonely, rest);
      await sim.until(() => zk.state === "CONNECTED");
      await persist(sim, () => zk.sync());
      expect((await zk.get("/a")).text).toBe("2");
    });
  });

  test("is left for one that has a quorum, as soon as that can be reached", async () => {
    await simulate({ seed: 12, ...readOnly }, async (sim) => {
      const [lonely, other] = followersOf(sim);
      const rest = [other, sim.leader as number];
      sim.cut(lonely, rest);
      await sim.until(() => sim.view(lonely).serving && !sim.isServing(lonely));
      const zk = sim.connect({ canBeReadOnly: true });
      sim.cut(zk, rest);
      expect(await sim.untilConnected(zk)).toBe(lonely);
      expect(zk.state).toBe("CONNECTEDREADONLY");
      const states: string[] = [];
      zk.on("state", (state) => states.push(state));
      // Whom it asks whether there is something better, is silent.
      await sim.sleep(5000);
      expect(states).toEqual([]);
      sim.mend(zk, rest);
      await sim.until(() => zk.state === "CONNECTED");
      expect(states).toEqual(["Disconnected", "SyncConnected"]);
      expect(rest).toContain(sim.serverOf(zk));
      await zk.create("/written");
    });
  });

  test("is not left for others that are no better off", async () => {
    await simulate({ seed: 13, ...readOnly }, async (sim) => {
      sim.partition([1], [2], [3]);
      await sim.until(() => sim.servers.every((id) => sim.view(id).serving && !sim.isServing(id)));
      const zk = sim.connect({ canBeReadOnly: true });
      const server = await sim.untilConnected(zk);
      const states: string[] = [];
      zk.on("state", (state) => states.push(state));
      await sim.sleep(30_000);
      expect(states).toEqual([]);
      // One that is gone and one that stands still say nothing; the connections of the pause are no trouble later.
      const [gone, still] = sim.servers.filter((id) => id !== server) as [number, number];
      sim.crash(gone);
      sim.pause(still);
      await sim.sleep(130_000);
      expect(states).toEqual([]);
      sim.boot(gone);
      sim.resume(still);
      sim.heal();
      await sim.until(() => zk.state === "CONNECTED", { withinMs: 200_000 });
      await zk.create("/written");
    });
  });
});

test("the servers of a zoo.cfg are those that it names, with its settings", async () => {
  const config = [
    "tickTime=500",
    "initLimit=20",
    "syncLimit=8",
    "dataDir=/data",
    "clientPort=2181",
    "server.7=zk7:2888:3888",
    "server.8=zk8:2888:3888",
    "server.9=zk9:2888:3888:observer",
    "server.2000=zk2000:2888:3888",
  ].join("\n");
  await simulate({ seed: 14, config }, async (sim) => {
    expect(sim.servers).toEqual([7, 8, 9, 2000]);
    expect(sim.leader).toBe(2000);
    const zk = sim.connect({ sessionTimeoutMs: 1, chroot: "/app", servers: [9] });
    expect(await sim.untilConnected(zk)).toBe(9);
    expect(zk.sessionTimeoutMs).toBe(1000);
  });
  await simulate({ seed: 14, config: "dataDir=/data\nclientPort=2999\n" }, async (sim) => {
    expect(sim.leader).toBe(1);
    await sim.connect().create("/a");
    sim.crash("leader");
    expect(sim.leader).toBeUndefined();
    sim.boot(1);
    expect(await sim.untilServing()).toBe(1);
  });
});

describe("the same program and seed", () => {
  const run = (options: SimulateOptions): Promise<readonly string[]> =>
    simulate({ servers: 3, ...options }, async (sim) => {
      const said: string[] = [];
      const clients = sim.servers.map(() => sim.connect({ sessionTimeoutMs: 6000 }));
      const work = clients.map(async (zk, i) => {
        for (let n = 0; n < 10; n++) {
          const path = `/${i}-${n}`;
          const told = await zk.create(path, null, EPHEMERAL).catch(String);
          said.push(`${told} at ${sim.now}`);
          await sim.sleep(500);
        }
      });
      await sim.sleep(1000);
      const old = sim.crash("leader");
      await sim.untilServing();
      sim.boot(old);
      sim.client(clients[0] as ZooKeeper, "pause");
      await sim.sleep(12_000);
      sim.client(clients[0] as ZooKeeper, "resume");
      await Promise.all(work);
      return [...said, sim.hash];
    });

  test("give the same results and the same hash, judged or not, with the codec on or off", async () => {
    const first = await run({ seed: 15 });
    expect(first.join()).toContain("ConnectionLoss");
    expect(await run({ seed: 15 })).toEqual(first);
    expect(await run({ seed: 15, check: false })).toEqual(first);
    expect(await run({ seed: 15, codec: true })).toEqual(first);
    expect((await run({ seed: 16 })).at(-1)).not.toBe(first.at(-1));
  });
});

describe("servers that break a promise", () => {
  /** ZOOKEEPER-2845: what a leader logged alone before it was deposed comes back. */
  const program = async (sim: Simulation): Promise<void> => {
    const zk = sim.connect({ servers: [3] });
    await zk.create("/a");
    sim.cut(3, [1, 2]);
    await zk.create("/lost").catch(() => undefined);
    await sim.until(() => sim.leader !== 3);
    sim.mend(3, [1, 2]);
    await sim.until(() => sim.isServing(3));
  };
  const bugs = ["keepDirtyMemory"];

  test("end the run, with all that it takes to find out why", async () => {
    const error = await simulate({ seed: 16, servers: 3, bugs }, program).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ViolationError);
    const violation = error as ViolationError;
    expect(violation).toMatchObject({ property: "prefix", seed: 16 });
    expect(violation.servers.length).toBeGreaterThan(0);
    expect(violation.zxids.length).toBeGreaterThan(0);
    expect(violation.causes.length).toBeGreaterThan(1);
    expect(violation.message).toMatch(
      /^seed 16: "prefix" is broken at [\d.]+ s: .*\n {2}servers: [123].*\n {2}zxids: 0x1.*\n {2}causes: .*/,
    );
    expect(violation.message).toContain("simulate({ seed: 16, … })");
  });

  test("are let be where nobody judges, and without the bug there is nothing to judge", async () => {
    await simulate({ seed: 16, servers: 3, bugs, check: false }, program);
    await simulate({ seed: 16, servers: 3 }, program);
  });
});

describe("what can't be", () => {
  const wrong = (value: unknown): never => value as never;
  const none = async (): Promise<void> => {};

  test.each([
    ["no servers", { servers: 0 }, "simulate.servers: expected a whole number from 1 to 31, got 0"],
    ["a list of servers", { servers: [1, 2] }, "simulate.servers: expected a whole number"],
    ["too many", { servers: 30, observers: 2 }, "simulate.observers: expected a whole number from"],
    ["an observer of one", { observers: 1 }, "simulate.observers: a standalone server has none"],
    ["two sources", { servers: 3, config: "" }, "simulate.servers: the config says which"],
    ["two settings", { server: {}, config: "" }, "simulate.server: with a config, settings are"],
    ["one id for all", { servers: 3, server: { serverId: 1 } }, "simulate.server.serverId: every"],
    ["no time at all", { servers: 3, server: { tickTime: 0 } }, "simulate.server.tickTime: "],
    ["a config that is none", { config: "clientPort=x" }, "simulate.config: zoo.cfg:1: clientPort"],
    ["a config without a door", { config: "dataDir=/d" }, "no clientPort"],
    ["a path", { config: 7 }, "simulate.config: expected the text of a zoo.cfg, got 7"],
    [
      "a property",
      { properties: { "readonlymode.enable": true } },
      "simulate.properties.readonlymode.enable: there is no such option",
    ],
    [
      "its value",
      { properties: { "zookeeper.cnxTimeout": "soon" } },
      'simulate.properties["zookeeper.cnxTimeout"]: expected a whole number from 1',
    ],
    [
      "its word",
      { properties: { "zookeeper.leaderServes": true } },
      'simulate.properties["zookeeper.leaderServes"]: expected one of yes, no',
    ],
    ["a bug", { servers: 3, bugs: ["2845"] }, "simulate.bugs: expected one of feOrder,"],
    ["a bug of one", { bugs: ["feOrder"] }, "simulate.bugs: only the servers of an ensemble"],
    ["judging one", { check: true }, "check: a standalone server has nobody to agree with"],
    ["judging blindly", { servers: 3, trace: "off" }, 'trace: "off" leaves nothing to judge'],
    ["judging a bit", { servers: 3, check: "yes" }, 'check: expected true or false, got "yes"'],
    ["ensembles", { ensemble: 3 }, "simulate.ensemble: there is no such option"],
  ])("%s is refused by name", async (_, options, problem) => {
    await expect(simulate(wrong(options), none)).rejects.toThrow(problem);
  });

  test("in a program is refused by name too, and nothing has happened", async () => {
    await simulate({ servers: 3 }, async (sim) => {
      const known = "the servers are 1, 2, 3";
      expect(() => sim.crash(4)).toThrow(`crash: there is no server 4; ${known}`);
      expect(() => sim.boot(1)).toThrow("boot: server 1 is running already");
      expect(() => sim.crash(wrong("leadr"))).toThrow('crash: expected a server\'s id or "leader"');
      expect(() => sim.cut(1, 4)).toThrow(`cut: there is no server 4; ${known}`);
      expect(() => sim.cut(1, 2, wrong({ oneway: true }))).toThrow('Did you mean "oneWay"?');
      expect(() => sim.partition([1, 2], [2, 3])).toThrow("partition: 2 is in two groups");
      expect(() => sim.partition(wrong(1))).toThrow("partition: expected lists");
      expect(() => sim.connect({ servers: [5] })).toThrow("connect.servers: there is no server 5");
      expect(() => sim.connect({ servers: [] })).toThrow("connect.servers: expected at least one");
      const zk = sim.connect();
      expect(() => sim.crash(wrong(zk))).toThrow("got a client");
      await zk.sync();
      expect(sim.servers.every((id) => sim.isServing(id))).toBe(true);
    });
  });
});
