import Table from "cli-table3";
import { type Bug, BUGS } from "../../../core/server/bugs.ts";

export interface BugsOptions {
  readonly json?: boolean;
}

/** The bugs that a scenario, or `run --bug`, can ask for. */
export function bugs(options: BugsOptions): string {
  return options.json === true ? asJson(BUGS) : asText(BUGS);
}

function asJson(all: readonly Bug[]): string {
  const data = all.map(({ name, issue, fixedIn, effect, breaks }) => ({
    name,
    issue: issue ?? null,
    fixedIn: fixedIn ?? null,
    effect,
    breaks,
  }));
  return `${JSON.stringify(data, null, 2)}\n`;
}

const EFFECT_WIDTH = 46;
const BREAKS_WIDTH = 22;

/** With rules between the rows, most of which take more than one line. */
function asText(all: readonly Bug[]): string {
  const table = new Table({
    head: ["name", "issue", "fixed in", "what goes wrong", "what breaks"],
    style: { head: [], border: [] },
    colWidths: [null, null, null, EFFECT_WIDTH, BREAKS_WIDTH],
    wordWrap: true,
  });
  for (const { name, issue, fixedIn, effect, breaks } of all) {
    table.push([name, issue ?? "not reported", fixedIn ?? "open", effect, breaks]);
  }
  return `${table.toString()}\n`;
}
