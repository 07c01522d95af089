import { rulesWith } from "../core/server/bugs.ts";
import type { PeerConfig } from "../core/server/peer.ts";
import type { Action, ServerRef } from "../sim/action.ts";
import { DISK_PROFILES } from "../sim/disk/disk-spec.ts";
import { THREAD_PROFILES } from "../sim/process/threads.ts";
import type { ClientOp } from "../core/client/operations.ts";
import type { ClientSpec, WorldSpec } from "../sim/world.ts";
import { diskOf } from "./durable.ts";
import { type Ensemble, ensembleOf } from "./ensemble.ts";
import { micros } from "./format/duration.ts";
import type { Predicate } from "./format/predicate.ts";
import { InvalidScenario } from "./format/problem.ts";
import type { Scenario } from "./format/scenario.ts";
import { isRequest, type LinkEnd, type ProcessStep, type Step } from "./format/steps.ts";
import { latencyOf, linkChangeOf, messageFaultsOf, networkSpecOf } from "./network.ts";
import { clientSpecsOf, doorsOf } from "./service/clients.ts";
import { requestsOf } from "./service/requests.ts";

/** A scenario made ready to run: texts turned into numbers, shorthand into single actions. */
export interface Plan {
  readonly world: WorldSpec;
  /** Done before anything runs: what single links are like. */
  readonly setup: readonly Action[];
  readonly steps: readonly PlannedStep[];
  readonly until: Ending;
  /** How long to go on after that. */
  readonly forUs: number;
  readonly peers: readonly PeerConfig[];
}

export type Ending =
  | { readonly kind: "time"; readonly timeUs: number }
  | { readonly kind: "predicate"; readonly predicate: Predicate };

export interface PlannedStep {
  /** `steps[2]` */
  readonly path: string;
  readonly label: string | undefined;
  /** `boot`, `create`, … */
  readonly does: Step["do"];
  readonly trigger:
    | { readonly kind: "at"; readonly timeUs: number }
    | { readonly kind: "when"; readonly predicate: Predicate; readonly afterUs: number };
  /** Usually one; several for a step that names several servers. */
  readonly actions: readonly { readonly delayUs: number; readonly action: PlannedAction }[];
}

/** What a step does to the world, or has a client ask for. */
export type PlannedAction = Action | ClientRequest;

export interface ClientRequest {
  readonly do: "request";
  readonly client: number;
  readonly op: ClientOp;
  /** Its place among the steps. */
  readonly step: number;
}

export const DEFAULT_SEED = 1;
const DEFAULT_LIMIT_US = 600_000_000;
const DEFAULT_LIMIT_EVENTS = 1_000_000;
const SETTLED: Predicate = { settled: true };

export function planOf(scenario: Scenario, seed: number): Plan {
  const ensemble = ensembleOf(scenario.ensemble, hasClients(scenario));
  if (!ensemble.ok) throw new InvalidScenario(ensemble.problems);
  const { peers, standalone } = ensemble;
  const clients = clientSpecsOf(scenario.clients, doorsOf(ensemble), seed);
  const who: Who = {
    servers: standalone === undefined ? peers.map((peer) => peer.id) : [standalone.id],
    clients: new Map(clients.map(({ name, id }) => [name, id])),
  };
  return {
    peers,
    world: worldOf(scenario, seed, ensemble, clients),
    setup: setupOf(scenario, who),
    steps: scenario.steps.map((step, i) => plannedStep(step, i, who)),
    until: endingOf(scenario.until),
    forUs: micros(scenario.for ?? 0),
  };
}

/** The ids behind what steps name. */
interface Who {
  readonly servers: readonly number[];
  readonly clients: ReadonlyMap<string, number>;
}

/** Whether clients are named at all. */
export function hasClients(scenario: Scenario): boolean {
  return Object.keys(scenario.clients ?? {}).length > 0;
}

function worldOf(
  scenario: Scenario,
  seed: number,
  { peers, standalone }: Extract<Ensemble, { ok: true }>,
  clients: readonly ClientSpec[],
): WorldSpec {
  const starts = Object.entries(scenario.servers ?? {});
  const latency = latencyOf(scenario.network);
  return {
    seed,
    peers,
    ...(standalone === undefined ? {} : { standalone }),
    clients,
    disks: new Map(starts.map(([id, start]) => [Number(id), diskOf(start)])),
    clocks: new Map(
      starts.map(([id, { clock }]) => [
        Number(id),
        { offsetMs: clock?.offsetMs ?? 0, driftPpm: clock?.driftPpm ?? 0 },
      ]),
    ),
    network: networkSpecOf(scenario.network),
    disk: scenario.disk === undefined ? latency.disk : { force: DISK_PROFILES[scenario.disk] },
    threads: scenario.threads === undefined ? latency.threads : THREAD_PROFILES[scenario.threads],
    ...(scenario.bugs === undefined ? {} : { rules: rulesWith(scenario.bugs) }),
    bounds: {
      maxEvents: scenario.limit?.events ?? DEFAULT_LIMIT_EVENTS,
      maxTime:
        scenario.limit?.time === undefined
          ? lastMomentUs(scenario) + DEFAULT_LIMIT_US
          : micros(scenario.limit.time),
    },
  };
}

/** The latest moment that the scenario names: what comes before it can't be running away. */
function lastMomentUs(scenario: Scenario): number {
  const { until, steps, expect = [] } = scenario;
  const moments = steps.map((step) => micros(step.at ?? 0));
  for (const expectation of expect) if ("at" in expectation) moments.push(micros(expectation.at));
  if (until !== undefined && typeof until !== "object") moments.push(micros(until));
  return Math.max(...moments) + micros(scenario.for ?? 0);
}

function setupOf(scenario: Scenario, who: Who): Action[] {
  if (typeof scenario.network !== "object") return [];
  return (scenario.network.links ?? []).map((link) => ({
    do: "link",
    from: endsOf(link.from, who),
    to: endsOf(link.to, who),
    oneWay: link.oneWay ?? false,
    change: linkChangeOf(link),
  }));
}

function endingOf(until: Scenario["until"]): Ending {
  if (until === undefined) return { kind: "predicate", predicate: SETTLED };
  if (typeof until === "object") return { kind: "predicate", predicate: until };
  return { kind: "time", timeUs: micros(until) };
}

function plannedStep(step: Step, index: number, who: Who): PlannedStep {
  const trigger: PlannedStep["trigger"] =
    step.when === undefined
      ? { kind: "at", timeUs: micros(step.at ?? 0) }
      : { kind: "when", predicate: step.when, afterUs: micros(step.after ?? 0) };
  const actions = isRequest(step)
    ? requestsOf(step).map((op) => ({
        delayUs: 0,
        action: { do: "request" as const, client: clientOf(step.client, who), op, step: index },
      }))
    : actionsOf(step, who);
  return { path: `steps[${index}]`, label: step.label, does: step.do, trigger, actions };
}

/** Checked at the door. */
function clientOf(name: string, who: Who): number {
  return who.clients.get(name) ?? -1;
}

/** The ids of all that a step is done to. */
function targetsOf(
  { server, client }: Pick<ProcessStep, "server" | "client">,
  who: Who,
): readonly ServerRef[] {
  if (client !== undefined) {
    if (client === "all") return [...who.clients.values()];
    return (Array.isArray(client) ? client : [client]).map((name) => clientOf(name, who));
  }
  if (server === undefined) return [];
  return server === "all" ? who.servers : Array.isArray(server) ? server : [server];
}

function actionsOf(step: Exclude<Step, { client: string }>, who: Who): PlannedStep["actions"] {
  switch (step.do) {
    case "boot":
    case "crash":
    case "restart":
    case "pause":
    case "resume":
    case "wipe": {
      const gapUs = micros(step.every ?? 0);
      return targetsOf(step, who).map((ref, i) => ({
        delayUs: i * gapUs,
        action: { do: step.do, server: ref },
      }));
    }
    case "cut":
    case "mend":
    case "clog":
    case "unclog":
      return one({
        do: step.do,
        from: endsOf(step.from, who),
        to: endsOf(step.to, who),
        oneWay: step.oneWay ?? false,
      });
    case "partition":
      return one({
        do: "partition",
        groups: step.groups.map((group) => endsOf(group, who)),
      });
    case "heal":
      return one({ do: "heal" });
    case "reset":
      return one({
        do: "reset",
        between: [endOf(step.between[0], who), endOf(step.between[1], who)],
      });
    case "link": {
      const change = linkChangeOf(step.change);
      return one({
        do: "link",
        from: endsOf(step.from, who),
        to: endsOf(step.to, who),
        oneWay: step.oneWay ?? false,
        change,
      });
    }
    case "messageFaults":
      return one({
        do: "messageFaults",
        faults: step.faults === null ? null : messageFaultsOf(step.faults),
      });
  }
}

function endOf(end: LinkEnd, who: Who): ServerRef {
  return typeof end === "string" && end !== "leader" ? clientOf(end, who) : end;
}

function endsOf(ends: readonly LinkEnd[], who: Who): readonly ServerRef[] {
  return ends.map((end) => endOf(end, who));
}

function one(action: Action): PlannedStep["actions"] {
  return [{ delayUs: 0, action }];
}
