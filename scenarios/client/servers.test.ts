import { expect, test } from "vitest";
import { serviceConfig } from "../../core/server/service/config.ts";
import { PROPERTIES, PROPERTY_NAMES } from "./properties.ts";
import { serversOf } from "./servers.ts";

/** A value that is nobody's default. */
function otherValue(name: (typeof PROPERTY_NAMES)[number]): string | number | boolean {
  const values = PROPERTIES[name];
  if (values === "text") return "0.125";
  if ("from" in values) return 777;
  return name === "zookeeper.leaderServes" ? "no" : values[0];
}

test.each(PROPERTY_NAMES)("somebody reads the property %s", (name) => {
  const { peers } = serversOf({ servers: 3, properties: { [name]: otherValue(name) } });
  expect(peers).toHaveLength(3);
  expect(peers).not.toEqual(serversOf({ servers: 3 }).peers);
});

test("a standalone server has the defaults of a service, and what is said about it", () => {
  const byDefault = serviceConfig({ tickTime: 2000 });
  expect(serversOf({}).standalone?.config).toEqual(byDefault);
  const { standalone } = serversOf({
    server: { tickTime: 500, snapCount: 10 },
    properties: { "zookeeper.snapCount": 20, "jute.maxbuffer": 4096 },
  });
  const config = serviceConfig({ tickTime: 500, snapCount: 10, juteMaxBuffer: 4096 });
  expect(standalone?.config).toEqual(config);
});

test("an ensemble is known to clients by its servers' ids", () => {
  const { addresses, peers } = serversOf({ servers: 2, observers: 1, server: { snapCount: 10 } });
  expect([...addresses]).toEqual([1, 2, 3].map((id) => [id, { host: `server${id}`, port: 2181 }]));
  expect(peers.map(({ type }) => type)).toEqual(["PARTICIPANT", "PARTICIPANT", "OBSERVER"]);
  expect(peers.map(({ service }) => service.snapCount)).toEqual([10, 10, 10]);
  expect(peers.map(({ service }) => service.serverId)).toEqual([1, 2, 3]);
});
