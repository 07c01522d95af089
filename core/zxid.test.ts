import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  counterOf,
  epochOf,
  formatZxid,
  isPhantom,
  makeZxid,
  MAX_COUNTER,
  NO_ZXID,
  parseZxid,
  ZERO_ZXID,
  zxid,
} from "./zxid.ts";

const epochs = fc.integer({ min: 0, max: 2 ** 21 - 1 });
const counters = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** What ZooKeeper computes: a long of 64 bits (ZxidUtils). */
function javaZxid(epoch: number, counter: number): bigint {
  return (BigInt(epoch) << 32n) | BigInt(counter);
}

test("a zxid is the long that ZxidUtils.makeZxid gives, exactly", () => {
  fc.assert(
    fc.property(epochs, counters, (epoch, counter) => {
      const z = makeZxid(epoch, counter);

      expect(BigInt(z)).toBe(javaZxid(epoch, counter));
      expect(epochOf(z)).toBe(epoch);
      expect(counterOf(z)).toBe(counter);
    }),
  );
});

test("zxids compare as pairs of epoch and counter", () => {
  fc.assert(
    fc.property(epochs, counters, epochs, counters, (e1, c1, e2, c2) => {
      const less = e1 < e2 || (e1 === e2 && c1 < c2);

      expect(makeZxid(e1, c1) < makeZxid(e2, c2)).toBe(less);
    }),
  );
});

describe("limits", () => {
  test.each([-1, 0.5, 2 ** 21, NO_ZXID])("epoch %s fits in no zxid", (epoch) => {
    expect(() => makeZxid(epoch, 0)).toThrow(RangeError);
  });

  test.each([-1, 0.5, 2 ** 32])("counter %s fits in no zxid", (counter) => {
    expect(() => makeZxid(0, counter)).toThrow(RangeError);
  });

  test("the greatest zxid is the greatest exact double", () => {
    expect(makeZxid(2 ** 21 - 1, 2 ** 32 - 1)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("the last counter is the one before the counter would be all ones (ZOOKEEPER-1277)", () => {
    expect(formatZxid(makeZxid(1, MAX_COUNTER))).toBe("0x1fffffffe");
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN])("%s is no zxid", (n) => {
    expect(() => zxid(n)).toThrow(RangeError);
  });

  test.each([0, Number.MAX_SAFE_INTEGER, -(2 ** 63)])("%s is one", (n) => {
    expect(zxid(n)).toBe(n);
  });
});

test("an observer's −2^63 has the epoch that Java's shift gives, and is below every other", () => {
  expect(epochOf(NO_ZXID)).toBe(Number(BigInt.asIntN(64, -(2n ** 63n)) >> 32n));
  expect(counterOf(NO_ZXID)).toBe(0);
  expect(NO_ZXID < ZERO_ZXID).toBe(true);
});

test("phantom zxids are those with counter 0", () => {
  expect(isPhantom(makeZxid(3, 0))).toBe(true);
  expect(isPhantom(makeZxid(3, 1))).toBe(false);
  expect(isPhantom(makeZxid(0, MAX_COUNTER))).toBe(false);
});

describe("text", () => {
  test.each([
    [0, 0, "0x0"],
    [1, 0, "0x100000000"],
    [1, 3, "0x100000003"],
    [3, 0x18, "0x300000018"],
  ])("(%i, %i) prints as %s", (epoch, counter, text) => {
    expect(formatZxid(makeZxid(epoch, counter))).toBe(text);
  });

  test("−2^63 prints as the 64 bits that Java shows, and reads back", () => {
    expect(formatZxid(NO_ZXID)).toBe(`0x${BigInt.asUintN(64, -(2n ** 63n)).toString(16)}`);
    expect(parseZxid("0x8000000000000000")).toBe(NO_ZXID);
  });

  test("what is printed reads back", () => {
    fc.assert(
      fc.property(epochs, counters, (epoch, counter) => {
        const z = makeZxid(epoch, counter);

        expect(parseZxid(formatZxid(z))).toBe(z);
        expect(parseZxid(formatZxid(z).toUpperCase().replace("X", "x"))).toBe(z);
      }),
    );
  });

  test.each(["", "0x", "12", "100000003", "0xg", "0x1 ", "-0x1", "0x1.5", "0x10000000000000000"])(
    "%j is no zxid",
    (text) => {
      expect(parseZxid(text)).toBeUndefined();
    },
  );

  // Numbers beyond 2^53 round, so the neighbours of 2^63 become 2^63 itself.
  test.each(["0x20000000000000", "0x7fffffffffffffff", "0x8000000000000001", "0xffffffffffffffff"])(
    "%s, which no double holds exactly, is none either",
    (text) => {
      expect(parseZxid(text)).toBeUndefined();
    },
  );
});
