import type { Epoch, ServerId } from "../ids.ts";
import type { LeaveReason } from "../server/observations.ts";
import type { ConnectionId } from "../server/port.ts";

/** Plain data of a server that follows or observes. */
export interface Learning {
  readonly leader: ServerId;
  /** `registered`: has told of itself. `promising`: writes the epoch that it was offered. `following`: has done so. */
  phase: "dialling" | "pausing" | "registered" | "promising" | "following";
  connection: ConnectionId | undefined;
  /** Tries to connect that failed. */
  tries: number;
  startedAtMs: number;
  /** The epoch that the leader offered. */
  epoch: Epoch;
  /** Why the role ends as soon as the promise is on disk. */
  ending: LeaveReason | undefined;
  readTimeoutMs: number;
  /** By the server's clock; moved by every packet, looked at when the timer fires. */
  readDeadlineMs: number;
}
