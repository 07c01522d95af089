import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addAuth,
  close,
  create,
  exists,
  READ_ACL,
  remove,
  setACL,
  setData,
} from "../../core/client/ops.ts";
import { watcherId } from "../../core/client/watcher.ts";
import type { ServerMessage } from "../../core/server/service/service-port.ts";
import { zxid } from "../../core/zxid.ts";
import type { StandaloneProcess } from "../../sim/process/standalone-process.ts";
import type { World } from "../../sim/world.ts";
import type { Node } from "../model/node-model.ts";
import { TreeModel } from "../model/tree-model.ts";
import { judgeService, type ServiceWorld, serviceWorlds, type Spoiling } from "./service-worlds.ts";

const RUNS = Number(process.env["VIVARIUM_SEEDS"] ?? 300);

describe("a standalone server", () => {
  test(
    "does what the model does, whatever happens to it and its clients",
    { timeout: 60_000 + RUNS * 100 },
    () => {
      const counts: Record<string, number> = {};
      fc.assert(
        fc.property(serviceWorlds, (world) => {
          const verdict = judgeService(world);
          for (const [what, n] of Object.entries(verdict.counts)) {
            counts[what] = (counts[what] ?? 0) + n;
          }
          expect(verdict.problems.slice(0, 3)).toEqual([]);
        }),
        { numRuns: RUNS },
      );
      // The worlds are not idle ones.
      for (const [what, perRun] of Object.entries({
        completed: 5,
        applied: 5,
        boots: 0.5,
        events: 0.2,
        resets: 0.1,
        expired: 0.1,
        lost: 1,
      })) {
        expect(counts[what] ?? 0, what).toBeGreaterThan(perRun * RUNS);
      }
    },
  );
});

/** Worlds of the property that its first versions got wrong: what ZooKeeper does was not what one would think. */
describe("worlds that surprised", () => {
  const quiet: Omit<ServiceWorld, "steps"> = {
    seed: 0,
    clients: 1,
    codec: true,
    network: "zero",
    disk: "zero",
    snapCount: 1000,
    snapshotDelayMs: 0,
  };
  const ask = (op: Parameters<typeof asked>[0], client = 1) => asked(op, client);
  const worlds: Record<string, ServiceWorld> = {
    "what is pending for / is not seen by creates below it": {
      ...quiet,
      steps: [ask(setACL("/", READ_ACL)), ask(create("/s")), { do: "wait", ms: 50 }],
    },
    "a session does not live on auth packets": {
      ...quiet,
      network: "wan",
      steps: [
        { do: "events", count: 15 },
        ask(
          addAuth(
            "digest",
            Uint8Array.from("alice:a", (letter) => letter.charCodeAt(0)),
          ),
        ),
        { do: "pause", who: 1 },
        { do: "wait", ms: 977 },
        { do: "events", count: 1 },
        ask(setACL("/a", READ_ACL)),
      ],
    },
    "a session that is closing can expire all the same, and is closed twice": {
      ...quiet,
      disk: "slow",
      steps: [
        { do: "wait", ms: 50 },
        ask(setData("/a", null)),
        ask(close()),
        { do: "wait", ms: 1 },
        { do: "pause", who: 0 },
        { do: "events", count: 8 },
      ],
    },
    "a session that has not come to be counts from its connect request": {
      ...quiet,
      seed: 14,
      disk: "slow",
      steps: [
        { do: "pause", who: 0 },
        { do: "events", count: 13 },
      ],
    },
    "watches that are set again catch up list by list, in the order in which they were set": {
      ...quiet,
      seed: 1_179_601_079,
      clients: 2,
      steps: [
        ask(exists("/a/a", watcherId(1)), 2),
        ask(exists("/a", watcherId(1)), 2),
        { do: "wait", ms: 50 },
        { do: "crash", who: 0 },
        { do: "wait", ms: 100 },
        ask(create("/a")),
        ask(create("/a/a")),
        ask(close()),
      ],
    },
    "a connection just before a full ten seconds is closed as idle, young as it is": {
      ...quiet,
      seed: 2_141_110_121,
      codec: false,
      network: "wan",
      steps: [
        ask(setACL("/a", READ_ACL, 0)),
        { do: "wait", ms: 215 },
        { do: "events", count: 3 },
        ask(setData("/a", null, 0)),
        { do: "events", count: 20 },
        ask(remove("/a")),
        { do: "wait", ms: 1020 },
        ask(close()),
        { do: "events", count: 3 },
        ask(create("/a/a", null, { mode: "ephemeral" })),
        { do: "events", count: 1 },
      ],
    },
  };
  for (const [name, world] of Object.entries(worlds)) {
    test(name, () => {
      expect(judgeService(world).problems).toEqual([]);
    });
  }
});

describe("the judge notices", () => {
  /** Judges spoilt worlds until it sees the first problem. */
  function firstProblem(spoiling: Spoiling): string | undefined {
    for (const world of fc.sample(serviceWorlds, { numRuns: 300, seed: 1 })) {
      const [problem] = judgeService(world, spoiling).problems;
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** What the server sends goes through `change` on its way. */
  function sending(change: (message: ServerMessage, send: Send) => void): Spoiling {
    return {
      world: (world: World) => {
        const server = world.standalone as StandaloneProcess;
        const send = server.send.bind(server);
        server.send = (connection, message) => {
          change(message, (changed) => send(connection, changed));
        };
      },
    };
  }
  type Send = (message: ServerMessage) => void;

  test("sequential numbers that are counted for each name", () => {
    class PerName extends TreeModel {
      override suffix(path: string, parent: Node): string {
        const name = path.slice(path.lastIndexOf("/") + 1);
        const alike = [...parent.children].filter((child) => child.startsWith(name));
        return String(alike.length).padStart(10, "0");
      }
    }
    expect(firstProblem({ model: () => new PerName() })).toMatch(/NodeCreated|create/);
  });

  test("ephemerals that outlive their session", () => {
    class Immortal extends TreeModel {
      override ephemeralsOf(): string[] {
        return [];
      }
    }
    expect(firstProblem({ model: () => new Immortal() })).toMatch(/nodes|result of|error of/);
  });

  test("a disk that says it has written and has not", () => {
    const world = (spoilt: World): void => {
      (spoilt.standalone as StandaloneProcess).disk.completeForce = () => {};
    };
    expect(firstProblem({ world })).toMatch(/the server has lost zxid|does not start/);
  });

  test("a snapshot that is called after the last transaction in it", () => {
    // The sessions in it are those of the first: one that began meanwhile is missing, and its createSession skipped.
    const world = (spoilt: World): void => {
      const { disk } = spoilt.standalone as StandaloneProcess;
      const write = disk.writeSnapshot.bind(disk);
      disk.writeSnapshot = (snapshot, incarnation) => {
        write({ ...snapshot, zxid: snapshot.tree.lastProcessedZxid }, incarnation);
      };
    };
    expect(firstProblem({ world })).toMatch(/sessions after the start/);
  });

  test("a wrong version in a Stat", () => {
    const spoiling = sending((message, send) => {
      const response = message.kind === "reply" ? message.reply.response : undefined;
      if (message.kind !== "reply" || response?.kind !== "stat") return send(message);
      const stat = { ...response.stat, version: response.stat.version + 1 };
      send({ kind: "reply", reply: { ...message.reply, response: { kind: "stat", stat } } });
    });
    expect(firstProblem(spoiling)).toMatch(/result of/);
  });

  test("an event that is lost on its way", () => {
    const spoiling = sending((message, send) => {
      if (message.kind !== "event") send(message);
    });
    expect(firstProblem(spoiling)).toMatch(/out of turn|watches that are set again/);
  });

  test("an event that comes behind the reply", () => {
    const held: (() => void)[] = [];
    const spoiling = sending((message, send) => {
      if (message.kind === "event") {
        held.push(() => send(message));
        return;
      }
      send(message);
      for (const release of held.splice(0)) release();
    });
    expect(firstProblem(spoiling)).toMatch(/out of turn|event told|watches that are set again/);
  });

  test("an event that comes twice", () => {
    const spoiling = sending((message, send) => {
      send(message);
      if (message.kind === "event") send(message);
    });
    expect(firstProblem(spoiling)).toMatch(/event told|out of turn/);
  });

  test("a reply that carries an older zxid", () => {
    let replies = 0;
    const spoiling = sending((message, send) => {
      const isOld = message.kind === "reply" && ++replies % 2 === 0;
      if (!isOld || message.reply.header.zxid <= 1) return send(message);
      const { header } = message.reply;
      const older = { ...header, zxid: zxid(header.zxid - 1) };
      send({ kind: "reply", reply: { ...message.reply, header: older } });
    });
    expect(firstProblem(spoiling)).toMatch(/goes back to zxid/);
  });
});

function asked(op: Extract<ServiceWorld["steps"][number], { do: "ask" }>["op"], client: number) {
  return { do: "ask", client, op } as const;
}
