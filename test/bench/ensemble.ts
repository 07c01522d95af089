import { serverId } from "../../core/ids.ts";
import type { TraceLevel } from "../../sim/kernel/trace.ts";
import { World } from "../../sim/world.ts";
import { ensemble } from "../support/ensembles.ts";

/** Elections of five servers that find nothing on their disks, on the loopback profile. */

const IDS = [1, 2, 3, 4, 5].map(serverId);

const CONFIG_TEXT = IDS.map(
  (id) => `server.${id}=server${id}.example:2888:3888:participant\n`,
).join("");

/** What an ordinary zoo.cfg says. */
const PEERS = ensemble({ voters: 5, settings: { configText: CONFIG_TEXT } });

/** When the servers start: all at the same moment, or one by one, a second apart. */
export type Order = "at once" | "in order";

const GAP_US = { "at once": 0, "in order": 1_000_000 } as const;

/** Far more than any of these elections takes. */
const LIMIT_US = 60_000_000;

/** Builds the ensemble, starts its servers, and runs until every one serves. */
export function elect(seed: number, order: Order, trace: TraceLevel): World {
  const world = new World({ seed, peers: PEERS, trace });
  for (const [i, server] of IDS.entries()) {
    world.schedule(i * GAP_US[order], { do: "boot", server });
  }
  let seen = -1;
  const reason = world.run({
    untilTime: LIMIT_US,
    until: () => {
      // Nothing to look at unless something changed.
      if (world.changes === seen) return false;
      seen = world.changes;
      return everybodyServes(world);
    },
  });
  if (reason !== "predicate") {
    throw new Error(`with seed ${seed} not everybody serves after ${LIMIT_US} µs (${reason})`);
  }
  return world;
}

function everybodyServes(world: World): boolean {
  for (const { peer } of world.processes) {
    if (peer === undefined) return false;
    if (peer.learning?.phase !== "serving" && peer.leading?.phase !== "broadcast") return false;
  }
  return true;
}

/** What is counted of one election. */
export interface ElectionCounts {
  readonly events: number;
  readonly messages: number;
}

const MESSAGES: ReadonlySet<string> = new Set(["notification", "initialMessage", "packet"]);

/** Counts an election's events and messages. A run is the same whatever its trace keeps, so this is done once. */
export function countElection(seed: number, order: Order): ElectionCounts {
  const { kernel, trace } = elect(seed, order, "kept");
  let messages = 0;
  for (const { kind } of trace.records()) if (MESSAGES.has(kind)) messages++;
  return { events: kernel.executed, messages };
}
