import { describe, expect, test } from "vitest";
import { bytesOf, hexOf, packed } from "../../test/wire/hex.ts";
import { NOTHING, type SessionId, sessionId } from "../ids.ts";
import { BufferReader, DEFAULT_LENGTH_LIMIT, lengthLimit } from "./buffer-reader.ts";
import { BufferWriter } from "./buffer-writer.ts";
import { SizeCounter } from "./size-counter.ts";
import { WireError } from "./wire-error.ts";

function reader(hex: string, limit?: number): BufferReader {
  return new BufferReader(bytesOf(hex), limit);
}

function writes(what: (writer: BufferWriter) => void): string {
  const writer = new BufferWriter();
  what(writer);
  return hexOf(writer.take());
}

describe("longs", () => {
  test.each<[number, string]>([
    [0, "0000000000000000"],
    [1, "0000000000000001"],
    [-1, "ffffffffffffffff"],
    [-2, "fffffffffffffffe"],
    [2 ** 32 - 1, "00000000ffffffff"],
    [2 ** 32, "0000000100000000"],
    [-(2 ** 32) - 1, "fffffffeffffffff"],
    [Number.MAX_SAFE_INTEGER, "001fffffffffffff"],
    [Number.MIN_SAFE_INTEGER, "ffe0000000000001"],
    [NOTHING, "8000000000000000"],
  ])("%d", (value, hex) => {
    expect(writes((writer) => writer.writeLong(value))).toBe(hex);
    expect(reader(hex).readLong("n")).toBe(value);
  });

  test.each([
    ["0020000000000000", "9007199254740992"],
    ["0020000000000001", "9007199254740993"],
    ["7fffffffffffffff", "9223372036854775807"],
    ["8000000000000001", "-9223372036854775807"],
    ["ffe0000000000000", "-9007199254740992"],
  ])("%s is refused, for no double keeps it", (hex, decimal) => {
    expect(() => reader(hex).readLong("ttl")).toThrow(
      `at byte 0: expected ttl between −2^53 and 2^53, found ${decimal}`,
    );
    expect(() => reader(hex).readZxid("zxid")).toThrow(WireError);
  });

  test("a zxid is no other number below zero than −1 and −2^63", () => {
    expect(reader("ffffffffffffffff").readZxid("zxid")).toBe(-1);
    expect(reader("8000000000000000").readZxid("zxid")).toBe(NOTHING);
    expect(() => reader("fffffffffffffffe").readZxid("zxid")).toThrow(
      "at byte 0: expected zxid from 0 to 2^53 − 1, −1 or −2^63, found -2",
    );
  });

  test.each([0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])("%d is not written", (value) => {
    expect(() => new BufferWriter().writeLong(value)).toThrow(WireError);
    expect(() => new SizeCounter().writeLong(value)).toThrow(WireError);
  });
});

describe("a long that may be anything is exact in all 64 bits", () => {
  test.each<[number | bigint, string]>([
    [0, "0000000000000000"],
    [-1, "ffffffffffffffff"],
    [Number.MAX_SAFE_INTEGER, "001fffffffffffff"],
    [2n ** 53n, "0020000000000000"],
    [2n ** 53n + 1n, "0020000000000001"],
    [-(2n ** 53n), "ffe0000000000000"],
    [2n ** 63n - 1n, "7fffffffffffffff"],
    [-(2n ** 63n) + 1n, "8000000000000001"],
    [NOTHING, "8000000000000000"],
  ])("%s", (value, hex) => {
    expect(writes((writer) => writer.writeAnyLong(value))).toBe(hex);
    expect(reader(hex).readAnyLong("n")).toBe(value);
  });

  test.each([5n, -1n, -(2n ** 63n), 2n ** 63n, 2n ** 64n, 0.5, 2 ** 53])(
    "%s has another spelling, or none",
    (value) => {
      expect(() => new BufferWriter().writeAnyLong(value)).toThrow(WireError);
      expect(() => new SizeCounter().writeAnyLong(value)).toThrow(WireError);
    },
  );
});

describe("session ids are exact in all 64 bits", () => {
  test.each<[bigint, string]>([
    [0n, "0000000000000000"],
    [0x100000d025b0010n, "0100000d025b0010"],
    [2n ** 63n - 1n, "7fffffffffffffff"],
    [-(2n ** 63n), "8000000000000000"],
    [-(2n ** 63n) + 1n, "8000000000000001"],
    [-1n, "ffffffffffffffff"],
    [2n ** 32n - 1n, "00000000ffffffff"],
    [-(2n ** 32n), "ffffffff00000000"],
  ])("%d", (value, hex) => {
    expect(writes((writer) => writer.writeSessionId(sessionId(value)))).toBe(hex);
    expect(reader(hex).readSessionId("sessionId")).toBe(value);
  });

  test("more bits are not written", () => {
    const tooLong = 2n ** 63n;
    expect(() => new BufferWriter().writeSessionId(tooLong as SessionId)).toThrow(WireError);
  });
});

describe("ints and booleans", () => {
  test.each<[number, string]>([
    [0, "00000000"],
    [-1, "ffffffff"],
    [2 ** 31 - 1, "7fffffff"],
    [-(2 ** 31), "80000000"],
    [0x01020304, "01020304"],
  ])("%d", (value, hex) => {
    expect(writes((writer) => writer.writeInt(value))).toBe(hex);
    expect(reader(hex).readInt("n")).toBe(value);
  });

  test.each([2 ** 31, -(2 ** 31) - 1, 1.5, Number.NaN])("%d is not written", (value) => {
    expect(() => new BufferWriter().writeInt(value)).toThrow("expected an int of 32 bits to write");
    expect(() => new SizeCounter().writeInt(value)).toThrow(WireError);
  });

  test("every byte but zero is true", () => {
    const bytes = reader("00 01 02 80 ff");

    expect(Array.from({ length: 5 }, () => bytes.readBoolean("watch"))).toEqual([
      false,
      true,
      true,
      true,
      true,
    ]);
  });
});

describe("lengths", () => {
  test("null is not empty", () => {
    expect(reader("ffffffff").readText("path")).toBeNull();
    expect(reader("00000000").readText("path")).toBe("");
    expect(reader("ffffffff").readBuffer("data")).toBeNull();
    expect(reader("00000000").readBuffer("data")).toEqual(new Uint8Array(0));
    expect(writes((writer) => writer.writeText(null))).toBe("ffffffff");
    expect(writes((writer) => writer.writeText(""))).toBe("00000000");
    expect(writes((writer) => writer.writeBuffer(null))).toBe("ffffffff");
    expect(writes((writer) => writer.writeBuffer(new Uint8Array(0)))).toBe("00000000");
  });

  test.each([
    ["fffffffe", "at byte 0: expected path with a length from −1 to 2097150, found -2"],
    [
      "7fffffff 2f61",
      "at byte 0: expected path with a length from −1 to 2097150, found 2147483647",
    ],
    ["00000003 2f61", "at byte 4: expected path (3 bytes), found the end after 2"],
    ["0000", "at byte 0: expected path (4 bytes), found the end after 2"],
  ])("%s", (hex, reason) => {
    expect(() => reader(hex).readText("path")).toThrow(reason);
    expect(() => reader(hex).readBuffer("path")).toThrow(reason);
  });

  test("of one buffer: jute.maxbuffer and the extra, which is never below 1024", () => {
    expect(DEFAULT_LENGTH_LIMIT).toBe(2 * 0xfffff);
    expect(lengthLimit(4096)).toBe(8192);
    expect(lengthLimit(4096, 100)).toBe(4096 + 1024);
    expect(lengthLimit(100)).toBe(1124);
    expect(reader("00000002 2f61", 2).readText("path")).toBe("/a");
    expect(() => reader("00000003 2f6162", 2).readText("path")).toThrow("from −1 to 2, found 3");
  });

  test("of a vector: −1 is null, what is below it is none, and more than fits is refused", () => {
    expect(reader("ffffffff").readCount("acl", 12)).toBe(-1);
    expect(reader("fffffffe").readCount("acl", 12)).toBe(0);
    expect(reader("80000000").readCount("acl", 12)).toBe(0);
    expect(reader("00000001 000000000000000000000000").readCount("acl", 12)).toBe(1);
    expect(() => reader("00000002 000000000000000000000000").readCount("acl", 12)).toThrow(
      "at byte 0: expected acl: 2 elements of 12 bytes or more, found 12 bytes behind it",
    );
  });
});

test("a writer grows, and begins anew after what was taken", () => {
  const writer = new BufferWriter();
  writer.writeInt(1);
  writer.writeBuffer(new Uint8Array(100_000).fill(9));
  writer.writeText("é".repeat(1000));
  const taken = writer.take();

  expect(taken.length).toBe(4 + 4 + 100_000 + 4 + 2000);
  expect(hexOf(taken.subarray(0, 9))).toBe(packed("00000001 000186a0 09"));
  expect(hexOf(taken.subarray(100_008, 100_014))).toBe(packed("000007d0 c3a9"));

  writer.writeBoolean(true);
  expect(hexOf(writer.take())).toBe("01");
});
