/**
 * A 64-bit rolling hash over 32-bit words: two lanes, each a multiply and a shift in 32-bit arithmetic, which
 * every engine computes alike. It proves that two runs did the same; it is no defence against an adversary.
 */
export class RollingHash {
  // In a typed array, because numbers above 31 bits in an ordinary field are boxed.
  readonly #lanes = new Int32Array([0x243f6a88, 0x85a308d3 | 0]);

  /** Folds `count` words of `words`, beginning at `from`. */
  fold(words: Int32Array, from: number, count: number): void {
    let a = this.#lanes[0] as number;
    let b = this.#lanes[1] as number;
    for (let i = from; i < from + count; i++) {
      const word = words[i] as number;
      a = Math.imul(a ^ word, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b + word, 0x85ebca6b);
      b ^= b >>> 13;
    }
    this.#lanes[0] = a;
    this.#lanes[1] = b;
  }

  /** Folds a text by its UTF-16 code units and its length. */
  foldText(text: string): void {
    const words = new Int32Array(text.length + 1);
    words[0] = text.length;
    for (let i = 0; i < text.length; i++) words[i + 1] = text.charCodeAt(i);
    this.fold(words, 0, words.length);
  }

  /** The hash so far as 16 lowercase hexadecimal digits. */
  digest(): string {
    let a = this.#lanes[0] as number;
    let b = this.#lanes[1] as number;
    // The lanes meet only here, so that folding stays two independent chains.
    a = Math.imul(a ^ (b >>> 16), 0xc2b2ae35);
    b = Math.imul(b ^ (a >>> 13), 0x27d4eb2f);
    return hex32(a ^ (b >>> 15)) + hex32(b ^ (a >>> 16));
  }
}

/** The hash of one text, for naming things by their content. */
export function hashText(text: string): string {
  const hash = new RollingHash();
  hash.foldText(text);
  return hash.digest();
}

function hex32(n: number): string {
  return (n >>> 0).toString(16).padStart(8, "0");
}
