import { delayProblem } from "../../sim/kernel/delay.ts";
import { delayOf } from "../network.ts";
import { didYouMean } from "./nearest.ts";
import type { DelayData } from "./network.ts";
import type { ScenarioProblem } from "./problem.ts";
import type { LinkEnd } from "./steps.ts";

/** Collects problems, and knows who is there. */
export class Report {
  readonly problems: ScenarioProblem[] = [];
  readonly ids: readonly number[];
  /** Names. */
  readonly clients: readonly string[];
  readonly isStandalone: boolean;

  constructor(ids: readonly number[], clients: readonly string[], isStandalone: boolean) {
    this.ids = ids;
    this.clients = clients;
    this.isStandalone = isStandalone;
  }

  add(path: string, message: string): void {
    this.problems.push({ path, message });
  }

  /** Complains unless the ensemble has this server. */
  server(path: string, ref: number | "leader"): void {
    if (ref === "leader") {
      if (this.isStandalone) this.add(path, "a standalone server has no leader; give its id.");
      return;
    }
    if (this.ids.includes(ref)) return;
    this.add(
      path,
      this.isStandalone
        ? `there is no server ${ref}; the standalone server is ${idList(this.ids)}.`
        : `there is no server ${ref}; the ensemble has ${idList(this.ids)}.`,
    );
  }

  /** Complains unless there is this server, or this client. */
  end(path: string, ref: LinkEnd): void {
    if (typeof ref === "string" && ref !== "leader") this.client(path, ref);
    else this.server(path, ref);
  }

  /** Complains unless the scenario has this client. */
  client(path: string, name: string): void {
    if (this.clients.includes(name)) return;
    const { clients } = this;
    const known =
      clients.length === 0
        ? "the scenario has no clients"
        : `the clients are ${clients.join(", ")}`;
    this.add(
      path,
      `there is no client ${JSON.stringify(name)}; ${known}.${didYouMean(name, clients)}`,
    );
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
