import { expect, test } from "vitest";
import { describeRefusal } from "./describe-errors.ts";
import { parseZooCfg } from "./zoo-cfg.ts";

const OPTIONS = { configPath: "/etc/zoo.cfg", myid: "1" };

test("says it for people and keeps ZooKeeper's words", () => {
  const text = "dataDir=/data\nserver.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\n";
  expect(describeRefusal(parseZooCfg(text, OPTIONS))).toBe(
    "zoo.cfg: initLimit is not set. An ensemble of 3 voters needs it (in ticks).\n" +
      "ZooKeeper says: ConfigException: Error processing /etc/zoo.cfg, " +
      "caused by IllegalArgumentException: initLimit is not set",
  );
});

test("has nothing to say of an accepted file", () => {
  expect(describeRefusal(parseZooCfg("dataDir=/data\n", OPTIONS))).toBeUndefined();
});
