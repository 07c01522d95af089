import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConnectionId } from "../../core/server/port.ts";
import type { Delay } from "../kernel/delay.ts";
import { NetworkRig } from "../../test/support/network-rig.ts";
import type { LinkSpec } from "./link.ts";

/** A second of trouble, then everything is mended and left alone. */
const TROUBLE_US = 1_000_000;

const delays: fc.Arbitrary<Delay> = fc.oneof(
  fc.record({ kind: fc.constant("constant" as const), us: fc.nat(200_000) }),
  fc
    .tuple(fc.nat(200_000), fc.nat(200_000))
    .map(([a, b]) => ({ kind: "uniform", minUs: Math.min(a, b), maxUs: Math.max(a, b) }) as const),
);

const links: fc.Arbitrary<LinkSpec> = fc.record({
  delay: delays,
  loss: fc.record({ n: fc.nat(2), outOf: fc.constant(4) }),
  bytesPerSecond: fc.constantFrom(0, 1000, 100_000),
});

const moments = fc.nat(TROUBLE_US);
const sides = fc.constantFrom(0 as const, 1 as const);

type Deed =
  | { readonly kind: "send"; readonly at: number; readonly side: 0 | 1; readonly count: number }
  | {
      readonly kind: "link";
      readonly at: number;
      readonly side: 0 | 1;
      readonly what: "cut" | "clog";
      readonly on: boolean;
    }
  | { readonly kind: "reset" | "crash" | "close"; readonly at: number; readonly side: 0 | 1 };

const sends: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant("send" as const),
  at: moments,
  side: sides,
  count: fc.integer({ min: 1, max: 3 }),
});
const linkChanges: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant("link" as const),
  at: moments,
  side: sides,
  what: fc.constantFrom("cut" as const, "clog" as const),
  on: fc.boolean(),
});
const breaks: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom("reset" as const, "crash" as const, "close" as const),
  at: moments,
  side: sides,
});

interface Outcome {
  readonly rig: NetworkRig;
  readonly ends: readonly [ConnectionId, ConnectionId];
  /** What each side sent while it had the connection. */
  readonly sent: readonly [number[], number[]];
}

/** Plays the deeds on one connection of two nodes, mends all, and lets it come to rest. */
function play(
  seed: number,
  there: LinkSpec,
  back: LinkSpec,
  deeds: readonly Deed[],
  maxRetries = 15,
): Outcome {
  const rig = new NetworkRig({ seed, tcp: { maxRetries } });
  const { network } = rig;
  const ends = rig.connect(0, 1);
  network.setLink(0, 1, there);
  network.setLink(1, 0, back);
  const sent: [number[], number[]] = [[], []];
  const begin = rig.kernel.now;
  let next = 0;
  for (const deed of deeds) {
    rig.at(begin + deed.at, () => {
      const { side } = deed;
      switch (deed.kind) {
        case "send":
          for (let i = 0; i < deed.count; i++) {
            sent[side].push(next);
            rig.send(ends[side], next++);
          }
          return;
        case "link":
          if (deed.what === "cut") network.setCut(side, 1 - side, deed.on);
          else network.setClogged(side, 1 - side, deed.on);
          return;
        case "reset":
          network.reset(0, 1);
          return;
        case "crash":
          network.closeAll(side);
          return;
        case "close":
          network.close(ends[side]);
          return;
      }
    });
  }
  rig.at(begin + TROUBLE_US, () => {
    for (const side of [0, 1]) {
      network.setCut(side, 1 - side, false);
      network.setClogged(side, 1 - side, false);
    }
  });
  expect(rig.run()).toBe("quiet");
  return { rig, ends, sent };
}

test("whatever delays, loss and stalls do, everything arrives once and in order", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      links,
      links,
      fc.array(fc.oneof(sends, linkChanges), { maxLength: 40 }),
      (seed, there, back, deeds) => {
        // So many tries that not even a link that loses half of everything uses them up.
        const { rig, ends, sent } = play(seed, there, back, deeds, 60);

        expect(rig.receivedAt(ends[1])).toEqual(sent[0]);
        expect(rig.receivedAt(ends[0])).toEqual(sent[1]);
      },
    ),
    { numRuns: 1000 },
  );
});

test("when the connection breaks, what arrived is the beginning of what was sent", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      links,
      links,
      fc.array(fc.oneof(sends, linkChanges, breaks), { maxLength: 40 }),
      fc.integer({ min: 0, max: 4 }),
      (seed, there, back, deeds, maxRetries) => {
        const { rig, ends, sent } = play(seed, there, back, deeds, maxRetries);

        for (const side of [0, 1] as const) {
          const arrived = rig.receivedAt(ends[1 - side] as number);
          expect(arrived).toEqual(sent[side].slice(0, arrived.length));
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("an end that has closed hears nothing more, and nothing is kept of a connection that is over", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      links,
      links,
      fc.array(fc.oneof(sends, linkChanges, breaks), { maxLength: 40 }),
      fc.integer({ min: 0, max: 4 }),
      (seed, there, back, deeds, maxRetries) => {
        const { rig, ends } = play(seed, there, back, deeds, maxRetries);
        for (const end of ends) {
          const story = rig.storyOf(end);
          const over = story.indexOf("closed");
          expect(story.slice(over < 0 ? story.length : over + 1)).toEqual([]);
        }

        for (const end of ends) rig.network.close(end);
        rig.run();

        expect(rig.network.connectionCount).toBe(0);
        expect(rig.kernel.pendingCount).toBe(0);
      },
    ),
    { numRuns: 1000 },
  );
});

test("the same seed gives every message the same time of arrival", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      links,
      links,
      fc.array(fc.oneof(sends, linkChanges, breaks), { maxLength: 20 }),
      (seed, there, back, deeds) => {
        const first = play(seed, there, back, deeds).rig;
        const second = play(seed, there, back, deeds).rig;

        expect(second.heard).toEqual(first.heard);
        expect(second.kernel.trace.digest()).toBe(first.kernel.trace.digest());
      },
    ),
    { numRuns: 50 },
  );
});

test("every arrival is caused by the record of its own sending, also after a stall", () => {
  const rig = new NetworkRig();
  const [end, other] = rig.connect(0, 1);
  const begin = rig.kernel.now;
  rig.network.setCut(0, 1, true);
  rig.send(end, 1, 2, 3);
  rig.at(50_000, () => rig.send(end, 4));
  rig.at(100_000, () => rig.network.setCut(0, 1, false));
  const { trace } = rig.kernel;
  // Sent again and under way: four deliveries, each caused by a sending of its own.
  rig.run(begin + 100 + 200_000 + 50);
  const causes = rig.kernel.pending().map((event) => trace.record(event.cause));
  expect(causes.map((record) => record.fields["zxid"])).toEqual([1, 2, 3, 4]);
  rig.run();

  expect(rig.receivedAt(other)).toEqual([1, 2, 3, 4]);
  const sentNumbers = [...trace.records()]
    .filter((record) => record.kind === "received")
    .map((record) => trace.record(record.cause))
    .map((record) => [record.kind, record.fields["zxid"]]);
  expect(sentNumbers).toEqual([
    ["packet", 1],
    ["packet", 2],
    ["packet", 3],
    ["packet", 4],
  ]);
});
