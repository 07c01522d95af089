import type { EpochFile } from "../../core/server/port.ts";
import type { ClientConnection } from "../../core/server/service/service-port.ts";
import type { Reply } from "../../core/wire/records.ts";

/**
 * Somebody who looks over the shoulder of every process, and is told what observations do not say. Nodes are places in
 * the world's lists; everything is told at once, before anything else happens.
 */
export interface Watcher {
  /** A server has read its disk and starts. */
  booted(node: number): void;
  /** A server could not start on its disk; `ended` follows. */
  refused(node: number, why: string): void;
  /** A process has ended, however it did; its disk is what that left of it. */
  ended(node: number): void;
  /** The disk of a server that is down is empty now. */
  wiped(node: number): void;
  /** An epoch file has its new content. */
  epochWritten(node: number, file: EpochFile, value: number): void;
  /** A server has taken one input and done all that follows from it. */
  stepped(node: number): void;
  /** A server sends a reply. */
  replied(node: number, connection: ClientConnection, reply: Reply): void;
  /** A client takes in a reply, on the connection that it has now. */
  received(node: number, server: number, reply: Reply): void;
}
