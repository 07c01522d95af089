import type { Predicate } from "../format/predicate.ts";
import type { Step } from "../format/steps.ts";

/** Small builders that the library's scenarios are written with. */

/** The servers boot at once, or one after another with a gap. */
export function boot(servers: readonly number[] | "all", everyMs?: number): Step {
  const server = servers === "all" ? servers : [...servers];
  return {
    at: 0,
    do: "boot",
    server,
    ...(everyMs === undefined ? {} : { every: `${everyMs}ms` }),
  };
}

export const SETTLED: Predicate = { settled: true };

/** Everybody follows this one. */
export function settledUnder(leader: number): Predicate {
  return { settled: true, leader };
}

/** `1` to `n`. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}

/** `1 to n` without some. */
export function without(n: number, ...some: readonly number[]): number[] {
  return upTo(n).filter((id) => !some.includes(id));
}

/** As a key of a predicate: `1,2,4`. */
export function key(ids: readonly number[]): string {
  return ids.join(",");
}
