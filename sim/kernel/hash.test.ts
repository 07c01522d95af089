import fc from "fast-check";
import { expect, test } from "vitest";
import { hashText, RollingHash } from "./hash.ts";

const words = fc.array(fc.integer(), { maxLength: 40 });

function hashOf(list: readonly number[]): string {
  const hash = new RollingHash();
  hash.fold(Int32Array.from(list), 0, list.length);
  return hash.digest();
}

test("where words are cut into calls, and when somebody looks, makes no difference", () => {
  fc.assert(
    fc.property(words, fc.array(fc.nat(7)), (list, sizes) => {
      const hash = new RollingHash();
      const array = Int32Array.from(list);
      let at = 0;
      for (const size of sizes) {
        const count = Math.min(size, list.length - at);
        hash.fold(array, at, count);
        hash.digest();
        at += count;
      }
      hash.fold(array, at, list.length - at);

      expect(hash.digest()).toBe(hashOf(list));
    }),
  );
});

test("a change of a single bit, wherever it is, changes the hash", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.nat(), fc.nat(31), (list, at, bit) => {
      const place = at % list.length;
      const changed = list.with(place, (list[place] as number) ^ (1 << bit));

      expect(hashOf(changed)).not.toBe(hashOf(list));
    }),
    { numRuns: 1000 },
  );
});

test("different words have different hashes, whatever their number and order", () => {
  fc.assert(
    fc.property(words, words, (a, b) => {
      fc.pre(a.length !== b.length || a.some((word, i) => word !== b[i]));

      expect(hashOf(a)).not.toBe(hashOf(b));
    }),
    { numRuns: 1000 },
  );
});

test("the hashes of a hundred thousand near neighbours are all different", () => {
  const seen = new Set<string>();
  for (let n = 0; n < 100_000; n++) seen.add(hashOf([n >>> 8, n & 255]));

  expect(seen.size).toBe(100_000);
});

test("texts hash by their code units: similar ones differ, the same one never", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(hashText(a) === hashText(b)).toBe(a === b);
    }),
  );
  expect(new Set(["", "\0", "\0\0", "a", "A", "ä", "a\u0308"].map(hashText)).size).toBe(7);
});

// Golden values: seeds and their streams are named by these hashes, so that a change here changes every run.
test.each([
  ["", "b389652e3b3febe1"],
  ["1/network", "e58861e32da26e5e"],
])("the hash of %j stays what it is", (text, hash) => {
  expect(hashText(text)).toBe(hash);
});
