import type { Report } from "./report.ts";
import { micros } from "./duration.ts";
import type { Moment, StepRef } from "./expect.ts";
import { didYouMean } from "./nearest.ts";
import type { Predicate } from "./predicate.ts";
import type { Scenario } from "./scenario.ts";
import { isRequest } from "./steps.ts";
import { ELECTION_CONDITIONS, PER_CLIENT, PER_SERVER, serversOfKey } from "../predicate/servers.ts";

export function checkPredicate(
  report: Report,
  path: string,
  predicate: Predicate,
  scenario: Scenario,
): void {
  checkKind(report, path, predicate);
  checkContents(report, path, predicate);
  checkRequest(report, path, predicate, scenario);
  for (const field of PER_CLIENT) {
    for (const name of Object.keys(predicate[field] ?? {})) {
      report.client(`${path}.${field}.${name}`, name);
    }
  }
  for (const [name, server] of Object.entries(predicate.connectedTo ?? {})) {
    if (server !== "nobody") report.server(`${path}.connectedTo.${name}`, server);
  }
  if (typeof predicate.leader === "number") report.server(`${path}.leader`, predicate.leader);
  for (const field of PER_SERVER) {
    for (const [key, value] of Object.entries(predicate[field] ?? {})) {
      for (const id of serversOfKey(key, report.ids)) report.server(`${path}.${field}.${key}`, id);
      if (typeof value === "number" && (field === "votes" || field === "follows")) {
        report.server(`${path}.${field}.${key}`, value);
      }
    }
  }
  for (const key of Object.keys(predicate.same ?? {})) {
    const ids = serversOfKey(key, report.ids);
    for (const id of ids) report.server(`${path}.same.${key}`, id);
    if (new Set(ids).size < 2) report.add(`${path}.same.${key}`, "expected at least two servers.");
    else if (new Set(ids).size < ids.length) {
      report.add(`${path}.same.${key}`, "names a server twice.");
    }
  }
  for (const [i, inner] of (predicate.all ?? []).entries()) {
    checkPredicate(report, `${path}.all[${i}]`, inner, scenario);
  }
  for (const [i, inner] of (predicate.any ?? []).entries()) {
    checkPredicate(report, `${path}.any[${i}]`, inner, scenario);
  }
  if (predicate.not !== undefined) checkPredicate(report, `${path}.not`, predicate.not, scenario);
}

/** Complains about what looks like a condition and is none: it would always hold, or never, whatever happens. */
function checkContents(report: Report, path: string, predicate: Predicate): void {
  for (const field of ["all", "any"] as const) {
    if (predicate[field]?.length === 0) {
      report.add(`${path}.${field}`, "expected at least one predicate, got [].");
    }
  }
  for (const field of [...PER_SERVER, "same"] as const) {
    checkEntries(report, `${path}.${field}`, predicate[field], "at least one server");
  }
  for (const field of PER_CLIENT) {
    checkEntries(report, `${path}.${field}`, predicate[field], "at least one client");
  }
  for (const field of ["votes", "sync"] as const) {
    for (const [key, value] of Object.entries(predicate[field] ?? {})) {
      checkEntries(report, `${path}.${field}.${key}`, value, "at least one field");
    }
  }
  for (const field of ["state", "clients"] as const) {
    for (const [key, value] of Object.entries(predicate[field] ?? {})) {
      if (!Array.isArray(value) || value.length > 0) continue;
      report.add(`${path}.${field}.${key}`, "expected at least one state, got [].");
    }
  }
  checkNodes(report, `${path}.nodes`, predicate.nodes);
  for (const [key, nodes] of Object.entries(predicate.nodesOn ?? {})) {
    checkNodes(report, `${path}.nodesOn.${key}`, nodes);
  }
}

function checkNodes(report: Report, path: string, nodes: Predicate["nodes"]): void {
  checkEntries(report, path, nodes, "at least one path");
  for (const [znode, value] of Object.entries(nodes ?? {})) {
    const here = `${path}.${znode}`;
    checkEntries(report, here, value, "at least one field");
    if (znode.startsWith("/") && (znode === "/" || !znode.endsWith("/"))) continue;
    report.add(here, 'expected a path that begins with "/", and does not end with it.');
  }
}

/** Complains about an object without fields; anything else is fine. */
function checkEntries(report: Report, path: string, value: unknown, expected: string): void {
  if (typeof value !== "object" || value === null || Object.keys(value).length > 0) return;
  report.add(path, `expected ${expected}, got {}.`);
}

/** Conditions of elections and of Zab are not for a standalone server. */
function checkKind(report: Report, path: string, predicate: Predicate): void {
  if (!report.isStandalone) return;
  for (const field of ELECTION_CONDITIONS) {
    if (predicate[field] === undefined) continue;
    report.add(`${path}.${field}`, "is of ensembles; a standalone server elects nobody.");
  }
}

function checkRequest(
  report: Report,
  path: string,
  predicate: Predicate,
  scenario: Scenario,
): void {
  const { step, client } = predicate;
  const asked = (["outcome", "failedAt", "got"] as const).filter(
    (field) => predicate[field] !== undefined,
  );
  if (step === undefined) {
    for (const field of client === undefined ? asked : ["client", ...asked]) {
      report.add(`${path}.${field}`, 'is about a request; name its step: "step": LABEL.');
    }
    return;
  }
  if (asked.length === 0) {
    report.add(`${path}.step`, "expected outcome, failedAt or got beside it.");
  }
  if (!checkStepRef(report, `${path}.step`, step, scenario)) return;
  const named = scenario.steps.find((other, i) =>
    typeof step === "number" ? i === step : other.label === step,
  );
  if (named === undefined) return;
  if (!isRequest(named)) {
    report.add(`${path}.step`, `expected a request of a client; this step is "${named.do}".`);
    return;
  }
  if (client !== undefined && client !== named.client) {
    report.add(`${path}.client`, `this request is made by ${named.client}, not by ${client}.`);
  }
}

export function checkExpectations(report: Report, scenario: Scenario): void {
  const { until } = scenario;
  const end = until === undefined || typeof until === "object" ? Infinity : micros(until);
  for (const [i, expectation] of (scenario.expect ?? []).entries()) {
    const path = `expect[${i}]`;
    if ("end" in expectation) {
      checkPredicate(report, `${path}.end`, expectation.end, scenario);
    } else if ("at" in expectation) {
      checkPredicate(report, `${path}.that`, expectation.that, scenario);
      const last = end + micros(scenario.for ?? 0);
      if (micros(expectation.at) > last) {
        report.add(`${path}.at`, `is ${expectation.at}, later than the end of the run.`);
      }
    } else if ("within" in expectation) {
      checkPredicate(report, `${path}.that`, expectation.that, scenario);
      if (expectation.of !== undefined)
        checkStepRef(report, `${path}.of`, expectation.of, scenario);
    } else {
      const kind = "always" in expectation ? "always" : "never";
      const predicate = "always" in expectation ? expectation.always : expectation.never;
      checkPredicate(report, `${path}.${kind}`, predicate, scenario);
      checkMoment(report, `${path}.from`, expectation.from, scenario);
      checkMoment(report, `${path}.to`, expectation.to, scenario);
    }
  }
}

function checkMoment(
  report: Report,
  path: string,
  moment: Moment | undefined,
  scenario: Scenario,
): void {
  if (typeof moment === "object") checkStepRef(report, `${path}.step`, moment.step, scenario);
}

function checkStepRef(report: Report, path: string, ref: StepRef, scenario: Scenario): boolean {
  const { steps } = scenario;
  if (typeof ref === "number") {
    if (ref < steps.length) return true;
    report.add(path, `expected a step from 0 to ${steps.length - 1}, got ${ref}.`);
    return false;
  }
  const labels = steps.flatMap((step) => (step.label === undefined ? [] : [step.label]));
  if (labels.includes(ref)) return true;
  const hint = didYouMean(ref, labels);
  report.add(path, `no step has the label ${JSON.stringify(ref)}.${hint}`);
  return false;
}
