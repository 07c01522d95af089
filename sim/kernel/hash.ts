/**
 * Hashes over 32-bit words: multiplies and shifts in 32-bit arithmetic, which every engine computes alike. They
 * prove that two runs did the same; they are no defence against an adversary.
 */

const LANES = 4;
const MULTIPLIER = 0x9e3779b1;

/**
 * A rolling hash. Words go to four lanes in turn, so that a processor works on four at a time: folding a word alone
 * is a chain of steps that each wait for the one before. Where the words are cut into calls makes no difference.
 */
export class RollingHash {
  // In a typed array, because numbers above 31 bits in an ordinary field are boxed.
  readonly #lanes = new Int32Array([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]);
  #folded = 0;

  /** Folds `count` words of `words`, beginning at `from`. */
  fold(words: Int32Array, from: number, count: number): void {
    const lanes = this.#lanes;
    const end = from + count;
    let at = from;
    // The first words go on where the last call ended.
    while (at < end && this.#folded % LANES !== 0) this.#foldOne(words[at++] as number);
    const whole = end - ((end - at) % LANES);
    this.#folded += whole - at;
    let a = lanes[0] as number;
    let b = lanes[1] as number;
    let c = lanes[2] as number;
    let d = lanes[3] as number;
    for (; at < whole; at += LANES) {
      a = mix(a, words[at] as number);
      b = mix(b, words[at + 1] as number);
      c = mix(c, words[at + 2] as number);
      d = mix(d, words[at + 3] as number);
    }
    lanes[0] = a;
    lanes[1] = b;
    lanes[2] = c;
    lanes[3] = d;
    while (at < end) this.#foldOne(words[at++] as number);
  }

  /** The hash so far as 16 lowercase hexadecimal digits. */
  digest(): string {
    return digestOf(Int32Array.of(...this.#lanes, this.#folded));
  }

  #foldOne(word: number): void {
    const lane = this.#folded++ % LANES;
    this.#lanes[lane] = mix(this.#lanes[lane] as number, word);
  }
}

/** One to one for every word and for every lane, so that a difference never vanishes again in its lane. */
function mix(lane: number, word: number): number {
  const product = Math.imul(lane ^ word, MULTIPLIER);
  return product ^ (product >>> 15);
}

/** The hash of one text, by its UTF-16 code units and its length, for naming things by their content. */
export function hashText(text: string): string {
  const words = new Int32Array(text.length + 1);
  words[0] = text.length;
  for (let i = 0; i < text.length; i++) words[i + 1] = text.charCodeAt(i);
  return digestOf(words);
}

/** 64 bits of a few words: each goes through both lanes. Seeds are made of it, so it is never to change. */
function digestOf(words: Int32Array): string {
  let a = 0x243f6a88;
  let b = 0x85a308d3 | 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    a = Math.imul(a ^ word, MULTIPLIER);
    a ^= a >>> 15;
    b = Math.imul(b + word, 0x85ebca6b);
    b ^= b >>> 13;
  }
  // The lanes meet only here, so that folding stays two independent chains.
  a = Math.imul(a ^ (b >>> 16), 0xc2b2ae35);
  b = Math.imul(b ^ (a >>> 13), 0x27d4eb2f);
  return hex32(a ^ (b >>> 15)) + hex32(b ^ (a >>> 16));
}

function hex32(n: number): string {
  return hex16(n >>> 16) + hex16(n & 0xffff);
}

/** Four digits; numbers above 31 bits would take a much longer way to their digits. */
function hex16(n: number): string {
  return (0x10000 + n).toString(16).slice(1);
}
