import type { Epoch, Round, ServerId } from "../ids.ts";
import type { Zxid } from "../zxid.ts";
import type { ServerState } from "./vote.ts";

/** What the dialler of an election connection says first (QuorumCnxManager.InitialMessage). */
export interface InitialMessage {
  readonly kind: "InitialMessage";
  /** −65536: one address. ZooKeeper 3.6 and later say −65535 when several addresses are enabled. */
  readonly protocolVersion: number;
  readonly sid: ServerId;
  /** Where the dialler listens, `host:electionPort`, for the other side to dial back. */
  readonly address: string;
}

export const PROTOCOL_VERSION_V1 = -65536;

/** The one message of the election port: a vote while the sender is LOOKING, an answer otherwise. */
export interface Notification {
  readonly kind: "Notification";
  /** State of the sender. */
  readonly state: ServerState;
  /** Whom it votes for. */
  readonly leader: ServerId;
  /** Last zxid of the candidate. */
  readonly zxid: Zxid;
  readonly electionEpoch: Round;
  /** currentEpoch of the candidate. */
  readonly peerEpoch: Epoch;
  readonly version: number;
  /** The sender's quorum configuration, as text. */
  readonly config: string;
}

/** What 3.5 and later put into a notification (FastLeaderElection.Notification.CURRENTVERSION). */
export const NOTIFICATION_VERSION = 2;

export type ElectionMessage = InitialMessage | Notification;

const FIXED_NOTIFICATION_BYTES = 44;
const FIXED_INITIAL_BYTES = 20;
const FRAME_BYTES = 4;

/** Bytes that a message takes on the wire, frame included. Addresses and configurations are ASCII. */
export function electionMessageBytes(message: ElectionMessage): number {
  return message.kind === "Notification"
    ? FRAME_BYTES + FIXED_NOTIFICATION_BYTES + message.config.length
    : FIXED_INITIAL_BYTES + message.address.length;
}
