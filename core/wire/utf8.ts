/**
 * Text as jute has it. Java reads standard UTF-8 (`new String(bytes, UTF_8)`) and writes every UTF-16 unit on its own
 * (BinaryOutputArchive.stringToByteBuffer), so that a character beyond the BMP goes out as two surrogates of three
 * bytes each and comes back as two U+FFFD.
 */

/** Who writes: Java, or a client whose language writes standard UTF-8 (kazoo, node-zookeeper-client). */
export type TextEncoding = "java" | "utf-8";

const REPLACEMENT = 0xfffd;

/** The bytes that Java needs for a text. */
export function javaTextLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) length += unit < 0x800 ? 1 : 2;
  }
  return length;
}

/** Writes unit by unit, as Java does, and returns where it ends. Three bytes a unit must be free. */
export function writeJavaText(bytes: Uint8Array, from: number, text: string): number {
  let at = from;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes[at++] = unit;
    else at = writeUnit(bytes, at, unit);
  }
  return at;
}

/** Writes pairs of surrogates as one character of four bytes; a lone one goes out in three, as in Java. */
export function writeUtf8(bytes: Uint8Array, from: number, text: string): number {
  let at = from;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    if (point < 0x80) {
      bytes[at++] = point;
    } else if (point < 0x10000) {
      at = writeUnit(bytes, at, point);
    } else {
      bytes[at++] = 0xf0 | (point >> 18);
      bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
      i++;
    }
  }
  return at;
}

function writeUnit(bytes: Uint8Array, from: number, unit: number): number {
  let at = from;
  if (unit < 0x800) {
    bytes[at++] = 0xc0 | (unit >> 6);
  } else {
    bytes[at++] = 0xe0 | (unit >> 12);
    bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
  }
  bytes[at++] = 0x80 | (unit & 0x3f);
  return at;
}

/** What Java's decoder makes of the bytes: it never fails, and puts U+FFFD where they are malformed. */
export function decodeUtf8(bytes: Uint8Array, from: number, to: number): string {
  let ascii = from;
  while (ascii < to && (bytes[ascii] as number) < 0x80) ascii++;
  const head = textOf(bytes, from, ascii);
  return ascii === to ? head : head + decodeUnits(bytes, ascii, to);
}

function decodeUnits(bytes: Uint8Array, from: number, to: number): string {
  const units: number[] = [];
  let at = from;
  while (at < to) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      units.push(lead);
      at++;
      continue;
    }
    const length = sequenceLength(bytes, at, to);
    const point = length > 0 ? pointOf(bytes, at, length) : REPLACEMENT;
    if (point >= 0x10000) {
      units.push(0xd7c0 + (point >> 10), 0xdc00 | (point & 0x3ff));
    } else {
      units.push(point);
    }
    at += Math.abs(length);
  }
  return textOf(units, 0, units.length);
}

/**
 * The length of the sequence that begins at `at`, or minus the bytes that become one U+FFFD together: the longest
 * beginning of a sequence, and, other than in the standard of the web, all three bytes of a surrogate.
 */
function sequenceLength(bytes: Uint8Array, at: number, to: number): number {
  const lead = bytes[at] as number;
  const length = lead < 0xc2 || lead > 0xf4 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length === 1 || at + 1 >= to || !canFollow(lead, bytes[at + 1] as number)) return -1;
  for (let i = 2; i < length; i++) {
    if (at + i >= to || !isContinuation(bytes[at + i] as number)) return -i;
  }
  const isSurrogate = lead === 0xed && (bytes[at + 1] as number) >= 0xa0;
  return isSurrogate ? -length : length;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** False for what would be too long a form (E0, F0) or lies beyond U+10FFFF (F4). */
function canFollow(lead: number, second: number): boolean {
  if (!isContinuation(second)) return false;
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xf0) return second >= 0x90;
  return lead !== 0xf4 || second < 0x90;
}

function pointOf(bytes: Uint8Array, at: number, length: number): number {
  let point = (bytes[at] as number) & (0x7f >> length);
  for (let i = 1; i < length; i++) point = (point << 6) | ((bytes[at + i] as number) & 0x3f);
  return point;
}

/** Eight units a call: measured, several times as fast as one by one, or as handing over an array of any length. */
function textOf(units: Uint8Array | readonly number[], from: number, to: number): string {
  let text = "";
  let i = from;
  for (; i + 8 <= to; i += 8) {
    text += String.fromCharCode(
      units[i] as number,
      units[i + 1] as number,
      units[i + 2] as number,
      units[i + 3] as number,
      units[i + 4] as number,
      units[i + 5] as number,
      units[i + 6] as number,
      units[i + 7] as number,
    );
  }
  for (; i < to; i++) text += String.fromCharCode(units[i] as number);
  return text;
}
