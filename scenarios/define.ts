import type { Scenario } from "./format/scenario.ts";

/** Gives a scenario back as it is; for the types, and the editor's help, while writing one in TypeScript. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario;
}
