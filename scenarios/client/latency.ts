import { DISK_PROFILES, type DiskProfile, type DiskSpec } from "../../sim/disk/disk-spec.ts";
import { type Delay, delayProblem } from "../../sim/kernel/delay.ts";
import { LATENCY_PROFILES, type LatencyProfileName } from "../../sim/latency.ts";
import {
  NETWORK_PROFILES,
  networkOf,
  type NetworkProfile,
  type NetworkSpec,
  TCP_DEFAULTS,
  type TcpSpec,
} from "../../sim/network/link.ts";
import type { WorldSpec } from "../../sim/world.ts";
import { expectFields, expectObject, expectOneOf, expectWhole, MAX_INT, shown } from "./door.ts";

/** What takes how long in a simulation. */
export interface LatencyOptions {
  /** Network, disks and servers' own threads together; `loopback`, as in scenarios, where nothing is said. */
  readonly latency?: LatencyProfileName;
  /** In place of the profile's network. */
  readonly network?: NetworkProfile | NetworkSpec;
  /** In place of the profile's disks. */
  readonly disk?: DiskProfile | DiskSpec;
}

export const LATENCY_OPTIONS = [
  "latency",
  "network",
  "disk",
] as const satisfies readonly (keyof LatencyOptions)[];

const TCP_FIELDS = Object.keys(TCP_DEFAULTS) as (keyof TcpSpec)[];
const DEFAULT_LATENCY = "loopback";
const DELAY_KINDS = [
  "constant",
  "uniform",
  "quantiles",
] as const satisfies readonly Delay["kind"][];

/** @throws TypeError or RangeError that names the option. */
export function latencyOf(
  options: LatencyOptions,
): Required<Pick<WorldSpec, "network" | "disk" | "threads">> {
  const { latency = DEFAULT_LATENCY, network, disk } = options;
  expectOneOf("simulate.latency", latency, Object.keys(LATENCY_PROFILES));
  const profile = LATENCY_PROFILES[latency];
  return {
    network: network === undefined ? profile.network : networkFrom(network),
    disk: disk === undefined ? profile.disk : diskFrom(disk),
    threads: profile.threads,
  };
}

function networkFrom(given: NetworkProfile | NetworkSpec): NetworkSpec {
  const field = "simulate.network";
  if (typeof given !== "object" || given === null) {
    expectOneOf(field, given, Object.keys(NETWORK_PROFILES));
    return networkOf(given);
  }
  expectFields(field, given, ["link", "tcp", "messageFaults"]);
  const { link, tcp } = given;
  expectFields(`${field}.link`, link, ["delay", "loss", "bytesPerSecond"]);
  expectDelay(`${field}.link.delay`, link.delay);
  expectFields(`${field}.link.loss`, link.loss, ["n", "outOf"]);
  expectWhole(`${field}.link.loss.outOf`, link.loss.outOf, 1, MAX_INT);
  expectWhole(`${field}.link.loss.n`, link.loss.n, 0, link.loss.outOf);
  expectWhole(`${field}.link.bytesPerSecond`, link.bytesPerSecond, 0, Number.MAX_SAFE_INTEGER);
  expectFields(`${field}.tcp`, tcp, TCP_FIELDS);
  for (const name of TCP_FIELDS) expectWhole(`${field}.tcp.${name}`, tcp[name], 0, MAX_INT);
  return given;
}

function diskFrom(given: DiskProfile | DiskSpec): DiskSpec {
  const field = "simulate.disk";
  if (typeof given !== "object" || given === null) {
    expectOneOf(field, given, Object.keys(DISK_PROFILES));
    return { force: DISK_PROFILES[given] };
  }
  expectFields(field, given, ["force"]);
  expectDelay(`${field}.force`, given.force);
  return given;
}

export function expectDelay(field: string, given: Delay): void {
  expectObject(field, given);
  expectOneOf(`${field}.kind`, given.kind, DELAY_KINDS);
  if (given.kind === "quantiles" && !Array.isArray(given.us)) {
    throw new TypeError(`${field}.us: expected a list of microseconds, got ${shown(given.us)}`);
  }
  const problem = delayProblem(given);
  if (problem !== undefined) throw new RangeError(`${field}: it ${problem}`);
}
