/**
 * The bytes of java.util.Random: a linear congruential generator of 48 bits, whose sequence the Java documentation
 * fixes. Nothing here is drawn for the simulation; session passwords are these bytes.
 */

const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const MASK = (1n << 48n) - 1n;

/** `new Random(seed).nextBytes(new byte[length])`. */
export function javaRandomBytes(seed: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed ^ MULTIPLIER) & MASK;
  for (let i = 0; i < length; i += 4) {
    state = (state * MULTIPLIER + INCREMENT) & MASK;
    // The 32 bits of nextInt, from the lowest byte on.
    let bits = Number(state >> 16n);
    for (let j = i; j < Math.min(i + 4, length); j++) {
      bytes[j] = bits & 0xff;
      bits >>>= 8;
    }
  }
  return bytes;
}
