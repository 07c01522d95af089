import type { Report } from "./report.ts";
import { micros } from "./duration.ts";
import type { Moment, StepRef } from "./expect.ts";
import { didYouMean } from "./nearest.ts";
import type { Predicate } from "./predicate.ts";
import type { Scenario } from "./scenario.ts";
import { PER_SERVER, serversOfKey } from "../predicate/servers.ts";

export function checkPredicate(report: Report, path: string, predicate: Predicate): void {
  if (typeof predicate.leader === "number") report.server(`${path}.leader`, predicate.leader);
  for (const field of PER_SERVER) {
    for (const [key, value] of Object.entries(predicate[field] ?? {})) {
      for (const id of serversOfKey(key, report.ids)) report.server(`${path}.${field}.${key}`, id);
      if (typeof value === "number" && (field === "votes" || field === "follows")) {
        report.server(`${path}.${field}.${key}`, value);
      }
    }
  }
  for (const [i, inner] of (predicate.all ?? []).entries()) {
    checkPredicate(report, `${path}.all[${i}]`, inner);
  }
  for (const [i, inner] of (predicate.any ?? []).entries()) {
    checkPredicate(report, `${path}.any[${i}]`, inner);
  }
  if (predicate.not !== undefined) checkPredicate(report, `${path}.not`, predicate.not);
}

export function checkExpectations(report: Report, scenario: Scenario): void {
  const { until } = scenario;
  const end = until === undefined || typeof until === "object" ? Infinity : micros(until);
  for (const [i, expectation] of (scenario.expect ?? []).entries()) {
    const path = `expect[${i}]`;
    if ("end" in expectation) {
      checkPredicate(report, `${path}.end`, expectation.end);
    } else if ("at" in expectation) {
      checkPredicate(report, `${path}.that`, expectation.that);
      const last = end + micros(scenario.for ?? 0);
      if (micros(expectation.at) > last) {
        report.add(`${path}.at`, `is ${expectation.at}, later than the end of the run.`);
      }
    } else if ("within" in expectation) {
      checkPredicate(report, `${path}.that`, expectation.that);
      if (expectation.of !== undefined)
        checkStepRef(report, `${path}.of`, expectation.of, scenario);
    } else {
      const kind = "always" in expectation ? "always" : "never";
      const predicate = "always" in expectation ? expectation.always : expectation.never;
      checkPredicate(report, `${path}.${kind}`, predicate);
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

function checkStepRef(report: Report, path: string, ref: StepRef, scenario: Scenario): void {
  const { steps } = scenario;
  if (typeof ref === "number") {
    if (ref < steps.length) return;
    report.add(path, `expected a step from 0 to ${steps.length - 1}, got ${ref}.`);
    return;
  }
  const labels = steps.flatMap((step) => (step.label === undefined ? [] : [step.label]));
  if (labels.includes(ref)) return;
  const hint = didYouMean(ref, labels);
  report.add(path, `no step has the label ${JSON.stringify(ref)}.${hint}`);
}
