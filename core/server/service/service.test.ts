import { expect, test } from "vitest";
import {
  RecordingServicePort,
  req,
  ServiceBench,
  type TestClient,
} from "../../../test/support/service-port.ts";
import { treeDigest } from "../../tree/data-tree.ts";
import { OPCODES } from "../../wire/opcodes.ts";
import { clientConnection, type ServiceInput } from "./service-port.ts";
import { stepService } from "./service.ts";
import { standaloneContext } from "./standalone.ts";

test("a service is plain data: a copy of it goes on as it does", () => {
  const bench = new ServiceBench({ autoForce: false });
  const clients = [bench.open(), bench.open()] as [TestClient, TestClient];
  for (const client of clients) client.connect();
  bench.forced();
  bench.forced();
  clients[0].send(req.getChildren("/", true));
  clients[0].send(req.create("/a", 1));
  clients[0].send(req.getData("/a"));
  clients[1].send(req.create("/a/b"));

  const copy = structuredClone(bench.service);
  const port = new RecordingServicePort();
  port.nowMs = bench.port.nowMs;
  const before = bench.port.sent.length;
  const inputs: ServiceInput[] = [
    { kind: "forced" },
    { kind: "forced" },
    frame(2, 2, req.setData("/a", "x")),
    { kind: "forced" },
    frame(1, 3, req.closeSession()),
    { kind: "forced" },
  ];
  for (const input of inputs) {
    bench.port.forcing = undefined;
    stepService(bench.ctx, bench.service, input);
    port.forcing = undefined;
    stepService(standaloneContext(bench.ctx.config, port), copy, input);
  }
  expect(port.sent).toEqual(bench.port.sent.slice(before));
  expect(port.sent.length).toBeGreaterThan(5);
  expect(treeDigest(copy.database.tree)).toBe(treeDigest(bench.service.database.tree));
});

function frame(
  connection: number,
  xid: number,
  request: ReturnType<typeof req.ping>,
): ServiceInput {
  const header = { xid, type: OPCODES[request.kind] };
  return {
    kind: "clientFrame",
    connection: clientConnection(connection),
    frame: { kind: "request", header, request, bytes: 0 },
  };
}

test("inputs of connections that are gone do nothing", () => {
  const bench = new ServiceBench();
  const client = bench.connect();
  client.ask(req.closeSession());
  const before = bench.port.sent.length;
  client.send(req.create("/a"));
  bench.step({ kind: "clientClosed", connection: client.connection });
  expect(bench.port.sent.length).toBe(before);
  expect(bench.lastZxid).toBe(2);
});

test("a timer that goes off too early finds nothing and is set again", () => {
  const bench = new ServiceBench();
  const client = bench.connect(400);
  bench.step({ kind: "serviceTimer", timer: "sessionExpiry" });
  bench.step({ kind: "serviceTimer", timer: "connectionExpiry" });
  expect(client.isClosed).toBe(false);
  expect(bench.port.timers.get("sessionExpiry")).toBe(500);
  expect(bench.port.timers.get("connectionExpiry")).toBe(10_000);
});

test("a forced that nobody asked for does nothing", () => {
  const bench = new ServiceBench({ autoForce: false });
  bench.step({ kind: "forced" });
  expect(bench.port.forcesAsked).toBe(0);
});
