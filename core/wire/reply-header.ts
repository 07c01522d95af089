import type { BufferReader } from "./buffer-reader.ts";
import type { ReplyHeader } from "./records.ts";
import type { Sink } from "./sink.ts";

export const REPLY_HEADER_BYTES = 16;

export function writeReplyHeader(sink: Sink, header: ReplyHeader): void {
  sink.writeInt(header.xid);
  sink.writeLong(header.zxid);
  sink.writeInt(header.err);
}

export function readReplyHeader(reader: BufferReader): ReplyHeader {
  return {
    xid: reader.readInt("xid"),
    zxid: reader.readZxid("zxid"),
    err: reader.readInt("err"),
  };
}
