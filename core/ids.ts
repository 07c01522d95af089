/**
 * The ids that every part of ZooKeeper passes around, each a branded number so that an epoch can't be
 * handed to something that wants a server id. The casts that make them live in this file alone.
 */

declare const brand: unique symbol;

/** A value of type `T` that only the makers of its own file hand out. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/**
 * The `N` of `server.N`, and the content of a `myid` file. A Java `long` in ZooKeeper; here a whole number
 * that a double keeps exactly, which covers every id that people use (the docs say 1 to 255).
 */
export type ServerId = Brand<number, "ServerId">;

/** The number of a leadership: `acceptedEpoch`, `currentEpoch`, the high half of a zxid. */
export type Epoch = Brand<number, "Epoch">;

/** A round of the election (`logicalclock`, `electionEpoch`). Not an epoch: it is never written to disk. */
export type Round = Brand<number, "Round">;

/** A session: 64 bits, of which the highest eight are the server that made it. 0 for none. */
export type SessionId = Brand<bigint, "SessionId">;

/** −2^63, what observers and strangers to the vote put where they have nothing (Java's `Long.MIN_VALUE`). */
export const NOTHING = -(2 ** 63);

export function serverId(n: number): ServerId {
  if (!Number.isSafeInteger(n) && n !== NOTHING) {
    throw new RangeError(`a server id is a whole number, got ${n}`);
  }
  return n as ServerId;
}

export function epoch(n: number): Epoch {
  if (!Number.isSafeInteger(n) && n !== NOTHING) {
    throw new RangeError(`an epoch is a whole number, got ${n}`);
  }
  return n as Epoch;
}

export function round(n: number): Round {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new RangeError(`a round is a whole number from 0, got ${n}`);
  }
  return n as Round;
}

/** The leader field of a vote that names nobody: what an observer votes for. */
export const NOBODY = serverId(NOTHING);

/** Takes 64 bits, signed as Java shows them. */
export function sessionId(n: bigint): SessionId {
  if (BigInt.asIntN(64, n) !== n) throw new RangeError(`a session id has 64 bits, got ${n}`);
  return n as SessionId;
}

export const NO_SESSION = sessionId(0n);

/** As ZooKeeper prints it: `0x100000d025b0010`. */
export function formatSessionId(id: SessionId): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`;
}
