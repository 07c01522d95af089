/**
 * What Zab promises, in the words of its paper (Junqueira, Reed, Serafini: "Zab: High-performance broadcast for
 * primary-backup systems") where it has one. A transaction is delivered when a server that serves applies it to its
 * tree; what a server applies while it leaves a role or starts is no delivery.
 */
export type ZabProperty =
  /** At most one server leads an epoch, and it does so once. */
  | "one leader an epoch"
  /** What is delivered was broadcast by a leader, and is delivered at most once. */
  | "integrity"
  /** Nothing is delivered that was not committed, so that of two servers one has delivered all that the other has. */
  | "agreement"
  /**
   * A server begins to serve with a beginning of the committed history, and a voter with all that its leader began
   * with.
   */
  | "prefix"
  /** If one server delivers a before b, whoever delivers b has delivered a. */
  | "total order"
  /** What one leader broadcast is committed and delivered in the order in which it broadcast it. */
  | "local primary order"
  /** What a leader broadcast comes before all that later leaders broadcast. */
  | "global primary order"
  /** A leader broadcasts only in its own epoch, once a quorum has its history. */
  | "primary integrity"
  /** What is committed is in the history of every later leader, and on some disk of every quorum. */
  | "committed stays"
  /** What a server answers about is committed. */
  | "answers are committed"
  /** A server's two epochs never fall; the accepted one is the highest, the last one logged the lowest. */
  | "epochs rise"
  /** zxids rise in the order of the log, and nothing that its leader broadcast in between is missing. */
  | "logs have no holes"
  /** Servers that have delivered the same transactions have the same tree. */
  | "state determinism"
  /** What a voter acknowledges is on its disk: a transaction, an epoch and its history. */
  | "honest acknowledgements"
  /** A leader commits what a quorum has acknowledged. */
  | "commits have a quorum"
  /** The zxids that a client sees never fall, whichever servers answer it. */
  | "client order"
  /** With its session, all ephemerals of a client are gone for ever. */
  | "ephemerals end with their session"
  /** Nobody gets a packet that has no place in the protocol; a leader's zxids follow one another. */
  | "legal messages";

/** A property that a run broke. */
export interface ZabViolation {
  readonly property: ZabProperty;
  /** Index of the trace's record at which it showed: its causes lead back to why. */
  readonly record: number;
  /** Virtual microseconds. */
  readonly time: number;
  readonly servers: readonly number[];
  readonly zxids: readonly number[];
  readonly message: string;
}
