import { describe, expect, test } from "vitest";
import type { ClientDelivery } from "../core/client/client-port.ts";
import type { ClientOp } from "../core/client/operations.ts";
import { create, exists, getChildren, getData, setData } from "../core/client/ops.ts";
import { watcherId } from "../core/client/watcher.ts";
import { serverId } from "../core/ids.ts";
import { serviceConfig } from "../core/server/service/config.ts";
import { clientSpec } from "../test/support/clients.ts";
import type { ClientProcess } from "./process/client-process.ts";
import { World, type WorldSpec } from "./world.ts";

const SECOND = 1_000_000;
const HOST = { host: "server1", port: 2181 };

/** A standalone server, which runs, and so many clients that have not been started: 1001, 1002, … */
function worldWith(clients: number, spec: Partial<WorldSpec> = {}): World {
  const world = new World({
    seed: 1,
    standalone: { id: serverId(1), config: serviceConfig({ tickTime: 1000 }), address: HOST },
    clients: Array.from({ length: clients }, (_, i) =>
      clientSpec(1001 + i, [HOST], { name: `client${i + 1}`, sessionTimeoutMs: 6000 }),
    ),
    trace: "kept",
    ...spec,
  });
  world.perform({ do: "boot", server: 1 });
  // A server that has not written its first snapshot turns clients away (ZooKeeperServer.isRunning).
  world.run({ untilTime: SECOND });
  for (const { id } of world.clients) world.perform({ do: "boot", server: id });
  return world;
}

function text(words: string): Uint8Array {
  return Uint8Array.from(words, (letter) => letter.charCodeAt(0));
}

/** Makes a request and runs until it is answered. */
function ask(
  world: World,
  client: ClientProcess,
  op: ClientOp,
): Extract<ClientDelivery, { kind: "completion" }> {
  let answer: Extract<ClientDelivery, { kind: "completion" }> | undefined;
  const before = client.onDelivery;
  const token = client.request(op);
  client.onDelivery = (delivery) => {
    before?.(delivery);
    if (delivery.kind === "completion" && delivery.token === token) answer = delivery;
  };
  world.run({ until: () => answer !== undefined, untilTime: world.kernel.now + 60 * SECOND });
  client.onDelivery = before;
  if (answer === undefined) throw new Error(`${op.kind} was not answered within a minute`);
  return answer;
}

describe("a standalone server and its clients", () => {
  test("what one client writes, another one reads", () => {
    const world = worldWith(2);
    const [alice, bob] = world.clients as readonly [ClientProcess, ClientProcess];
    expect(ask(world, alice, create("/a", text("hello"))).outcome).toMatchObject({ ok: true });
    expect(ask(world, bob, getData("/a")).outcome).toMatchObject({
      ok: true,
      value: { data: text("hello"), stat: { version: 0, dataLength: 5 } },
    });
    expect(ask(world, bob, create("/a", null)).outcome).toMatchObject({
      ok: false,
      error: { name: "NodeExists", path: "/a" },
    });
  });

  test("a watch fires once, and before the answer to a read of what it announced", () => {
    const world = worldWith(2);
    const [alice, bob] = world.clients as readonly [ClientProcess, ClientProcess];
    ask(world, alice, create("/w", text("1")));
    const events: string[] = [];
    bob.onDelivery = (delivery) => {
      if (delivery.kind === "event") events.push(`${delivery.event.type} ${delivery.event.path}`);
    };
    ask(world, bob, getData("/w", watcherId(7)));
    ask(world, alice, setData("/w", text("2")));
    ask(world, alice, setData("/w", text("3")));
    ask(world, bob, getData("/w"));
    expect(events.filter((event) => event.includes("/w"))).toEqual(["NodeDataChanged /w"]);
  });

  test("a session that falls silent expires, and its ephemerals go with it", () => {
    const world = worldWith(2);
    const [alice, bob] = world.clients as readonly [ClientProcess, ClientProcess];
    ask(world, alice, create("/e", null, { mode: "ephemeral" }));
    world.perform({ do: "crash", server: alice.id });
    expect(ask(world, bob, exists("/e")).outcome).toMatchObject({ ok: true });
    world.run({ untilTime: world.kernel.now + 8 * SECOND });
    expect(ask(world, bob, getChildren("/")).outcome).toMatchObject({
      ok: true,
      value: { children: ["zookeeper"] },
    });
  });

  test("a server that crashes and starts again has what it acknowledged, and the session goes on", () => {
    const world = worldWith(1);
    const [alice] = world.clients as readonly [ClientProcess];
    ask(world, alice, create("/kept", text("x")));
    ask(world, alice, create("/mine", null, { mode: "ephemeral" }));
    const session = alice.client?.sessionId;
    world.perform({ do: "restart", server: 1 });
    world.run({ untilTime: world.kernel.now + 5 * SECOND });
    expect(alice.client?.sessionId).toBe(session);
    expect(ask(world, alice, getChildren("/")).outcome).toMatchObject({
      ok: true,
      value: { children: ["kept", "mine", "zookeeper"] },
    });
  });

  test("two starts in one millisecond would share session ids, so the second is refused and nothing is done", () => {
    const world = worldWith(1);
    world.run({ untilTime: world.kernel.now + SECOND });
    expect(world.perform({ do: "restart", server: 1 })).toBeUndefined();
    const problem = "server 1 started in this very millisecond, and no process starts twice in one";
    expect(world.perform({ do: "restart", server: 1 })).toBe(problem);
    expect(world.standalone?.state).toBe("up");
    expect(world.perform({ do: "crash", server: 1 })).toBeUndefined();
    expect(world.perform({ do: "boot", server: 1 })).toBe(problem);
    world.run({ untilTime: world.kernel.now + 1000 });
    expect(world.perform({ do: "boot", server: 1 })).toBeUndefined();
  });

  test("with the codec on and off a run is the same, to the last bit", () => {
    const story = (codec: boolean): string => {
      const world = worldWith(2, { codec });
      const [alice, bob] = world.clients as readonly [ClientProcess, ClientProcess];
      ask(world, alice, create("/a", text("hello")));
      ask(world, bob, getData("/a", watcherId(1)));
      ask(world, alice, setData("/a", null));
      world.perform({ do: "restart", server: 1 });
      ask(world, bob, getChildren("/"));
      world.run({ untilTime: world.kernel.now + 5 * SECOND });
      return world.trace.digest();
    };
    expect(story(true)).toBe(story(false));
  });
});
