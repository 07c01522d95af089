import type { Brand } from "../../ids.ts";
import type { Txn, TxnHeader } from "../../tree/txn.ts";
import type {
  ConnectRequest,
  ConnectResponse,
  Reply,
  ReplyHeader,
  Request,
  RequestHeader,
  WatcherEvent,
} from "../../wire/records.ts";
import type { StoredFiles } from "./recovery.ts";
import type { ServiceObservation } from "./service-observations.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Truncation } from "./truncation.ts";

/**
 * The narrow port between the part of a server that clients see and whatever runs it. Inputs come in one at a time,
 * effects go out through `ServicePort`. Messages to and from clients are plain data: whether they go through the
 * codec on the way is the business of whoever runs the server.
 */

/** One client's connection as the server sees it. Never used again for another. */
export type ClientConnection = Brand<number, "ClientConnection">;

export function clientConnection(n: number): ClientConnection {
  return n as ClientConnection;
}

/**
 * One frame from a client. The first of a connection is a connect request, all others are requests; a codec that
 * reads frames must go by that. `bytes` is the frame's length prefix, 0 if the runner sends no bytes and does not
 * count them; a frame above jute.maxbuffer closes the connection, whatever it holds.
 */
export type ClientFrame =
  | { readonly kind: "connect"; readonly request: ConnectRequest; readonly bytes: number }
  | {
      readonly kind: "request";
      readonly header: RequestHeader;
      readonly request: Request;
      readonly bytes: number;
    }
  /**
   * The body of a request of a known opcode (`header.type`) cannot be read. Without a header: the frame is no
   * connect request, or too short for a request header.
   */
  | {
      readonly kind: "malformed";
      readonly header: RequestHeader | undefined;
      readonly bytes: number;
    }
  /** `header.type` is no opcode that a client may send, so the body was not looked at. */
  | { readonly kind: "unknownOpcode"; readonly header: RequestHeader; readonly bytes: number };

/** What a server sends to a client. */
export type ServerMessage =
  | { readonly kind: "connectResponse"; readonly response: ConnectResponse }
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "event"; readonly header: ReplyHeader; readonly event: WatcherEvent };

/** One record of the transaction log (TxnLogEntry). */
export interface LogEntry {
  readonly header: TxnHeader;
  readonly txn: Txn;
  /** The digest of the tree after it, where the writer knows it already. */
  readonly digest?: string;
}

/**
 * `sessionExpiry`, `localSessionExpiry` and `connectionExpiry`: the next bucket of the queue is due. `containerCheck`: time to look for
 * containers and TTL nodes to delete. `containerPace`: the next of them may be deleted. `snapshot`: the thread that
 * writes a snapshot has got to the tree. `purge`: time to delete old snapshots and logs.
 */
export const SERVICE_TIMERS = [
  "sessionExpiry",
  "localSessionExpiry",
  "connectionExpiry",
  "containerCheck",
  "containerPace",
  "snapshot",
  "purge",
] as const;
export type ServiceTimer = (typeof SERVICE_TIMERS)[number];

export type ServiceInput =
  /** The process starts; `newService` was given what its disk kept. */
  | { readonly kind: "boot" }
  | {
      readonly kind: "clientAccepted";
      readonly connection: ClientConnection;
      /** The peer's IP address, without a port. */
      readonly address: string;
    }
  | {
      readonly kind: "clientFrame";
      readonly connection: ClientConnection;
      readonly frame: ClientFrame;
    }
  /** The client's end is closed: end of file or reset. */
  | { readonly kind: "clientClosed"; readonly connection: ClientConnection }
  | { readonly kind: "serviceTimer"; readonly timer: ServiceTimer }
  /** The force that was asked for is done: everything appended before the call is durable. */
  | { readonly kind: "forced" }
  /** The snapshot that was asked for is durable, or could not be written (`ok` false). */
  | { readonly kind: "snapshotWritten"; readonly ok: boolean }
  /** The truncation that was asked for is done. */
  | { readonly kind: "truncated" };

export interface ServicePort {
  /** The server's monotonic clock (Time.currentElapsedTime), in whole milliseconds. */
  now(): number;
  /** The server's wall clock (Time.currentWallTime): ms since 1970, for ctime and mtime. May jump. */
  wallMs(): number;
  /** A whole number from 0 up to, not including, `below`. */
  draw(below: number): number;

  /** In order; lost without a word when the connection breaks before it arrives, or is closed already. */
  send(connection: ClientConnection, message: ServerMessage): void;
  /** What was sent before still arrives; nothing more comes in, not even `clientClosed`. */
  closeClient(connection: ClientConnection): void;

  /** Appends to the current log file. Not durable before the force that covers it. */
  append(entry: LogEntry): void;
  /** Makes durable all that was appended so far. Answered by `forced`; the service asks for one at a time. */
  force(): void;
  /**
   * The next entry begins a new log file, named after its zxid. After a crash a file of that name may be there already,
   * with a torn first entry and nothing else: the new one takes its place.
   */
  rollLog(): void;
  /** Writes a snapshot file named after `snapshot.zxid`. Answered by `snapshotWritten`; one at a time. */
  writeSnapshot(snapshot: Snapshot): void;
  /** What a process would read of its log and snapshots now. Not a copy: it holds until the next change. */
  stored(): StoredFiles;
  /** Cuts the log and deletes files, step by step as `Truncation` says. Answered by `truncated`; nothing else meanwhile. */
  truncate(truncation: Truncation): void;
  /** Deletes snapshots and logs that `purgePlan` of purge.ts names for these files. */
  purge(retainCount: number): void;

  /** Sets the timer, again if it was set. */
  setTimer(timer: ServiceTimer, delayMs: number): void;
  cancelTimer(timer: ServiceTimer): void;

  observe(observation: ServiceObservation): void;
}
