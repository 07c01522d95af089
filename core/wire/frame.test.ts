import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, hexOf, packed } from "../../test/wire/hex.ts";
import {
  encodeFrame,
  FOUR_LETTER_WORDS,
  type FrameEvent,
  newFrameSplitter,
  type SplitterOptions,
  splitFrames,
} from "./frame.ts";

function split(hex: string, options?: SplitterOptions): FrameEvent[] {
  return splitFrames(newFrameSplitter(options), bytesOf(hex));
}

const SERVER: SplitterOptions = { fourLetterWords: true };

describe("frames", () => {
  test("several in a piece, an empty one, and one that is not complete", () => {
    expect(split("00000001 aa 00000000 00000002 bbcc 00000001")).toEqual([
      { kind: "frame", content: bytesOf("aa") },
      { kind: "frame", content: bytesOf("") },
      { kind: "frame", content: bytesOf("bbcc") },
    ]);
  });

  test("cut anywhere, they are the same", () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 });
    const cuts = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(contents, cuts, (contents, cuts) => {
        const stream = Uint8Array.from(contents.flatMap((content) => [...encodeFrame(content)]));
        let splitter = newFrameSplitter(SERVER);
        const events: FrameEvent[] = [];
        let at = 0;
        for (let i = 0; at < stream.length; i++) {
          // Every piece in the same memory, which the next one overwrites; and a splitter is plain data.
          const length = i < cuts.length ? (cuts[i] as number) : stream.length - at;
          const piece = stream.slice(at, at + length);
          events.push(...splitFrames(splitter, piece));
          piece.fill(0xee);
          splitter = structuredClone(splitter);
          at += length;
        }

        expect(events).toEqual(contents.map((content) => ({ kind: "frame", content })));
      }),
    );
  });

  test("the length stands before the message", () => {
    expect(hexOf(encodeFrame(bytesOf("aabb")))).toBe(packed("00000002 aabb"));
    expect(hexOf(encodeFrame(new Uint8Array(0x010203)).subarray(0, 5))).toBe("0001020300");
  });
});

describe("lengths that are refused", () => {
  test.each([
    ["ffffffff", -1],
    ["80000000", -(2 ** 31)],
    ["00100000", 1_048_576],
  ])("%s", (hex, length) => {
    const reason = `at byte 0: expected a frame's length from 0 to 1048575, found ${length}`;
    expect(split(hex)).toEqual([{ kind: "refused", length, reason }]);
  });

  test("the greatest is not, and the limit can be another", () => {
    expect(split("000fffff")).toEqual([]);
    expect(split("00001000", { maxLength: 4096 })).toEqual([]);
    expect(split("00001001", { maxLength: 4096 })).toMatchObject([{ kind: "refused" }]);
  });

  test("nothing is read behind one", () => {
    const splitter = newFrameSplitter();

    expect(splitFrames(splitter, bytesOf("ffffffff 00000000"))).toHaveLength(1);
    expect(splitFrames(splitter, bytesOf("00000000"))).toEqual([]);
  });
});

describe("four-letter words", () => {
  test("ruok and a newline", () => {
    const rest = bytesOf("0a");
    expect(split("72756f6b 0a", SERVER)).toEqual([{ kind: "command", word: "ruok", rest }]);
  });

  test("letter by letter, and what telnet sends", () => {
    const splitter = newFrameSplitter(SERVER);
    const events = Array.from(bytesOf("6d6e7472")).flatMap((byte) =>
      splitFrames(splitter, Uint8Array.of(byte)),
    );

    expect(events).toEqual([{ kind: "command", word: "mntr", rest: new Uint8Array(0) }]);
    expect(split("fff4fffd", SERVER)).toMatchObject([{ word: "telnet close" }]);
  });

  test("only at the beginning, only to a server, only those that are known", () => {
    expect(split("00000000 72756f6b", SERVER)).toMatchObject([
      { kind: "frame" },
      { kind: "refused" },
    ]);
    expect(split("72756f6b")).toMatchObject([{ kind: "refused", length: 0x72756f6b }]);
    expect(split("61626364", SERVER)).toMatchObject([{ kind: "refused" }]);
    expect(FOUR_LETTER_WORDS.size).toBe(19);
  });
});
