import type { SessionId } from "../ids.ts";
import { checkAnyLong, checkInt, checkLong, checkSessionId } from "./buffer-writer.ts";
import type { Buffer, Long } from "./records.ts";
import type { Sink } from "./sink.ts";
import { javaTextLength } from "./utf8.ts";

/** Counts the bytes that a BufferWriter would keep, and refuses what it would refuse. */
export class SizeCounter implements Sink {
  private size = 0;

  get length(): number {
    return this.size;
  }

  writeInt(value: number): void {
    checkInt(value, this.size);
    this.size += 4;
  }

  writeLong(value: number): void {
    checkLong(value, this.size);
    this.size += 8;
  }

  writeAnyLong(value: Long): void {
    checkAnyLong(value, this.size);
    this.size += 8;
  }

  writeSessionId(value: SessionId): void {
    checkSessionId(value, this.size);
    this.size += 8;
  }

  writeBoolean(): void {
    this.size += 1;
  }

  writeBuffer(value: Buffer | null): void {
    this.size += value === null ? 4 : 4 + value.length;
  }

  writeText(value: string | null): void {
    this.size += value === null ? 4 : 4 + javaTextLength(value);
  }

  writeRaw(value: Buffer): void {
    this.size += value.length;
  }

  writeRawText(value: string): void {
    this.size += javaTextLength(value);
  }
}
