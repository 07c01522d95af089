import { create } from "../../core/client/ops.ts";
import { parseZooCfg } from "../../core/config/zoo-cfg.ts";
import { epoch } from "../../core/ids.ts";
import type { PeerConfig } from "../../core/server/peer.ts";
import { peersOf } from "../../core/server/peer-config.ts";
import { parseZxid, type Zxid } from "../../core/zxid.ts";
import { historyOf } from "../../sim/disk/seeded-history.ts";
import { networkOf } from "../../sim/network/link.ts";
import { THREAD_PROFILES } from "../../sim/process/threads.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";
import { type ClientSpec, type DiskContents, World } from "../../sim/world.ts";
import { clientSpec } from "../support/clients.ts";
import { type EnsembleCase, possible, type Recorded } from "./ensemble-case.ts";

/** The simulated ensemble of a recorded case, and a client beside each of its servers. */

/** Settings of all recordings; a hop takes what it takes on one host. */
const SETTINGS = "tickTime=500\ninitLimit=20\nsyncLimit=8\ndataDir=/data\nclientPort=2181\n";
const PROPERTIES = { "zookeeper.snapshot.trust.empty": "true" };

/** Above every server's id. */
const FIRST_CLIENT = 100;
const SESSION_TIMEOUT_MS = 30_000;

export function worldFor(recorded: EnsembleCase, seed: number): World {
  const peers = peersFor(recorded);
  return new World({
    seed,
    peers,
    clients: peers.map(clientBeside),
    disks: disksFor(recorded),
    network: networkOf("loopback"),
    threads: THREAD_PROFILES.real,
    trace: "kept",
  });
}

/** The client that speaks to one server only. */
export function clientOf(world: World, server: number): ClientProcess {
  const client = world.clients.find(({ id }) => id === FIRST_CLIENT + server);
  if (client === undefined) throw new Error(`there is no server ${server}`);
  return client;
}

export function bootClient(world: World, server: number): void {
  world.perform({ do: "restart", server: FIRST_CLIENT + server });
}

/** Makes nodes that no other write of the case makes. */
export function requestCreates(client: ClientProcess, prefix: string, n: number): void {
  for (let i = 0; i < n; i++) client.request(create(`/${prefix}-${i}`));
}

export function firstZxid(recorded: Recorded<string>): Zxid {
  const text = possible(recorded)[0];
  const zxid = text === undefined ? undefined : parseZxid(text);
  if (zxid === undefined) throw new Error(`${text} is no zxid`);
  return zxid;
}

function clientBeside({ id, clientAddress }: PeerConfig): ClientSpec {
  return clientSpec(FIRST_CLIENT + id, [clientAddress], {
    name: `client of ${id}`,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  });
}

function peersFor(recorded: EnsembleCase): PeerConfig[] {
  const lines = Array.from({ length: recorded.servers }, (_, i) => {
    const type = recorded.observers?.includes(i + 1) === true ? ":observer" : "";
    return `server.${i + 1}=127.0.0.1:${2888 + i}:${3888 + i}${type}\n`;
  });
  const result = parseZooCfg(SETTINGS + lines.join(""), { configPath: "/zoo.cfg", myid: "1" });
  if (!result.accepted)
    throw new Error(`the case's zoo.cfg is refused: ${result.errors[0]?.message}`);
  return peersOf(result.config, PROPERTIES);
}

/** The recordings began with a log and no snapshot, which snapshot.trust.empty allows. */
function disksFor(recorded: EnsembleCase): Map<number, DiskContents> {
  const disks = new Map<number, DiskContents>();
  for (const [id, seed] of Object.entries(recorded.seeds ?? {})) {
    const { logs } = historyOf(seed.zxids.map(firstZxid));
    disks.set(Number(id), {
      currentEpoch: epoch(seed.currentEpoch),
      acceptedEpoch: epoch(seed.acceptedEpoch),
      files: { snapshots: [], logs },
    });
  }
  return disks;
}
