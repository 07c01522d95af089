import { serverId } from "../../core/ids.ts";
import type { PeerConfig } from "../../core/server/peer.ts";
import { type Delay } from "../kernel/delay.ts";
import { networkOf } from "../network/link.ts";
import { World, type WorldSpec } from "../world.ts";

/** Voters 1 to `count` with the limits of ZooKeeper's sample configuration. */
export function voters(count: number): PeerConfig[] {
  const members = Array.from({ length: count }, (_, i) => ({
    id: serverId(i + 1),
    type: "PARTICIPANT" as const,
    electionAddress: `server${i + 1}:3888`,
  }));
  return members.map(({ id, type }) => ({
    id,
    type,
    members,
    verifier: { kind: "majority", voters: members.map((member) => member.id) },
    configText: "",
    configVersion: 0,
    tickMs: 2000,
    initLimit: 10,
    syncLimit: 5,
    connectToLearnerMasterLimit: 0,
    minNotificationMs: 200,
    maxNotificationMs: 60_000,
    cnxTimeoutMs: 5000,
    leaderConnectDelayMs: 100,
    maxTimeToWaitForEpochMs: -1,
    observerElectionDelayMs: 200,
  }));
}

/** A world of so many voters, whose trace is kept. */
export function worldOf(count: number, spec: Partial<WorldSpec> = {}): World {
  return new World({ seed: 1, peers: voters(count), trace: "kept", ...spec });
}

/** All that takes time takes a whole number of milliseconds, so that many things happen at the same moment. */
export function onAGrid(ms: number): Pick<WorldSpec, "network" | "disk" | "loopback"> {
  const delay: Delay = { kind: "constant", us: ms * 1000 };
  const plain = networkOf("zero");
  return {
    network: { ...plain, link: { ...plain.link, delay } },
    disk: { force: delay },
    loopback: delay,
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
