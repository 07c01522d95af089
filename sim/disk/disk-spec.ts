import type { Delay } from "../kernel/delay.ts";

/** What a server's disk is like, for its epoch files, its log and its snapshots. */
export interface DiskSpec {
  /** From the request until the force has completed. */
  readonly force: Delay;
}

/**
 * `ssd` is what a small file took on an SSD of the calibration machine: 0.1 to 0.9 ms at the median, and up to 15 ms.
 * With `zero` a force takes no time, and `slow` is a disk that is busy with other things.
 */
export const DISK_PROFILES = {
  zero: { kind: "constant", us: 0 },
  ssd: { kind: "quantiles", us: [80, 150, 300, 900, 4000, 15_000] },
  slow: { kind: "quantiles", us: [4000, 10_000, 20_000, 60_000, 400_000] },
} as const satisfies Record<string, Delay>;

export type DiskProfile = keyof typeof DISK_PROFILES;
