import { readScenarioFile } from "../read-scenario.ts";

/** Says that a file is a scenario; one that is not was refused before. */
export function validate(path: string): string {
  const { name, steps, expect = [] } = readScenarioFile(path);
  return `${path}: ok: ${name}, ${count(steps, "step")}, ${count(expect, "expectation")}\n`;
}

function count(things: readonly unknown[], what: string): string {
  return `${things.length} ${what}${things.length === 1 ? "" : "s"}`;
}
