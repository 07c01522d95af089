import { expect, test } from "vitest";
import { ClientBench } from "../../test/support/client-port.ts";
import * as ops from "./ops.ts";

/** When the pings went out, each answered at once. */
function pingTimes(bench: ClientBench, untilMs: number): number[] {
  const times: number[] = [];
  while (Math.min(...bench.port.timers.values()) <= untilMs) {
    bench.tick();
    for (const effect of bench.did()) {
      if (effect.kind !== "send" || effect.message.kind !== "request") continue;
      expect(effect.message.header).toEqual({ xid: -2, type: 11 });
      times.push(effect.atMs);
      bench.pong();
    }
  }
  return times;
}

test("an idle client pings every third of the timeout", () => {
  expect(pingTimes(new ClientBench().connect(9000), 10_000)).toEqual([3000, 6000, 9000]);
});

test("a client that something wakes when it was idle for more than a second pings a second early", () => {
  const bench = new ClientBench().connect(9000);
  bench.advance(1500);
  bench.event("NodeCreated", "/x");
  expect(pingTimes(bench, 4500)).toEqual([2000]);
});

test("a request puts the ping off", () => {
  const bench = new ClientBench().connect(9000);
  bench.advance(2000);
  bench.request(ops.sync("/"));
  bench.reply({ kind: "path", path: "/" });
  bench.did();
  expect(pingTimes(bench, 6000)).toEqual([5000]);
});

test("with a long timeout a client that wakes up pings when it sent nothing for more than 10 s", () => {
  const bench = new ClientBench().connect(60_000);
  bench.advance(10_000);
  bench.event("NodeCreated", "/x");
  expect(bench.sent()).toEqual([]);
  bench.advance(1);
  bench.event("NodeCreated", "/x");
  expect(bench.sentRequests()).toEqual([{ kind: "ping" }]);
});

test("a server that is not heard for two thirds of the timeout is left", () => {
  const bench = new ClientBench().connect(9000);
  bench.advance(5999);
  expect(bench.client.phase).toBe("established");
  bench.advance(1);
  expect(bench.client.phase).toBe("cleanup");
  expect(bench.port.observed.at(-1)).toEqual({ kind: "lost", why: "readTimeout" });
  bench.did();
  bench.tick();
  expect(bench.delivered()).toEqual(["Disconnected → 0"]);
});

test("everything that is heard counts: replies, pings and events", () => {
  const bench = new ClientBench().connect(9000);
  bench.advance(5000);
  bench.pong();
  bench.advance(5000);
  bench.event("NodeCreated", "/x");
  bench.advance(5000);
  expect(bench.client.phase).toBe("established");
});

test("the timer is not set again for each message, and still goes off at the right moment", () => {
  const bench = new ClientBench().connect(9000);
  const sets = (): number => bench.port.effects.filter(({ kind }) => kind === "setTimer").length;
  const before = sets();
  for (let i = 0; i < 50; i++) {
    bench.advance(10);
    bench.request(ops.sync("/"));
    bench.reply({ kind: "path", path: "/" });
  }
  expect(sets()).toBe(before);
  bench.did();
  expect(pingTimes(bench, 4000)).toEqual([3500]);
});

test("read-only: a server that is cut off will do, if the client says so", () => {
  const bench = new ClientBench({ canBeReadOnly: true });
  bench.start();
  bench.dialled();
  expect(bench.sent()).toMatchObject([{ request: { readOnly: true } }]);
  bench.welcome(9000, true);
  expect(bench.client.state).toBe("CONNECTEDREADONLY");
  expect(bench.delivered()).toEqual(["ConnectedReadOnly → 0"]);
});

test("read-only: the id that a read-only server gave is not shown to the next", () => {
  const bench = new ClientBench({ canBeReadOnly: true }).connect(9000, true);
  bench.closed();
  bench.did();
  bench.reconnect();
  expect(bench.sent()).toMatchObject([{ request: { sessionId: 0n } }]);
  bench.closed();
  bench.reconnect();
  expect(bench.sent()[0]).toMatchObject({ request: { sessionId: bench.client.sessionId } });
});

test("read-only: other servers are asked, the next after 200, 400, 800 ms; one that is not read-only is gone to", () => {
  const bench = new ClientBench({ canBeReadOnly: true }).connect(60_000, true);
  bench.advance(3000);
  const probes = bench.did().filter((effect) => effect.kind === "probe");
  expect(probes.map(({ host, atMs }) => `${host} ${atMs}`)).toEqual([
    "b:2181 100",
    "c:2181 300",
    "a:2181 700",
    "b:2181 1500",
  ]);
  bench.input({ kind: "probed", host: { host: "b", port: 2181 }, answer: "ro" });
  bench.input({ kind: "probed", host: { host: "c", port: 2181 }, answer: undefined });
  expect(bench.client.phase).toBe("established");
  bench.input({ kind: "probed", host: { host: "c", port: 2181 }, answer: "rw" });
  expect(bench.client.phase).toBe("cleanup");
  bench.did();
  bench.reconnect();
  expect(bench.did()).toMatchObject([
    { kind: "deliver" },
    { kind: "dial", host: "c:2181" },
    { kind: "send" },
    { kind: "deliver" },
  ]);
});
