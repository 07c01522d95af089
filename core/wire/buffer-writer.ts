import { NOTHING, type SessionId } from "../ids.ts";
import type { Buffer, Long } from "./records.ts";
import type { Sink } from "./sink.ts";
import { type TextEncoding, writeJavaText, writeUtf8 } from "./utf8.ts";
import { WireError } from "./wire-error.ts";

const FIRST_CAPACITY = 256;

export interface WriterOptions {
  /** "java", if nothing is said: the server's own, and the Java client's. */
  readonly texts?: TextEncoding;
}

/**
 * Big-endian bytes that grow as they are written (BinaryOutputArchive). One writer serves any number of messages, one
 * after another: `take` copies what was written and begins anew.
 */
export class BufferWriter implements Sink {
  private readonly texts: TextEncoding;
  private bytes = new Uint8Array(FIRST_CAPACITY);
  private at = 0;

  constructor(options: WriterOptions = {}) {
    this.texts = options.texts ?? "java";
  }

  get length(): number {
    return this.at;
  }

  /** Forgets what was written, of a message that could not be finished as well. */
  reset(): void {
    this.at = 0;
  }

  /** A copy of what was written. The writer is empty again. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice(0, this.at);
    this.at = 0;
    return taken;
  }

  writeInt(value: number): void {
    checkInt(value, this.at);
    const at = this.reserve(4);
    putInt(this.bytes, at, value);
    this.at = at + 4;
  }

  writeLong(value: number): void {
    checkLong(value, this.at);
    const high = Math.floor(value / 2 ** 32);
    const at = this.reserve(8);
    putInt(this.bytes, at, high);
    putInt(this.bytes, at + 4, value - high * 2 ** 32);
    this.at = at + 8;
  }

  writeAnyLong(value: Long): void {
    if (typeof value === "number") {
      this.writeLong(value);
      return;
    }
    checkAnyLong(value, this.at);
    this.putBits(value);
  }

  writeSessionId(value: SessionId): void {
    checkSessionId(value, this.at);
    this.putBits(value);
  }

  private putBits(value: bigint): void {
    const at = this.reserve(8);
    putInt(this.bytes, at, Number(value >> 32n));
    putInt(this.bytes, at + 4, Number(value & 0xffffffffn));
    this.at = at + 8;
  }

  writeBoolean(value: boolean): void {
    const at = this.reserve(1);
    this.bytes[at] = value ? 1 : 0;
    this.at = at + 1;
  }

  writeBuffer(value: Buffer | null): void {
    if (value === null) {
      this.writeInt(-1);
      return;
    }
    this.writeInt(value.length);
    this.writeRaw(value);
  }

  writeText(value: string | null): void {
    if (value === null) {
      this.writeInt(-1);
      return;
    }
    const from = this.at;
    this.writeInt(0);
    this.writeRawText(value);
    putInt(this.bytes, from, this.at - from - 4);
  }

  writeRaw(value: Buffer): void {
    const at = this.reserve(value.length);
    this.bytes.set(value, at);
    this.at = at + value.length;
  }

  writeRawText(value: string): void {
    const at = this.reserve(3 * value.length);
    const write = this.texts === "java" ? writeJavaText : writeUtf8;
    this.at = write(this.bytes, at, value);
  }

  /** Makes room behind what was written, and returns where that is. */
  private reserve(count: number): number {
    const needed = this.at + count;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
      grown.set(this.bytes.subarray(0, this.at));
      this.bytes = grown;
    }
    return this.at;
  }
}

function putInt(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

export function checkInt(value: number, offset: number): void {
  if ((value | 0) !== value) {
    throw new WireError(offset, "an int of 32 bits to write", String(value));
  }
}

export function checkLong(value: number, offset: number): void {
  if (!Number.isSafeInteger(value) && value !== NOTHING) {
    throw new WireError(offset, "a whole number below 2^53 to write", String(value));
  }
}

/** A bigint only for what no number says, so that every `long` has one spelling. */
export function checkAnyLong(value: Long, offset: number): void {
  if (typeof value === "number") {
    checkLong(value, offset);
    return;
  }
  const asNumber = Number(value);
  const isNumber = Number.isSafeInteger(asNumber) || value === BigInt(NOTHING);
  if (isNumber || BigInt.asIntN(64, value) !== value) {
    throw new WireError(offset, "a bigint of 64 bits beyond 2^53 to write", String(value));
  }
}

export function checkSessionId(value: SessionId, offset: number): void {
  if (BigInt.asIntN(64, value) !== value) {
    throw new WireError(offset, "a session id of 64 bits to write", String(value));
  }
}
