import type { SessionId } from "../../../core/ids.ts";
import type { StoredFiles } from "../../../core/server/service/recovery.ts";

/** What a checker of Zab looks at besides what it is told. It only reads, and always the state of this moment. */
export interface ZabWorld {
  /** Virtual microseconds. */
  now(): number;
  /** Index of the record that was written last, or will be next: where a reader of the trace begins. */
  record(): number;
  /** The last zxid of the server's tree, in memory. Asked only while there is a process. */
  lastProcessedZxid(server: number): number;
  /** The digest of the server's tree. Asked for every transaction that is delivered, so it has to be cheap. */
  treeDigest(server: number): number;
  /**
   * Sessions with at least one ephemeral in the server's tree. Asked when a server begins to serve and for every
   * closeSession.
   */
  sessionsWithEphemerals(server: number): Iterable<SessionId>;
  /** The file's content on disk; 0 if there is none. Also of a server that is down. */
  acceptedEpoch(server: number): number;
  currentEpoch(server: number): number;
  /**
   * The zxid of the last log record that a completed force covers; 0 if there is none. Asked for every acknowledgement,
   * so it has to be cheap.
   */
  lastForcedZxid(server: number): number;
  /**
   * What a crash now would leave of log and snapshots at the least: no record that no completed force covers. Also of a
   * server that is down. Asked at rare moments.
   */
  durableFiles(server: number): StoredFiles;
}
