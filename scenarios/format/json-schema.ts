import { z } from "zod";
import { scenario } from "./scenario.ts";

/** The scenario format as a JSON schema, for editors' completion. */
export function scenarioJsonSchema(): object {
  return z.toJSONSchema(scenario, { io: "input" });
}

/** As it is published in scenario.schema.json. */
export function scenarioJsonSchemaText(): string {
  return `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;
}
