import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { electionBench } from "./election-bench.ts";
import { kernelBench } from "./kernel-bench.ts";
import { memoryBench } from "./memory-bench.ts";
import { type Bench, type Result, resultOf } from "./row.ts";
import { serviceBench } from "./service-bench.ts";
import { startUpBench } from "./start-up-bench.ts";
import { tableOf } from "./table.ts";
import { treeBench } from "./tree-bench.ts";
import { zabBench } from "./zab-bench.ts";

/** `npm run bench`. What its rows mean is in README.md beside this file. */

const BENCHES: readonly Bench[] = [
  kernelBench,
  electionBench,
  zabBench,
  serviceBench,
  treeBench,
  startUpBench,
  memoryBench,
];

const DEFAULT_ROUNDS = 15;
/** Fewer give no median worth the name. */
const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 1000;

interface Options {
  readonly only?: string;
  readonly rounds: number;
  readonly json?: boolean;
}

interface Report {
  readonly machine: { readonly node: string; readonly cpu: string; readonly cores: number };
  readonly rounds: number;
  readonly benches: readonly {
    readonly name: string;
    readonly title: string;
    readonly results: readonly Result[];
  }[];
}

function main(args: readonly string[]): number {
  const program = new Command("bench")
    .description("Measures the simulator's speed, each figure against another of the same run.")
    .addOption(
      new Option("--only <name>", "one bench alone").choices(BENCHES.map(({ name }) => name)),
    )
    .option("--rounds <n>", "how often each side is measured", roundsFrom, DEFAULT_ROUNDS)
    .option("--json", "print JSON instead of tables")
    .allowExcessArguments(false)
    .exitOverride();
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has said already what is wrong.
    return error.exitCode === 0 ? 0 : 2;
  }
  const options = program.opts<Options>();
  const bench = BENCHES.find(({ name }) => name === options.only);
  const report = bench === undefined ? reportOfAll(options.rounds) : reportOf(bench, options);
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : textOf(report));
  return 0;
}

function reportOf(bench: Bench, { rounds }: Options): Report {
  const { name, title, run } = bench;
  const results = run({ rounds, progress }).map(resultOf);
  progress("");
  const cores = cpus();
  const cpu = cores[0]?.model ?? "unknown processor";
  return {
    machine: { node: process.version, cpu, cores: cores.length },
    rounds,
    benches: [{ name, title, results }],
  };
}

/** Each bench in a process of its own, or the compiler would build one's code for what another made it see. */
function reportOfAll(rounds: number): Report {
  const reports = BENCHES.map(({ name }) => {
    const args = [process.argv[1] ?? "", "--only", name, "--rounds", String(rounds), "--json"];
    const { status, stdout } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new Error(`the bench ${name} ended with status ${status}`);
    return JSON.parse(stdout) as Report;
  });
  return { ...(reports[0] as Report), benches: reports.flatMap(({ benches }) => benches) };
}

function textOf({ machine, rounds, benches }: Report): string {
  const { cpu, cores, node } = machine;
  const tables = benches.map(
    ({ name, title, results }) => `\n${title} (${name})\n${tableOf(results)}\n`,
  );
  return `${cpu}, ${cores} cores, node ${node}, ${rounds} rounds\n${tables.join("")}`;
}

/** On a terminal one line that is written over and over; elsewhere what a log can bear. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else if (text !== "" && !text.includes("round ")) process.stderr.write(`${text}\n`);
}

function roundsFrom(text: string): number {
  const rounds = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(rounds >= LEAST_ROUNDS && rounds <= MOST_ROUNDS)) {
    throw new InvalidArgumentError(`It is a whole number from ${LEAST_ROUNDS} to ${MOST_ROUNDS}.`);
  }
  return rounds;
}

process.exitCode = main(process.argv.slice(2));
