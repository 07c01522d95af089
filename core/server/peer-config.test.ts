import { describe, expect, test } from "vitest";
import { parseZooCfg } from "../config/zoo-cfg.ts";
import type { PeerConfig } from "./peer.ts";
import { clientAddressesOf, peersOf } from "./peer-config.ts";

const COMMON = "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/data\n";
const THREE = "server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888:observer\n";

function configOf(text: string) {
  const result = parseZooCfg(COMMON + text, { configPath: "zoo.cfg", myid: "1" });
  if (!result.accepted) throw new Error(result.errors[0].message ?? "refused");
  return result.config;
}

function first(text: string, properties: Readonly<Record<string, string>> = {}): PeerConfig {
  return peersOf(configOf(`${text}clientPort=2181\n${THREE}`), properties)[0] as PeerConfig;
}

test("each server's clients get sessions with its own id in them, and timeouts of the common tick", () => {
  const peers = peersOf(configOf(`clientPort=2181\nlocalSessionsEnabled=true\n${THREE}`));

  expect(peers.map(({ service }) => service.serverId)).toEqual([1, 2, 3]);
  for (const { service } of peers) {
    expect(service).toMatchObject({
      tickTime: 2000,
      minSessionTimeout: 4000,
      localSessionsEnabled: true,
      localSessionsUpgradingEnabled: false,
      trustEmptySnapshot: false,
    });
  }
});

describe("settings of synchronisation and broadcast", () => {
  test("are ZooKeeper's where nothing is said", () => {
    expect(first("")).toMatchObject({
      leaderServes: true,
      commitLogCount: 500,
      snapshotSizeFactor: 0.33,
      preAllocBytes: 64 * 2 ** 20,
      maxConcurrentSnapSyncs: 10,
      maxConcurrentDiffSyncs: 100,
      syncEnabled: true,
      readOnlyMode: false,
      initialCounter: 0,
    });
  });

  test.each<[string, Partial<PeerConfig>]>([
    ["leaderServes=no", { leaderServes: false }],
    ["leaderServes=false", { leaderServes: true }],
    ["commitLogCount=900", { commitLogCount: 900 }],
    ["commitLogCount=499", { commitLogCount: 500 }],
    ["commitLogCount=many", { commitLogCount: 500 }],
    ["snapshotSizeFactor=-1", { snapshotSizeFactor: -1 }],
    ["snapshotSizeFactor=1", { snapshotSizeFactor: 1 }],
    ["snapshotSizeFactor=1.5", { snapshotSizeFactor: 0.33 }],
    ["snapshotSizeFactor=a third", { snapshotSizeFactor: 0.33 }],
    ["preAllocSize=16", { preAllocBytes: 16_384 }],
    ["leader.maxConcurrentSnapSyncs=1", { maxConcurrentSnapSyncs: 1 }],
    ["leader.maxConcurrentDiffSyncs=2", { maxConcurrentDiffSyncs: 2 }],
    ["syncEnabled=false", { syncEnabled: false }],
    ["testingonly.initialZxid=4294967280", { initialCounter: 0xfffffff0 }],
    // A zoo.cfg can't set what has no prefix.
    ["readonlymode.enabled=true", { readOnlyMode: false }],
  ])("%s", (line, expected) => {
    expect(first(`${line}\n`)).toMatchObject(expected);
  });

  test("come from the properties of the process too, and the file goes over them", () => {
    const properties = {
      "readonlymode.enabled": "true",
      "zookeeper.commitLogCount": "700",
      "zookeeper.leaderServes": "no",
      "zookeeper.snapshot.trust.empty": "true",
    };

    expect(first("leaderServes=yes\n", properties)).toMatchObject({
      readOnlyMode: true,
      commitLogCount: 700,
      leaderServes: true,
      service: { trustEmptySnapshot: true },
    });
  });
});

describe("clients know a server", () => {
  const addresses = (text: string): string[] =>
    clientAddressesOf(configOf(text)).map(({ host, port }) => `${host}:${port}`);

  test("by its host and the common port", () => {
    expect(addresses(`clientPort=2181\n${THREE}`)).toEqual(["a:2181", "b:2181", "c:2181"]);
  });

  test("by what its own line says, with its host where that says none", () => {
    const lines =
      "server.1=a:2888:3888;2191\nserver.2=b:2888:3888;public:2192\nserver.3=[::1]:2888:3888;2193\n";
    expect(addresses(lines)).toEqual(["a:2191", "public:2192", "0:0:0:0:0:0:0:1:2193"]);
  });

  test("by its id where several have one machine and one port", () => {
    const lines =
      "server.1=127.0.0.1:2881:3881\nserver.2=localhost:2882:3882\nserver.5=c:2883:3883\n";
    expect(addresses(`clientPort=2181\n${lines}`)).toEqual([
      "server1:2181",
      "server2:2181",
      "c:2181",
    ]);
  });

  test("not at all without a client port", () => {
    expect(addresses(THREE)).toEqual(["server1:0", "server2:0", "server3:0"]);
  });
});

test("the configuration's text names the type of every server, and its own client address where there is one", () => {
  const peers = peersOf(configOf(`clientPort=2181\n${THREE}server.4=d:2888:3888;2182\n`));

  expect(new Set(peers.map(({ configText }) => configText))).toEqual(
    new Set([
      "server.1=a:2888:3888:participant\n" +
        "server.2=b:2888:3888:participant\n" +
        "server.3=c:2888:3888:observer\n" +
        "server.4=d:2888:3888:participant;0.0.0.0:2182\n" +
        "version=0",
    ]),
  );
});

test("groups and weights are in it too", () => {
  const groups = "group.1=1:2\nweight.1=2\nweight.2=1\n";
  const text = first(groups).configText;

  expect(text).toContain(":observer\ngroup.1=1:2\nweight.1=2\nweight.2=1\nversion=0");
});
