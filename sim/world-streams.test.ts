import fc from "fast-check";
import { expect, test } from "vitest";
import type { Action } from "./action.ts";
import type { FieldValue, Trace } from "./kernel/trace.ts";
import { onAGrid, worldOf } from "../test/support/worlds.ts";
import type { World } from "./world.ts";

/** Real servers under faults: whatever is done to them, a connection stays a connection. */

const SERVERS = 3;
const server = fc.integer({ min: 1, max: SERVERS });
const pair = fc.tuple(server, server).filter(([a, b]) => a !== b);

const actions: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    do: fc.constantFrom("boot", "crash", "restart", "pause", "resume"),
    server,
  }),
  fc.record({ do: fc.constantFrom("pause", "resume"), server }),
  fc
    .tuple(fc.constantFrom("cut", "mend", "clog", "unclog"), pair, fc.boolean())
    .map(([what, [a, b], oneWay]) => ({ do: what, from: [a], to: [b], oneWay })),
  fc.record({ do: fc.constant("reset" as const), between: pair }),
  fc.constant<Action>({ do: "heal" }),
);

const plans = fc.array(fc.record({ atMs: fc.nat(1500), action: actions }), { maxLength: 30 });

interface Spec {
  readonly seed: number;
  readonly gridMs: number | undefined;
  readonly plan: readonly { readonly atMs: number; readonly action: Action }[];
}

const specs: fc.Arbitrary<Spec> = fc.record({
  seed: fc.nat(),
  gridMs: fc.constantFrom(undefined, 0, 1, 3),
  plan: plans,
});

function play({ seed, gridMs, plan }: Spec): World {
  const world = worldOf(SERVERS, { seed, ...(gridMs === undefined ? {} : onAGrid(gridMs)) });
  for (let id = 1; id <= SERVERS; id++) world.schedule(0, { do: "boot", server: id });
  for (const { atMs, action } of plan) world.schedule(atMs * 1000, action);
  world.run({ untilTime: 2_000_000 });
  return world;
}

const SENDINGS = new Set(["notification", "packet", "initialMessage"]);

interface Stream {
  /** Records of sendings, in their order. */
  readonly sent: number[];
  /** The sendings of what arrived, in its order. */
  readonly arrived: number[];
}

/** By connection and sender; what a process says to itself ends with the process. */
function streams(trace: Trace): Map<string, Stream> {
  const byKey = new Map<string, Stream>();
  const boots = new Map<number, number>();
  const streamOf = (connection: FieldValue | undefined, sender: number): Stream => {
    const incarnation = connection === -1 ? `, start ${boots.get(sender) ?? 0}` : "";
    const key = `connection ${String(connection)} from ${sender}${incarnation}`;
    const stream = byKey.get(key) ?? { sent: [], arrived: [] };
    byKey.set(key, stream);
    return stream;
  };
  for (const { kind, index, server = 0, cause, fields } of trace.records()) {
    if (kind === "boot") boots.set(server, (boots.get(server) ?? 0) + 1);
    else if (SENDINGS.has(kind)) streamOf(fields["connection"], server).sent.push(index);
    else if (kind === "received") {
      streamOf(fields["connection"], fields["from"] as number).arrived.push(cause);
    }
  }
  return byKey;
}

test("what a server receives on a connection is the beginning of what the other end sent", () => {
  fc.assert(
    fc.property(specs, (spec) => {
      for (const [key, { sent, arrived }] of streams(play(spec).trace)) {
        expect([key, arrived]).toEqual([key, sent.slice(0, arrived.length)]);
      }
    }),
    { numRuns: 200 },
  );
});

test("wherever in an election a server stands still, it then hears all in order: every pause of a small world", () => {
  for (let pausedMs = 0; pausedMs < 25; pausedMs++) {
    for (let resumedMs = pausedMs + 1; resumedMs <= 25; resumedMs++) {
      const plan = [
        { atMs: pausedMs, action: { do: "pause", server: 1 } },
        { atMs: resumedMs, action: { do: "resume", server: 1 } },
      ] as const;
      const world = play({ seed: 1, gridMs: 1, plan });

      for (const { sent, arrived } of streams(world.trace).values()) {
        const beginning = sent.slice(0, arrived.length);
        expect([pausedMs, resumedMs, arrived]).toEqual([pausedMs, resumedMs, beginning]);
      }
    }
  }
});

test("a server that is down or stands still records nothing but what is done to it", () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const states = new Map<number, string>();
      for (const { kind, server, time } of play(spec).trace.records()) {
        if (server === undefined) continue;
        const state = states.get(server) ?? "down";
        switch (kind) {
          case "boot":
            expect([state, time]).toEqual(["down", time]);
            states.set(server, "up");
            break;
          case "crash":
            states.set(server, "down");
            break;
          case "pause":
            expect([state, time]).toEqual(["up", time]);
            states.set(server, "paused");
            break;
          case "resume":
            expect([state, time]).toEqual(["paused", time]);
            states.set(server, "up");
            break;
          // The network's own: what it lost, held back or closed for a server that is no more.
          case "lost":
          case "stalled":
            break;
          default:
            expect([kind, state, time]).toEqual([kind, "up", time]);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("once every server is down, nothing is left: no connection, and in the end no event", () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const world = play(spec);
      for (const { id } of world.processes) world.perform({ do: "crash", server: id });
      world.perform({ do: "heal" });

      expect(world.run({})).toBe("quiet");
      expect(world.network.connectionCount).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test("the same spec and seed give the same run, kept or hashed; and unrecorded the same events", () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const worlds = (["kept", "hash", "off"] as const).map((trace) => {
        const grid = spec.gridMs === undefined ? {} : onAGrid(spec.gridMs);
        const world = worldOf(SERVERS, { seed: spec.seed, trace, ...grid });
        for (let id = 1; id <= SERVERS; id++) world.schedule(0, { do: "boot", server: id });
        for (const { atMs, action } of spec.plan) world.schedule(atMs * 1000, action);
        world.run({ untilTime: 2_000_000 });
        return world;
      });
      const [kept, hashed, off] = worlds as [World, World, World];

      expect(hashed.trace.digest()).toBe(kept.trace.digest());
      expect(hashed.trace.count).toBe(kept.trace.count);
      for (const other of [hashed, off]) {
        expect(other.kernel.executed).toBe(kept.kernel.executed);
        expect(other.views()).toEqual(kept.views());
      }
    }),
    { numRuns: 50 },
  );
});
