import { NO_SESSION, type SessionId } from "../ids.ts";
import { NO_ZXID, type Zxid } from "../zxid.ts";
import type { Buffer, Long } from "./records.ts";
import { decodeUtf8 } from "./utf8.ts";
import { WireError } from "./wire-error.ts";

/** The frame limit if nothing else is configured (`jute.maxbuffer`), 2^20 − 1. */
export const DEFAULT_MAX_BUFFER = 0xfffff;

const LEAST_EXTRA = 1024;

/**
 * The longest buffer or text that a reader takes: `jute.maxbuffer` and `zookeeper.jute.maxbuffer.extrasize`, which is as
 * much again if it is not set and never below 1024 (BinaryInputArchive.checkLength).
 */
export function lengthLimit(maxBuffer: number, extraSize: number = maxBuffer): number {
  return maxBuffer + Math.max(LEAST_EXTRA, extraSize);
}

export const DEFAULT_LENGTH_LIMIT = lengthLimit(DEFAULT_MAX_BUFFER);

/**
 * Big-endian bytes, read from the front (BinaryInputArchive). Each call says what it reads, for the error. Buffers come
 * out as copies: what was read stays as it is when the bytes are used again.
 */
export class BufferReader {
  private readonly bytes: Uint8Array;
  private readonly limit: number;
  private at = 0;

  constructor(bytes: Uint8Array, limit: number = DEFAULT_LENGTH_LIMIT) {
    this.bytes = bytes;
    this.limit = limit;
  }

  get offset(): number {
    return this.at;
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  readInt(what: string): number {
    this.need(4, what);
    const value = intAt(this.bytes, this.at);
    this.at += 4;
    return value;
  }

  /** Nonzero is true. */
  readBoolean(what: string): boolean {
    this.need(1, what);
    return this.bytes[this.at++] !== 0;
  }

  /** A `long` that a double keeps exactly; −2^63 is one of them. Any other is refused. */
  readLong(what: string): number {
    this.need(8, what);
    const high = intAt(this.bytes, this.at);
    const low = intAt(this.bytes, this.at + 4) >>> 0;
    // By its two halves: the numbers beside −2^63 round to it.
    const isLowest = high === -(2 ** 31) && low === 0;
    const value = high * 2 ** 32 + low;
    if (!isLowest && !Number.isSafeInteger(value)) {
      throw this.error(`${what} between −2^53 and 2^53`, String(this.bits()));
    }
    this.at += 8;
    return value;
  }

  /** Any `long`: a number where a double keeps it, and else a bigint. */
  readAnyLong(what: string): Long {
    this.need(8, what);
    const bits: bigint = this.bits();
    this.at += 8;
    const value = Number(bits);
    return Number.isSafeInteger(value) || bits === BigInt(NO_ZXID) ? value : bits;
  }

  /** From 0 to 2^53 − 1, or −1 (the zxid of an event), or −2^63. */
  readZxid(what: string): Zxid {
    const value = this.readLong(what);
    if (value < 0 && value !== -1 && value !== NO_ZXID) {
      this.at -= 8;
      throw this.error(`${what} from 0 to 2^53 − 1, −1 or −2^63`, String(value));
    }
    return value as Zxid;
  }

  readSessionId(what: string): SessionId {
    this.need(8, what);
    const value = this.bits();
    this.at += 8;
    return value;
  }

  readBuffer(what: string): Buffer | null {
    const length = this.readLength(what);
    if (length === -1) return null;
    const from = this.at;
    this.at += length;
    return this.bytes.slice(from, this.at);
  }

  readText(what: string): string | null {
    const length = this.readLength(what);
    if (length === -1) return null;
    const from = this.at;
    this.at += length;
    return decodeUtf8(this.bytes, from, this.at);
  }

  /** All that is left, as text. */
  readRestAsText(): string {
    const from = this.at;
    this.at = this.bytes.length;
    return decodeUtf8(this.bytes, from, this.at);
  }

  /**
   * How many elements a vector has, −1 for null. Java takes any other number below zero for none. A count that the bytes
   * left cannot hold, at `least` bytes an element, is refused here: Java would run into their end.
   */
  readCount(what: string, least: number): number {
    const count = this.readInt(what);
    if (count < -1) return 0;
    if (count * least > this.remaining) {
      const found = `${this.remaining} bytes behind it`;
      throw new WireError(
        this.at - 4,
        `${what}: ${count} elements of ${least} bytes or more`,
        found,
      );
    }
    return count;
  }

  error(expected: string, found: string): WireError {
    return new WireError(this.at, expected, found);
  }

  private readLength(what: string): number {
    const length = this.readInt(what);
    if (length < -1 || length > this.limit) {
      this.at -= 4;
      throw this.error(`${what} with a length from −1 to ${this.limit}`, String(length));
    }
    if (length > 0) this.need(length, what);
    return length;
  }

  private need(count: number, what: string): void {
    if (count > this.bytes.length - this.at) {
      throw this.error(`${what} (${count} bytes)`, `the end after ${this.remaining}`);
    }
  }

  private bits(): SessionId {
    const high = intAt(this.bytes, this.at);
    const low = intAt(this.bytes, this.at + 4);
    if (high === 0 && low === 0) return NO_SESSION;
    return ((BigInt(high) << 32n) | BigInt(low >>> 0)) as SessionId;
  }
}

function intAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
