import { expect, test } from "vitest";
import { simulate } from "../../scenarios/index.ts";

test("a lock survives the leader of the ensemble, and not its owner", () =>
  simulate({ seed: 7, servers: 3 }, async (sim) => {
    const [alice, bob] = [sim.connect({ sessionTimeoutMs: 6000 }), sim.connect()];
    await alice.create("/lock", "alice", { mode: "ephemeral" });
    sim.crash("leader");
    await sim.untilServing(); // the other two have elected one of them
    await sim.untilConnected(bob);
    expect((await bob.get("/lock")).text).toBe("alice");
    sim.client(alice, "crash");
    await sim.sleep(10_000);
    expect(await bob.exists("/lock")).toBeNull();
  }));
