import { describe, expect, test } from "vitest";
import { NetworkRig } from "../../test/support/network-rig.ts";

const HOP_US = 100;
const MS = 1000;
const SECOND = 1000 * MS;

/** When a segment that first finds the link cut at `first` is sent again: waits of 200, 400, 800 … ms. */
function retransmissions(first: number, count: number): number[] {
  const times: number[] = [];
  let at = first;
  for (let i = 0; i < count; i++) times.push((at += 200 * MS * 2 ** i));
  return times;
}

describe("cut", () => {
  test("what is sent waits, and gets through in order with the first retransmission after the mend", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setCut(0, 1, true);
    rig.send(end, 1, 2);
    rig.at(begin + SECOND, () => rig.send(end, 3));
    rig.at(begin + 2 * SECOND, () => rig.network.setCut(0, 1, false));
    rig.run();

    // Tried again 0.2, 0.6, 1.4 and 3.0 s after it was found cut; the last of them is after the mend.
    const tries = retransmissions(begin + HOP_US, 4);
    expect(tries.at(-1)).toBe(begin + HOP_US + 3 * SECOND);
    expect(rig.storyOf(other)).toEqual(["accepted", "received 1", "received 2", "received 3"]);
    expect(rig.timeOf(other, "received 1")).toBe((tries.at(-1) as number) + HOP_US);
    expect(rig.storyOf(end)).toEqual(["connected"]);
  });

  test.each([1, 2, 3, 4, 5, 6])("mended before retransmission %i, that one gets through", (n) => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    const tries = retransmissions(begin + HOP_US, n);
    rig.at((tries.at(-1) as number) - 1, () => rig.network.setCut(0, 1, false));
    rig.run();

    expect(rig.timeOf(other, "received 1")).toBe((tries.at(-1) as number) + HOP_US);
  });

  test("the waits stop growing at maxRetransmitMs", () => {
    const rig = new NetworkRig({ tcp: { retransmitMs: 200, maxRetransmitMs: 500 } });
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    // 200, 400, 500, 500 ms: the fourth try comes 1.6 s after the link was found cut.
    rig.at(begin + 1500 * MS, () => rig.network.setCut(0, 1, false));
    rig.run();

    expect(rig.timeOf(other, "received 1")).toBe(begin + HOP_US + 1600 * MS + HOP_US);
  });

  test("what was under way when the link was cut is held as well", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.send(end, 1);
    rig.at(rig.kernel.now + HOP_US / 2, () => rig.network.setCut(0, 1, true));
    rig.run(rig.kernel.now + 10 * SECOND);

    expect(rig.receivedAt(other)).toEqual([]);
  });

  test("one way: the other direction goes on", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    rig.send(other, 2);
    rig.run(rig.kernel.now + 10 * SECOND);

    expect(rig.receivedAt(end)).toEqual([2]);
    expect(rig.receivedAt(other)).toEqual([]);
    expect(rig.network.isCut(0, 1)).toBe(true);
    expect(rig.network.isCut(1, 0)).toBe(false);
  });

  test("a third node's links are not touched", () => {
    const rig = new NetworkRig({ nodes: 3 });
    const [end, other] = rig.connect(0, 2);
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    rig.run();

    expect(rig.receivedAt(other)).toEqual([1]);
  });

  test("a quiet connection over a cut link outlives the cut", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.network.setCut(0, 1, true);
    rig.network.setCut(1, 0, true);
    rig.run(rig.kernel.now + 10_000 * SECOND);
    rig.network.setCut(0, 1, false);
    rig.network.setCut(1, 0, false);
    rig.send(end, 1);
    rig.run();

    expect(rig.receivedAt(other)).toEqual([1]);
  });
});

describe("TCP gives up", () => {
  test("after the last of maxRetries waits, and only the sender learns", () => {
    const rig = new NetworkRig({ tcp: { maxRetries: 3 } });
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    rig.run();

    // Three tries, and the wait after the third: 200 + 400 + 800 + 1600 ms.
    const last = retransmissions(begin + HOP_US, 4).at(-1) as number;
    expect(rig.timeOf(end, "closed")).toBe(last + HOP_US);
    expect(rig.storyOf(other)).toEqual(["accepted"]);
  });

  test("with Linux's defaults after 924.6 seconds", () => {
    const rig = new NetworkRig();
    const [end] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    rig.run();

    expect(rig.timeOf(end, "closed")).toBe(begin + HOP_US + 924_600 * MS + HOP_US);
  });

  test("the other end learns when it sends: it is answered with a reset", () => {
    const rig = new NetworkRig({ tcp: { maxRetries: 3 } });
    const [end, other] = rig.connect(0, 1);
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    rig.run();
    rig.network.setCut(0, 1, false);
    const later = rig.kernel.now;
    rig.send(other, 2);
    rig.run();

    expect(rig.timeOf(other, "closed")).toBe(later + 2 * HOP_US);
    expect(rig.storyOf(other)).toEqual(["accepted", "closed"]);
    expect(rig.storyOf(end)).toEqual(["connected", "closed"]);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("cut both ways and both have sent: each gives up in its own time", () => {
    const rig = new NetworkRig({ tcp: { maxRetries: 2 } });
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setCut(0, 1, true);
    rig.network.setCut(1, 0, true);
    rig.send(end, 1);
    rig.at(begin + SECOND, () => rig.send(other, 2));
    rig.run();

    expect(rig.timeOf(end, "closed")).toBe(begin + HOP_US + 1400 * MS + HOP_US);
    expect(rig.timeOf(other, "closed")).toBe(begin + SECOND + HOP_US + 1400 * MS + HOP_US);
    expect(rig.network.connectionCount).toBe(0);
  });

  test("what is sent after it gave up, before it learned, does not arrive behind the gap", () => {
    const rig = new NetworkRig({ tcp: { maxRetries: 0 } });
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    rig.at(begin + HOP_US + 200 * MS + 1, () => {
      rig.network.setCut(0, 1, false);
      rig.send(end, 2);
    });
    rig.run();

    expect(rig.receivedAt(other)).toEqual([]);
    expect(rig.storyOf(end)).toEqual(["connected", "closed"]);
  });

  test("when every transmission is lost, after as long, and only the sender learns", () => {
    const rig = new NetworkRig({ tcp: { maxRetries: 3 } });
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    const spec = rig.network.linkSpec(0, 1);
    rig.network.setLink(0, 1, { ...spec, loss: { n: 1, outOf: 1 } });
    rig.send(end, 1);
    rig.at(begin + SECOND, () => rig.network.setLink(0, 1, spec));
    rig.at(begin + 2 * SECOND, () => rig.send(end, 2));
    rig.run();

    // 200 + 400 + 800 + 1600 ms; what was sent after the lost segment is lost with it.
    expect(rig.timeOf(end, "closed")).toBe(begin + 3 * SECOND + HOP_US);
    expect(rig.storyOf(other)).toEqual(["accepted"]);
  });

  test("but not while the link that was cut is clogged besides", () => {
    const rig = new NetworkRig({ tcp: { maxRetries: 2 } });
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    rig.at(begin + 300 * MS, () => rig.network.setClogged(0, 1, true));
    rig.at(begin + 600 * SECOND, () => {
      rig.network.setCut(0, 1, false);
      rig.network.setClogged(0, 1, false);
    });
    rig.run();

    expect(rig.receivedAt(other)).toEqual([1]);
    expect(rig.storyOf(end)).toEqual(["connected"]);
  });

  test("clogging and freeing a cut link in between makes it no more impatient", () => {
    const rig = new NetworkRig({ tcp: { maxRetries: 3 } });
    const [end] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setCut(0, 1, true);
    rig.send(end, 1);
    const again = begin + 100 * MS;
    rig.at(again, () => {
      rig.network.setClogged(0, 1, true);
      rig.network.setClogged(0, 1, false);
    });
    rig.run();

    // Freed, it goes out once more, is found cut a hop later, and waits from there: 0.2 + 0.4 + 0.8 + 1.6 s.
    expect(rig.timeOf(end, "closed")).toBe(again + HOP_US + 3 * SECOND + HOP_US);
  });
});

describe("clogged", () => {
  test("what is sent waits without being tried again, and comes out at once and in order when freed", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    const begin = rig.kernel.now;
    rig.network.setClogged(0, 1, true);
    rig.send(end, 1, 2);
    rig.at(begin + SECOND, () => rig.send(end, 3));
    rig.at(begin + 5 * SECOND, () => rig.network.setClogged(0, 1, false));
    rig.run();

    const arrival = begin + 5 * SECOND + HOP_US;
    expect(rig.receivedAt(other)).toEqual([1, 2, 3]);
    for (const n of [1, 2, 3]) expect(rig.timeOf(other, `received ${n}`)).toBe(arrival);
  });

  test("for hours: TCP never gives up on it", () => {
    const rig = new NetworkRig({ tcp: { maxRetries: 1 } });
    const [end, other] = rig.connect(0, 1);
    rig.network.setClogged(0, 1, true);
    rig.send(end, 1);
    expect(rig.run(rig.kernel.now + 36_000 * SECOND)).toBe("time");
    rig.network.setClogged(0, 1, false);
    rig.run();

    expect(rig.receivedAt(other)).toEqual([1]);
    expect(rig.storyOf(end)).toEqual(["connected"]);
  });

  test("one way: the other direction goes on", () => {
    const rig = new NetworkRig();
    const [end, other] = rig.connect(0, 1);
    rig.network.setClogged(1, 0, true);
    rig.send(end, 1);
    rig.send(other, 2);
    rig.run();

    expect(rig.receivedAt(other)).toEqual([1]);
    expect(rig.receivedAt(end)).toEqual([]);
    expect(rig.network.isClogged(1, 0)).toBe(true);
    expect(rig.network.isClogged(0, 1)).toBe(false);
  });
});
