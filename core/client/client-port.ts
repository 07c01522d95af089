import type { SessionId } from "../ids.ts";
import type { ConnectionId } from "../server/port.ts";
import type {
  ConnectRequest,
  ConnectResponse,
  Notice,
  Reply,
  Request,
  RequestHeader,
} from "../wire/records.ts";
import type { Outcome } from "./client-error.ts";
import type { Host } from "./connect-string.ts";
import type { ClientOp } from "./operations.ts";
import type { ClientEvent, WatcherId } from "./watcher.ts";

/**
 * The narrow port between a client and whatever runs it: a simulated world, a real network, a test. Inputs come in
 * one at a time, effects go out through `ClientPort`.
 */

/** What a client sends. */
export type ClientMessage =
  | { readonly kind: "connect"; readonly request: ConnectRequest }
  | { readonly kind: "request"; readonly header: RequestHeader; readonly request: Request };

/** What a server sends. */
export type ServerMessage =
  | { readonly kind: "connect"; readonly response: ConnectResponse }
  | ({ readonly kind: "reply" } & Reply)
  | ({ readonly kind: "notice" } & Notice);

/**
 * `wake`: the connection has to be looked after (a ping is due, or nothing was heard for too long). `pause`: a wait
 * between two connections is over.
 */
export const CLIENT_TIMERS = ["wake", "pause"] as const;
export type ClientTimer = (typeof CLIENT_TIMERS)[number];

/** Tells requests apart for whoever made them. The client only gives it back. */
export type RequestToken = number;

export type ClientDialFailure = "refused" | "timeout";

export type ClientInput =
  /** The client is built, and begins to look for a server. */
  | { readonly kind: "start" }
  | { readonly kind: "dialled"; readonly connection: ConnectionId }
  | {
      readonly kind: "dialFailed";
      readonly connection: ConnectionId;
      readonly reason: ClientDialFailure;
    }
  | {
      readonly kind: "message";
      readonly connection: ConnectionId;
      readonly message: ServerMessage;
    }
  /** Bytes came that no message has, or a frame longer than the client's jute.maxbuffer. */
  | { readonly kind: "malformed"; readonly connection: ConnectionId }
  /** End of file or reset. Nothing more comes, and nothing more can be sent. */
  | { readonly kind: "closed"; readonly connection: ConnectionId }
  | { readonly kind: "timer"; readonly timer: ClientTimer }
  /** What a server said to `isro`, or undefined if it said nothing. */
  | { readonly kind: "probed"; readonly host: Host; readonly answer: string | undefined }
  | { readonly kind: "request"; readonly token: RequestToken; readonly op: ClientOp };

/** What the client's user learns, in this order and no other (EventThread). */
export type ClientDelivery =
  | {
      readonly kind: "event";
      readonly event: ClientEvent;
      /** Whom it concerns, in the order of their registration. Never empty. */
      readonly watchers: readonly WatcherId[];
    }
  | {
      readonly kind: "completion";
      readonly token: RequestToken;
      readonly op: ClientOp;
      readonly outcome: Outcome<unknown>;
    };

/** Why a connection ended, or did not come about. */
export type LossReason =
  | ClientDialFailure
  /** No answer to the dial or to the connect request within connectTimeout. */
  | "connectTimeout"
  /** Nothing was read for two thirds of the session's timeout. */
  | "readTimeout"
  | "closed"
  /** A reply to another request than the oldest one, or to none. */
  | "xidOutOfOrder"
  | "malformed"
  /** A read-only server is left for one that is not. */
  | "rwServerFound"
  | "expired"
  | "authFailed"
  /** The client closed its session. */
  | "sessionClosed";

/** What a client lets be known. Nothing depends on anybody listening. */
export type ClientObservation =
  | { readonly kind: "dialling"; readonly host: Host }
  | {
      readonly kind: "established";
      readonly host: Host;
      readonly sessionId: SessionId;
      readonly timeoutMs: number;
      readonly readOnly: boolean;
    }
  | { readonly kind: "lost"; readonly why: LossReason }
  | { readonly kind: "watchesReset"; readonly requests: number }
  | { readonly kind: "ended" };

/** No method may bring about another input before the step that called it has returned. */
export interface ClientPort {
  /** The client's own clock in whole milliseconds; it never goes back (System.nanoTime). */
  now(): number;
  /** A whole number from 0 up to, not including, `below`. */
  draw(below: number): number;

  /** Answered by `dialled` or `dialFailed`, unless it is closed before. */
  dial(host: Host): ConnectionId;
  /** In order; lost without a word when the connection breaks before it arrives. */
  send(connection: ConnectionId, message: ClientMessage): void;
  /** What was sent before still arrives; nothing more comes in. */
  close(connection: ConnectionId): void;
  /** Asks a server with the word `isro` whether it is read-only. Answered by `probed`, within a second. */
  probe(host: Host): void;

  /** Sets the timer, again if it was set. */
  setTimer(timer: ClientTimer, delayMs: number): void;
  cancelTimer(timer: ClientTimer): void;

  deliver(delivery: ClientDelivery): void;
  observe(observation: ClientObservation): void;
}
