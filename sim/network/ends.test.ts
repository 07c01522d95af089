import { describe, expect, test } from "vitest";
import { NetworkRig } from "../../test/support/network-rig.ts";

const HOP_US = 100;
const SECOND = 1_000_000;

/** The `lost` records of a run: who was to get it, and why it got lost. */
function losses(rig: NetworkRig): string[] {
  return [...rig.kernel.trace.records()]
    .filter((record) => record.kind === "lost")
    .map((record) => `to ${record.server}: ${String(record.fields["why"])}`);
}

describe("close", () => {
  test("what was sent before still arrives, then the end of file", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.send(end, 1, 2);
    rig.network.close(end);
    rig.run();

    expect(rig.storyOf(other)).toEqual(["accepted", "received 1", "received 2", "closed"]);
    expect(rig.storyOf(end)).toEqual(["connected"]);
    expect(rig.network.connectionCount).toBe(0);
    expect(losses(rig)).toEqual([]);
  });

  test("what an end sends after it closed goes nowhere", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.network.close(end);
    rig.send(end, 1);
    rig.run();

    expect(rig.receivedAt(other)).toEqual([]);
  });

  test("both ends close at once: neither is told of the other", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.network.close(end);
    rig.network.close(other);
    rig.network.close(other);
    rig.run();

    expect(rig.storyOf(end)).toEqual(["connected"]);
    expect(rig.storyOf(other)).toEqual(["accepted"]);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("data that reaches a closed end is lost and answered with a reset", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    // The end of file is slow, so that the reset is what the sender hears first.
    rig.network.setLink(0, 1, {
      ...rig.network.linkSpec(0, 1),
      delay: { kind: "constant", us: 10 * HOP_US },
    });
    rig.network.close(end);
    rig.network.setLink(0, 1, {
      ...rig.network.linkSpec(0, 1),
      delay: { kind: "constant", us: HOP_US },
    });
    rig.send(other, 1);
    rig.run();

    expect(rig.timeOf(other, "closed")).toBe(begin + 2 * HOP_US);
    expect(rig.storyOf(end)).toEqual(["connected"]);
    expect(losses(rig)).toEqual(["to 1: connection closed"]);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("over a cut link the end of file comes after the mend", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    rig.network.close(end);
    rig.run(rig.kernel.now + 10 * SECOND);
    expect(rig.storyOf(other)).toEqual(["accepted"]);

    rig.network.setCut(0, 1, false);
    rig.run();
    expect(rig.storyOf(other)).toEqual(["accepted", "received 1", "closed"]);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("an end of file behind a gap, where TCP gave up, reaches nobody and leaves nothing behind", () => {
    const rig = new NetworkRig({ tcp: { maxRetries: 0 } });
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    // It gave up 0.2 s after it had found the link cut; the process closes before it learns of that.
    rig.at(begin + HOP_US + 200_000 + 1, () => {
      rig.network.close(end);
      rig.send(other, 2);
    });
    rig.at(begin + 300_000, () => rig.network.setCut(0, 1, false));
    rig.run();

    expect(rig.storyOf(other)).toEqual(["accepted", "closed"]);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("a closed end whose TCP gave up is forgotten once the other end has closed too", () => {
    const rig = new NetworkRig({ tcp: { maxRetries: 2 } });
    const [end, other] = rig.connect(0, 1);
    rig.network.setCut(0, 1, true);
    rig.network.close(end);
    rig.run();
    expect(rig.storyOf(other)).toEqual(["accepted"]);
    expect(rig.network.connectionCount).toBe(1);

    rig.network.close(other);
    rig.run();
    expect(rig.network.connectionCount).toBe(0);
  });
});

describe("a crash", () => {
  test("what the process had sent still arrives, then the end of file", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.send(end, 1, 2, 3);
    rig.crash(0);
    rig.run();

    expect(rig.storyOf(other)).toEqual([
      "accepted",
      "received 1",
      "received 2",
      "received 3",
      "closed",
    ]);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("ends every connection of the node, dialled or accepted, and no other", () => {
    const rig = new NetworkRig({ nodes: 3 });
    const [, dialled] = rig.connect(0, 1);
    const [accepted] = rig.connect(2, 0);
    const [bystander, other] = rig.connect(1, 2);
    rig.crash(0);
    rig.send(bystander, 1);
    rig.run();

    expect(rig.storyOf(dialled)).toEqual(["accepted", "closed"]);
    expect(rig.storyOf(accepted)).toEqual(["connected", "closed"]);
    expect(rig.storyOf(other)).toEqual(["accepted", "received 1"]);
    expect(rig.network.connections()).toHaveLength(1);
  });

  test("a dead process hears nothing of what was under way to it", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.send(other, 1);
    rig.crash(0);
    rig.run();

    expect(rig.storyOf(end)).toEqual(["connected"]);
    expect(losses(rig)).toEqual(["to 1: connection closed"]);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("of a process that stands still drops what waited for it, and leaves nothing behind", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.pause(1);
    rig.send(end, 1);
    rig.network.reset(0, 1);
    rig.run();
    rig.crash(1);
    rig.run();

    expect(rig.storyOf(other)).toEqual(["accepted"]);
    expect(rig.network.connectionCount).toBe(0);
  });
});

describe("a reset", () => {
  test("reaches both ends, each after its own delay", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    const spec = rig.network.linkSpec(1, 0);
    rig.network.setLink(1, 0, { ...spec, delay: { kind: "constant", us: 700 } });
    const begin = rig.kernel.now;
    rig.network.reset(0, 1);
    rig.run();

    expect(rig.timeOf(other, "closed")).toBe(begin + HOP_US);
    expect(rig.timeOf(end, "closed")).toBe(begin + 700);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("loses what had not arrived, and keeps what had", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.send(end, 1);
    rig.at(begin + HOP_US, () => {
      rig.send(end, 2, 3);
      rig.network.reset(0, 1);
    });
    rig.run();

    expect(rig.storyOf(other)).toEqual(["accepted", "received 1", "closed"]);
    expect(losses(rig)).toEqual(["to 2: connection reset", "to 2: connection reset"]);
  });

  test("loses what waits for a cut link, and says so", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.network.setCut(0, 1, true);
    rig.send(end, 1, 2);
    rig.run(rig.kernel.now + SECOND);
    rig.network.reset(0, 1);
    rig.network.setCut(0, 1, false);
    rig.run();

    expect(rig.receivedAt(other)).toEqual([]);
    expect(losses(rig)).toEqual(["to 2: connection reset", "to 2: connection reset"]);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("breaks the connections of that pair, whoever dialled, and leaves the link and others as they are", () => {
    const rig = new NetworkRig({ nodes: 3 });
    const [a] = rig.connect(0, 1);
    const [b] = rig.connect(1, 0);
    const [c, d] = rig.connect(0, 2);
    rig.network.reset(0, 1);
    rig.run();

    expect(rig.storyOf(a)).toEqual(["connected", "closed"]);
    expect(rig.storyOf(b)).toEqual(["connected", "closed"]);
    expect(rig.storyOf(c)).toEqual(["connected"]);
    const [again] = rig.connect(0, 1);
    rig.send(c, 1);
    rig.run();
    expect(rig.storyOf(again)).toEqual(["connected"]);
    expect(rig.receivedAt(d)).toEqual([1]);
  });

  test("after one end has closed is heard by the other end alone", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.send(end, 1);
    rig.network.close(end);
    rig.network.reset(0, 1);
    rig.run();

    expect(rig.storyOf(end)).toEqual(["connected"]);
    expect(rig.storyOf(other)).toEqual(["accepted", "closed"]);
    expect(rig.network.connectionCount).toBe(0);
  });
});
