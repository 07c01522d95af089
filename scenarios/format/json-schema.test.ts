import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ACTION_NAMES } from "../../sim/action.ts";
import { scenarioJsonSchema, scenarioJsonSchemaText } from "./json-schema.ts";

const FILE = new URL("../scenario.schema.json", import.meta.url);

test("the published schema is the one that the code checks (VIVARIUM_UPDATE=1 rewrites it, then npm run fmt)", () => {
  if (process.env["VIVARIUM_UPDATE"] === "1") writeFileSync(FILE, scenarioJsonSchemaText());
  expect(JSON.parse(readFileSync(FILE, "utf8"))).toEqual(scenarioJsonSchema());
});

test("every action of the world can be written as a step", () => {
  const text = scenarioJsonSchemaText();
  for (const name of ACTION_NAMES) expect(text).toContain(`"${name}"`);
});
