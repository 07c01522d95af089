import { describe, expect, test } from "vitest";
import type { ConnectionId } from "../../core/server/port.ts";
import { NetworkRig } from "../../test/support/network-rig.ts";

const HOP_US = 100;
const MS = 1000;
const SECOND = 1000 * MS;
const TIMEOUT_US = 5 * SECOND;

test("a dial takes one hop to the acceptor and one back to the dialler", () => {
  const rig = new NetworkRig();
  const end = rig.network.dial(0, 1, "election", TIMEOUT_US);
  expect(rig.run()).toBe("quiet");

  expect(rig.heard).toEqual([
    { at: HOP_US, node: 1, end: end + 1, what: "accepted" },
    { at: 2 * HOP_US, node: 0, end, what: "connected" },
  ]);
  expect(rig.network.connections()).toEqual([{ id: end >> 1, port: "election", from: 0, to: 1 }]);
});

test("a connection's time-out ends with the answer: nothing of the dial stays pending", () => {
  const rig = new NetworkRig();
  rig.network.dial(0, 1, "election", TIMEOUT_US);
  rig.run();

  expect(rig.kernel.now).toBe(2 * HOP_US);
});

test("where nobody listens, the dial is refused", () => {
  const rig = new NetworkRig();
  rig.deaf.add(1);
  const end = rig.network.dial(0, 1, "quorum", TIMEOUT_US);
  rig.run();

  expect(rig.heard).toEqual([{ at: 2 * HOP_US, node: 0, end, what: "refused" }]);
  expect(rig.network.connectionCount).toBe(0);
});

describe.each([
  ["there", 0, 1],
  ["back", 1, 0],
] as const)("a link cut on the way %s", (_name, from, to) => {
  test("makes the dial time out, and the other side hears nothing", () => {
    const rig = new NetworkRig();
    rig.network.setCut(from, to, true);
    const end = rig.network.dial(0, 1, "election", TIMEOUT_US);
    expect(rig.run()).toBe("quiet");

    expect(rig.heard).toEqual([{ at: TIMEOUT_US, node: 0, end, what: "timeout" }]);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("and mended in between: a later SYN gets through, one second and then two after the first", () => {
    const rig = new NetworkRig();
    rig.network.setCut(from, to, true);
    const end = rig.network.dial(0, 1, "election", TIMEOUT_US);
    rig.at(2 * SECOND, () => rig.network.setCut(from, to, false));
    rig.run();

    // Tries arrive after a hop, a second later, and two seconds after that.
    expect(rig.timeOf(end + 1, "accepted")).toBe(HOP_US + 3 * SECOND);
    expect(rig.timeOf(end, "connected")).toBe(2 * HOP_US + 3 * SECOND);
    expect(rig.storyOf(end)).toEqual(["connected"]);
  });
});

test("a clogged link delays a dial as a cut one does", () => {
  const rig = new NetworkRig();
  rig.network.setClogged(0, 1, true);
  const end = rig.network.dial(0, 1, "election", TIMEOUT_US);
  rig.at(500 * MS, () => rig.network.setClogged(0, 1, false));
  rig.run();

  expect(rig.timeOf(end, "connected")).toBe(2 * HOP_US + SECOND);
});

test("whoever dials and closes before the answer hears nothing of it", () => {
  const rig = new NetworkRig();
  const end = rig.network.dial(0, 1, "election", TIMEOUT_US);
  rig.network.close(end);
  expect(rig.run()).toBe("quiet");

  expect(rig.heard).toEqual([]);
  expect(rig.kernel.executed).toBe(0);
  expect(rig.network.connectionCount).toBe(0);
});

test("closed while the answer is under way: the acceptor sees a connection that ends", () => {
  const rig = new NetworkRig();
  const end = rig.network.dial(0, 1, "election", TIMEOUT_US);
  rig.at(HOP_US + 50, () => rig.network.close(end));
  rig.run();

  expect(rig.storyOf(end)).toEqual([]);
  expect(rig.storyOf(end + 1)).toEqual(["accepted", "closed"]);
  expect(rig.network.connectionCount).toBe(0);
});

test("a time-out shorter than the round trip: the acceptor has a connection for a moment", () => {
  const rig = new NetworkRig();
  const end = rig.network.dial(0, 1, "election", HOP_US + 50);
  rig.run();

  expect(rig.heard.map(({ at, end, what }) => [at, end, what])).toEqual([
    [HOP_US, end + 1, "accepted"],
    [HOP_US + 50, end, "timeout"],
    [2 * HOP_US + 50, end + 1, "closed"],
  ]);
  expect(rig.network.connectionCount).toBe(0);
});

test("a dialler that crashes is not told, and leaves nothing behind", () => {
  const rig = new NetworkRig();
  rig.network.setCut(0, 1, true);
  rig.network.dial(0, 1, "election", TIMEOUT_US);
  rig.at(SECOND, () => rig.crash(0));
  expect(rig.run()).toBe("quiet");

  expect(rig.kernel.now).toBe(SECOND);
  expect(rig.heard).toEqual([]);
  expect(rig.network.connectionCount).toBe(0);
});

test("a dialler that stands still when the answer comes learns later that it is connected, and no time-out", () => {
  const rig = new NetworkRig();
  const end = rig.network.dial(0, 1, "election", TIMEOUT_US);
  rig.at(HOP_US, () => rig.pause(0));
  rig.at(2 * TIMEOUT_US, () => rig.resume(0));
  rig.run();

  expect(rig.storyOf(end)).toEqual(["connected"]);
  expect(rig.storyOf(end + 1)).toEqual(["accepted"]);
});

test("a connection reset before its dialler heard of it: it is told that it ended, and of no time-out", () => {
  const rig = new NetworkRig();
  const slow = { ...rig.network.linkSpec(1, 0), delay: { kind: "constant", us: 300 } } as const;
  rig.network.setLink(1, 0, slow);
  const end = rig.network.dial(0, 1, "election", TIMEOUT_US);
  rig.at(HOP_US + 1, () => {
    rig.network.setLink(1, 0, { ...slow, delay: { kind: "constant", us: 100 } });
    rig.network.reset(0, 1);
  });
  rig.run();

  expect(rig.storyOf(end)).toEqual(["closed"]);
  expect(rig.kernel.now).toBeLessThan(TIMEOUT_US);
  expect(rig.network.connectionCount).toBe(0);
});

test("an acceptor that stands still learns of the connection, and of what came on it, when it goes on", () => {
  const rig = new NetworkRig();
  rig.pause(1);
  const [end, other] = rig.connect(0, 1);
  rig.send(end, 1, 2);
  rig.at(SECOND, () => rig.resume(1));
  rig.run();

  expect(rig.storyOf(other)).toEqual(["accepted", "received 1", "received 2"]);
  expect(rig.timeOf(other, "accepted")).toBe(SECOND);
});

test("the dialler hears that it is connected before it hears anything else", () => {
  class Greeting extends NetworkRig {
    override accepted(node: number, connection: ConnectionId): void {
      super.accepted(node, connection);
      this.send(connection, 1);
    }
  }
  for (let seed = 0; seed < 50; seed++) {
    const rig = new Greeting({ seed, link: { delay: { kind: "uniform", minUs: 0, maxUs: 5000 } } });
    const end = rig.network.dial(0, 1, "election", TIMEOUT_US);
    rig.run();

    expect(rig.storyOf(end)).toEqual(["connected", "received 1"]);
  }
});

test("every dial has ends of its own, and the two directions of a pair do not mix", () => {
  const rig = new NetworkRig();
  const [a, b] = rig.connect(0, 1);
  const [c, d] = rig.connect(1, 0);
  rig.send(a, 1);
  rig.send(b, 2);
  rig.send(c, 3);
  rig.send(d, 4);
  rig.run();

  expect(new Set([a, b, c, d]).size).toBe(4);
  expect([a, b, c, d].map((end) => rig.receivedAt(end))).toEqual([[2], [1], [4], [3]]);
});
