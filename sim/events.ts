/** The kinds of event that a world's queue holds. Their numbers are their places in this list. */
export const EVENT_KINDS = [
  /** A segment reaches the other end of its connection. target: node, ref: the end it reaches. */
  "deliver",
  /** The same, handed on after a pause: it is past the network already. */
  "arrive",
  /** A connection's dial reaches the server it is for. target: node, ref: connection. */
  "syn",
  /** The answer to a dial reaches the dialler. target: node, ref: connection, payload: failure or undefined. */
  "dialResult",
  /** A dial took too long. target: node, ref: connection. */
  "dialTimeout",
  /** A connection broke, and one end learns of it. target: node, ref: the end. */
  "reset",
  /** TCP tries again to send what is held. target: node that sends, ref: its end. */
  "retransmit",
  /** Somebody dialled a server that was paused. target: node, ref: the end. */
  "accept",
  /** A notification of a server to itself. target: node, ref: incarnation, payload: message. */
  "loopback",
  /** target: node, ref: timer. */
  "timer",
  /** A write is on disk. target: node, ref: incarnation, payload: the write. */
  "written",
  /** The same, told to a process that was paused. */
  "writeKnown",
  /** A process that went on handles the first of what waits for it. target: node. */
  "catchUp",
  /** A force of the transaction log has completed. target: node, ref: incarnation. */
  "forced",
  /** The same, told to a process that was paused. */
  "forceKnown",
  /** A snapshot has been written. target: node, ref: incarnation. */
  "snapshotWritten",
  "snapshotKnown",
  /** A step of a truncation has been done. target: node, ref: incarnation. */
  "truncated",
  /** All of a truncation has been done, told to a process that was paused. */
  "truncateKnown",
  /** A leader's port is open. target: node, ref: incarnation. */
  "bound",
  /** A learner notices that its leader's connection has ended. target: node, ref: incarnation, payload: connection. */
  "noticed",
  /** Somebody outside asked to be called back. payload: the function, which is why such a world is not plain data. */
  "wake",
  /** Something is done to the world. payload: an action. */
  "action",
] as const;

export type EventKindName = (typeof EVENT_KINDS)[number];

export const EVENT = Object.fromEntries(EVENT_KINDS.map((name, number) => [name, number])) as {
  readonly [name in EventKindName]: number;
};
