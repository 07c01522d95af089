import type { PeerConfig } from "../../core/server/peer.ts";
import { delayProblem } from "../../sim/kernel/delay.ts";
import { delayOf } from "../network.ts";
import type { DelayData } from "./network.ts";
import type { ScenarioProblem } from "./problem.ts";

/** Collects problems, and knows who is there. */
export class Report {
  readonly problems: ScenarioProblem[] = [];
  readonly ids: readonly number[];

  constructor(peers: readonly PeerConfig[]) {
    this.ids = peers.map((peer) => peer.id);
  }

  add(path: string, message: string): void {
    this.problems.push({ path, message });
  }

  /** Complains unless the ensemble has this server. */
  server(path: string, ref: number | "leader"): void {
    if (ref === "leader" || this.ids.includes(ref)) return;
    this.add(path, `there is no server ${ref}; the ensemble has ${idList(this.ids)}.`);
  }
}

/** `1 to 5`, or `1, 3, 7`. */
export function idList(ids: readonly number[]): string {
  const first = ids[0] ?? 0;
  const isRun = ids.length > 2 && ids.every((id, i) => id === first + i);
  return isRun ? `${first} to ${ids.at(-1)}` : ids.join(", ");
}

/** Complains about a delay whose lengths do not rise. */
export function checkDelay(report: Report, path: string, delay: DelayData | undefined): void {
  if (delay === undefined) return;
  const problem = delayProblem(delayOf(delay));
  if (problem !== undefined) report.add(path, `this delay ${problem}.`);
}
