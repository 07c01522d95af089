import type { SessionId } from "../ids.ts";
import type { Buffer, Long } from "./records.ts";

/**
 * What a record is written to: a BufferWriter keeps the bytes, a SizeCounter only counts them. Both follow the one
 * description that each record has, so that a size is never another than the length of the bytes.
 */
export interface Sink {
  writeInt(value: number): void;
  /** A Java `long` that a double keeps: a zxid, a time, −1, −2^63. */
  writeLong(value: number): void;
  /** Any Java `long`. */
  writeAnyLong(value: Long): void;
  writeSessionId(value: SessionId): void;
  writeBoolean(value: boolean): void;
  writeBuffer(value: Buffer | null): void;
  writeText(value: string | null): void;
  /** Bytes as they are, without a length. */
  writeRaw(value: Buffer): void;
  /** Text as it is, without a length. */
  writeRawText(value: string): void;
  /** The bytes so far, which errors name. */
  readonly length: number;
}
