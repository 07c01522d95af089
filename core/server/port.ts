import {
  type ElectionMessage,
  electionMessageBytes,
  type Notification,
} from "../election/messages.ts";
import type { Brand, ServerId } from "../ids.ts";
import { type QuorumPacket, quorumPacketBytes } from "../zab/packets.ts";
import type { ServiceInput } from "./service/service-port.ts";
import type { ExitReason, Observation } from "./observations.ts";

/**
 * The narrow port between a server and whatever runs it: a simulated world, a real network, a test. Inputs come in
 * one at a time, effects go out through `Port`, and the server can't tell who is on the other side.
 */

/** One connection as one of its ends sees it. Never used again for another. */
export type ConnectionId = Brand<number, "ConnectionId">;

/** `election` is the third field of a server line (3888 by convention), `quorum` the second (2888). */
export type PortName = "election" | "quorum";

export type Message = ElectionMessage | QuorumPacket;

/** Bytes that a message takes on the wire. */
export function messageBytes(message: Message): number {
  return message.kind === "InitialMessage" || message.kind === "Notification"
    ? electionMessageBytes(message)
    : quorumPacketBytes(message);
}

/**
 * Timers, each with a number that tells its copies apart (a connection, mostly).
 *
 * `poll`: the election waits for a notification. `handshake`: an accepted election connection has not said who it
 * is. `connectRetry`: a learner pauses between two tries. `read`: nothing was read from a quorum connection for
 * too long. `epochWait`: a leader waits for a quorum of followers, for their acknowledgement of the epoch, or for that
 * of its history. `handlerWait`: the same, by the thread of one learner. `tick`: a leader's half tick. `lookDelay`: an
 * observer pauses before it looks again. `readOnly`: a server that looks has looked long enough to serve reads.
 */
export const TIMERS = [
  "poll",
  "handshake",
  "connectRetry",
  "read",
  "epochWait",
  "tick",
  "lookDelay",
  "handlerWait",
  "readOnly",
] as const;
export type TimerName = (typeof TIMERS)[number];

/** Files that hold one number each and are replaced as a whole (AtomicFileOutputStream). */
export type EpochFile = "acceptedEpoch" | "currentEpoch";

export type DialFailure = "refused" | "timeout";

export type Input =
  /** The process starts; its disk has been read. */
  | { readonly kind: "boot" }
  | { readonly kind: "timer"; readonly timer: TimerName; readonly key: number }
  /** Somebody dialled; who, only its first message will tell. */
  | { readonly kind: "accepted"; readonly connection: ConnectionId; readonly port: PortName }
  | { readonly kind: "connected"; readonly connection: ConnectionId }
  | {
      readonly kind: "dialFailed";
      readonly connection: ConnectionId;
      readonly reason: DialFailure;
    }
  | { readonly kind: "message"; readonly connection: ConnectionId; readonly message: Message }
  /** A notification to oneself, back from the receive queue. */
  | { readonly kind: "loopback"; readonly message: Notification }
  /** End of file or reset. Nothing more comes, and nothing more can be sent. */
  | { readonly kind: "closed"; readonly connection: ConnectionId }
  /** The write that was asked for is on disk. */
  | { readonly kind: "written"; readonly file: EpochFile }
  /** What clients do, and what becomes of log and snapshots. */
  | ServiceInput;

export interface Port {
  /** The server's own clock, in whole milliseconds. */
  now(): number;
  /** A whole number from 0 up to, not including, `below`. */
  draw(below: number): number;

  listen(port: PortName): void;
  unlisten(port: PortName): void;
  /** Answered by `connected` or `dialFailed`, unless it is closed before. */
  dial(to: ServerId, port: PortName, timeoutMs: number): ConnectionId;
  /** In order; lost without a word when the connection breaks before it arrives. */
  send(connection: ConnectionId, message: Message): void;
  /** What was sent before still arrives; nothing more comes in. */
  close(connection: ConnectionId): void;
  loopback(message: Notification): void;

  /** Sets the timer, again if it was set. */
  setTimer(timer: TimerName, key: number, delayMs: number): void;
  cancelTimer(timer: TimerName, key: number): void;

  /** Replaces the file as a whole. Answered by `written`; a crash before that may leave the old value or the new. */
  write(file: EpochFile, value: number): void;

  /** Ends the process: nothing more is asked of it. */
  exit(why: ExitReason): void;

  observe(observation: Observation): void;
}
