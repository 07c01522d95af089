import { formatZxid, zxid } from "../../core/zxid.ts";
import { causesOf } from "../../sim/check/zab-on-world.ts";
import type { TraceRecord } from "../../sim/kernel/trace.ts";
import type { ZabPlan } from "./zab-plan.ts";
import type { Outcome } from "./zab-worlds.ts";

/** The last records that have to do with it. */
const STORY_RECORDS = 15;
const TOLD: ReadonlySet<string> = new Set([
  "boot",
  "crash",
  "pause",
  "resume",
  "wiped",
  "written",
  "serviceRefused",
  "elected",
  "leading",
  "following",
  "epochAcknowledged",
  "learnerSynced",
  "synchronizing",
  "truncated",
  "newLeaderAcknowledged",
  "established",
  "serving",
  "proposed",
  "acknowledged",
  "committed",
  "applied",
  "fastForwarded",
  "exited",
  "learnerLost",
  "roleLeft",
  "snapshotBegun",
]);

export function storyOf(plan: ZabPlan, outcome: Outcome, records = STORY_RECORDS): string {
  const { world, record, servers } = outcome;
  const { trace } = world;
  const told: string[] = [];
  const last = Math.min(record, trace.count - 1);
  for (let i = last; i >= 0 && told.length < records; i--) {
    const at = trace.record(i);
    if (!TOLD.has(at.kind)) continue;
    if (servers.length > 0 && !servers.includes(at.server ?? -1)) continue;
    told.unshift(lineOf(at));
  }
  const causes = causesOf(trace, last, 8).map(lineOf);
  return [
    `VIVARIUM_SEED=${plan.seed} VIVARIUM_SEEDS=1: ${outcome.property}: ${outcome.problem}`,
    ...told,
    "because:",
    ...causes,
  ].join("\n  ");
}

export function lineOf({ index, time, kind, server, fields }: TraceRecord): string {
  const texts = Object.entries(fields).map(([name, value]) => {
    const isZxid = typeof value === "number" && /zxid|log|target|^from$|^to$/i.test(name);
    return `${name} ${isZxid && value > 2 ** 20 ? formatZxid(zxid(value)) : String(value)}`;
  });
  return `#${index} ${(time / 1_000_000).toFixed(6)} s: ${server ?? "world"} ${kind} ${texts.join(", ")}`;
}
