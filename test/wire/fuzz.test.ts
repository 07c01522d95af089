import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  BufferWriter,
  decodeConnectRequest,
  decodeConnectResponse,
  decodeNotice,
  decodeReply,
  decodeRequest,
  encodeConnectRequest,
  encodeConnectResponse,
  encodeNotice,
  encodeReply,
  encodeRequest,
  newFrameSplitter,
  OPCODES,
  type Reply,
  type RequestKind,
  RESPONSE_KINDS,
  splitFrames,
  tryDecodeConnectRequest,
  tryDecodeConnectResponse,
  tryDecodeRequest,
  tryDecodeServerMessage,
  WireError,
} from "../../core/wire/index.ts";
import { answers, connectRequests, connectResponses, notices, requests } from "./arbitraries.ts";

/**
 * Bytes that nobody meant: the throwing doors throw a WireError or nothing, the others nothing at all, and what does
 * decode is written again to bytes that decode to the same. `VIVARIUM_FUZZ=N` sets the number of inputs.
 */
const INPUTS = Number(process.env["VIVARIUM_FUZZ"] ?? 20_000);

const OPS = Object.keys(RESPONSE_KINDS) as RequestKind[];
const CORPUS_SIZE = 400;

interface Input {
  readonly bytes: Uint8Array;
  /** The request that a client takes the bytes for the answer to. */
  readonly op: RequestKind;
}

/** Valid frames of every sort to begin with. */
const corpus: readonly Input[] = [
  ...fc.sample(requests, CORPUS_SIZE).map((request) => inputOf(encodeRequest(7, request))),
  ...fc.sample(answers, CORPUS_SIZE).map(({ op, reply }) => inputOf(encodeReply(reply), op)),
  ...fc.sample(notices, 20).map((notice) => inputOf(encodeNotice(notice))),
  ...fc.sample(connectRequests, 20).map((request) => inputOf(encodeConnectRequest(request))),
  ...fc.sample(connectResponses, 20).map((response) => inputOf(encodeConnectResponse(response))),
];

function inputOf(bytes: Uint8Array, op: RequestKind = "getData"): Input {
  return { bytes, op };
}

type Mutation = readonly [what: number, at: number, value: number];

/** Bytes and whole ints that lengths and counts like to be. */
const VALUES = [0, 1, 2, 3, 4, 14, 22, 101, 127, 128, 0xc3, 0xed, 0xa0, 0xf0, 0xff];

function mutate(bytes: Uint8Array, [what, where, value]: Mutation): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = where % bytes.length;
  const byte = VALUES[value % VALUES.length] as number;
  const all = [...bytes];
  switch (what) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return Uint8Array.from([...all.slice(0, at), byte, ...all.slice(at)]);
    case 2:
      return Uint8Array.from(all.toSpliced(at, 1 + (value % 8)));
    case 3:
      return Uint8Array.from(all.with(at, (all[at] as number) ^ (1 << (value % 8))));
    case 4: {
      // An int at a place where one may stand, often just below, at or just above zero.
      const ints = [0xff, 0xff, 0xff, value];
      return Uint8Array.from(all.toSpliced(at, 4, ...(value % 2 === 0 ? ints : [0, 0, 0, byte])));
    }
    default:
      return Uint8Array.from(all.with(at, byte));
  }
}

const mutation = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 200 }), fc.nat({ max: 255 }));
const mutated: fc.Arbitrary<Input> = fc
  .tuple(fc.constantFrom(...corpus), fc.array(mutation, { maxLength: 3 }))
  .map(([{ bytes, op }, mutations]) => inputOf(mutations.reduce(mutate, bytes), op));

/** Random bytes, most of them behind a header of a type that exists. */
const random: fc.Arbitrary<Input> = fc
  .tuple(fc.constantFrom(...OPS), fc.uint8Array({ maxLength: 80 }))
  .map(([op, bytes]) => {
    const header = encodeRequest(5, { kind: "ping" });
    new DataView(header.buffer).setInt32(4, OPCODES[op]);
    return inputOf(bytes.length < 9 ? bytes : Uint8Array.from([...header, ...bytes]), op);
  });

const otherOp: fc.Arbitrary<Input> = fc
  .tuple(fc.constantFrom(...corpus), fc.constantFrom(...OPS))
  .map(([{ bytes }, op]) => ({ bytes, op }));

const inputs = fc.oneof(
  { weight: 7, arbitrary: mutated },
  { weight: 2, arbitrary: random },
  { weight: 1, arbitrary: otherOp },
);

/** Standard UTF-8: a character beyond the BMP does not survive Java's way of writing. */
const writer = new BufferWriter({ texts: "utf-8" });

/** What a throwing door gives; anything that it throws but a WireError goes on. */
function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function same(door: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, door).toStrictEqual(expected);
}

/** Both doors give the same, and what they give survives the wire. */
function agree<T>(
  door: string,
  thrown: T | undefined,
  decoded: T | undefined,
  again: (value: T) => T,
): boolean {
  same(door, decoded, thrown);
  if (thrown !== undefined) same(`${door}, written again`, again(thrown), thrown);
  return thrown !== undefined;
}

function tryRequest(bytes: Uint8Array): boolean {
  const result = tryDecodeRequest(bytes);
  return agree(
    "request",
    attempt(() => decodeRequest(bytes)),
    result.kind === "request" ? { header: result.header, request: result.request } : undefined,
    ({ header, request }) => decodeRequest(encodeRequest(header.xid, request, writer)),
  );
}

function tryReply({ bytes, op }: Input): boolean {
  const result = tryDecodeServerMessage(bytes, op);
  const reply = attempt(() => decodeReply(bytes, op));
  const again = (value: Reply): Reply => decodeReply(encodeReply(value, writer), op);
  // Behind these xids is no answer to `op`, whatever the bytes would be for one.
  if (XIDS_BESIDE.has(xidOf(bytes))) {
    if (result.kind === "reply") {
      const written = encodeReply(result.reply, writer);
      same("message, written again", tryDecodeServerMessage(written, op), result);
    }
    return agree("reply", reply, reply, again);
  }
  return agree("reply", reply, result.kind === "reply" ? result.reply : undefined, again);
}

function tryNotice(bytes: Uint8Array): boolean {
  const result = tryDecodeServerMessage(bytes, undefined);
  const notice = attempt(() => decodeNotice(bytes));
  const decoded = result.kind === "event" ? result.notice : undefined;
  return agree("notice", notice, xidOf(bytes) === -1 ? decoded : notice, (value) =>
    decodeNotice(encodeNotice(value, writer)),
  );
}

function tryHandshake(bytes: Uint8Array): boolean {
  const asked = tryDecodeConnectRequest(bytes);
  const isRequest = agree(
    "connect request",
    attempt(() => decodeConnectRequest(bytes)),
    asked.kind === "connectRequest" ? asked.request : undefined,
    (value) => decodeConnectRequest(encodeConnectRequest(value, writer)),
  );
  const answered = tryDecodeConnectResponse(bytes);
  const isResponse = agree(
    "connect response",
    attempt(() => decodeConnectResponse(bytes)),
    answered.kind === "connectResponse" ? answered.response : undefined,
    (value) => decodeConnectResponse(encodeConnectResponse(value, writer)),
  );
  return isRequest || isResponse;
}

function tryFrames(bytes: Uint8Array, cut: number): void {
  const whole = splitFrames(newFrameSplitter(), bytes);
  const splitter = newFrameSplitter();
  const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)];
  same(
    "frames",
    pieces.flatMap((piece) => splitFrames(splitter, piece)),
    whole,
  );
  splitFrames(newFrameSplitter({ fourLetterWords: true }), bytes);
}

const XIDS_BESIDE: ReadonlySet<number> = new Set([-1, -2, -4]);

function xidOf(bytes: Uint8Array): number {
  return bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
}

test(`${INPUTS} inputs to every door`, { timeout: 600_000 }, () => {
  const decoded = { requests: 0, replies: 0, notices: 0, handshakes: 0 };
  fc.assert(
    fc.property(inputs, fc.nat({ max: 20 }), (input, cut) => {
      decoded.requests += Number(tryRequest(input.bytes));
      decoded.replies += Number(tryReply(input));
      decoded.notices += Number(tryNotice(input.bytes));
      decoded.handshakes += Number(tryHandshake(input.bytes));
      tryFrames(input.bytes, cut);
    }),
    { numRuns: INPUTS },
  );

  // Enough of them get through that the second half of the promise means something.
  for (const count of Object.values(decoded)) expect(count).toBeGreaterThan(INPUTS / 50);
});
