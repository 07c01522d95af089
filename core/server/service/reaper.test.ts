import { expect, test } from "vitest";
import { req, ServiceBench, type TestClient } from "../../../test/support/service-port.ts";
import type { Request } from "../../wire/records.ts";

const container = (path: string): Request =>
  ({ ...req.create(path, 4), kind: "createContainer" }) as Request;
const ttl = (path: string, ms: number): Request =>
  ({ ...req.create(path, 5), kind: "createTTL", ttl: ms }) as Request;

function bench(config = {}): { bench: ServiceBench; client: TestClient } {
  const made = new ServiceBench({
    config: { containerCheckIntervalMs: 300, extendedTypes: true, ...config },
  });
  return { bench: made, client: made.connect(40_000) };
}

const paths = (made: ServiceBench): string[] =>
  [...made.service.database.tree.nodes.keys()].filter(
    (path) => path.length > 1 && !path.startsWith("/zookeeper"),
  );

test("a container goes when its last child has gone, by a transaction of no session, with its events", () => {
  const { bench: made, client } = bench();
  client.ask(container("/c"));
  client.ask(req.create("/c/x"));
  made.advance(400);
  expect(paths(made)).toEqual(["/c", "/c/x"]);
  client.ask(req.delete("/c/x"));
  client.ask(req.exists("/c", true));
  client.take();
  made.advance(300);
  expect(paths(made)).toEqual([]);
  expect(client.log()).toEqual(["NodeDeleted /c"]);
  expect(made.port.entries.at(-1)).toMatchObject({
    header: { sessionId: 0n, cxid: 0 },
    txn: { kind: "deleteContainer", path: "/c" },
  });
});

test("one that never had a child stays, unless a time is set for it", () => {
  const { bench: made, client } = bench();
  client.ask(container("/c"));
  made.advance(10_000);
  expect(paths(made)).toEqual(["/c"]);
  const other = bench({ containerMaxNeverUsedIntervalMs: 1000 });
  other.client.ask(container("/c"));
  other.bench.advance(900);
  expect(paths(other.bench)).toEqual(["/c"]);
  other.bench.advance(600);
  expect(paths(other.bench)).toEqual([]);
});

test("a TTL node goes when it has no children and its time has passed since it was last written", () => {
  const { bench: made, client } = bench();
  client.ask(ttl("/t", 500));
  client.ask(ttl("/full", 500));
  client.ask(req.create("/full/x"));
  made.advance(400);
  client.ask(req.setData("/t", "again"));
  made.advance(500);
  expect(paths(made)).toEqual(["/t", "/full", "/full/x"]);
  made.advance(300);
  expect(paths(made)).toEqual(["/full", "/full/x"]);
});

test("what a request makes of a candidate meanwhile decides", () => {
  const { bench: made, client } = bench({ containerMaxPerMinute: 60 });
  for (const name of ["/a", "/b"]) {
    client.ask(container(name));
    client.ask(req.create(`${name}/x`));
    client.ask(req.delete(`${name}/x`));
  }
  made.advance(300);
  const left = paths(made);
  expect(left).toHaveLength(1);
  client.ask(req.create(`${left[0]}/new`));
  made.advance(1000);
  expect(paths(made)).toHaveLength(2);
  expect(made.port.entries.at(-1)?.txn).toEqual({ kind: "error", err: -111 });
});

test("no more than so many a minute", () => {
  const { bench: made, client } = bench({ containerMaxPerMinute: 600 });
  for (let i = 0; i < 5; i++) {
    client.ask(container(`/${i}`));
    client.ask(req.create(`/${i}/x`));
    client.ask(req.delete(`/${i}/x`));
  }
  made.advance(300);
  expect(paths(made)).toHaveLength(4);
  made.advance(250);
  expect(paths(made)).toHaveLength(2);
  made.advance(150);
  expect(paths(made)).toHaveLength(0);
});
