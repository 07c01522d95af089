import { checkDelay, type Report } from "./report.ts";
import { checkPredicate } from "./check-expect.ts";
import { micros } from "./duration.ts";
import { shown } from "./problem.ts";
import type { Scenario } from "./scenario.ts";
import { isRequest, type LinkEnd, type ProcessStep, type Step } from "./steps.ts";

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
  if (step.when !== undefined) checkPredicate(report, `${path}.when`, step.when, scenario);
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
  if (isRequest(step)) {
    report.client(`${path}.client`, step.client);
    if (step.do === "setQuota" && !/^(\/[^/]+)+$/.test(step.path)) {
      report.add(`${path}.path`, `expected a path such as "/a/b", got ${shown(step.path)}.`);
    }
    return;
  }
  switch (step.do) {
    case "boot":
    case "crash":
    case "restart":
    case "pause":
    case "resume":
      checkProcessStep(report, path, step);
      return;
    case "wipe":
      checkServers(report, path, step);
      refuseLeader(report, path, step.server, "who leads is running, and has to crash first");
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
      checkEnds(report, `${path}.to`, [...step.from, ...step.to]);
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
      checkEnds(report, `${path}.between`, step.between);
      return;
    case "messageFaults":
      checkDelay(report, `${path}.faults.reorderDelay`, step.faults?.reorderDelay);
      return;
    case "heal":
      return;
  }
}

function checkProcessStep(report: Report, path: string, step: ProcessStep): void {
  const { server, client } = step;
  if (client !== undefined) {
    checkClientStep(report, path, step, client);
    return;
  }
  if (server === undefined) {
    report.add(
      `${path}.server`,
      'expected a server id, "leader", "all", or a list of server ids, but it is missing.',
    );
    return;
  }
  checkServers(report, path, { server, every: step.every });
  if (step.do === "boot" || step.do === "restart") {
    refuseLeader(report, path, server, "who leads is running already");
  }
}

type Servers = NonNullable<ProcessStep["server"]>;

function checkServers(
  report: Report,
  path: string,
  { server, every }: { readonly server: Servers; readonly every?: ProcessStep["every"] },
): void {
  const isSeveral = server === "all" || Array.isArray(server);
  if (Array.isArray(server)) checkRefs(report, `${path}.server`, server);
  else if (server !== "all") report.server(`${path}.server`, server);
  if (every !== undefined && !isSeveral) {
    report.add(`${path}.every`, "is the gap between several servers; this step has one.");
  }
}

/** For steps that are only done to servers that don't run. */
function refuseLeader(report: Report, path: string, server: Servers, why: string): void {
  const refs: readonly Ref[] = server === "all" ? [] : Array.isArray(server) ? server : [server];
  if (refs.includes("leader")) {
    report.add(`${path}.server`, `expected server ids, got "leader": ${why}.`);
  }
}

function checkClientStep(
  report: Report,
  path: string,
  step: ProcessStep,
  client: NonNullable<ProcessStep["client"]>,
): void {
  if (step.server !== undefined) {
    report.add(`${path}.client`, "does not go with server: a step is done to one or the other.");
  }
  if (client === "all") {
    if (report.clients.length === 0) report.add(`${path}.client`, "the scenario has no clients.");
    return;
  }
  if (!Array.isArray(client)) {
    report.client(`${path}.client`, client);
    if (step.every !== undefined) {
      report.add(`${path}.every`, "is the gap between several clients; this step has one.");
    }
    return;
  }
  for (const [i, name] of client.entries()) {
    report.client(`${path}.client[${i}]`, name);
    if (client.indexOf(name) < i) report.add(`${path}.client[${i}]`, `${name} is named twice.`);
  }
}

/** Between clients there are no links. */
function checkEnds(report: Report, path: string, ends: readonly LinkEnd[]): void {
  if (ends.every((end) => typeof end === "string" && end !== "leader")) {
    report.add(path, "expected a server at one end; clients do not speak to one another.");
  }
}

function checkRefs(report: Report, path: string, refs: readonly LinkEnd[]): void {
  const seen = new Set<LinkEnd>();
  for (const [i, ref] of refs.entries()) {
    report.end(`${path}[${i}]`, ref);
    if (seen.has(ref)) report.add(`${path}[${i}]`, `${ref} is named twice.`);
    seen.add(ref);
  }
}

function checkGroups(report: Report, path: string, groups: readonly (readonly LinkEnd[])[]): void {
  const seen = new Map<LinkEnd, string>();
  for (const [g, group] of groups.entries()) {
    for (const [i, ref] of group.entries()) {
      const here = `${path}.groups[${g}][${i}]`;
      report.end(here, ref);
      const before = seen.get(ref);
      if (before !== undefined) report.add(here, `${ref} is in ${before} already.`);
      seen.set(ref, `groups[${g}]`);
    }
  }
}
