import { checkScenario } from "./check.ts";
import { problemsOf } from "./issues.ts";
import type { ScenarioProblem } from "./problem.ts";
import { type Scenario, scenario } from "./scenario.ts";

export type ParsedScenario =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly ScenarioProblem[] };

/**
 * Takes what came from a file, an address bar or a person, and gives a scenario that can be run, or everything that
 * is wrong with it. Form comes first: what refers to what is looked at only in data of the right form.
 */
export function parseScenario(data: unknown): ParsedScenario {
  const unusable = unusablePart(data, DEEPEST);
  if (unusable !== undefined) return { ok: false, problems: [{ path: "", message: unusable }] };
  const parsed = scenario.safeParse(data);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error.issues, data) };
  const problems = checkScenario(parsed.data);
  return problems.length === 0 ? { ok: true, scenario: parsed.data } : { ok: false, problems };
}

/** Far above what anybody writes, far below what overflows a stack. */
const DEEPEST = 60;

/** What no scenario has, and what would be passed over, or overflow the stack, further in. */
function unusablePart(data: unknown, levels: number): string | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  if (levels === 0) return `the scenario is nested more than ${DEEPEST} levels deep.`;
  if (Object.hasOwn(data, "__proto__")) return "a field is named __proto__, which nothing here is.";
  for (const value of Object.values(data)) {
    const unusable = unusablePart(value, levels - 1);
    if (unusable !== undefined) return unusable;
  }
  return undefined;
}
