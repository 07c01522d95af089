import { describe, expect, test } from "vitest";
import { create } from "../../core/client/ops.ts";
import type { Observation } from "../../core/server/observations.ts";
import { rulesWith } from "../../core/server/bugs.ts";
import type { PeerConfig, Rules } from "../../core/server/peer.ts";
import { serviceConfig } from "../../core/server/service/config.ts";
import { majorityOf } from "../../sim/check/election.ts";
import { ZabOnWorld } from "../../sim/check/zab-on-world.ts";
import { type ClientSpec, World, type WorldSpec } from "../../sim/world.ts";
import { clientSpec } from "../support/clients.ts";
import { ensemble } from "../support/ensembles.ts";
import { planOf } from "./zab-plan.ts";
import { judgeZab } from "./zab-worlds.ts";

/** What the random worlds of zab.test.ts have found, each in the fewest steps that show it. */

const SECOND = 1_000_000;
const CLIENT = 100;

/** So many voters, which follow the last of them, and a client of that one. */
function ensembleOf(
  count: number,
  settings: Partial<PeerConfig>,
  rules?: Rules,
  spec: Partial<WorldSpec> = {},
): { readonly world: World; readonly zab: ZabOnWorld } {
  const peers = ensemble({ voters: count, settings });
  const client = (id: number, server: number): ClientSpec =>
    clientSpec(id, [{ host: `server${server}`, port: 2181 }], { sessionTimeoutMs: 40_000 });
  const world = new World({
    seed: 1,
    peers,
    clients: peers.map(({ id }) => client(CLIENT + id, id)),
    ...(rules === undefined ? {} : { rules }),
    ...spec,
  });
  const voters = peers.map(({ id }) => id);
  const zab = new ZabOnWorld(world, { voters, isQuorum: majorityOf(voters) });
  for (const id of voters) world.perform({ do: "boot", server: id });
  world.run({ untilTime: 3 * SECOND });
  world.perform({ do: "boot", server: CLIENT + count });
  ask(world, count, "/first");
  world.run({ untilTime: 4 * SECOND });
  expect(world.leader?.id).toBe(count);
  return { world, zab };
}

test.each([1, 3])(
  "a client that asks for much at once is read on by server %i as it is answered",
  (server) => {
    const service = { ...serviceConfig({ globalOutstandingLimit: 3 }) };
    const { world, zab } = ensembleOf(3, { service });
    if (server !== 3) world.perform({ do: "boot", server: CLIENT + server });
    world.run({ untilTime: 5 * SECOND });
    for (let i = 0; i < 60; i++) ask(world, server, `/much-${i}`);
    world.run({ untilTime: 6 * SECOND });

    const nodes = world.process(2)?.peer?.database.tree.nodes;
    expect([...(nodes?.keys() ?? [])].filter((path) => path.startsWith("/much"))).toHaveLength(60);
    expect(zab.violation).toBeUndefined();
  },
);

/** A server crashed when it had a leader's snapshot, and before its old log was gone, which it sent an observer later. */
test("a log that a snapshot has replaced is sent to nobody", () => {
  expect(judgeZab(planOf(53292)).problem).toBeUndefined();
});

/** The client of a server wants to write. */
function ask(world: World, server: number, path: string): void {
  world.clients[server - 1]?.request(create(path));
}

/** Runs until a server lets this be known. */
function until(world: World, server: number, isIt: (observation: Observation) => boolean): void {
  let isThere = false;
  const before = world.onObservation;
  world.onObservation = (node, observation) => {
    before?.(node, observation);
    if (world.processes[node]?.id === server && isIt(observation)) isThere = true;
  };
  const why = world.run({ until: () => isThere, untilTime: world.kernel.now + 20 * SECOND });
  world.onObservation = before;
  if (why !== "predicate" && why !== "stopped") throw new Error(`it did not come to that: ${why}`);
}

describe("a follower that comes back to the same leader truncates what it has acknowledged", () => {
  /**
   * 3 acknowledges a transaction that 2 and 4 have not got, loses its connection, comes back, and is told to truncate
   * it, for it is not committed. Then the acknowledgement of 1 arrives, and with 5, 1 and what 3 once said there would
   * be a quorum.
   */
  function story(rules: Rules): { readonly world: World; readonly zab: ZabOnWorld } {
    const { world, zab } = ensembleOf(5, {}, rules);
    world.perform({ do: "clog", from: [5], to: [2, 4], oneWay: true });
    world.perform({ do: "clog", from: [1], to: [5], oneWay: true });
    ask(world, 5, "/second");
    until(world, 3, ({ kind }) => kind === "acknowledged");
    world.run({ untilTime: world.kernel.now + 10_000 });
    world.perform({ do: "reset", between: [3, 5] });
    until(world, 3, (o) => o.kind === "synchronizing" && o.mode === "TRUNC");
    world.perform({ do: "unclog", from: [1], to: [5], oneWay: true });
    world.run({ untilTime: world.kernel.now + SECOND });
    return { world, zab };
  }

  test("and what counts is what it acknowledges then", () => {
    const { world, zab } = story(rulesWith([]));
    world.perform({ do: "heal" });
    world.run({ untilTime: world.kernel.now + SECOND });
    zab.finish();
    expect(zab.violation).toBeUndefined();
    expect(zab.checker.committed).toBeGreaterThanOrEqual(3);
  });

  test("which ZooKeeper counts twice, and may lose what is committed", () => {
    const { zab } = story(rulesWith(["staleAcks"]));
    expect(zab.violation).toMatchObject({ property: "committed stays", servers: [2, 3, 4] });
  });
});

/**
 * 3 truncates what it alone had, and is cut off before it serves. It comes back and gets two transactions as history,
 * after which its log begins a snapshot: of its tree as it is now, not as it was when it served last.
 */
test("a snapshot that begins before a learner serves holds nothing that was truncated", () => {
  const service = { ...serviceConfig({ tickTime: 2000 }), snapCount: 2 };
  const { world, zab } = ensembleOf(3, { service, maxNotificationMs: 1600 });
  world.perform({
    do: "partition",
    groups: [
      [3, CLIENT + 3],
      [1, 2, CLIENT + 2],
    ],
  });
  ask(world, 3, "/lost");
  ask(world, 3, "/lost-too");
  world.run({ untilTime: 30 * SECOND });
  expect([world.leader?.id, world.view(3)?.state]).toEqual([2, "LOOKING"]);
  world.perform({ do: "heal" });
  until(world, 3, ({ kind }) => kind === "truncated");
  until(world, 3, ({ kind }) => kind === "newLeaderAcknowledged");
  world.perform({ do: "cut", from: [2], to: [3] });
  world.perform({ do: "reset", between: [2, 3] });
  until(world, 3, ({ kind }) => kind === "roleLeft");
  world.perform({ do: "boot", server: CLIENT + 2 });
  ask(world, 2, "/kept");
  world.run({ untilTime: world.kernel.now + SECOND });
  world.perform({ do: "heal" });
  until(world, 3, (o) => o.kind === "synchronizing" && o.mode === "DIFF");
  until(world, 3, ({ kind }) => kind === "serving");
  world.run({ untilTime: world.kernel.now + SECOND });
  zab.finish();
  expect(zab.violation).toBeUndefined();
});

/**
 * 3 has two transactions that nobody else has. 1 gets them as history, and the power fails for both before they are on
 * its disk. 3 stays away, so they never come to be, and 1 must not have them in a snapshot either.
 */
test("a learner's snapshot holds no history that is not on its disk", () => {
  let crashes = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const service = { ...serviceConfig({ tickTime: 2000 }), snapCount: 2, snapshotDelayMs: 0 };
    const settings = { service, maxNotificationMs: 1600 };
    const disk = { force: { kind: "uniform", minUs: 0, maxUs: 20_000 } } as const;
    const { world, zab } = ensembleOf(3, settings, undefined, { seed, disk });
    world.perform({ do: "partition", groups: [[3, CLIENT + 3], [1], [2]] });
    ask(world, 3, "/lost");
    ask(world, 3, "/lost-too");
    world.run({ untilTime: world.kernel.now + SECOND });
    world.perform({ do: "crash", server: 2 });
    world.perform({ do: "crash", server: CLIENT + 3 });
    world.run({ untilTime: 30 * SECOND });
    world.perform({ do: "heal" });
    until(world, 1, (o) => o.kind === "synchronizing" && o.mode === "DIFF");
    const isLogging = (): boolean => world.process(1)?.peer?.learning?.phase === "loggingHistory";
    world.run({ untilTime: world.kernel.now + SECOND, until: isLogging });
    world.run({ untilTime: world.kernel.now + seed * 400, until: () => !isLogging() });
    if (isLogging()) crashes++;
    world.perform({ do: "crash", server: 1 });
    world.perform({ do: "crash", server: 3 });
    world.perform({ do: "boot", server: 1 });
    world.perform({ do: "boot", server: 2 });
    world.run({ untilTime: world.kernel.now + 30 * SECOND });
    zab.finish();
    expect(zab.violation?.message, `seed ${seed}`).toBeUndefined();
  }
  expect(crashes).toBeGreaterThan(5);
});
