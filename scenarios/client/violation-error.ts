import { formatZxid } from "../../core/zxid.ts";
import { causesOf } from "../../sim/check/zab-on-world.ts";
import type { World } from "../../sim/world.ts";
import type { Violation } from "../checks.ts";
import { formatDuration } from "../format/duration.ts";
import { narrate } from "../narrator/narrate.ts";
import { NO_CAST } from "../service/cast.ts";

/** The servers of a simulation broke a promise of ZooKeeper's protocols: a bug of theirs, and none of the program's. */
export class ViolationError extends Error {
  override readonly name = "ViolationError";
  readonly property: string;
  readonly seed: number;
  readonly servers: readonly number[];
  readonly zxids: readonly number[];
  /** When it showed, in virtual microseconds. */
  readonly timeUs: number;
  /** How it came to that: each sentence is the cause of the next. */
  readonly causes: readonly string[];

  constructor(violation: Violation, world: World, seed: number) {
    const { property, message, servers, zxids, timeUs } = violation;
    const causes = causesIn(violation, world);
    const of = [
      `servers: ${servers.join(", ")}`,
      ...(zxids.length > 0 ? [`zxids: ${zxids.map((zxid) => formatZxid(zxid)).join(", ")}`] : []),
      ...causes.map((cause, i) => `${i === 0 ? "causes: " : "        "}${cause}`),
      `The same program with simulate({ seed: ${seed}, … }) does it again.`,
    ];
    super(`"${property}" is broken at ${formatDuration(timeUs)}: ${message}\n  ${of.join("\n  ")}`);
    this.property = property;
    this.seed = seed;
    this.servers = servers;
    this.zxids = zxids;
    this.timeUs = timeUs;
    this.causes = causes;
  }
}

function causesIn({ record }: Violation, world: World): readonly string[] {
  const peers = world.processes.map(({ config }) => config);
  const clients = new Map(world.clients.map(({ id, name }) => [id, name]));
  const lines = narrate(causesOf(world.trace, record), peers, {
    verbose: true,
    cast: { ...NO_CAST, clients },
  });
  return lines.map(({ timeUs, text }) => `${formatDuration(timeUs)}  ${text}`);
}
