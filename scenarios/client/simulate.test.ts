import { describe, expect, test } from "vitest";
import { NoNodeError, SessionExpiredError } from "./errors.ts";
import { simulate } from "./simulate.ts";

const EPHEMERAL = { mode: "ephemeral" } as const;

describe("a program in a simulated world", () => {
  test("what one client writes, another one reads", async () => {
    await simulate({ seed: 1 }, async (sim) => {
      const alice = sim.connect();
      const bob = sim.connect();
      expect(await alice.create("/a", "hello")).toBe("/a");
      expect((await bob.get("/a")).text).toBe("hello");
      await expect(bob.get("/nothing")).rejects.toBeInstanceOf(NoNodeError);
    });
  });

  test("an ephemeral goes with its session, when its owner has been silent for long enough", async () => {
    await simulate({ seed: 2 }, async (sim) => {
      const alice = sim.connect({ sessionTimeoutMs: 6000 });
      const bob = sim.connect();
      await alice.create("/alive", null, EPHEMERAL);
      sim.client(alice, "crash");
      expect(await bob.exists("/alive")).not.toBeNull();
      await sim.sleep(10_000);
      expect(await bob.exists("/alive")).toBeNull();
    });
  });

  test("a client that was cut off for too long learns from the server that its session is over", async () => {
    await simulate({ seed: 3 }, async (sim) => {
      const alice = sim.connect({ sessionTimeoutMs: 4000 });
      await alice.create("/a");
      sim.cut(alice, sim.servers);
      await sim.sleep(12_000);
      sim.mend(alice, sim.servers);
      await sim.sleep(20_000);
      await expect(alice.get("/a")).rejects.toBeInstanceOf(SessionExpiredError);
    });
  });

  test("a server that crashes comes back with what it acknowledged", async () => {
    await simulate({ seed: 4 }, async (sim) => {
      const zk = sim.connect();
      await zk.create("/kept", "x");
      sim.restart(1);
      await sim.sleep(5000);
      expect((await zk.get("/kept")).text).toBe("x");
    });
  });

  test("the same program and seed give the same run, with the codec on or off", async () => {
    const run = (seed: number, codec: boolean): Promise<string> =>
      simulate({ seed, codec }, async (sim) => {
        const clients = [sim.connect(), sim.connect(), sim.connect()];
        await Promise.all(clients.map((zk, i) => zk.create(`/node${i}`, `${i}`, EPHEMERAL)));
        sim.restart(1);
        await sim.sleep(3000);
        await Promise.all(clients.map((zk) => zk.children("/")));
        return sim.hash;
      });
    const hash = await run(5, false);
    expect(await run(5, false)).toBe(hash);
    expect(await run(5, true)).toBe(hash);
    expect(await run(6, false)).not.toBe(hash);
  });

  test("a program that waits for what never comes is told what it waits for, with the seed", async () => {
    const stalled = simulate({ seed: 8, maxEvents: 2000 }, async (sim) => {
      const zk = sim.connect();
      await zk.create("/a");
      sim.client(zk, "crash");
      await zk.get("/a");
    });
    await expect(stalled).rejects.toThrow(/^seed 8: 2000 events have run.*getData/);
  });

  test("more clients than there is room for are refused by name", async () => {
    const crowded = simulate({ maxClients: 1 }, async (sim) => {
      sim.connect();
      sim.connect();
      await sim.sleep(1);
    });
    await expect(crowded).rejects.toThrow(/maxClients/);
  });
});

describe("what a compiler would have refused", () => {
  const wrong = (value: unknown): never => value as never;

  test.each([
    ["an option", { sed: 1 }, "simulate.sed: there is no such option", 'Did you mean "seed"?'],
    ["a server's setting", { server: { tickTim: 1 } }, "simulate.server.tickTim", '"tickTime"?'],
    ["a trace level", { trace: "hashed" }, "trace: expected one of off, hash, kept", '"hash"?'],
  ])("%s", async (_, options, problem, help) => {
    const run = simulate(wrong(options), async () => {});
    await expect(run).rejects.toThrow(problem);
    await expect(simulate(wrong(options), async () => {})).rejects.toThrow(help);
  });

  test("names inside a program, and nothing has happened", async () => {
    await simulate({}, async (sim) => {
      expect(() => sim.connect(wrong({ sessionTimeout: 5 }))).toThrow("connect.sessionTimeout:");
      expect(() => sim.connect({ sessionTimeoutMs: -1 })).toThrow("sessionTimeoutMs: expected");
      const zk = sim.connect();
      expect(() => sim.client(zk, wrong("restart"))).toThrow("client: expected one of crash,");
      const mode = wrong("ephemral");
      await expect(zk.create("/a", "x", { mode })).rejects.toThrow('Did you mean "ephemeral"?');
      expect(await zk.exists("/a")).toBeNull();
    });
  });
});
