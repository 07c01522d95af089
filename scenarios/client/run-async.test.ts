import { describe, expect, test } from "vitest";
import { LoopbackWorld } from "../../test/support/loopback.ts";
import { connect, NodeExistsError, runAsync, sleep, StalledError } from "./index.ts";

describe("runAsync", () => {
  /** Three clients that get in each other's way. */
  async function program(world: LoopbackWorld): Promise<string[]> {
    const said: string[] = [];
    const worker = async (name: string): Promise<void> => {
      const zk = connect(world, "a,b,c", { sessionTimeoutMs: 3000 });
      for (let i = 0; i < 5; i++) {
        try {
          await zk.create("/lock", name, { mode: "ephemeral" });
          said.push(`${name} has it at ${world.nowMs}`);
          await sleep(world, world.draw(50));
          await zk.delete("/lock").catch(() => zk.delete("/lock"));
        } catch (error) {
          said.push(`${name}: ${(error as Error).message}`);
          if (!(error instanceof NodeExistsError)) continue;
          const watch = zk.watch();
          const stat = await zk.exists("/lock", { watch }).catch(() => null);
          if (stat !== null) await watch.next();
        }
      }
      await zk.close();
    };
    world.after(20, () => world.breakConnections());
    await Promise.all(["x", "y", "z"].map(worker));
    return said;
  }

  test("the same program gives the same run, event by event", async () => {
    const [one, two] = [new LoopbackWorld(), new LoopbackWorld()];
    const said = await runAsync(one, () => program(one));
    // Other work of the host in between changes nothing.
    const busy = setInterval(() => undefined, 0);
    const again = runAsync(two, () => program(two));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await again).toEqual(said);
    clearInterval(busy);
    expect(two.trace).toEqual(one.trace);
    expect(said.length).toBeGreaterThan(10);
  });

  test("virtual time stands still while the program computes", async () => {
    const world = new LoopbackWorld();
    await runAsync(world, async () => {
      const zk = connect(world, "a");
      await zk.sync();
      const at = world.nowMs;
      for (let i = 0; i < 90; i++) await Promise.resolve();
      expect(world.nowMs).toBe(at);
      await zk.sync();
      expect(world.nowMs).toBe(at + 2);
    });
  });

  test("a promise that never settles is reported, with what is waited for", async () => {
    const world = new LoopbackWorld();
    const run = runAsync(world, async () => {
      const zk = connect(world, "a");
      await zk.close();
      await new Promise(() => undefined);
    });
    await expect(run).rejects.toThrow(
      "nothing in the simulation can make it go on, and the program still waits for: something that is not in the simulation",
    );
  });

  test("a program that computes for many turns, with nothing open, is waited for", async () => {
    const world = new LoopbackWorld();
    await runAsync(world, async () => {
      const zk = connect(world, "a");
      await zk.sync();
      const at = world.nowMs;
      for (let i = 0; i < 5000; i++) await Promise.resolve();
      expect(world.nowMs).toBe(at);
      await zk.sync();
    });
  });

  test("so is a program that waits in a world that never rests", async () => {
    const world = new LoopbackWorld();
    world.isSilent = true;
    const run = runAsync(world, () => connect(world, "a").watch().next(), { maxEvents: 500 });
    const error = await run.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StalledError);
    expect(error).toMatchObject({ waitingFor: ["the next event of a watch"] });
    expect(world.executed).toBe(500);
  });

  test("what the program throws comes out, and so does what a watcher throws", async () => {
    await expect(
      runAsync(new LoopbackWorld(), () => Promise.reject(new Error("mine"))),
    ).rejects.toThrow("mine");
    const world = new LoopbackWorld();
    const thrown = runAsync(world, async () => {
      connect(world, "a").on("state", () => {
        throw new Error("a listener's");
      });
      await sleep(world, 10_000);
    });
    await expect(thrown).rejects.toThrow("a listener's");
  });
});
