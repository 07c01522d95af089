import { parseInt32 } from "../config/java-numbers.ts";

/**
 * The ids of scheme `ip` (IPAuthenticationProvider): an IPv4 address, or one with the number of bits that count.
 * IPv6 addresses are neither valid patterns nor ever matched.
 */

/** `isValid`. */
export function isAddressPattern(pattern: string): boolean {
  return parsePattern(pattern) !== undefined;
}

/** `matches`: whether the leading bits of a connection's address are those of the pattern. */
export function matchesAddress(address: string, pattern: string): boolean {
  const wanted = parsePattern(pattern);
  const actual = parseAddress(address);
  if (wanted === undefined || actual === undefined) return false;
  // A shift by 32 is none at all.
  return wanted.bits === 0 || (wanted.address ^ actual) >>> (32 - wanted.bits) === 0;
}

interface Pattern {
  /** 32 bits. */
  readonly address: number;
  readonly bits: number;
}

function parsePattern(pattern: string): Pattern | undefined {
  const slash = pattern.indexOf("/");
  const address = parseAddress(slash === -1 ? pattern : pattern.slice(0, slash));
  const bits = slash === -1 ? 32 : parseInt32(pattern.slice(slash + 1));
  if (address === undefined || bits === undefined || bits < 0 || bits > 32) return undefined;
  return { address, bits };
}

function parseAddress(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    const value = parseInt32(part);
    if (value === undefined || value < 0 || value > 255) return undefined;
    address = (address << 8) | value;
  }
  return address;
}
