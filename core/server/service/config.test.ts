import { expect, test } from "vitest";
import { parseZooCfg } from "../../config/zoo-cfg.ts";
import {
  DEFAULT_SERVICE_CONFIG,
  type ServiceConfig,
  serviceConfig,
  serviceConfigOf,
} from "./config.ts";

function configOf(text: string, properties: Record<string, string> = {}): ServiceConfig {
  const result = parseZooCfg(`dataDir=/data\nclientPort=2181\n${text}`, { configPath: "zoo.cfg" });
  if (!result.accepted) throw new Error("the file was refused");
  return serviceConfigOf(result.config, properties);
}

test("a file that says nothing gives the defaults", () => {
  expect(configOf("")).toEqual(DEFAULT_SERVICE_CONFIG);
  expect(serviceConfig()).toEqual(DEFAULT_SERVICE_CONFIG);
});

test("timeouts are two and twenty ticks unless they are given", () => {
  expect(configOf("tickTime=100")).toMatchObject({
    minSessionTimeout: 200,
    maxSessionTimeout: 2000,
  });
  expect(configOf("tickTime=100\nmaxSessionTimeout=40000")).toMatchObject({
    minSessionTimeout: 200,
    maxSessionTimeout: 40_000,
  });
  expect(serviceConfig({ tickTime: 100 })).toMatchObject({
    minSessionTimeout: 200,
    maxSessionTimeout: 2000,
  });
});

test("an unknown key of the file is a system property, and goes over the one that was there", () => {
  const config = configOf("extendedTypesEnabled=true\nsnapCount=50\nskipACL=yes", {
    "zookeeper.snapCount": "7",
    "zookeeper.enforceQuota": "TRUE",
    "jute.maxbuffer": "0x1000",
  });
  expect(config).toMatchObject({
    extendedTypes: true,
    snapCount: 50,
    skipACL: true,
    enforceQuota: true,
    juteMaxBuffer: 4096,
  });
});

test("a property that is no number is as good as none, and only yes skips ACLs", () => {
  const config = configOf("", {
    "jute.maxbuffer": "1k",
    "zookeeper.globalOutstandingLimit": "08",
    "zookeeper.skipACL": "true",
  });
  expect(config.juteMaxBuffer).toBe(0xfffff);
  expect(config.globalOutstandingLimit).toBe(1000);
  expect(config.skipACL).toBe(false);
});

test("fewer than two transactions between snapshots are two", () => {
  expect(configOf("", { "zookeeper.snapCount": "1" }).snapCount).toBe(2);
});

test("a name that every object has is no property", () => {
  expect(
    configOf("", Object.create({ "jute.maxbuffer": "7" }) as Record<string, string>).juteMaxBuffer,
  ).toBe(0xfffff);
});
