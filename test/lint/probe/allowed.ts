// Look-alikes of what is forbidden; none of these lines may be reported.
import { epoch } from "./ids.ts";
import type { Zxid } from "../core/zxid.ts";

const LIMIT = 2 ** 32;
const NOTHING = -(2 ** 63);
const EMPTY: ReadonlyMap<string, number> = new Map();
const NAMES = new Set(["LOOKING", "LEADING"]);

export interface Clock {
  readonly Date: number;
  readonly process: string;
  readonly Math: number;
}

export class Unit {
  static readonly one = 1;
  readonly value = Unit.one;
}

export const largest = Math.max(LIMIT, NOTHING, Math.floor(1.5), Math.trunc(2.5), Math.sqrt(4));
export const half = Math.imul(3, 5) + Math.clz32(1) + Math.abs(-1) + Math.ceil(0.5) + Math.sign(-1);
export const read = (clock: Clock) => [clock.Date, clock.process, clock.Math];
export const write = (): Clock => ({ Date: 1, process: "follower", Math: 2 });
export const upper = (name: string) => name.toUpperCase();
export const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b);
export const fetchNext = (queue: readonly string[]) => queue[0];

export function count(words: readonly string[]): ReadonlyMap<string, number> {
  let total = 0;
  const counts = new Map<string, number>();
  for (const word of words) {
    total += 1;
    counts.set(word, total);
  }
  for (const key of Object.keys({ a: 1 })) counts.set(key, epoch(1));
  return counts.size === 0 ? EMPTY : counts;
}

/** A local name hides the global of that name. */
export function step(process: { readonly sid: number }, performance: number): number {
  return process.sid + performance;
}

export type Shape = { kind: "A" } | { kind: "B" };
export function area(shape: Shape): number {
  switch (shape.kind) {
    case "A":
      return 1;
    case "B":
      return NAMES.size;
  }
}

export type Ids = readonly Zxid[];
