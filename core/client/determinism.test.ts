import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ClientBench,
  type ClientEffect,
  PASSWD,
  SESSION,
  STAT,
} from "../../test/support/client-port.ts";
import { awaitedReply } from "./client.ts";
import { fifoSize, newFifo, peek, push, pushFront, shift, takeAll } from "./fifo.ts";
import type { ClientOp } from "./operations.ts";
import * as ops from "./ops.ts";
import { watcherId } from "./watcher.ts";

/** Anything that can happen to a client, whether it makes sense at the moment or not. */
const happening = fc.oneof(
  fc.constantFrom("dialled", "refused", "closed", "welcome", "expired", "tick", "pong", "reply"),
  fc.constantFrom<ClientOp>(
    ops.create("/a"),
    ops.getData("/a", watcherId(1)),
    ops.exists("/b", watcherId(2)),
    ops.addWatch("/", watcherId(3)),
    ops.removeWatches("/a", { local: true }),
    ops.addAuth("digest", new Uint8Array([1])),
    ops.multi([]),
    ops.close(),
  ),
  fc.record({ error: fc.constantFrom(-101, -4, -112) }),
  fc.record({ path: fc.constantFrom("/a", "/b", "/a/b") }),
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function live(happenings: readonly Happening[], each?: (bench: ClientBench) => void): ClientBench {
  const bench = new ClientBench();
  bench.start();
  for (const what of happenings) {
    happen(bench, what);
    each?.(bench);
  }
  return bench;
}

function happen(bench: ClientBench, what: Happening): void {
  const isConnected = bench.client.connection !== undefined;
  const isAwaiting = isConnected && awaitedReply(bench.client) !== undefined;
  if (typeof what === "object") {
    if ("kind" in what) bench.request(what);
    else if ("path" in what) {
      if (isConnected) bench.event("NodeDeleted", what.path);
    } else if (isAwaiting) bench.fail(what.error);
    return;
  }
  if (what === "tick") {
    if (bench.port.timers.size > 0) bench.tick();
  } else if (what === "reply") {
    if (isAwaiting) bench.reply({ kind: "stat", stat: STAT });
  } else if (isConnected) bench[what]();
}

function everything({ port }: ClientBench): readonly ClientEffect[] {
  return port.effects;
}

test("the same inputs give the same effects, and the client is plain data at every step", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
      const first = live(happenings, ({ client }) => {
        expect(structuredClone(client)).toEqual(client);
      });
      expect(everything(live(happenings))).toEqual(everything(first));
    }),
  );
});

test("every request is answered exactly once, and no state is told twice in a row", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 80 }), (happenings) => {
      const bench = live(happenings);
      // Whatever still waits is lost with the connection, or was closed before.
      for (let i = 0; i < 20 && bench.client.phase !== "ended"; i++) {
        if (bench.client.connection !== undefined) bench.closed();
        else if (bench.port.timers.size > 0) bench.tick();
      }
      const tokens: number[] = [];
      let state = "Disconnected";
      for (const effect of everything(bench)) {
        if (effect.kind !== "deliver") continue;
        const { delivery } = effect;
        if (delivery.kind === "completion") {
          tokens.push(delivery.token);
          continue;
        }
        if (delivery.event.type === "None") expect(delivery.event.state).not.toBe(state);
        state = delivery.event.state;
      }
      const asked = happenings.filter((w) => typeof w === "object" && "kind" in w).length;
      expect(tokens.sort((a, b) => a - b)).toEqual(Array.from({ length: asked }, (_, i) => i + 1));
    }),
  );
});

test("a client goes on from a copy as from the original", () => {
  const bench = new ClientBench({ session: { id: SESSION, passwd: PASSWD } }).connect();
  bench.request(ops.getData("/a", watcherId(1)));
  Object.assign(bench.client, structuredClone(bench.client));
  bench.reply({ kind: "dataStat", data: null, stat: STAT });
  bench.event("NodeDataChanged", "/a");
  expect(bench.delivered()).toEqual(["1 ok", "NodeDataChanged /a → 1"]);
});

test("a queue keeps its order, however it is filled and emptied", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("push", "shift", "front")), (steps) => {
      const fifo = newFifo<number>();
      const model: number[] = [];
      for (const [i, step] of steps.entries()) {
        if (step === "push") {
          push(fifo, i);
          model.push(i);
        } else if (step === "front") {
          pushFront(fifo, [i, i + 0.5]);
          model.unshift(i, i + 0.5);
        } else {
          expect(shift(fifo)).toBe(model.shift());
        }
        expect(peek(fifo)).toBe(model[0]);
        expect(fifoSize(fifo)).toBe(model.length);
      }
      expect(takeAll(fifo)).toEqual(model);
    }),
  );
});

test("a long queue is moved now and then, and costs the same for each entry", () => {
  const fifo = newFifo<number>();
  for (let i = 0; i < 100_000; i++) push(fifo, i);
  let inOrder = true;
  for (let i = 0; i < 99_999; i++) inOrder = shift(fifo) === i && inOrder;
  expect(inOrder).toBe(true);
  expect(fifo.items.length).toBeLessThan(200);
});
