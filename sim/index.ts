/** What other folders, and users of `vivarium/sim`, may rely on. */
export * from "./action.ts";
export { ElectionChecker } from "./check/election.ts";
export * from "./check/zab-on-world.ts";
export * from "./disk/disk.ts";
export * from "./events.ts";
export * from "./kernel/delay.ts";
export * from "./kernel/hash.ts";
export * from "./kernel/kernel.ts";
export * from "./kernel/prng.ts";
export * from "./kernel/time.ts";
export * from "./kernel/trace.ts";
export * from "./network/link.ts";
export * from "./process/clock.ts";
export * from "./process/peer-process.ts";
export * from "./process/process.ts";
export * from "./process/threads.ts";
export * from "./records.ts";
export * from "./world.ts";
