import { expect } from "vitest";
import { parseScenario } from "../../scenarios/format/parse.ts";
import type { Scenario } from "../../scenarios/format/scenario.ts";

/** The same scenario with one thing in it changed. */
export function changed(scenario: Scenario, from: string, to: string): Scenario {
  const text = JSON.stringify(scenario);
  expect(text).toContain(from);
  const parsed = parseScenario(JSON.parse(text.replace(from, to)));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.scenario;
}
