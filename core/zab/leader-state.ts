import type { Epoch, ServerId } from "../ids.ts";
import type { LeaveReason, SyncMode } from "../server/observations.ts";
import type { ConnectionId } from "../server/port.ts";
import type { Proposal } from "../server/service/state.ts";
import type { Zxid } from "../zxid.ts";
import type { QuorumPacket } from "./packets.ts";

/** Where a leader stands (Leader.lead). */
export type LeaderPhase =
  /** Writes the snapshot with which every leadership begins. */
  | "loading"
  /** Waits for a quorum of followers, the new epoch rising above all that they accepted. */
  | "epochWait"
  /** The new epoch is being written. */
  | "promising"
  /** Waits for a quorum to acknowledge the epoch. */
  | "epochAckWait"
  /** The epoch is being written as the current one. */
  | "writingEpoch"
  /** Waits for a quorum to have the leader's history. */
  | "newLeaderAckWait"
  /** The main loop runs, and clients are served. */
  | "broadcast";

/** Plain data of a server that leads. */
export interface Leading {
  phase: LeaderPhase;
  /** The epoch to propose: one above the largest accepted epoch heard of so far. */
  epoch: Epoch;
  /** What the leader has to offer: nobody of those who elect it may be more recent (StateSummary). */
  summary: { readonly currentEpoch: Epoch; readonly lastZxid: Zxid };
  /** Voters that were heard of, the leader among them (connectingFollowers). Nobody leaves it. */
  registered: ServerId[];
  /** Voters that acknowledged the epoch (electingFollowers). */
  electing: ServerId[];
  /** Voters that have the history (newLeaderProposal's acks). */
  newLeaderAcks: ServerId[];
  handlers: LearnerHandler[];
  lastProposed: Zxid;
  lastCommitted: Zxid;
  /** In order of zxid. Those before `firstOutstanding` are committed. */
  outstanding: OutstandingProposal[];
  firstOutstanding: number;
  /** Learners whose `sync` waits for the commit of a proposal. */
  pendingSyncs: Map<Zxid, ConnectionId[]>;
  /** Counts whole ticks of the main loop. */
  tick: number;
  /** The main loop comes twice a tick; every second time it only pings. */
  tickSkip: boolean;
  startedAtMs: number;
  /** Something happened that the threads of learners may wait for (notifyAll). */
  hasNews: boolean;
  /** Why the role ends with this step. */
  ending: LeaveReason | undefined;
}

export interface OutstandingProposal {
  readonly proposal: Proposal;
  readonly acks: ServerId[];
}

/** Where the thread of one learner stands (LearnerHandler.run). In those that wait, it reads nothing. */
export type HandlerPhase =
  /** Reads who it is. */
  | "introduction"
  /** Waits for the epoch. */
  | "epochWait"
  /** Reads the acknowledgement of the epoch. */
  | "epochAck"
  /** Waits for a quorum of such acknowledgements. */
  | "epochAckWait"
  /** The history is sent; reads its acknowledgement. */
  | "newLeaderAck"
  /** Waits for a quorum of these. */
  | "newLeaderAckWait"
  /** Waits for the leader to serve. */
  | "startupWait"
  | "serving";

/** One learner's connection, as its leader sees it (LearnerHandler). */
export interface LearnerHandler {
  readonly connection: ConnectionId;
  phase: HandlerPhase;
  /** Known from its first packet. */
  sid: ServerId | undefined;
  isObserver: boolean;
  /** Packets that wait to be read. */
  inbox: QuorumPacket[];
  /** The connection is closed; found out when what came before is read. */
  hasEnded: boolean;
  /** Whether proposals, commits and pings go to it: from the moment its history is decided. */
  isForwarding: boolean;
  syncMode: SyncMode | undefined;
  /** In ms; what a read may take. */
  readTimeoutMs: number;
  /** By the server's clock; moved by every packet, looked at when the timer fires. */
  readDeadlineMs: number;
  /** The last tick in which the learner still counts as in sync. */
  tickOfNextAckDeadline: number;
  /** Of ACKEPOCH. */
  peerLastZxid: Zxid;
  forceSnapshotSync: boolean;
  timing: SyncLimitCheck;
}

/**
 * How long the learner has owed the acknowledgement of a proposal: of one at a time, and of the latest behind it
 * (LearnerHandler.SyncLimitCheck). Times in ms of the leader's clock; −1: no proposal is timed.
 */
export interface SyncLimitCheck {
  /** From the acknowledgement of NEWLEADER on. */
  isRunning: boolean;
  currentZxid: Zxid;
  currentSinceMs: number;
  nextZxid: Zxid;
  nextSinceMs: number;
}
