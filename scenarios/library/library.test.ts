import { describe, expect, test } from "vitest";
import { parseScenario } from "../format/parse.ts";
import { runScenario } from "../run.ts";
import { LIBRARY } from "./index.ts";

const SEEDS = 20;

test("names are unique", () => {
  const names = LIBRARY.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(LIBRARY)("$name", ({ name, group, title, load }) => {
  test("is what the list says, is plain data, and can fail", async () => {
    const scenario = await load();
    expect(scenario).toMatchObject({ name, group, title });
    expect(scenario.about).toBeTruthy();
    expect(scenario.expect?.length).toBeGreaterThan(0);
    const data: unknown = JSON.parse(JSON.stringify(scenario));
    expect(data).toEqual(scenario);
    expect(parseScenario(data)).toEqual({ ok: true, scenario });
  });

  test(`passes its expectations for seeds 1 to ${SEEDS}`, async () => {
    const scenario = await load();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { outcome, problems, expectations } = runScenario(scenario, { seed });
      const failed = expectations.filter(({ status }) => status !== "held");
      expect({ seed, outcome, problems, failed }).toEqual({
        seed,
        outcome: "passed",
        problems: [],
        failed: [],
      });
    }
  });
});
