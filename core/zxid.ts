import { type Brand, type Epoch, epoch, NOTHING } from "./ids.ts";

/**
 * A transaction id: epoch in the high 32 bits, counter in the low 32, carried in one double and compared
 * with `<`. Exact while the epoch is below 2^21 (2^53 in all), which `makeZxid` checks. Observers use −2^63,
 * a power of two and so exact as well (ZxidUtils in ZooKeeper).
 */
export type Zxid = Brand<number, "Zxid">;

const COUNTER_SPAN = 2 ** 32;
const EPOCH_LIMIT = 2 ** 21;

/** The last counter that a leader may hand out; the next one would spill into the epoch (ZOOKEEPER-1277). */
export const MAX_COUNTER = 0xfffffffe;

export const ZERO_ZXID = 0 as Zxid;
export const NO_ZXID = NOTHING as Zxid;
/** In packets that are about no transaction, and in the headers of events. */
export const MINUS_ONE = -1 as Zxid;

export function makeZxid(ofEpoch: number, counter: number): Zxid {
  if (!Number.isInteger(ofEpoch) || ofEpoch < 0 || ofEpoch >= EPOCH_LIMIT) {
    throw new RangeError(`an epoch of a zxid is a whole number from 0 to 2^21 − 1, got ${ofEpoch}`);
  }
  if (!Number.isInteger(counter) || counter < 0 || counter >= COUNTER_SPAN) {
    throw new RangeError(
      `a counter of a zxid is a whole number from 0 to 2^32 − 1, got ${counter}`,
    );
  }
  return (ofEpoch * COUNTER_SPAN + counter) as Zxid;
}

/** Takes a number that is a zxid already, out of a trace or a file. */
export function zxid(n: number): Zxid {
  if (n !== NOTHING && (!Number.isSafeInteger(n) || n < 0)) {
    throw new RangeError(`a zxid is a whole number from 0 to 2^53 − 1 (or −2^63), got ${n}`);
  }
  return n as Zxid;
}

export function epochOf(z: Zxid): Epoch {
  return epoch(Math.floor(z / COUNTER_SPAN));
}

export function counterOf(z: Zxid): number {
  return z - Math.floor(z / COUNTER_SPAN) * COUNTER_SPAN;
}

/** A phantom zxid is (epoch, 0): what a new leader holds before its first transaction. */
export function isPhantom(z: Zxid): boolean {
  return counterOf(z) === 0;
}

/** As ZooKeeper prints it: `0x100000003`; −2^63 as the 64 bits that Java shows, `0x8000000000000000`. */
export function formatZxid(z: number): string {
  return z === NOTHING ? "0x8000000000000000" : `0x${z.toString(16)}`;
}

/** Reads `0x100000003`, or gives undefined for anything that no zxid looks like. */
export function parseZxid(text: string): Zxid | undefined {
  if (!/^0x[0-9a-f]{1,16}$/i.test(text)) return undefined;
  // By its text: the numbers beside it round to 2^63 as well.
  if (/^0x80{15}$/i.test(text)) return NO_ZXID;
  const n = Number(text);
  return Number.isSafeInteger(n) ? (n as Zxid) : undefined;
}
