import { expect, test } from "vitest";
import { messageBytes } from "../../core/server/port.ts";
import { ZERO_ZXID } from "../../core/zxid.ts";
import { delayProblem } from "../kernel/delay.ts";
import { NetworkRig } from "../../test/support/network-rig.ts";
import { NETWORK_PROFILES, networkOf, type NetworkProfile } from "./link.ts";

const HOP_US = 100;
const PING_BYTES = messageBytes({ kind: "PING", zxid: ZERO_ZXID });

test("bandwidth: messages leave one after another, and each then takes the link's delay", () => {
  // A thousand bytes a second: a packet of n bytes takes n milliseconds to leave.
  const rig = new NetworkRig({ link: { bytesPerSecond: 1000 } });
  const [end, other] = rig.connect(0, 1);
  const begin = rig.kernel.now;
  rig.send(end, 1, 2, 3);
  rig.run();

  for (const n of [1, 2, 3]) {
    expect(rig.timeOf(other, `received ${n}`)).toBe(begin + n * PING_BYTES * 1000 + HOP_US);
  }
});

test("bandwidth is the link's: connections over it share it, the other direction has its own", () => {
  const rig = new NetworkRig({ link: { bytesPerSecond: 1000 } });
  const [a, b] = rig.connect(0, 1);
  const [c, d] = rig.connect(0, 1);
  const begin = rig.kernel.now;
  rig.send(a, 1);
  rig.send(c, 2);
  rig.send(b, 3);
  rig.run();

  expect(rig.timeOf(b, "received 1")).toBe(begin + PING_BYTES * 1000 + HOP_US);
  expect(rig.timeOf(d, "received 2")).toBe(begin + 2 * PING_BYTES * 1000 + HOP_US);
  expect(rig.timeOf(a, "received 3")).toBe(begin + PING_BYTES * 1000 + HOP_US);
});

test("an idle link owes nothing: what is sent later takes its own time only", () => {
  const rig = new NetworkRig({ link: { bytesPerSecond: 1000 } });
  const [end, other] = rig.connect(0, 1);
  rig.send(end, 1);
  rig.run();
  const later = rig.kernel.now + 5_000_000;
  rig.at(later, () => rig.send(end, 2));
  rig.run();

  expect(rig.timeOf(other, "received 2")).toBe(later + PING_BYTES * 1000 + HOP_US);
});

test("a lost segment is late by whole retransmission waits, and what follows waits for it", () => {
  const rig = new NetworkRig({ link: { loss: { n: 1, outOf: 2 } } });
  const [end, other] = rig.connect(0, 1);
  const begin = rig.kernel.now;
  const count = 64;
  rig.send(end, ...Array.from({ length: count }, (_, n) => n));
  rig.run();

  const times = rig.heard.filter((heard) => heard.end === other).map((heard) => heard.at);
  const waits = new Set(times.slice(1).map((at) => at - begin - HOP_US));
  // 0, 200, 200 + 400, 200 + 400 + 800 … ms.
  for (const wait of waits) expect(Math.log2(wait / 200_000 + 1) % 1).toBe(0);
  expect(Math.max(...waits)).toBeGreaterThan(0);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test("traffic on one link moves no delay on another", () => {
  const arrivals = (busy: boolean): (number | undefined)[] => {
    const rig = new NetworkRig({ nodes: 3, link: { delay: NETWORK_PROFILES.lan } });
    const [end, other] = rig.connect(0, 1);
    const [noise] = rig.connect(1, 2);
    const begin = rig.kernel.now;
    for (const n of [1, 2, 3, 4, 5]) {
      if (busy) rig.at(begin + n * 1000, () => rig.send(noise, 100));
      rig.at(begin + n * 1000, () => rig.send(end, n));
    }
    rig.run();
    return [1, 2, 3, 4, 5].map((n) => rig.timeOf(other, `received ${n}`));
  };

  expect(arrivals(true)).toEqual(arrivals(false));
});

test("every profile is a sound delay on a link without faults", () => {
  for (const profile of Object.keys(NETWORK_PROFILES) as NetworkProfile[]) {
    const { link, messageFaults } = networkOf(profile);
    expect(delayProblem(link.delay)).toBeUndefined();
    expect(link.loss.n).toBe(0);
    expect(messageFaults).toBeUndefined();
  }
});
