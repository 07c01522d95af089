import { epoch, serverId } from "../../core/ids.ts";
import type { QuorumVerifier } from "../../core/quorum/verifier.ts";
import type { PeerConfig } from "../../core/server/peer.ts";
import { serviceConfig } from "../../core/server/service/config.ts";
import { makeZxid } from "../../core/zxid.ts";
import { upTo } from "../../sim/disk/seeded-history.ts";
import type { DiskContents } from "../../sim/world.ts";

/** Plain ensembles for tests that need no zoo.cfg: `voters` servers from 1, then `observers` more. */
export interface EnsembleShape {
  readonly voters: number;
  readonly observers?: number;
  /** In place of the sample configuration's, the verifier included. */
  readonly settings?: Partial<PeerConfig>;
}

/** The shipped sample configuration, and ZooKeeper's defaults for the rest. */
const SETTINGS = {
  configText: "",
  configVersion: 0,
  tickMs: 2000,
  initLimit: 10,
  syncLimit: 5,
  connectToLearnerMasterLimit: 0,
  minNotificationMs: 200,
  maxNotificationMs: 60_000,
  cnxTimeoutMs: 5000,
  leaderConnectDelayMs: 100,
  maxTimeToWaitForEpochMs: -1,
  observerElectionDelayMs: 200,
  leaderServes: true,
  commitLogCount: 500,
  snapshotSizeFactor: 0.33,
  preAllocBytes: 65_536 * 1024,
  maxConcurrentSnapSyncs: 10,
  maxConcurrentDiffSyncs: 100,
  syncEnabled: true,
  readOnlyMode: false,
  initialCounter: 0,
} as const;

const CLIENT_PORT = 2181;

export function ensemble(shape: EnsembleShape): PeerConfig[] {
  const count = shape.voters + (shape.observers ?? 0);
  const members = Array.from({ length: count }, (_, i) => ({
    id: serverId(i + 1),
    type: i < shape.voters ? ("PARTICIPANT" as const) : ("OBSERVER" as const),
    electionAddress: `server${i + 1}:3888`,
  }));
  const voting = members.filter((member) => member.type === "PARTICIPANT");
  const verifier: QuorumVerifier = shape.settings?.verifier ?? {
    kind: "majority",
    voters: voting.map((member) => member.id),
  };
  return members.map((member) => ({
    ...SETTINGS,
    ...shape.settings,
    id: member.id,
    type: member.type,
    members,
    verifier,
    clientAddress: { host: `server${member.id}`, port: CLIENT_PORT },
    service: {
      ...serviceConfig({ tickTime: shape.settings?.tickMs ?? SETTINGS.tickMs }),
      ...shape.settings?.service,
      serverId: member.id,
    },
  }));
}

/** A disk with that history: the last transaction is (zxidEpoch, counter). */
export function diskWith(history: {
  readonly currentEpoch: number;
  readonly acceptedEpoch?: number;
  readonly zxid: readonly [zxidEpoch: number, counter: number];
}): DiskContents {
  return {
    currentEpoch: epoch(history.currentEpoch),
    acceptedEpoch: epoch(history.acceptedEpoch ?? history.currentEpoch),
    files: upTo(makeZxid(...history.zxid)),
  };
}
