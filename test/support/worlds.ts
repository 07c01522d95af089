import { type Delay } from "../../sim/kernel/delay.ts";
import { networkOf } from "../../sim/network/link.ts";
import { THREAD_PROFILES } from "../../sim/process/threads.ts";
import { World, type WorldSpec } from "../../sim/world.ts";
import { ensemble } from "./ensembles.ts";

/** A world of so many voters, whose trace is kept. */
export function worldOf(count: number, spec: Partial<WorldSpec> = {}): World {
  return new World({ seed: 1, peers: ensemble({ voters: count }), trace: "kept", ...spec });
}

/** All that takes time takes a whole number of milliseconds, so that many things happen at the same moment. */
export function onAGrid(ms: number): Pick<WorldSpec, "network" | "disk" | "threads"> {
  const delay: Delay = { kind: "constant", us: ms * 1000 };
  const plain = networkOf("zero");
  return {
    network: { ...plain, link: { ...plain.link, delay } },
    disk: { force: delay },
    threads: { ...THREAD_PROFILES.zero, handOver: delay },
  };
}

/** Boots all servers now, and runs until one leads; a leader is a matter of less than a second. */
export function elect(world: World): void {
  for (const { id } of world.processes) world.perform({ do: "boot", server: id });
  const why = world.run({
    untilTime: world.kernel.now + 10_000_000,
    until: () => world.leader !== undefined,
  });
  if (why !== "predicate") throw new Error(`no leader within 10 s: ${why}`);
}
