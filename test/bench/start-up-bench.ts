import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Bench, BenchOptions, Goal, Row } from "./row.ts";

/**
 * What starting the command line costs, in processor time of the whole process: user and system, all threads. Node
 * tells a process nothing of its children's, so the child is made to tell it itself, as the last thing it does; that
 * costs the process it is compared with the same.
 */
export const startUpBench: Bench = {
  name: "start-up",
  title: "Processor time of a process that starts, says little and ends",
  run,
};

const START_UP_GOAL: Goal = { most: 2 };

/** Something that `vivarium list` prints once there is something to list. */
const LISTED = "five-in-order";

const TELL_CPU = `
process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  require("node:fs").writeSync(3, String(user + system));
});
`;

function run({ rounds, progress }: BenchOptions): Row[] {
  const folder = mkdtempSync(join(tmpdir(), "vivarium-bench-"));
  try {
    const preload = join(folder, "tell-cpu.cjs");
    writeFileSync(preload, TELL_CPU);
    const vivarium = join(dirname(process.argv[1] ?? ""), "vivarium.js");
    const bare: number[] = [];
    const list: number[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`start-up: round ${round + 1} of ${rounds}`);
      bare.push(start(preload, ["-e", "0"]).cpuMs);
      const { output, cpuMs } = start(preload, [vivarium, "list"]);
      if (!output.includes(LISTED)) {
        return [
          { name: "vivarium list", unit: "ms", figures: [], missing: "it lists nothing yet" },
        ];
      }
      list.push(cpuMs);
    }
    return [
      { name: "node -e 0", unit: "ms", figures: bare },
      {
        name: "vivarium list",
        unit: "ms",
        figures: list,
        against: { name: "node -e 0", figures: bare },
        goal: START_UP_GOAL,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function start(preload: string, args: readonly string[]): { output: string; cpuMs: number } {
  const child = spawnSync(process.execPath, ["--require", preload, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  const told = child.output[3];
  if (told === null || told === undefined || told === "") {
    throw new Error(`node ${args.join(" ")} did not say what it cost (status ${child.status})`);
  }
  return { output: child.stdout, cpuMs: Number(told) / 1000 };
}
