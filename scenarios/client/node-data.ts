import type { Stat } from "../../core/wire/records.ts";
import { shown } from "./door.ts";

/** Data as people give it: text is sent as UTF-8, null as no data at all, which is not the same as empty data. */
export type DataInput = string | Uint8Array | null;

export function toBytes(data: DataInput): Uint8Array | null {
  if (data === null) return null;
  // A copy: what the caller does with its array later is no business of a message under way.
  return typeof data === "string" ? new TextEncoder().encode(data) : data.slice();
}

export function expectData(field: string, given: unknown): void {
  if (given === null || typeof given === "string" || given instanceof Uint8Array) return;
  throw new TypeError(`${field}: expected text, a Uint8Array or null, got ${shown(given)}`);
}

/** The data of a znode, with its Stat. */
export class NodeData {
  readonly data: Uint8Array | null;
  readonly stat: Stat;

  constructor(data: Uint8Array | null, stat: Stat) {
    this.data = data;
    this.stat = stat;
  }

  /** The data as text, empty where there is none. */
  get text(): string {
    return this.data === null ? "" : new TextDecoder().decode(this.data);
  }
}
