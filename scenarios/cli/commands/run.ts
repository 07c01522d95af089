import type { Scenario } from "../../format/scenario.ts";
import { narrate, type StoryLine } from "../../narrator/narrate.ts";
import { type RunResult, runScenario } from "../../run.ts";
import { castOf } from "../../service/cast.ts";
import { type Colours, coloursFor } from "../colours.ts";
import { EXIT } from "../failure.ts";
import { jsonReport } from "../json-report.ts";
import { bugOption, seedOption, untilOption } from "../options.ts";
import { checked, readScenario } from "../read-scenario.ts";
import {
  aboutText,
  failureText,
  notReachedText,
  quietText,
  serverTable,
  storyText,
  summaryText,
  violationText,
} from "../report.ts";
import { TraceFile } from "../trace-file.ts";

export interface RunCommandOptions {
  readonly seed?: string;
  readonly bug?: readonly string[];
  readonly json?: boolean;
  readonly trace?: string;
  readonly until?: string;
  readonly check: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
}

/** Runs one scenario and prints what happened. All that can be wrong with the input is found before it runs. */
export async function run(nameOrFile: string, options: RunCommandOptions): Promise<number> {
  const seed = seedOption(options.seed);
  const until = untilOption(options.until);
  const bugs = bugOption(options.bug);
  const scenario = withBugs(await readScenario(nameOrFile), bugs);
  const file = options.trace === undefined ? undefined : new TraceFile(options.trace);
  const tells = options.quiet !== true;
  let result: RunResult;
  try {
    const trace = tells || file !== undefined ? "kept" : "hash";
    result = runScenario(scenario, { seed, trace, until, check: options.check });
  } catch (error) {
    file?.discard();
    throw error;
  }
  file?.write(result);
  const story = tells ? storyOf(result, options.verbose === true) : [];
  const repeat = repeatCommand(nameOrFile, result.seed, options);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(jsonReport(result, story, repeat), null, 2)}\n`);
  } else {
    const colours = coloursFor(options.color);
    process.stdout.write(
      tells ? fullText(result, story, repeat, colours) : briefText(result, repeat, colours),
    );
  }
  return result.outcome === "failed" ? EXIT.failed : EXIT.ok;
}

/** What a scenario already has, it need not get twice. */
function withBugs(scenario: Scenario, more: readonly string[]): Scenario {
  if (more.length === 0) return scenario;
  return checked({ ...scenario, bugs: [...new Set([...(scenario.bugs ?? []), ...more])] }, "--bug");
}

function storyOf(result: RunResult, verbose: boolean): StoryLine[] {
  const { world } = result;
  const peers = world.processes.map((process) => process.config);
  return narrate(world.trace.records(), peers, { verbose, cast: castOf(world, result.log) });
}

function fullText(
  result: RunResult,
  story: readonly StoryLine[],
  repeat: string,
  colours: Colours,
): string {
  const { name, title } = result.scenario;
  return [
    `${colours.bold(name)}: ${title}\n${aboutText(result, colours)}`,
    storyText(story, colours),
    serverTable(result, colours),
    violationText(result, colours) + failureText(result, colours) + notReachedText(result),
    summaryText(result, repeat, colours),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function briefText(result: RunResult, repeat: string, colours: Colours): string {
  const failed = result.outcome === "failed";
  return (
    quietText(result, colours) +
    violationText(result, colours) +
    failureText(result, colours) +
    (failed ? `repeat with  ${repeat}\n` : "")
  );
}

/** The one command that gives this run again. */
function repeatCommand(
  nameOrFile: string,
  seed: number,
  { until, bug = [], check }: RunCommandOptions,
): string {
  const words = ["npx", "vivarium", "run", nameOrFile, "--seed", String(seed)];
  for (const name of bug) words.push("--bug", name);
  if (until !== undefined) words.push("--until", until);
  if (!check) words.push("--no-check");
  return words.map(quoted).join(" ");
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
