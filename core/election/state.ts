import type { ConnectionId } from "../server/port.ts";
import type { Round, ServerId } from "../ids.ts";
import type { Notification } from "./messages.ts";
import type { Candidate, Vote } from "./vote.ts";

/** Plain data of one server's election; the functions beside it say what happens to it. */
export interface Election {
  /** `logicalclock`: lost in a crash, raised by one with every call of lookForLeader. */
  round: Round;
  /** The server's own vote. */
  proposal: Candidate;
  /** Votes of this round, by who cast them. */
  recvset: Map<ServerId, Vote>;
  /** Answers of servers that follow or lead, of any round. */
  outOfElection: Map<ServerId, Vote>;
  /** Notifications that wait to be looked at, oldest first. */
  queue: Received[];
  /** What the election waits for; `idle` outside lookForLeader. */
  waiting: "idle" | "notification" | "finalize";
  /** Supporters of the proposal when it last had a quorum. */
  supporters: readonly ServerId[];
  /** How long to wait for a notification before acting. */
  pollMs: number;
  startedAtMs: number;
}

/** A notification and who sent it: the wire does not say, the connection does. */
export interface Received {
  readonly from: ServerId;
  readonly notification: Notification;
}

/** What the connection manager knows of one other server. */
export interface PeerLink {
  readonly sid: ServerId;
  /** The connection with a running SendWorker. */
  connection: ConnectionId | undefined;
  /** Whether a send queue exists at all (queueSendMap). */
  hasQueue: boolean;
  /** The send queue, of capacity one: the newest message replaces the one that waits. */
  queued: Notification | undefined;
  /** Sent again when a new connection finds the queue empty. */
  lastSent: Notification | undefined;
  /** The dial in progress, of which there is at most one (ZOOKEEPER-3756). */
  dialling: ConnectionId | undefined;
}

/** Plain data of QuorumCnxManager. */
export interface Connections {
  /** By server id, ascending; strangers that dialled in are added as they come. */
  links: PeerLink[];
  /** Accepted connections whose initial message has not come. */
  handshaking: ConnectionId[];
}
