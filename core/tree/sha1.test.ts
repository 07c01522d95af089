import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { base64, sha1 } from "./sha1.ts";
import { bytesOf } from "./text-bytes.ts";

/** FIPS 180-4 and RFC 3174. */
test.each([
  ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
  ],
  ["a".repeat(1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"],
])("SHA-1 of %.20s", (text, digest) => {
  expect(Buffer.from(sha1(bytesOf(text))).toString("hex")).toBe(digest);
});

test("any bytes, against node", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const digest = createHash("sha1").update(bytes).digest("hex");
      expect(Buffer.from(sha1(bytes)).toString("hex")).toBe(digest);
      expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
    }),
  );
});
