import { describe, expect, test } from "vitest";
import { epoch, round, serverId } from "../../core/ids.ts";
import type { Message } from "../../core/server/port.ts";
import { zxid } from "../../core/zxid.ts";
import { NetworkRig } from "../../test/support/network-rig.ts";
import { type MessageFaults, NEVER, type Ratio } from "./link.ts";

const ALWAYS: Ratio = { n: 1, outOf: 1 };
const HALF: Ratio = { n: 1, outOf: 2 };
const COUNT = 400;

const NO_FAULTS: MessageFaults = {
  drop: NEVER,
  duplicate: NEVER,
  reorder: NEVER,
  reorderDelay: { kind: "uniform", minUs: 0, maxUs: 50_000 },
};

function notification(n: number): Message {
  return {
    kind: "Notification",
    state: "LOOKING",
    leader: serverId(1),
    zxid: zxid(n),
    electionEpoch: round(1),
    peerEpoch: epoch(0),
    version: 2,
    config: "",
  };
}

/** Sends numbered notifications and, between them, numbered packets of the quorum port. */
function exchange(faults: Partial<MessageFaults>): {
  readonly notifications: number[];
  readonly packets: number[];
  readonly rig: NetworkRig;
} {
  const rig = new NetworkRig({ messageFaults: { ...NO_FAULTS, ...faults } });
  const [end, other] = rig.connect(0, 1);
  const begin = rig.kernel.now;
  for (let n = 0; n < COUNT; n++) {
    rig.at(begin + n * 1000, () => {
      rig.network.send(end, notification(n));
      rig.send(end, COUNT + n);
    });
  }
  rig.run();
  const received = rig.receivedAt(other);
  return {
    notifications: received.filter((n) => n < COUNT),
    packets: received.filter((n) => n >= COUNT).map((n) => n - COUNT),
    rig,
  };
}

const ALL = Array.from({ length: COUNT }, (_, n) => n);

test("without faults nothing is lost, doubled or out of order", () => {
  expect(exchange({}).notifications).toEqual(ALL);
});

describe("drop", () => {
  test("loses about as many notifications as it says, and keeps the order of the rest", () => {
    const { notifications } = exchange({ drop: HALF });

    expect(notifications).toEqual([...new Set(notifications)].sort((a, b) => a - b));
    // Half of 400 within five standard deviations (of 10).
    expect(Math.abs(notifications.length - COUNT / 2)).toBeLessThan(50);
  });

  test("leaves the connection standing, and every loss in the trace", () => {
    const { notifications, rig } = exchange({ drop: HALF });

    const lost = [...rig.kernel.trace.records()].filter((record) => record.kind === "lost");
    expect(lost).toHaveLength(COUNT - notifications.length);
    expect(lost.every((record) => record.fields["why"] === "dropped")).toBe(true);
    expect(rig.network.connections()).toHaveLength(1);
  });

  test("always: nothing arrives", () => {
    expect(exchange({ drop: ALWAYS }).notifications).toEqual([]);
  });
});

test("duplicate: every notification comes twice", () => {
  const { notifications } = exchange({ duplicate: ALWAYS });

  expect([...notifications].sort((a, b) => a - b)).toEqual(ALL.flatMap((n) => [n, n]));
});

test("reorder: every notification comes once, and later ones overtake earlier ones", () => {
  const { notifications } = exchange({ reorder: HALF });

  expect([...notifications].sort((a, b) => a - b)).toEqual(ALL);
  expect(notifications).not.toEqual(ALL);
});

test("the quorum port's packets on the same connection are never touched", () => {
  const { packets } = exchange({ drop: HALF, duplicate: HALF, reorder: HALF });

  expect(packets).toEqual(ALL);
});

test("faults can begin and end during a run", () => {
  const rig = new NetworkRig();
  const [end, other] = rig.connect(0, 1);
  rig.network.send(end, notification(1));
  rig.network.setMessageFaults({ ...NO_FAULTS, drop: ALWAYS });
  rig.network.send(end, notification(2));
  rig.network.setMessageFaults(null);
  rig.network.send(end, notification(3));
  rig.run();

  expect(rig.receivedAt(other)).toEqual([1, 3]);
});

test("a message that was doubled or set aside leaves nothing behind once both ends have closed", () => {
  const { rig } = exchange({ drop: HALF, duplicate: HALF, reorder: HALF });
  rig.crash(0);
  rig.crash(1);
  rig.run();

  expect(rig.network.connectionCount).toBe(0);
});
