import type { Candidate, ServerState } from "../core/election/vote.ts";
import type { ServerId } from "../core/ids.ts";
import type { LearnerType, Peer } from "../core/server/peer.ts";
import type { LeaderPhase } from "../core/zab/leader-state.ts";
import type { LearnerPhase } from "../core/zab/learner-state.ts";
import type { Zxid } from "../core/zxid.ts";
import { lastZxidOf } from "./disk/stored-files.ts";
import type { PeerProcess } from "./process/peer-process.ts";
import type { ProcessState } from "./process/process.ts";

/** One server as it stands, for predicates, people and pictures. */
export interface ServerView {
  readonly id: ServerId;
  readonly type: LearnerType;
  readonly process: ProcessState;
  /** Undefined while the process is down. */
  readonly state: ServerState | undefined;
  /** Its own proposal while it looks, the vote it was decided with otherwise. */
  readonly vote: Candidate | undefined;
  readonly round: number | undefined;
  /** Its vote has a quorum, and it waits finalizeWait for a better one. */
  readonly quorumAgrees: boolean;
  /** Where its role stands; undefined without one. */
  readonly phase: RolePhase | undefined;
  /** The leader whose epoch it has promised, or itself once it has decided its own. */
  readonly follows: ServerId | undefined;
  /** The epoch of the leadership that it leads or follows. */
  readonly leaderEpoch: number | undefined;
  /** Whether clients are served. */
  readonly serving: boolean;
  /** On disk. */
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  /** The last one in its tree; while the process is down, the last one on its disk. */
  readonly zxid: Zxid;
}

/** The phases of Zab (QuorumPeer.ZabState). */
export type RolePhase = "discovery" | "synchronization" | "broadcast";

const OF_LEADER: { readonly [phase in LeaderPhase]: RolePhase } = {
  loading: "discovery",
  epochWait: "discovery",
  promising: "discovery",
  epochAckWait: "discovery",
  writingEpoch: "synchronization",
  newLeaderAckWait: "synchronization",
  broadcast: "broadcast",
};

const OF_LEARNER: { readonly [phase in LearnerPhase]: RolePhase } = {
  dialling: "discovery",
  pausing: "discovery",
  registered: "discovery",
  promising: "discovery",
  acknowledged: "synchronization",
  truncating: "synchronization",
  synchronizing: "synchronization",
  writingSnapshot: "synchronization",
  discardingLog: "synchronization",
  loggingHistory: "synchronization",
  writingEpoch: "synchronization",
  awaitingUptodate: "synchronization",
  serving: "broadcast",
};

export function viewOf(process: PeerProcess): ServerView {
  const { peer, epochs, config } = process;
  const looking =
    peer !== undefined && peer.state === "LOOKING" && peer.election.waiting !== "idle";
  return {
    id: config.id,
    type: config.type,
    process: process.state,
    state: peer?.state,
    vote: looking ? peer.election.proposal : peer?.currentVote,
    round: peer?.election.round,
    quorumAgrees: peer?.election.waiting === "finalize",
    phase: peer === undefined ? undefined : phaseOf(peer),
    follows: peer === undefined ? undefined : followed(peer, process.id),
    leaderEpoch: peer?.leading?.epoch ?? peer?.learning?.epoch,
    serving: peer?.service.isRunning ?? false,
    acceptedEpoch: epochs.durable.acceptedEpoch,
    currentEpoch: epochs.durable.currentEpoch,
    zxid: peer?.database.tree.lastProcessedZxid ?? lastZxidOf(process.disk.stored()),
  };
}

function phaseOf({ leading, learning }: Peer): RolePhase | undefined {
  if (leading !== undefined) return OF_LEADER[leading.phase];
  return learning === undefined ? undefined : OF_LEARNER[learning.phase];
}

function followed({ leading, learning }: Peer, own: ServerId): ServerId | undefined {
  switch (leading?.phase) {
    case "epochAckWait":
    case "writingEpoch":
    case "newLeaderAckWait":
    case "broadcast":
      return own;
    case "loading":
    case "epochWait":
    case "promising":
      return undefined;
    case undefined:
      break;
  }
  if (learning === undefined || OF_LEARNER[learning.phase] === "discovery") return undefined;
  return learning.leader;
}
