import { DISK_PROFILES, type DiskSpec } from "./disk/disk-spec.ts";
import { networkOf, type NetworkSpec } from "./network/link.ts";
import { THREAD_PROFILES, type ThreadSpec } from "./process/threads.ts";

/**
 * What takes how long, as a whole: the network between servers, their disks, and their own threads. `loopback` is
 * calibrated on real ensembles that ran on one machine; the others are the same servers on other networks and disks.
 */
export interface LatencyProfile {
  readonly network: NetworkSpec;
  readonly disk: DiskSpec;
  readonly threads: ThreadSpec;
}

export const LATENCY_PROFILES = {
  /** Nothing takes any time: only the protocol's own waits are left. */
  zero: profile("zero", "zero", "zero"),
  loopback: profile("loopback", "ssd", "real"),
  lan: profile("lan", "ssd", "real"),
  wan: profile("wan", "ssd", "real"),
  /** One machine, whose disk is slow. */
  "slow-disk": profile("loopback", "slow", "real"),
} as const satisfies Record<string, LatencyProfile>;

export type LatencyProfileName = keyof typeof LATENCY_PROFILES;

function profile(
  network: Parameters<typeof networkOf>[0],
  disk: keyof typeof DISK_PROFILES,
  threads: keyof typeof THREAD_PROFILES,
): LatencyProfile {
  return {
    network: networkOf(network),
    disk: { force: DISK_PROFILES[disk] },
    threads: THREAD_PROFILES[threads],
  };
}
