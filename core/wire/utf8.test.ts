import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, hexOf, packed } from "../../test/wire/hex.ts";
import { decodeUtf8, javaTextLength, writeJavaText, writeUtf8 } from "./utf8.ts";

function decode(bytes: Uint8Array): string {
  return decodeUtf8(bytes, 0, bytes.length);
}

function written(write: typeof writeUtf8, text: string): string {
  const bytes = new Uint8Array(3 * text.length);
  return hexOf(bytes.subarray(0, write(bytes, 0, text)));
}

describe("what Java reads", () => {
  test.each([
    ["", ""],
    ["2f 61", "/a"],
    ["c3 a9", "é"],
    ["df bf", "\u07ff"],
    ["e0 a0 80", "\u0800"],
    ["ef bf bf", "\uffff"],
    ["ef bb bf 61", "\ufeffa"],
    ["f0 9f 98 80", "😀"],
    ["f4 8f bf bf", "\u{10ffff}"],
    // From service cases: a byte that no character has, and a lead without its continuation.
    ["2f ff", "/\ufffd"],
    ["2f 61 c3 28", "/a\ufffd("],
    // A surrogate is one mistake of three bytes, where the web's decoder counts three.
    ["ed a0 80", "\ufffd"],
    ["ed a0 bd ed b8 80", "\ufffd\ufffd"],
    ["ed a0", "\ufffd"],
    ["ed a0 41", "\ufffdA"],
    // Too long, or beyond the last character: the lead alone is the mistake, and each that follows is another.
    ["c0 80", "\ufffd\ufffd"],
    ["e0 80 80", "\ufffd\ufffd\ufffd"],
    ["f0 80 80 80", "\ufffd\ufffd\ufffd\ufffd"],
    ["f4 90 80 80", "\ufffd\ufffd\ufffd\ufffd"],
    ["f5 80", "\ufffd\ufffd"],
    // The beginning of a character is one mistake, at the end of the text as well.
    ["e2 82", "\ufffd"],
    ["e2 82 41", "\ufffdA"],
    ["f0 9f 98", "\ufffd"],
    ["f0 9f 98 41", "\ufffdA"],
    ["f0 9f f0 9f 98 80", "\ufffd😀"],
    ["80 bf", "\ufffd\ufffd"],
  ])("%s", (hex, text) => {
    expect(decode(bytesOf(hex))).toBe(text);
  });

  test("is what the web's decoder reads where there is no surrogate", () => {
    const web = new TextDecoder("utf-8", { ignoreBOM: true });
    const byte = fc.oneof(
      fc.nat({ max: 255 }),
      fc.constantFrom(0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xe2, 0xf0, 0xf4),
    );
    const bytes = fc
      .array(
        byte.filter((n) => n !== 0xed),
        { maxLength: 60 },
      )
      .map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(bytes, (bytes) => {
        expect(decode(bytes)).toBe(web.decode(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test("a text of a megabyte", () => {
    const text = "é/a".repeat(350_000);

    expect(decode(new TextEncoder().encode(text))).toBe(text);
  });

  test("a part of the bytes", () => {
    expect(decodeUtf8(bytesOf("41 c3 a9 42"), 1, 3)).toBe("é");
    expect(decodeUtf8(bytesOf("41 c3 a9 42"), 0, 2)).toBe("A\ufffd");
  });
});

describe("what is written", () => {
  test.each([
    ["/a", "2f 61", "2f 61"],
    ["\0\x7f", "00 7f", "00 7f"],
    ["\x80\u07ff", "c2 80 df bf", "c2 80 df bf"],
    ["\u0800\uffff", "e0 a0 80 ef bf bf", "e0 a0 80 ef bf bf"],
    // Java: each surrogate on its own.
    ["😀", "ed a0 bd ed b8 80", "f0 9f 98 80"],
    ["\ud800", "ed a0 80", "ed a0 80"],
    ["\ude00\ud83d", "ed b8 80 ed a0 bd", "ed b8 80 ed a0 bd"],
  ])("%j", (text, byJava, byOthers) => {
    expect(written(writeJavaText, text)).toBe(packed(byJava));
    expect(written(writeUtf8, text)).toBe(packed(byOthers));
  });

  test("is standard UTF-8 where no surrogate is alone, and as long as foretold where Java writes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        expect(written(writeUtf8, text)).toBe(hexOf(new TextEncoder().encode(text)));
        expect(javaTextLength(text)).toBe(written(writeJavaText, text).length / 2);
      }),
    );
  });
});
