import { expect, test } from "vitest";
import { build, type HostileWorld } from "./hostile-worlds.ts";

/**
 * Found by the convergence property, shrunk by fast-check. Server 1 has promised epoch 2, and the others agree on
 * epoch 1: it leaves their leader, finds it again at once, and so on. With every turn it sends its vote to a server that
 * looks as well. A wait for notifications begins anew with every notification, so that server never sends or dials
 * again, and never hears from the leader that it would follow. ZooKeeper 3.8 does the same: FastLeaderElection polls
 * with the full timeout after each message.
 */
const WORLD: HostileWorld = {
  seed: 0,
  servers: [
    { bootMs: 1, currentEpoch: 0, promised: 2, behind: 0, counter: 0 },
    { bootMs: 0, currentEpoch: 0, promised: 0, behind: 0, counter: 0 },
    { bootMs: 200, currentEpoch: 0, promised: 0, behind: 0, counter: 0 },
    { bootMs: 0, currentEpoch: 0, promised: 0, behind: 0, counter: 0 },
    { bootMs: 0, currentEpoch: 0, promised: 0, behind: 0, counter: 0 },
  ],
  delay: { kind: "uniform", minUs: 0, maxUs: 10 },
  loss: 0,
  drop: 0,
  duplicate: 0,
  reorder: 0,
  faults: [],
};

test("a server that is refused for good keeps another one from joining, and the ensemble stands", () => {
  const world = build(WORLD);
  world.run({ untilTime: 30_000_000 });
  const half = world.trace.count;
  world.run({ untilTime: 60_000_000 });

  const leader = world.leader;
  expect(leader?.peer?.leading?.epoch).toBe(1);
  const followers = world.views().filter((view) => view.follows === leader?.id);
  expect(followers.length).toBeGreaterThanOrEqual(3);

  const starved = world.views().filter((view) => view.state === "LOOKING" && view.id !== 1);
  expect(starved).toHaveLength(1);
  const records = [...world.trace.records(half)].filter((r) => r.server === starved[0]?.id);
  expect(
    records.filter((r) => r.kind === "received" && r.fields["from"] === 1).length,
  ).toBeGreaterThan(1000);
  expect(records.filter((r) => r.kind === "pollTimedOut")).toEqual([]);
});
