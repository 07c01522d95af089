import { expect, test } from "vitest";
import { simulate } from "../../scenarios/index.ts";

test("an ephemeral node goes with the session of its owner", () =>
  simulate({ seed: 7 }, async (sim) => {
    const [alice, bob] = [sim.connect({ sessionTimeoutMs: 6000 }), sim.connect()];
    await alice.create("/alive", "yes", { mode: "ephemeral" });
    sim.client(alice, "crash");
    await sim.sleep(10_000);
    expect(await bob.exists("/alive")).toBeNull();
  }));
