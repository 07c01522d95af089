import { describe, expect, test } from "vitest";
import { RULES, rulesWith } from "../core/server/bugs.ts";
import { lastZxidOf } from "../sim/disk/stored-files.ts";
import { diskOf, diskProblem } from "./durable.ts";
import type { ServerStart } from "./format/ensemble.ts";
import type { Scenario } from "./format/scenario.ts";
import { runScenario } from "./run.ts";

describe("a disk", () => {
  test("holds what is given, and leaves the rest to the world", () => {
    expect(diskOf({})).toEqual({});
    expect(diskOf({ currentEpoch: 2 })).toEqual({ currentEpoch: 2 });
    const { files, ...epochs } = diskOf({ acceptedEpoch: 4, zxid: { epoch: 3, counter: 2 } });
    expect(epochs).toEqual({ acceptedEpoch: 4 });
    expect(files === undefined ? undefined : lastZxidOf(files)).toBe(0x300000002);
  });

  const AHEAD: ServerStart = { zxid: "0x100000002", currentEpoch: 0, acceptedEpoch: 1 };
  const NEVER: ServerStart = { zxid: "0x100000002", currentEpoch: 0, acceptedEpoch: 0 };

  test("is refused when no server would start on it", () => {
    const bugs = rulesWith(["epochAfterSnapshot"]);
    for (const rules of [RULES, bugs]) {
      expect(diskProblem({}, rules.zab)).toBeUndefined();
      expect(diskProblem({ zxid: "0x100000002" }, rules.zab)).toBeUndefined();
      expect(diskProblem(AHEAD, rules.zab)).toBeUndefined();
      expect(diskProblem(NEVER, rules.zab)).toEqual({
        field: "acceptedEpoch",
        rule: "expected at least 1, the epoch of the zxid 0x100000002, got 0; ZooKeeper would refuse to start",
      });
    }
    expect(diskProblem({ currentEpoch: 4 }, RULES.zab)?.field).toBe("acceptedEpoch");
    // It reads no such files.
    expect(diskProblem(NEVER, rulesWith(["noPromise"]).zab)).toBeUndefined();
  });

  test("shows a bug by which a server does not start on it", () => {
    const scenario: Scenario = {
      name: "epoch-after-snapshot",
      title: "1 crashed between a history and the file of its epoch",
      ensemble: { size: 3 },
      servers: { "1": AHEAD },
      steps: [{ at: 0, do: "boot", server: "all" }],
      for: "1s",
    };
    const { outcome, servers } = runScenario(scenario);
    expect(outcome).toBe("passed");
    expect(servers[0]).toMatchObject({ process: "up", leaderEpoch: 2, currentEpoch: 2 });
    const broken = runScenario({ ...scenario, bugs: ["epochAfterSnapshot"] });
    expect(broken.servers[0]).toMatchObject({ process: "down", currentEpoch: 0 });
    expect(broken.world.process(1)?.refused).toBe("the current epoch is older than the last zxid");
  });
});
