import { epoch, serverId } from "../../core/ids.ts";
import type { QuorumVerifier } from "../../core/quorum/verifier.ts";
import type { Durable, PeerConfig } from "../../core/server/peer.ts";
import { makeZxid } from "../../core/zxid.ts";

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
} as const;

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
  }));
}

/** A disk with that history: the last transaction is (zxidEpoch, counter). */
export function diskWith(history: {
  readonly currentEpoch: number;
  readonly acceptedEpoch?: number;
  readonly zxid: readonly [zxidEpoch: number, counter: number];
}): Durable {
  return {
    currentEpoch: epoch(history.currentEpoch),
    acceptedEpoch: epoch(history.acceptedEpoch ?? history.currentEpoch),
    lastZxid: makeZxid(...history.zxid),
  };
}
