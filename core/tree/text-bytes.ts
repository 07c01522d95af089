import { decodeUtf8, writeUtf8 } from "../wire/utf8.ts";

/** Java's `getBytes(UTF_8)` and `new String(bytes, UTF_8)`, for the texts that ZooKeeper itself keeps in znodes. */

export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  return bytes.slice(0, writeUtf8(bytes, 0, text));
}

export function textOf(bytes: Uint8Array): string {
  return decodeUtf8(bytes, 0, bytes.length);
}
