import { isQuorum, isVoter } from "../core/quorum/verifier.ts";
import type { LogEntry } from "../core/server/service/service-port.ts";
import { epochOf, isPhantom, ZERO_ZXID } from "../core/zxid.ts";
import { ElectionChecker } from "../sim/check/election.ts";
import { ZabOnWorld } from "../sim/check/zab-on-world.ts";
import type { DiskContents, World } from "../sim/world.ts";

/** A promise of ZooKeeper's protocols that a run broke. */
export interface Violation {
  readonly property: string;
  readonly message: string;
  /** Index of the record at which it showed: its causes lead back to why. */
  readonly record: number;
  readonly timeUs: number;
  readonly servers: readonly number[];
  readonly zxids: readonly number[];
}

/**
 * Judges an ensemble while it runs, besides what a scenario expects of it: its elections, and Zab where what the disks
 * hold at first is one history. The trace has to be kept.
 */
export class Checks {
  readonly #election: ElectionChecker;
  readonly #zab: ZabOnWorld | undefined;

  constructor(world: World, disks: Iterable<DiskContents>) {
    const configs = world.processes.map(({ config }) => config);
    const verifier = configs[0]?.verifier ?? { kind: "majority" as const, voters: [] };
    const ids = configs.map(({ id }) => id);
    const isQuorumOf = (servers: readonly number[]): boolean =>
      isQuorum(
        verifier,
        ids.filter((id) => servers.includes(id)),
      );
    this.#election = new ElectionChecker(isQuorumOf, world.trace);
    const before = historyOn(disks);
    if (before === undefined) return;
    // Nobody broadcasts in an epoch that no quorum has accepted.
    const epoch = epochOf(before.at(-1)?.header.zxid ?? ZERO_ZXID);
    const accepted = world.views().filter(({ acceptedEpoch }) => acceptedEpoch >= epoch);
    if (!isQuorumOf(accepted.map(({ id }) => id))) return;
    const voters = ids.filter((id) => isVoter(verifier, id));
    this.#zab = new ZabOnWorld(world, { voters, isQuorum: isQuorumOf, before });
  }

  /** The first thing that is wrong, looked for in all that has happened since the last time. */
  violation(): Violation | undefined {
    this.#election.readOn();
    const [election] = this.#election.violations;
    if (election !== undefined) {
      const { time, ...rest } = election;
      return { ...rest, timeUs: time, zxids: [] };
    }
    const zab = this.#zab?.violation;
    if (zab === undefined) return undefined;
    const { time, ...rest } = zab;
    return { ...rest, timeUs: time };
  }

  /** The run is over: a last look at the disks. */
  finish(): Violation | undefined {
    this.#zab?.finish();
    return this.violation();
  }
}

/**
 * The history of which each disk holds a beginning. Undefined if there is none: a scenario may begin with disks that no
 * run of Zab would have left so, to show how an election decides between them.
 */
function historyOn(disks: Iterable<DiskContents>): readonly LogEntry[] | undefined {
  let longest: readonly LogEntry[] = [];
  const shorter: (readonly LogEntry[])[] = [];
  let hasSnapshots = false;
  for (const { files } of disks) {
    if (files === undefined) continue;
    const entries = files.logs.flatMap((log) =>
      log.entries.flatMap((stored) => (stored.kind === "entry" ? [stored.entry] : [])),
    );
    for (const { zxid } of files.snapshots) {
      if (zxid === ZERO_ZXID) continue;
      hasSnapshots = true;
      // What came before it, nobody could say.
      if (!isPhantom(zxid)) return undefined;
    }
    if (entries.length > longest.length) {
      shorter.push(longest);
      longest = entries;
    } else {
      shorter.push(entries);
    }
  }
  if (hasSnapshots && longest.length > 0) return undefined;
  const isBeginning = (entries: readonly LogEntry[]): boolean =>
    entries.every(({ header }, i) => header.zxid === longest[i]?.header.zxid);
  return shorter.every(isBeginning) ? longest : undefined;
}
