import { describe, expect, test } from "vitest";
import { ensembleOf, zooCfgOf } from "./ensemble.ts";

function peersOf(data: Parameters<typeof ensembleOf>[0]) {
  const ensemble = ensembleOf(data);
  if (!ensemble.ok) throw new Error(JSON.stringify(ensemble.problems));
  return ensemble.peers;
}

const ZOO_CFG = `tickTime=3000
initLimit=7
syncLimit=3
dataDir=/var/lib/zookeeper
connectToLearnerMasterLimit=4
cnxTimeout=1500
fastleader.minNotificationInterval=100
fastleader.maxNotificationInterval=0x1000
leader.maxTimeToWaitForEpoch=2500
leaderConnectDelayDuringRetryMs=50
observer.election.DelayMs=70
server.2=beta:2888:3888
server.1=alpha:2888:3888
server.7=gamma:2888:3888:observer
`;

describe("a zoo.cfg", () => {
  test("gives every server what the file says", () => {
    const peers = peersOf({ zooCfg: ZOO_CFG });
    expect(peers.map(({ id, type }) => [id, type])).toEqual([
      [1, "PARTICIPANT"],
      [2, "PARTICIPANT"],
      [7, "OBSERVER"],
    ]);
    expect(peers[0]).toMatchObject({
      verifier: { kind: "majority", voters: [1, 2] },
      tickMs: 3000,
      initLimit: 7,
      syncLimit: 3,
      connectToLearnerMasterLimit: 4,
      cnxTimeoutMs: 1500,
      minNotificationMs: 100,
      maxNotificationMs: 0x1000,
      maxTimeToWaitForEpochMs: 2500,
      leaderConnectDelayMs: 50,
      observerElectionDelayMs: 70,
    });
    expect(peers[2]?.members[1]).toEqual({
      id: 2,
      type: "PARTICIPANT",
      electionAddress: "beta:3888",
    });
  });

  test("an ensemble of one needs standaloneEnabled=false", () => {
    const one = "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/d\nserver.4=a:1:2\n";
    expect(ensembleOf({ zooCfg: one })).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining("add standaloneEnabled=false") }],
    });
    expect(peersOf({ zooCfg: `${one}standaloneEnabled=false\n` }).map(({ id }) => id)).toEqual([4]);
  });

  test("a cnxTimeout that stops the server from starting", () => {
    expect(ensembleOf({ zooCfg: ZOO_CFG.replace("1500", "soon") })).toMatchObject({ ok: false });
  });
});

describe("an object", () => {
  test("stands for the defaults of the sample configuration", () => {
    const peers = peersOf({ size: 3 });
    expect(peers).toHaveLength(3);
    expect(peers[0]).toMatchObject({
      tickMs: 2000,
      initLimit: 10,
      syncLimit: 5,
      minNotificationMs: 200,
      maxNotificationMs: 60_000,
      cnxTimeoutMs: 5000,
      maxTimeToWaitForEpochMs: -1,
    });
  });

  test("of one server is an ensemble of one", () => {
    expect(peersOf({ size: 1 })[0]?.verifier).toEqual({ kind: "majority", voters: [1] });
  });

  test("with groups and weights counts votes by them", () => {
    const peers = peersOf({
      servers: {
        "3": { group: 2 },
        "1": { group: 1, weight: 2 },
        "2": { group: 1 },
        "9": { type: "observer" },
      },
    });
    expect(peers[0]?.verifier).toMatchObject({
      kind: "hierarchical",
      voters: [1, 2, 3],
      groups: [
        { id: 1, members: [1, 2] },
        { id: 2, members: [3] },
      ],
    });
  });

  test("is written out as the zoo.cfg that it stands for", () => {
    const text = zooCfgOf({ size: 2, tickTime: 500, properties: { cnxTimeout: 100 } });
    expect(text).toContain("tickTime=500\n");
    expect(text).toContain("cnxTimeout=100\n");
    expect(text).toContain("server.2=zoo2:2888:3888\n");
  });
});
