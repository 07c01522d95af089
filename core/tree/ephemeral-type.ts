import { NO_SESSION, type SessionId, sessionId } from "../ids.ts";

/**
 * What a node's stored ephemeralOwner says of it (EphemeralType). "normal" is an ephemeral node in the plain sense,
 * and the only kind whose owner clients get to see.
 */
export type EphemeralKind = "void" | "normal" | "container" | "ttl";

/** 2^40 − 1, in ms. */
export const MAX_TTL = 0xffffffffff;

/** `Long.MIN_VALUE`. */
export const CONTAINER_OWNER = sessionId(-0x8000000000000000n);

const TTL_MARK = 0xff00000000000000n;
const TTL_MASK = 0xffffffffffn;

/**
 * The kind of an owner. Without extended types a TTL's mark is a session like any other. With them the two bytes
 * behind the mark must be 0, or Java throws; no server whose id is up to 254 makes such a session.
 */
export function ephemeralKind(owner: SessionId, extendedTypes: boolean): EphemeralKind {
  if (owner === NO_SESSION) return "void";
  if (owner === CONTAINER_OWNER) return "container";
  return extendedTypes && BigInt.asUintN(64, owner) >> 56n === 0xffn ? "ttl" : "normal";
}

/** `EphemeralType.TTL.toEphemeralOwner`. */
export function ttlOwner(ttl: number): SessionId {
  if (!isValidTtl(ttl)) throw new RangeError(`a TTL is from 1 to ${MAX_TTL} ms, got ${ttl}`);
  return sessionId(BigInt.asIntN(64, TTL_MARK | BigInt(ttl)));
}

/** The TTL in ms that an owner of kind "ttl" stands for. */
export function ttlOf(owner: SessionId): number {
  return Number(owner & TTL_MASK);
}

/** A TTL as a client wrote it may be any `long`. */
export function isValidTtl(ttl: number | bigint): boolean {
  return ttl >= 1 && ttl <= MAX_TTL;
}
