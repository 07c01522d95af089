import type { Epoch, ServerId, SessionId } from "../ids.ts";
import type { LeaveReason, SyncMode } from "../server/observations.ts";
import type { ConnectionId } from "../server/port.ts";
import type { ClientRequest } from "../server/service/client-request.ts";
import type { ClientConnection, LogEntry } from "../server/service/service-port.ts";
import type { ReplacedFiles } from "../server/service/snapshot.ts";
import type { Zxid } from "../zxid.ts";
import type { QuorumPacket } from "./packets.ts";

/**
 * Where a learner stands. While its thread is at work on the disk, what arrives waits, the end of the connection
 * included.
 */
export type LearnerPhase =
  | "dialling"
  /** Between two tries to connect. */
  | "pausing"
  /** Has told of itself. */
  | "registered"
  /** Writes the epoch that it was offered. */
  | "promising"
  /** Has acknowledged the epoch and waits to be told how it will be synchronised. */
  | "acknowledged"
  | "truncating"
  /** Collects the history that its leader sends, up to NEWLEADER. */
  | "synchronizing"
  /** The three steps at NEWLEADER. */
  | "writingSnapshot"
  /** The leader's snapshot is written, and takes the place of what was logged before. */
  | "discardingLog"
  | "loggingHistory"
  | "writingEpoch"
  /** Has acknowledged the history and waits for UPTODATE. */
  | "awaitingUptodate"
  | "serving";

/** Plain data of a server that follows or observes. */
export interface Learning {
  readonly leader: ServerId;
  phase: LearnerPhase;
  connection: ConnectionId | undefined;
  /** Tries to connect that failed. */
  tries: number;
  startedAtMs: number;
  /** The epoch that the leader offered. */
  epoch: Epoch;
  readTimeoutMs: number;
  /** By the server's clock; moved by every packet, looked at when the timer fires. */
  readDeadlineMs: number;
  /** Packets that arrived while the learner was busy. */
  inbox: QuorumPacket[];
  /** The connection is at its end, which is found out when what came before has been read. */
  hasEnded: boolean;
  /** Why the role ends with this step. */
  ending: LeaveReason | undefined;

  /** What was told to it, until NEWLEADER (QuorumPeer.SyncMode). */
  syncMode: SyncMode | undefined;
  /** What TRUNC named. */
  truncateTo: Zxid;
  /** The files that the leader's snapshot replaces. */
  replaces: ReplacedFiles | undefined;
  /** A snapshot is due at NEWLEADER. */
  snapshotNeeded: boolean;
  /** Whether transactions go to the log rather than only into the tree (Learner.syncWithLeader). */
  writeToTxnLog: boolean;
  /** The last transaction of the history so far. */
  lastQueued: Zxid | undefined;
  /** Transactions of the history that are not logged, or not applied, and the zxids of those that are committed. */
  packetsNotLogged: LogEntry[];
  packetsCommitted: Zxid[];

  /** Proposals that wait for their commit (FollowerZooKeeperServer.pendingTxns). */
  pendingTxns: LogEntry[];
  /** `sync` requests that wait for their SYNC. */
  pendingSyncs: ClientRequest[];
  /** Connections whose session the leader is asked about. */
  pendingRevalidations: Map<SessionId, ClientConnection>;
  /** Sessions that were heard of since the last ping, and their timeouts in ms (LearnerSessionTracker). */
  touchTable: Map<SessionId, number>;
}
