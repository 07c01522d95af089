import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { didYouMean } from "../format/nearest.ts";
import { parseScenario } from "../format/parse.ts";
import { formatProblem } from "../format/problem.ts";
import type { Scenario } from "../format/scenario.ts";
import { LIBRARY, libraryEntry } from "../library/index.ts";
import { BadInput } from "./failure.ts";
import { findJsonFault } from "./json-text.ts";
import { readTextFile } from "./read-file.ts";

/** A scenario by its name in the library, or out of a file. */
export async function readScenario(nameOrFile: string): Promise<Scenario> {
  const entry = libraryEntry(nameOrFile);
  if (entry !== undefined) return entry.load();
  if (!looksLikeFile(nameOrFile)) {
    const names = LIBRARY.map(({ name }) => name);
    throw new BadInput(
      `there is no scenario "${nameOrFile}" in the library, and no such file.` +
        `${didYouMean(nameOrFile, names)} "vivarium list" shows all.`,
    );
  }
  return readScenarioFile(nameOrFile);
}

export function readScenarioFile(path: string): Scenario {
  return checked(withZooCfg(parseJson(readTextFile(path), path), path), path);
}

/** What came from outside, if it is a scenario. */
export function checked(data: unknown, source: string): Scenario {
  const parsed = parseScenario(data);
  if (parsed.ok) return parsed.scenario;
  throw new BadInput(parsed.problems.map((problem) => formatProblem(problem, source)).join("\n"));
}

export function parseJson(text: string, source: string): unknown {
  const json = text.startsWith("\uFEFF") ? text.slice(1) : text;
  try {
    return JSON.parse(json);
  } catch {
    const fault = findJsonFault(json);
    const where = fault === undefined ? "" : `:${fault.line}:${fault.column}`;
    const what = fault === undefined ? "" : `: expected ${fault.expected}`;
    throw new BadInput(`${source}${where}: this is not valid JSON${what}.`);
  }
}

function looksLikeFile(text: string): boolean {
  return /[/\\.]/.test(text) || existsSync(text);
}

/** Puts the text of the zoo.cfg that a scenario names in the place of its name. */
function withZooCfg(data: unknown, path: string): unknown {
  if (!isObject(data) || !isObject(data["ensemble"])) return data;
  const { zooCfgFile, ...rest } = data["ensemble"];
  if (typeof zooCfgFile !== "string") return data;
  let zooCfg: string;
  try {
    zooCfg = readTextFile(resolve(dirname(path), zooCfgFile));
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    throw new BadInput(`${path}: ensemble.zooCfgFile: ${error.message}`);
  }
  return { ...data, ensemble: { ...rest, zooCfg } };
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
