import { makeZxid, parseZxid, type Zxid } from "../../core/zxid.ts";
import type { ZxidText } from "./fields.ts";

/** A zxid out of either way to write it; undefined when its epoch is 2^21 or more, which no run carries. */
export function readZxid(text: ZxidText): Zxid | undefined {
  return typeof text === "string" ? parseZxid(text) : makeZxid(text.epoch, text.counter);
}

/** For what was checked at the door already. */
export function zxidOf(text: ZxidText): Zxid {
  const zxid = readZxid(text);
  if (zxid === undefined) throw new RangeError(`expected a zxid, got ${JSON.stringify(text)}`);
  return zxid;
}
