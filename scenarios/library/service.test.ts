import { expect, test } from "vitest";
import { changed } from "../../test/support/changed-scenario.ts";
import type { Scenario } from "../format/scenario.ts";
import { runScenario } from "../run.ts";
import {
  createGroup,
  multiFailsHalfWay,
  quota,
  serverRestart,
  sessionExpires,
  versionConflict,
  watchFiresOnce,
} from "./service.ts";

test.each<[string, Scenario, string, string]>([
  [
    "a member that is no ephemeral",
    createGroup,
    '"ephemeral","label":"bob',
    '"persistent","label":"bob',
  ],
  ["no watch", watchFiresOnce, '"watch":true,"label":"first', '"watch":false,"label":"first'],
  ["a session that lasts", sessionExpires, '"sessionTimeout":"8s"', '"sessionTimeout":"20s"'],
  ["a quota that nobody enforces", quota, '"enforceQuota":true', '"enforceQuota":false'],
  [
    "the version that is there",
    versionConflict,
    '"version":0,"label":"late',
    '"version":1,"label":"late',
  ],
  ["a multi in which nothing is wrong", multiFailsHalfWay, '"version":5', '"version":0'],
  ["a watch too few", serverRestart, '"watch":true', '"watch":false'],
])("with %s, its scenario fails", (_, scenario, from, to) => {
  expect(runScenario(scenario).outcome).toBe("passed");
  expect(runScenario(changed(scenario, from, to)).outcome).toBe("failed");
});

test.each([
  createGroup,
  multiFailsHalfWay,
  quota,
  serverRestart,
  sessionExpires,
  versionConflict,
  watchFiresOnce,
])("$name is the same run with every message put through its bytes", (scenario) => {
  expect(runScenario(scenario, { codec: true }).hash).toBe(runScenario(scenario).hash);
});
