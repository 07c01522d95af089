import { epoch } from "../core/ids.ts";
import { RULES } from "../core/server/bugs.ts";
import { epochsAtStart } from "../core/server/database.ts";
import type { ZabRules } from "../core/zab/rules.ts";
import { epochOf, formatZxid } from "../core/zxid.ts";
import { upTo } from "../sim/disk/seeded-history.ts";
import { type DiskContents, epochsOn } from "../sim/disk/stored-files.ts";
import type { ServerStart } from "./format/ensemble.ts";
import { zxidOf } from "./format/zxid-text.ts";

/**
 * What a server finds on its disk: the transactions of its zxid's epoch up to it, and the two epochs. One that is not
 * given follows from the zxid, as when ZooKeeper finds no file.
 */
export function diskOf({ currentEpoch, acceptedEpoch, zxid }: ServerStart): DiskContents {
  return {
    ...(currentEpoch === undefined ? {} : { currentEpoch: epoch(currentEpoch) }),
    ...(acceptedEpoch === undefined ? {} : { acceptedEpoch: epoch(acceptedEpoch) }),
    ...(zxid === undefined ? {} : { files: upTo(zxidOf(zxid)) }),
  };
}

/** Something about a disk that keeps a server from starting on it. */
export interface DiskProblem {
  readonly field: "acceptedEpoch";
  readonly rule: string;
}

/**
 * Why nobody would start on such a disk, neither a server of these rules nor one without a bug. What only a bug refuses
 * is its effect, and for a scenario to show.
 */
export function diskProblem(start: ServerStart, rules: ZabRules): DiskProblem | undefined {
  const last = zxidOf(start.zxid ?? "0x0");
  const { acceptedEpoch, currentEpoch } = epochsOn(diskOf(start));
  const isRefused = (by: ZabRules): boolean =>
    typeof epochsAtStart(by, { acceptedEpoch, currentEpoch }, last) === "string";
  if (!isRefused(rules) || !isRefused(RULES.zab)) return undefined;
  const ofZxid = `the epoch of the zxid ${formatZxid(last)}`;
  const needed = Math.max(currentEpoch, epochOf(last));
  const why =
    needed === currentEpoch && start.currentEpoch !== undefined ? "the currentEpoch" : ofZxid;
  const got =
    start.acceptedEpoch === undefined ? `${acceptedEpoch}, ${ofZxid}` : `${acceptedEpoch}`;
  return {
    field: "acceptedEpoch",
    rule: `expected at least ${needed}, ${why}, got ${got}; ZooKeeper would refuse to start`,
  };
}
