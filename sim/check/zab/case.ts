import type { IsQuorum } from "../election.ts";
import type { Histories } from "./history.ts";
import type { ZabProperty } from "./violation.ts";
import type { ZabWorld } from "./world.ts";

/** What the parts of the checker share. */
export interface Case {
  readonly histories: Histories;
  readonly world: ZabWorld;
  readonly voters: readonly number[];
  /** Of voters; others do not count. */
  readonly isQuorum: IsQuorum;
  /** A property is broken. Only the first time counts. */
  broken(
    property: ZabProperty,
    servers: readonly number[],
    zxids: readonly number[],
    message: string,
  ): void;
}

/** Servers in a message. */
export function list(servers: readonly number[]): string {
  return servers.length === 0 ? "nobody" : servers.join(", ");
}
