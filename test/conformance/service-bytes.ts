/** Jute by hand, apart from the codec under test: what a recorded step puts on the wire, and takes off it. */

export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  int(value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, value);
    return this.raw(bytes);
  }

  /** A number beyond the 64 bits, which JSON makes of Java's extremes, is the nearest one within. */
  long(value: number | bigint): this {
    const exact = BigInt(value);
    const clamped = exact > MAX_LONG ? MAX_LONG : exact < MIN_LONG ? MIN_LONG : exact;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, clamped);
    return this.raw(bytes);
  }

  boolean(value: boolean): this {
    return this.raw(Uint8Array.of(value ? 1 : 0));
  }

  /** A buffer or text; undefined is null, of length −1. */
  sized(bytes: Uint8Array | undefined): this {
    if (bytes === undefined) return this.int(-1);
    return this.int(bytes.length).raw(bytes);
  }

  list<T>(items: readonly T[] | null, write: (item: T) => void): this {
    if (items === null) return this.int(-1);
    this.int(items.length);
    for (const item of items) write(item);
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  bytes(): Uint8Array {
    return concat(this.#parts);
  }
}

/** A reply ended before what it should hold. */
export class ShortReply extends Error {}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  int(): number {
    return this.#view.getInt32(this.#skip(4));
  }

  long(): bigint {
    return this.#view.getBigInt64(this.#skip(8));
  }

  /** A long that a number holds exactly, such as the zxids of the recordings. */
  number(): number {
    return Number(this.long());
  }

  boolean(): boolean {
    return this.#view.getUint8(this.#skip(1)) !== 0;
  }

  buffer(): Uint8Array | null {
    const length = this.int();
    if (length < 0) return null;
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** With U+FFFD for what is no UTF-8, as the recorder decoded. */
  text(): string | null {
    const bytes = this.buffer();
    return bytes === null ? null : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  list<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.int(); left > 0; left--) items.push(read());
    return items;
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#skip(this.left));
  }

  #skip(length: number): number {
    if (length > this.left) {
      throw new ShortReply(`the reply ends ${length - this.left} bytes before its field does`);
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

/** A packet: its length and its bytes. */
export function framed(packet: Uint8Array): Uint8Array {
  return new ByteWriter().sized(packet).bytes();
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function hexBytes(hex: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(hex)) throw new Error(`"${hex}" are no hex digits of whole bytes`);
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** A lone surrogate is the three bytes of its code point. */
export function utf8Bytes(text: string): Uint8Array {
  if (!/\p{Surrogate}/u.test(text)) return new TextEncoder().encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    if (isSurrogate)
      bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else bytes.push(...new TextEncoder().encode(character));
  }
  return Uint8Array.from(bytes);
}

const MAX_LONG = 2n ** 63n - 1n;
const MIN_LONG = -(2n ** 63n);
