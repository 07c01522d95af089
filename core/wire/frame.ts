import { DEFAULT_MAX_BUFFER } from "./buffer-reader.ts";
import { WireError } from "./wire-error.ts";

/** Every message travels behind its length, four bytes. */
export const FRAME_BYTES = 4;

/** Puts the length before a message. */
export function encodeFrame(content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES + content.length);
  for (let i = 0; i < FRAME_BYTES; i++) frame[i] = content.length >> (24 - 8 * i);
  frame.set(content, FRAME_BYTES);
  return frame;
}

const COMMANDS =
  "conf cons crst dirs dump envi gtmk hash isro mntr ruok srst srvr stat stmk wchc wchp wchs".split(
    " ",
  );

/**
 * Words that select the admin protocol when a connection begins with them (FourLetterCommands). The last is what telnet
 * sends when it closes; ZooKeeper knows it under this name.
 */
export const FOUR_LETTER_WORDS: ReadonlyMap<number, string> = new Map([
  ...COMMANDS.map((word): [number, string] => [codeOf(word), word]),
  [0xfff4fffd | 0, "telnet close"],
]);

export type FrameEvent =
  | { readonly kind: "frame"; readonly content: Uint8Array }
  /** `rest` is what came behind the word in the same piece: `stmk` has eight bytes to follow. */
  | { readonly kind: "command"; readonly word: string; readonly rest: Uint8Array }
  /** The connection is to be closed. */
  | { readonly kind: "refused"; readonly length: number; readonly reason: string };

export interface SplitterOptions {
  /** `jute.maxbuffer`, or what a client has in its place. */
  readonly maxLength?: number;
  /** Servers look for four-letter words at the beginning of a connection; clients do not. */
  readonly fourLetterWords?: boolean;
}

/** The bytes of one direction of a connection, as far as they are not a frame yet. Plain data. */
export interface FrameSplitter {
  readonly maxLength: number;
  /** Until the first four bytes are in. */
  mayBeWord: boolean;
  /** After a word or a refused length nothing is read any more. */
  isOver: boolean;
  length: number;
  lengthBytes: number;
  /** Undefined while the length is incomplete. */
  content: Uint8Array | undefined;
  filled: number;
}

export function newFrameSplitter(options: SplitterOptions = {}): FrameSplitter {
  return {
    maxLength: options.maxLength ?? DEFAULT_MAX_BUFFER,
    mayBeWord: options.fourLetterWords ?? false,
    isOver: false,
    length: 0,
    lengthBytes: 0,
    content: undefined,
    filled: 0,
  };
}

/**
 * Takes the next piece of a connection, cut anywhere, and returns what it completes. Frames are copies, and the piece is
 * not kept.
 */
export function splitFrames(splitter: FrameSplitter, piece: Uint8Array): FrameEvent[] {
  const events: FrameEvent[] = [];
  let at = 0;
  while (at < piece.length && !splitter.isOver) {
    at = splitter.content === undefined ? takeLength(splitter, piece, at) : at;
    if (splitter.lengthBytes < FRAME_BYTES) break;
    if (splitter.content === undefined) {
      const end = beginContent(splitter, piece, at);
      if (end !== undefined) {
        events.push(end);
        break;
      }
    }
    at = takeContent(splitter, piece, at);
    if (splitter.filled < splitter.length) break;
    events.push({ kind: "frame", content: splitter.content as Uint8Array });
    splitter.content = undefined;
    splitter.lengthBytes = 0;
    splitter.length = 0;
  }
  return events;
}

function takeLength(splitter: FrameSplitter, piece: Uint8Array, from: number): number {
  let at = from;
  while (at < piece.length && splitter.lengthBytes < FRAME_BYTES) {
    splitter.length = (splitter.length << 8) | (piece[at++] as number);
    splitter.lengthBytes++;
  }
  return at;
}

/** The length is complete: it is a word, or refused, or the content may come. */
function beginContent(
  splitter: FrameSplitter,
  piece: Uint8Array,
  at: number,
): FrameEvent | undefined {
  const { length, maxLength } = splitter;
  const word = splitter.mayBeWord ? FOUR_LETTER_WORDS.get(length) : undefined;
  splitter.mayBeWord = false;
  if (word !== undefined) {
    splitter.isOver = true;
    return { kind: "command", word, rest: piece.slice(at) };
  }
  if (length < 0 || length > maxLength) {
    splitter.isOver = true;
    const error = new WireError(0, `a frame's length from 0 to ${maxLength}`, String(length));
    return { kind: "refused", length, reason: error.message };
  }
  splitter.content = new Uint8Array(length);
  splitter.filled = 0;
  return undefined;
}

function takeContent(splitter: FrameSplitter, piece: Uint8Array, from: number): number {
  const content = splitter.content as Uint8Array;
  const count = Math.min(splitter.length - splitter.filled, piece.length - from);
  content.set(piece.subarray(from, from + count), splitter.filled);
  splitter.filled += count;
  return from + count;
}

function codeOf(word: string): number {
  let code = 0;
  for (let i = 0; i < FRAME_BYTES; i++) code = (code << 8) | word.charCodeAt(i);
  return code;
}
