import { rulesWith } from "../../core/server/bugs.ts";
import type { ZabRules } from "../../core/zab/rules.ts";
import { diskProblem } from "../durable.ts";
import { ensembleOf } from "../ensemble.ts";
import { doorsOf } from "../service/clients.ts";
import { checkClients } from "./check-clients.ts";
import { checkExpectations, checkPredicate } from "./check-expect.ts";
import { checkSteps } from "./check-steps.ts";
import { micros } from "./duration.ts";
import type { ServerStart } from "./ensemble.ts";
import type { NetworkData } from "./network.ts";
import type { ScenarioProblem } from "./problem.ts";
import { checkDelay, Report } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { readZxid } from "./zxid-text.ts";

/**
 * What the form alone does not tell: whether the servers that are named exist, times fit together, disks could be
 * ZooKeeper's. All of it is known before anything runs, so all of it is said before anything runs.
 */
export function checkScenario(scenario: Scenario): ScenarioProblem[] {
  const clients = Object.keys(scenario.clients ?? {});
  const ensemble = ensembleOf(scenario.ensemble, clients.length > 0);
  if (!ensemble.ok) return [...ensemble.problems];
  const { peers, standalone } = ensemble;
  const ids = standalone === undefined ? peers.map((peer) => peer.id) : [standalone.id];
  const report = new Report(ids, clients, standalone !== undefined);
  checkClients(report, scenario.clients, doorsOf(ensemble));
  const { zab } = rulesWith(scenario.bugs ?? []);
  for (const [id, start] of Object.entries(scenario.servers ?? {})) {
    report.server(`servers.${id}`, Number(id));
    checkStart(report, `servers.${id}`, start, zab);
  }
  checkNetwork(report, scenario.network);
  if (report.isStandalone && scenario.bugs !== undefined) {
    report.add("bugs", "does not go with a standalone server, which has nobody to agree with.");
  }
  checkSteps(report, scenario);
  const { until } = scenario;
  if (typeof until === "object") checkPredicate(report, "until", until, scenario);
  checkExpectations(report, scenario);
  checkLimit(report, scenario);
  return report.problems;
}

function checkStart(report: Report, path: string, start: ServerStart, rules: ZabRules): void {
  for (const field of report.isStandalone ? DISK_FIELDS : []) {
    if (start[field] === undefined) continue;
    report.add(`${path}.${field}`, "does not go with a standalone server, whose disk is empty.");
  }
  if (start.zxid !== undefined && readZxid(start.zxid) === undefined) {
    report.add(`${path}.zxid`, "expected an epoch below 2^21 in the zxid.");
    return;
  }
  const problem = diskProblem(start, rules);
  if (problem !== undefined) report.add(`${path}.${problem.field}`, `${problem.rule}.`);
}

/** What only the servers of an ensemble can start with. */
const DISK_FIELDS = ["currentEpoch", "acceptedEpoch", "zxid"] as const;

function checkNetwork(report: Report, network: NetworkData | undefined): void {
  if (typeof network !== "object") return;
  checkDelay(report, "network.delay", network.delay);
  checkDelay(report, "network.messageFaults.reorderDelay", network.messageFaults?.reorderDelay);
  for (const [i, link] of (network.links ?? []).entries()) {
    const path = `network.links[${i}]`;
    for (const side of ["from", "to"] as const) {
      for (const [k, end] of link[side].entries()) report.end(`${path}.${side}[${k}]`, end);
    }
    checkDelay(report, `${path}.delay`, link.delay);
  }
}

function checkLimit(report: Report, scenario: Scenario): void {
  const { until, limit } = scenario;
  if (until === undefined || typeof until === "object" || limit?.time === undefined) return;
  if (micros(until) > micros(limit.time)) {
    report.add("until", `expected a moment within limit.time (${limit.time}), got ${until}.`);
  }
}
