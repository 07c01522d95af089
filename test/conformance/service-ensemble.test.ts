import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readCases } from "./cases.ts";
import { KINDS } from "./kinds.ts";
import { checkServiceCase, checkServiceCaseVia } from "./service.ts";
import { needsEnsemble, type ServiceCase, type StepResult } from "./service-case.ts";
import {
  type EnsembleDifference,
  ensembleAnswers,
  ENSEMBLE_DIFFERENCES,
} from "./service-differences.ts";
import { ENSEMBLE_ROLES, type EnsembleRole } from "./service-ensemble.ts";
import { inFirstEpoch } from "./service-epoch.ts";

const DATA = fileURLToPath(new URL("data", import.meta.url));
const all = [...readCases(DATA, "service"), ...readCases(DATA, "random")].map(
  ({ content }) => content as ServiceCase,
);
const ofEnsembles = all.filter(needsEnsemble);
const ofStandalone = all.filter((recorded) => !needsEnsemble(recorded));

const E = 2 ** 32;

test.each(ofEnsembles.map((recorded) => [recorded.id, recorded] as const))(
  "%s: every step is answered as the real ensemble did",
  (_id, recorded) => {
    expect(checkServiceCase(recorded)).toEqual([]);
  },
);

/** Every case through one server; `npm run conformance` plays all of them through all three. */
test.each(ofStandalone.map((recorded, i) => [recorded.id, roleNumber(i), recorded] as const))(
  "%s through the %s of five servers",
  (_id, role, recorded) => {
    expect(checkServiceCaseVia(recorded, role).differences).toEqual([]);
  },
);

test("all of them are here", () => {
  expect(ofEnsembles).toHaveLength(11);
  expect(ofStandalone).toHaveLength(490);
  const ofKinds = KINDS.filter(({ folder }) => folder === "service" || folder === "random");
  const compared = ofKinds.map((kind) => [
    kind.name,
    readCases(DATA, kind.folder).filter(({ content }) => kind.compares?.(content) !== false).length,
  ]);
  expect(Object.fromEntries(compared)).toEqual({
    service: 310,
    random: 180,
    "ensemble-session": 11,
    "service-via-follower": 310,
    "random-via-follower": 180,
    "service-via-leader": 310,
    "random-via-leader": 180,
    "service-via-observer": 310,
    "random-via-observer": 180,
  });
});

describe("where a real ensemble differs from a standalone server", () => {
  const listed = ENSEMBLE_DIFFERENCES.flatMap(({ id, roles }) =>
    roles.map((role) => [id, role] as const),
  );

  test.each(listed)("%s through the %s: it answers by the rule", (id, role) => {
    expect(checkServiceCaseVia(caseOf(id), role)).toEqual({ differences: [], asEnsemble: true });
  });

  test.each(listed)("%s through the %s: it would not agree otherwise", (id, role) => {
    expect(checkServiceCaseVia(caseOf(id), role, []).differences).not.toEqual([]);
  });

  test("nothing is listed twice, and every entry names its rule and steps that there are", () => {
    expect(new Set(listed.map(String)).size).toBe(listed.length);
    for (const { id, rule, steps } of ENSEMBLE_DIFFERENCES) {
      expect(rule).toMatch(/^[A-Z]\w+(\.\w+)?: /);
      for (const step of Object.keys(steps).map(Number)) {
        expect(step, id).toBeLessThanOrEqual(caseOf(id).steps.length);
      }
    }
  });

  test("a case that is listed and agrees is noticed", () => {
    const entry = listing("create-basic-tree", (result) => result);
    expect(checkServiceCaseVia(caseOf("create-basic-tree"), "follower", [entry])).toEqual({
      differences: ["agrees, and is listed as a case in which ensembles differ"],
      asEnsemble: false,
    });
  });

  test("and so is one that differs in another way than its rule says", () => {
    const entry = listing("create-basic-tree", (result) => ({ ...result, zxid: 77 }));
    const { differences, asEnsemble } = checkServiceCaseVia(
      caseOf("create-basic-tree"),
      "follower",
      [entry],
    );
    expect(differences[0]).toBe("step 2 (s1 create): zxid: recorded 77, found 4294967298");
    expect(asEnsemble).toBe(false);
  });

  test("a role that is not listed answers as it was recorded", () => {
    const recorded = inFirstEpoch(caseOf("odd-opcode-16"));
    const [entry] = ENSEMBLE_DIFFERENCES.filter(({ roles }) => !roles.includes("leader"));
    expect(ensembleAnswers(recorded, "leader", [entry as EnsembleDifference])).toBeUndefined();
  });
});

describe("the first epoch", () => {
  test("is in every zxid of a transaction, asked or answered", () => {
    const steps = [
      {
        s: "s1",
        op: "connect",
        args: { lastZxid: 3 },
        result: { lastZxid: 3 },
      },
      { s: "s1", op: "setWatches", args: { relativeZxid: 2 }, result: { err: 0, zxid: 3 } },
      {
        s: "s1",
        op: "pipeline",
        args: { ops: [{ op: "setWatches", args: { relativeZxid: 1 } }] },
        result: { replies: [{ zxid: 4, stat: { ...STAT, czxid: 1, mzxid: 2, pzxid: 3 } }] },
      },
    ];
    const [connect, watches, pipeline] = inFirstEpoch(caseWith(steps)).steps;
    expect(connect).toMatchObject({ args: { lastZxid: E + 3 }, result: { lastZxid: E + 3 } });
    expect(watches).toMatchObject({ args: { relativeZxid: E + 2 }, result: { zxid: E + 3 } });
    expect(pipeline).toMatchObject({
      args: { ops: [{ args: { relativeZxid: E + 1 } }] },
      result: { replies: [{ zxid: E + 4, stat: { czxid: E + 1, mzxid: E + 2, pzxid: E + 3 } }] },
    });
  });

  test.each([
    ["a follower, which was sent nothing, shows 0", 1, 0],
    ["a leader shows its beginning", 2, E],
  ])("before its first transaction %s", (_what, server, lastZxid) => {
    const session = { session: "s1", timeout: 30_000, readOnly: false };
    const config = "localSessionsEnabled=true\n";
    const steps = [{ s: "s1", op: "connect", args: { server }, result: { ...session, lastZxid } }];
    const recorded = { ...caseWith(steps), profile: "ensemble", boot: [1, 2, 3], config };
    expect(checkServiceCase(recorded)).toEqual([]);
  });

  test("is not in those of none: a fresh node's, an auth's, an unknown opcode's", () => {
    const steps = [
      { s: "s1", op: "auth", args: {}, result: { err: 0, zxid: 0 } },
      { s: "s1", op: "exists", args: {}, result: { zxid: -1, stat: STAT } },
      { s: "s1", op: "setWatches", args: { relativeZxid: 0 }, result: { err: 0 } },
    ];
    expect(inFirstEpoch(caseWith(steps)).steps).toEqual(steps);
  });
});

const STAT = {
  czxid: 0,
  mzxid: 0,
  version: 3,
  cversion: 2,
  aversion: 1,
  ephemeralOwner: 0,
  dataLength: 5,
  numChildren: 4,
  pzxid: 0,
};

function caseWith(steps: ServiceCase["steps"]): ServiceCase {
  return { id: "one", group: "one", profile: "default", steps };
}

function listing(id: string, change: (result: StepResult) => StepResult): EnsembleDifference {
  return { id, roles: ["follower"], rule: "Nothing: none", steps: { 2: change } };
}

function roleNumber(i: number): EnsembleRole {
  return ENSEMBLE_ROLES[i % ENSEMBLE_ROLES.length] as EnsembleRole;
}

function caseOf(id: string): ServiceCase {
  const recorded = all.find((one) => one.id === id);
  if (recorded === undefined) throw new Error(`there is no case ${id}`);
  return recorded;
}
