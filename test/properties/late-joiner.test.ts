import fc from "fast-check";
import { expect, test } from "vitest";
import { World } from "../../sim/world.ts";
import { diskWith, ensemble } from "../support/ensembles.ts";

const RUNS = Number(process.env["VIVARIUM_SEEDS"] ?? 500);
const SECOND = 1_000_000;

const history = fc.record({
  currentEpoch: fc.integer({ min: 0, max: 5 }),
  behind: fc.integer({ min: 0, max: 5 }),
  counter: fc.integer({ min: 0, max: 99 }),
});

/** An ensemble in which a quorum boots first, and the others one after another once it has a leader. */
const latecomers = fc.integer({ min: 2, max: 7 }).chain((size) =>
  fc.record({
    seed: fc.nat(),
    histories: fc.array(history, { minLength: size, maxLength: size }),
    order: fc.shuffledSubarray(
      Array.from({ length: size }, (_, i) => i + 1),
      { minLength: size },
    ),
  }),
);

test(
  `a standing leader is never unseated by a late joiner (${RUNS} ensembles)`,
  { timeout: 3_600_000 },
  () => {
    fc.assert(
      fc.property(latecomers, ({ seed, histories, order }) => {
        const size = histories.length;
        const world = new World({
          seed,
          peers: ensemble({ voters: size }),
          disks: new Map(
            histories.map(({ currentEpoch, behind, counter }, i) => [
              i + 1,
              diskWith({ currentEpoch, zxid: [Math.max(0, currentEpoch - behind), counter] }),
            ]),
          ),
          // A joiner that is refused for its later epoch comes again without pause; a slow network keeps that short.
          network: {
            link: {
              delay: { kind: "uniform", minUs: 5000, maxUs: 20_000 },
              loss: { n: 0, outOf: 1 },
              bytesPerSecond: 0,
            },
            tcp: { retransmitMs: 200, maxRetransmitMs: 5000, maxRetries: 15, synRetryMs: 1000 },
            messageFaults: undefined,
          },
          trace: "off",
        });
        const quorum = Math.floor(size / 2) + 1;
        for (const id of order.slice(0, quorum)) world.perform({ do: "boot", server: id });
        world.run({ until: () => world.leader !== undefined, untilTime: 300 * SECOND });
        const leader = world.leader;
        expect(leader, "the first quorum elects somebody").toBeDefined();
        const epoch = leader?.peer?.leading?.epoch;
        for (const id of order.slice(quorum)) {
          world.perform({ do: "boot", server: id });
          world.run({
            untilTime: world.kernel.now + 5 * SECOND,
            until: () => leader?.peer?.leading?.epoch !== epoch,
          });
          expect(leader?.peer?.leading, `${leader?.id} leads on after ${id} came`).toMatchObject({
            phase: "broadcast",
            epoch,
          });
        }
        // Whoever made no later promise follows it in the end.
        for (const view of world.views()) {
          if (view.acceptedEpoch === epoch)
            expect(view.follows, `server ${view.id}`).toBe(leader?.id);
        }
      }),
      { numRuns: RUNS, seed: 20_260_103 },
    );
  },
);
