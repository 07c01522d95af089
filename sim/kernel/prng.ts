import xor128 from "seedrandom/lib/xor128.js";
import { hashText } from "./hash.ts";

/**
 * Randomness of a run: named streams, each derived from the root seed and its own name alone. One more draw in
 * one stream moves nothing in another, and a stream that nobody asks for costs nothing.
 *
 * The generator is seedrandom's xor128 (the fastest of that library, with its state as data); this file is the
 * only one that may import it. What a seed means is frozen by tests: a change here changes every trace.
 */
export class Random {
  readonly #seed: number;
  readonly #name: string;
  /** The generator; made at the first draw, since most streams of a run are never drawn from. */
  #next: (() => number) | undefined;

  private constructor(seed: number, name: string) {
    this.#seed = seed;
    this.#name = name;
  }

  /** @throws RangeError for anything but a whole number from 0 to 2^53 − 1. */
  static fromSeed(seed: number): Random {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`a seed is a whole number from 0 to 2^53 − 1, got ${seed}`);
    }
    return new Random(seed, "");
  }

  /** The stream of that name below this one. The same name gives the same stream, whatever was drawn before. */
  split(label: string): Random {
    return new Random(this.#seed, `${this.#name}/${label}`);
  }

  /** A whole number of 32 bits, from 0. */
  uint32(): number {
    this.#next ??= xor128(hashText(`${this.#seed}/${this.#name}`)).int32;
    return this.#next() >>> 0;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    const span = max - min + 1;
    if (!(span >= 1 && span <= 4294967296)) {
      throw new RangeError(`a draw needs min ≤ max less than 2^32 apart, got ${min} to ${max}`);
    }
    return min + Math.floor((this.uint32() * span) / 4294967296);
  }

  /** True `n` times out of `outOf`. Ratios instead of fractions: no rounding to argue about. */
  chance(n: number, outOf: number): boolean {
    return this.int(1, outOf) <= n;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("a pick needs at least one item");
    return items[this.int(0, items.length - 1)] as T;
  }

  /** A new array with the items in a drawn order (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const mixed = [...items];
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      const swap = mixed[i] as T;
      mixed[i] = mixed[j] as T;
      mixed[j] = swap;
    }
    return mixed;
  }
}
