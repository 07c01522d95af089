import fc from "fast-check";
import { loadLibrary } from "../../scenarios/library/index.ts";
import { runScenario } from "../../scenarios/run.ts";
import { build, hostileWorlds } from "../properties/hostile-worlds.ts";

/**
 * The hash of every scenario of the library and of random worlds. It is computed in Node's main thread, in a worker
 * thread and in Chromium, and must come out alike.
 */
export type Hashes = Readonly<Record<string, string>>;

const RANDOM_WORLDS = 200;
const RANDOM_UNTIL_US = 20_000_000;

export async function hashesOfScenarios(): Promise<Hashes> {
  const hashes: Record<string, string> = {};
  for (const scenario of await loadLibrary()) {
    const { hash, events } = runScenario(scenario);
    hashes[scenario.name] = `${hash} after ${events} events`;
  }
  return hashes;
}

export function hashesOfRandomWorlds(): Hashes {
  const worlds = hostileWorlds(["partition", "oneWay", "clog", "reset", "crash", "pause"]);
  const hashes: Record<string, string> = {};
  for (const [i, hostile] of fc.sample(worlds, { numRuns: RANDOM_WORLDS, seed: 1 }).entries()) {
    const world = build(hostile);
    world.run({ untilTime: RANDOM_UNTIL_US });
    hashes[`random world ${i}`] = `${world.trace.digest()} after ${world.kernel.executed} events`;
  }
  return hashes;
}

export async function allHashes(): Promise<Hashes> {
  return { ...(await hashesOfScenarios()), ...hashesOfRandomWorlds() };
}
