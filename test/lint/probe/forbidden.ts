// One forbidden thing a line, and behind it the rule that must report that line.
import { readFileSync } from "node:fs"; // no-restricted-imports
import * as os from "os"; // no-restricted-imports
import seedrandom from "seedrandom"; // no-restricted-imports
import { queue } from "../sim/kernel/queue.ts"; // no-restricted-imports (core only)
import type { Scenario } from "../scenarios/scenario.ts"; // no-restricted-imports
import { helper } from "../../test/helper.ts"; // no-restricted-imports
export * from "../viz/page.ts"; // no-restricted-imports
export { join } from "node:path"; // no-restricted-imports
import "../sim/index.ts"; // no-restricted-imports (core only)
import { other } from "./cycle.ts"; // import/no-cycle

let runs = 0; // determinism/no-module-state
export let last = 0; // determinism/no-module-state
var old = 0; // determinism/no-module-state
const cache = new Map<string, number>(); // determinism/no-module-state
export const seen = new Set<string>(); // determinism/no-module-state

export class Counter {
  static next = 0; // determinism/no-module-state
  value = Counter.next;
}

export const now = Date.now(); // no-restricted-globals
export const today = new Date(); // no-restricted-globals
export const started = performance.now(); // no-restricted-globals
export const soon = setTimeout(() => 0, 1); // no-restricted-globals
export const often = setInterval(() => 0, 1); // no-restricted-globals
export const next = setImmediate(() => 0); // no-restricted-globals
queueMicrotask(() => 0); // no-restricted-globals
export const pid = process.pid; // no-restricted-globals
console.log("hello"); // no-restricted-globals
export const page = fetch("http://localhost/"); // no-restricted-globals
export const uuid = crypto.randomUUID(); // no-restricted-globals
export const collator = new Intl.Collator(); // no-restricted-globals
export const win = window; // no-restricted-globals
export const doc = document; // no-restricted-globals
export const nav = navigator; // no-restricted-globals
export const hiddenClock = globalThis.Date; // no-restricted-globals
export const hiddenByName = globalThis["Date"]; // no-restricted-globals
export const world = globalThis; // no-restricted-globals
export const later = Promise.resolve(1); // no-restricted-globals
export const made = new Promise((done) => done(1)); // no-restricted-globals
export const weak = new WeakRef({}); // no-restricted-globals
export const text = eval("1"); // no-restricted-globals
export const code = new Function("return 1"); // no-restricted-globals

export const luck = Math.random(); // determinism/exact-math
export const luckByName = Math["random"](); // determinism/exact-math
export const { random } = Math; // determinism/exact-math
export const math = Math; // determinism/exact-math
export const sine = Math.sin(1); // determinism/exact-math
export const cosine = Math.cos(1); // determinism/exact-math
export const tangent = Math.tan(1); // determinism/exact-math
export const exponential = Math.exp(1); // determinism/exact-math
export const power = Math.pow(2, 0.5); // determinism/exact-math
export const logarithm = Math.log(2); // determinism/exact-math
export const logarithm2 = Math.log2(2); // determinism/exact-math
export const logarithm10 = Math.log10(2); // determinism/exact-math
export const cubeRoot = Math.cbrt(2); // determinism/exact-math
export const length = Math.hypot(1, 2); // determinism/exact-math
export const angle = Math.atan2(1, 2); // determinism/exact-math
export const almost = Math.expm1(1) + Math.log1p(1); // determinism/exact-math
export const raised = (n: number) => 2 ** n; // determinism/exact-power

export function raise(start: number): number {
  let n = start;
  n **= 2; // determinism/exact-power
  return n;
}

export const before = (a: string, b: string) => a.localeCompare(b); // no-restricted-properties
export const shown = (n: number) => n.toLocaleString(); // no-restricted-properties
export const loud = (s: string) => s.toLocaleUpperCase(); // no-restricted-properties
export const quiet = (s: string) => s.toLocaleLowerCase(); // no-restricted-properties
export const byName = (s: string) => s["localeCompare"]("a"); // no-restricted-properties
export const taken = ({ localeCompare }: string) => localeCompare; // no-restricted-properties

export async function wait(): Promise<void> {} // oxc/no-async-await
export const waits = async () => 1; // oxc/no-async-await
export const loaded = await later; // determinism/no-top-level-await
for await (const item of [later]) String(item); // determinism/no-top-level-await
export const lazy = import("./other.ts"); // determinism/no-dynamic-import

export function keys(o: object): void {
  for (const key in o) String(key); // determinism/no-for-in
}

export const sorted = (list: string[]) => list.sort(); // typescript/require-array-sort-compare
export const copied = (list: readonly number[]) => list.toSorted(); // typescript/require-array-sort-compare

export type Shape = { kind: "A" } | { kind: "B" };
export function area(shape: Shape): number {
  // The next line forgets kind B.
  switch (shape.kind) { // typescript/switch-exhaustiveness-check
    case "A":
      return 1;
    default:
      return 0;
  }
}

export function start(work: () => Promise<void>): void {
  work(); // typescript/no-floating-promises
}

export const all = [readFileSync, os, seedrandom, queue, helper, other, runs, old, cache] as const;
export type All = Scenario;
