import { NO_SESSION } from "../../core/ids.ts";
import { BufferWriter } from "../../core/wire/buffer-writer.ts";
import {
  encodeReply,
  encodeRequest,
  replySize,
  requestSize,
  tryDecodeRequest,
  tryDecodeServerMessage,
} from "../../core/wire/index.ts";
import type { Reply, Request } from "../../core/wire/records.ts";
import { zxid } from "../../core/zxid.ts";
import { interleave, type Variant } from "./measure.ts";
import { type BenchOptions, ratesOf, type Row } from "./row.ts";

/**
 * A getData and its reply, each written and read; against counting how long they would be, as the codec's absence does.
 */

const PAIRS = 20_000;
const DATA_BYTES = 100;
const WARM_UP_SECONDS = 0.5;

const REQUEST: Request = { kind: "getData", path: "/d12345/n6", watch: false };

const REPLY: Reply = {
  header: { xid: 1, zxid: zxid(0x100000003), err: 0 },
  response: {
    kind: "dataStat",
    data: new Uint8Array(DATA_BYTES),
    stat: {
      czxid: zxid(0x100000002),
      mzxid: zxid(0x100000003),
      ctime: 1_767_225_600_000,
      mtime: 1_767_225_600_001,
      version: 1,
      cversion: 0,
      aversion: 0,
      ephemeralOwner: NO_SESSION,
      dataLength: DATA_BYTES,
      numChildren: 0,
      pzxid: zxid(0x100000002),
    },
  },
};

export function wireRows({ rounds, progress }: BenchOptions): Row[] {
  const writer = new BufferWriter();
  const variants: readonly Variant[] = [
    { name: "getData and reply: lengths alone", run: () => repeat(measured) },
    { name: "getData and reply: encode, decode", run: () => repeat((i) => codec(i, writer)) },
  ];
  const outcomes = interleave(
    variants,
    rounds,
    (text) => progress(`wire: ${text}`),
    WARM_UP_SECONDS,
  );
  const [lengths, bytes] = variants.map(({ name }) => ({
    name,
    unit: "pairs/s",
    figures: ratesOf(outcomes, name, "pairs"),
  })) as [Row, Row];
  return [lengths, { ...bytes, against: { name: "lengths alone", figures: lengths.figures } }];
}

function repeat(pair: (i: number) => number): Record<string, number> {
  let bytes = 0;
  for (let i = 1; i <= PAIRS; i++) bytes += pair(i);
  if (bytes === 0) throw new Error("nothing was written");
  return { pairs: PAIRS };
}

function measured(): number {
  return requestSize(REQUEST) + replySize(REPLY);
}

function codec(xid: number, writer: BufferWriter): number {
  const request = encodeRequest(xid, REQUEST, writer);
  if (tryDecodeRequest(request).kind !== "request") throw new Error("the request is malformed");
  const { response } = REPLY;
  const reply = encodeReply({ header: { ...REPLY.header, xid }, response }, writer);
  if (tryDecodeServerMessage(reply, "getData").kind !== "reply") {
    throw new Error("the reply is malformed");
  }
  return request.length + reply.length;
}
