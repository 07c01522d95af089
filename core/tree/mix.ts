/**
 * Two independent 32-bit hashes that take one number at a time, the halves of a 64-bit one. Each step is a bijection
 * of the hash so far, so that nothing that went in is lost before the end.
 */

export const SEED_HIGH = 0x6a09e667;
export const SEED_LOW = 0x3c6ef372;

export function mixHigh(hash: number, value: number): number {
  const h = Math.imul(hash ^ value, 0x9e3779b1);
  return h ^ (h >>> 15);
}

export function mixLow(hash: number, value: number): number {
  const h = Math.imul(hash + (value | 0), 0xc2b2ae35);
  return h ^ (h >>> 13);
}

/** The upper 32 of 64 bits, for a number that is too large for one step (a zxid, a time). */
export function upperHalf(n: number): number {
  return Math.floor(n / 0x100000000) | 0;
}

/** A text, two chars at a step. */
export function mixTextHigh(hash: number, text: string): number {
  const { length } = text;
  let h = mixHigh(hash, length);
  let i = 0;
  for (; i + 1 < length; i += 2) h = mixHigh(h, pairAt(text, i));
  return i < length ? mixHigh(h, text.charCodeAt(i)) : h;
}

export function mixTextLow(hash: number, text: string): number {
  const { length } = text;
  let h = mixLow(hash, length);
  let i = 0;
  for (; i + 1 < length; i += 2) h = mixLow(h, pairAt(text, i));
  return i < length ? mixLow(h, text.charCodeAt(i)) : h;
}

/** Bytes, four at a step. Null is told from empty by its length. */
export function mixBytesHigh(hash: number, bytes: Uint8Array | null): number {
  if (bytes === null) return mixHigh(hash, -1);
  const { length } = bytes;
  let h = mixHigh(hash, length);
  let i = 0;
  for (; i + 3 < length; i += 4) h = mixHigh(h, fourAt(bytes, i));
  for (; i < length; i++) h = mixHigh(h, bytes[i] as number);
  return h;
}

export function mixBytesLow(hash: number, bytes: Uint8Array | null): number {
  if (bytes === null) return mixLow(hash, -1);
  const { length } = bytes;
  let h = mixLow(hash, length);
  let i = 0;
  for (; i + 3 < length; i += 4) h = mixLow(h, fourAt(bytes, i));
  for (; i < length; i++) h = mixLow(h, bytes[i] as number);
  return h;
}

function pairAt(text: string, i: number): number {
  return text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
}

function fourAt(bytes: Uint8Array, i: number): number {
  return (
    (bytes[i] as number) |
    ((bytes[i + 1] as number) << 8) |
    ((bytes[i + 2] as number) << 16) |
    ((bytes[i + 3] as number) << 24)
  );
}
