/** What is wrong with a scenario, for people: where in it, and what was expected there. */
export interface ScenarioProblem {
  /** `steps[2].server`; empty for the scenario as a whole. */
  readonly path: string;
  readonly message: string;
}

export function formatPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (!/^[\w$,-]*$/.test(String(part))) text += `[${JSON.stringify(part)}]`;
    else text += text === "" ? String(part) : `.${String(part)}`;
  }
  return text;
}

/** One line, with the file in front where there is one. */
export function formatProblem(problem: ScenarioProblem, file?: string): string {
  const where = [file, problem.path].filter((part) => part !== undefined && part !== "");
  return [...where, problem.message].join(": ");
}

/** Thrown where something that should have been checked at the door was not. */
export class InvalidScenario extends Error {
  readonly problems: readonly ScenarioProblem[];

  constructor(problems: readonly ScenarioProblem[]) {
    super(problems.map((problem) => formatProblem(problem)).join("\n"));
    this.name = "InvalidScenario";
    this.problems = problems;
  }
}

const LONGEST = 60;

/** A value as it stands in a message: JSON, and not too long. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const json = JSON.stringify(value);
  return json.length <= LONGEST ? json : `${json.slice(0, LONGEST - 1)}…`;
}
