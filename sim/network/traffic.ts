import type { Trace } from "../kernel/trace.ts";

/**
 * What a network has to know of the messages that it carries; to it they are objects and nothing more. Who speaks
 * over it (servers among themselves, clients with servers) brings the answers.
 */
export interface Traffic {
  /** Bytes on the wire, for links of limited bandwidth. */
  bytes(message: object): number;
  /** Whether message mode may drop, double or reorder it. */
  isUnreliable(message: object): boolean;
  /** Begins and fills the record of its sending; the network ends it. */
  record(trace: Trace, from: number, to: number, connection: number, message: object): void;
}
