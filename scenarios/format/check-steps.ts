import { checkDelay, type Report } from "./report.ts";
import { checkPredicate } from "./check-expect.ts";
import { micros } from "./duration.ts";
import type { Scenario } from "./scenario.ts";
import type { Step } from "./steps.ts";

type Ref = number | "leader";

export function checkSteps(report: Report, scenario: Scenario): void {
  const labels = new Map<string, number>();
  for (const [i, step] of scenario.steps.entries()) {
    const path = `steps[${i}]`;
    checkTiming(report, path, step, scenario);
    checkLabel(report, path, step.label, labels, i);
    checkTarget(report, path, step);
  }
}

function checkTiming(report: Report, path: string, step: Step, scenario: Scenario): void {
  if (step.at === undefined && step.when === undefined) {
    report.add(path, 'expected "at" a moment, or "when" a predicate holds; it has neither.');
  }
  if (step.at !== undefined && step.when !== undefined) {
    report.add(path, 'expected "at" or "when", got both; use "after" for a moment after "when".');
  }
  if (step.after !== undefined && step.when === undefined) {
    report.add(`${path}.after`, 'is counted from "when", which this step does not have.');
  }
  if (step.when !== undefined) checkPredicate(report, `${path}.when`, step.when);
  const { until } = scenario;
  if (step.at === undefined || until === undefined || typeof until === "object") return;
  if (micros(step.at) > micros(until)) {
    report.add(`${path}.at`, `is ${step.at}, later than the end of the run (until: ${until}).`);
  }
}

function checkLabel(
  report: Report,
  path: string,
  label: string | undefined,
  labels: Map<string, number>,
  at: number,
): void {
  if (label === undefined) return;
  const other = labels.get(label);
  if (other === undefined) labels.set(label, at);
  else
    report.add(`${path}.label`, `steps[${other}] has the label ${JSON.stringify(label)} already.`);
}

function checkTarget(report: Report, path: string, step: Step): void {
  switch (step.do) {
    case "boot":
    case "crash":
    case "restart":
    case "pause":
    case "resume":
      checkProcessStep(report, path, step);
      return;
    case "cut":
    case "mend":
    case "clog":
    case "unclog":
    case "link":
      checkRefs(report, `${path}.from`, step.from);
      checkRefs(report, `${path}.to`, step.to);
      if (step.from.length === 1 && step.to.length === 1 && step.from[0] === step.to[0]) {
        report.add(
          `${path}.to`,
          `expected another server than ${step.from[0]}; both ends are one.`,
        );
      }
      if (step.do === "link") checkDelay(report, `${path}.change.delay`, step.change.delay);
      return;
    case "partition":
      checkGroups(report, path, step.groups);
      return;
    case "reset":
      checkRefs(report, `${path}.between`, step.between);
      if (step.between[0] === step.between[1]) {
        report.add(`${path}.between`, `expected two servers, got ${step.between[0]} twice.`);
      }
      return;
    case "messageFaults":
      checkDelay(report, `${path}.faults.reorderDelay`, step.faults?.reorderDelay);
      return;
    case "heal":
      return;
  }
}

function checkProcessStep(
  report: Report,
  path: string,
  step: Extract<Step, { server: unknown }>,
): void {
  const { server } = step;
  const isSeveral = server === "all" || Array.isArray(server);
  if (Array.isArray(server)) checkRefs(report, `${path}.server`, server);
  else if (server !== "all") report.server(`${path}.server`, server);
  if (step.every !== undefined && !isSeveral) {
    report.add(`${path}.every`, "is the gap between several servers; this step has one.");
  }
  const boots = step.do === "boot" || step.do === "restart";
  const refs: readonly Ref[] = isSeveral ? (server === "all" ? [] : server) : [server];
  if (boots && refs.includes("leader")) {
    report.add(
      `${path}.server`,
      `expected server ids, got "leader": who leads is running already.`,
    );
  }
}

function checkRefs(report: Report, path: string, refs: readonly Ref[]): void {
  const seen = new Set<Ref>();
  for (const [i, ref] of refs.entries()) {
    report.server(`${path}[${i}]`, ref);
    if (seen.has(ref)) report.add(`${path}[${i}]`, `${ref} is named twice.`);
    seen.add(ref);
  }
}

function checkGroups(report: Report, path: string, groups: readonly (readonly Ref[])[]): void {
  const seen = new Map<Ref, string>();
  for (const [g, group] of groups.entries()) {
    for (const [i, ref] of group.entries()) {
      const here = `${path}.groups[${g}][${i}]`;
      report.server(here, ref);
      const before = seen.get(ref);
      if (before !== undefined) report.add(here, `${ref} is in ${before} already.`);
      seen.set(ref, `groups[${g}]`);
    }
  }
}
