import type { BufferReader } from "./buffer-reader.ts";
import type { Sink } from "./sink.ts";

/** What stands before each part of a multi and of its reply (MultiHeader), and once more behind the last. */
export interface MultiHeader {
  readonly type: number;
  readonly done: boolean;
  readonly err: number;
}

/** Java writes −1 for the error of every request, and for both numbers of the last header. */
export const NO_ERR = -1;

export function writeMultiHeader(sink: Sink, type: number, err: number): void {
  sink.writeInt(type);
  sink.writeBoolean(false);
  sink.writeInt(err);
}

export function writeMultiEnd(sink: Sink): void {
  sink.writeInt(-1);
  sink.writeBoolean(true);
  sink.writeInt(NO_ERR);
}

/** `done` alone ends a multi; Java looks at nothing else. */
export function readMultiHeader(reader: BufferReader): MultiHeader {
  return {
    type: reader.readInt("type of a MultiHeader"),
    done: reader.readBoolean("done of a MultiHeader"),
    err: reader.readInt("err of a MultiHeader"),
  };
}
