import { describeProblem } from "../core/config/describe-errors.ts";
import { startError } from "../core/config/start-error.ts";
import { parseZooCfg, type ZooCfgResult } from "../core/config/zoo-cfg.ts";
import type { ZooCfg } from "../core/config/zoo-cfg-types.ts";
import { serverId } from "../core/ids.ts";
import type { PeerConfig } from "../core/server/peer.ts";
import { serviceConfigOf } from "../core/server/service/config.ts";
import type { StandaloneSpec } from "../sim/world.ts";
import { peersOf } from "../core/server/peer-config.ts";
import type { EnsembleData, MemberData } from "./format/ensemble.ts";
import { formatPath, type ScenarioProblem, shown } from "./format/problem.ts";

/**
 * From a scenario's ensemble to the configuration of each server. The object form is written out as a zoo.cfg and
 * goes through the same door as a real one, so that there is one set of rules, ZooKeeper's.
 */

export type Ensemble =
  | {
      readonly ok: true;
      /** The servers of an ensemble; none where the server is standalone. */
      readonly peers: readonly PeerConfig[];
      readonly standalone: StandaloneSpec | undefined;
    }
  | { readonly ok: false; readonly problems: readonly ScenarioProblem[] };

/** What a trace and its sets of servers can hold. */
export const MAX_SERVERS = 31;

/**
 * A zoo.cfg with one server line runs standalone in ZooKeeper. Whoever writes such a line mostly means an ensemble of
 * one, though, so it is refused with a hint; unless there are clients, who tell that the server itself is meant.
 */
export function ensembleOf(data: EnsembleData, hasClients = false): Ensemble {
  if ("zooCfgFile" in data) {
    return refused(
      "ensemble.zooCfgFile",
      "is a path, which only the command line reads; give the text as zooCfg.",
    );
  }
  if ("zooCfg" in data) return fromText(data.zooCfg, "ensemble.zooCfg", hasClients);
  if ("standalone" in data) {
    const problems = propertyProblems(data.standalone.properties, "ensemble.standalone");
    if (problems.length > 0) return { ok: false, problems };
    return fromText(standaloneCfgOf(data.standalone), "ensemble.standalone", hasClients);
  }
  const problems = objectProblems(data);
  if (problems.length > 0) return { ok: false, problems };
  return fromText(zooCfgOf(data), "ensemble", hasClients);
}

/** The zoo.cfg that an ensemble given as an object stands for. */
export function zooCfgOf(data: ObjectForm) {
  const members = membersOf(data);
  const lines = [
    `tickTime=${data.tickTime ?? 2000}`,
    `initLimit=${data.initLimit ?? 10}`,
    `syncLimit=${data.syncLimit ?? 5}`,
    "dataDir=/var/lib/zookeeper",
    "clientPort=2181",
    "standaloneEnabled=false",
  ];
  if (data.connectToLearnerMasterLimit !== undefined) {
    lines.push(`connectToLearnerMasterLimit=${data.connectToLearnerMasterLimit}`);
  }
  for (const [name, value] of Object.entries(data.properties ?? {})) lines.push(`${name}=${value}`);
  for (const [id, member] of members) {
    const role = member.type === "observer" ? ":observer" : "";
    lines.push(`server.${id}=zoo${id}:2888:3888${role}`);
  }
  for (const [group, ids] of groupsOf(members)) lines.push(`group.${group}=${ids.join(":")}`);
  for (const [id, member] of members) {
    if (member.weight !== undefined) lines.push(`weight.${id}=${member.weight}`);
  }
  return `${lines.join("\n")}\n`;
}

type Members = readonly (readonly [number, MemberData])[];
type ObjectForm = Extract<EnsembleData, { size: number } | { servers: unknown }>;
type StandaloneForm = Extract<EnsembleData, { standalone: unknown }>["standalone"];

function standaloneCfgOf(data: StandaloneForm): string {
  const lines = [
    `tickTime=${data.tickTime ?? 2000}`,
    "dataDir=/var/lib/zookeeper",
    `clientPort=${CLIENT_PORT}`,
  ];
  for (const [name, value] of Object.entries(data.properties ?? {})) lines.push(`${name}=${value}`);
  return `${lines.join("\n")}\n`;
}

const CLIENT_PORT = 2181;

function membersOf(data: ObjectForm): Members {
  if ("size" in data) return Array.from({ length: data.size }, (_, i) => [i + 1, {}]);
  const members = Object.entries(data.servers).map(([id, member]): [number, MemberData] => [
    Number(id),
    member,
  ]);
  return members.sort(([a], [b]) => a - b);
}

function groupsOf(members: Members): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const [id, { group }] of members) {
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), id]);
  }
  return groups;
}

/** What the zoo.cfg would be refused for, said in the words of the object. */
function objectProblems(data: ObjectForm): ScenarioProblem[] {
  const problems: ScenarioProblem[] = [];
  const members = membersOf(data);
  if (members.length === 0) {
    problems.push({ path: "ensemble.servers", message: "expected at least one server." });
  }
  if (members.length > 0 && members.every(([, member]) => member.type === "observer")) {
    problems.push({
      path: "ensemble.servers",
      message: "expected at least one participant; observers alone elect nobody.",
    });
  }
  const isHierarchical = members.some(
    ([, { group, weight }]) => group !== undefined || weight !== undefined,
  );
  for (const [id, { group, type }] of isHierarchical ? members : []) {
    if (group === undefined && type !== "observer") {
      problems.push({
        path: `ensemble.servers.${id}.group`,
        message: "is missing: with groups or weights, every participant must be in a group.",
      });
    }
  }
  problems.push(...propertyProblems(data.properties, "ensemble"));
  return problems;
}

function propertyProblems(
  properties: ObjectForm["properties"],
  at: "ensemble" | "ensemble.standalone",
): ScenarioProblem[] {
  const problems: ScenarioProblem[] = [];
  for (const [name, value] of Object.entries(properties ?? {})) {
    const path = formatPath([...at.split("."), "properties", name]);
    if (OWN_FIELDS.test(name)) {
      problems.push({ path, message: "has a field of its own in the ensemble." });
    } else if (!/^[\w.-]+$/.test(name)) {
      problems.push({ path, message: "expected a name of letters, digits, dots and dashes." });
    }
    if (typeof value === "string" && /[\r\n\\]/.test(value)) {
      problems.push({ path, message: `expected a value on one line, got ${shown(value)}.` });
    }
  }
  return problems;
}

/** What the object form says in its own words, or has decided. */
const OWN_FIELDS =
  /^(tickTime|initLimit|syncLimit|connectToLearnerMasterLimit|standaloneEnabled|dataDir|clientPort|dynamicConfigFile|version|server\..*|group.*|weight.*)$/;

function fromText(text: string, path: string, hasClients: boolean): Ensemble {
  const result = parseForAnyServer(text);
  if (!result.accepted) return refused(path, describeProblem(result.problem));
  const { config } = result;
  if (!config.distributed) return standaloneOf(config, path, hasClients);
  const failure = startError(config);
  if (failure !== undefined) return refused(path, `zoo.cfg: ${failure.message}.`);
  if (config.servers.length > MAX_SERVERS) {
    return refused(path, `expected at most ${MAX_SERVERS} servers, got ${config.servers.length}.`);
  }
  for (const [field, exact] of Object.entries(config.inexactLongs ?? {})) {
    return refused(path, `${field} is ${exact}; expected at most 2^53 − 1.`);
  }
  const peers = peersOf(config);
  const problem = timesProblem(peers[0]);
  return problem === undefined
    ? { ok: true, peers, standalone: undefined }
    : refused(path, problem);
}

/** Under which clients know a standalone server that has no server line. */
const STANDALONE_HOST = "zoo1";

function standaloneOf(zooCfg: ZooCfg, path: string, hasClients: boolean): Ensemble {
  const [line] = zooCfg.servers;
  if (line !== undefined && !hasClients) {
    return refused(
      path,
      "this zoo.cfg gives a standalone server, which elects nobody; " +
        "for an ensemble of one, add standaloneEnabled=false.",
    );
  }
  const { clientPortAddress } = zooCfg;
  if (clientPortAddress === null) {
    return refused(path, "this standalone server has no clientPort, so no client could reach it.");
  }
  const config = serviceConfigOf(zooCfg);
  for (const [name, ms] of [
    ["tickTime", config.tickTime],
    ["minSessionTimeout", config.minSessionTimeout],
    ["maxSessionTimeout", config.maxSessionTimeout],
  ] as const) {
    if (ms < 1 || ms > MAX_MS) {
      return refused(path, `${name}: expected 1 to ${MAX_MS} ms, got ${ms}.`);
    }
  }
  const host = line?.addresses[0]?.host ?? STANDALONE_HOST;
  const address = { host, port: clientPortAddress.port };
  return {
    ok: true,
    peers: [],
    standalone: { id: line?.id ?? serverId(1), config, address },
  };
}

/** One file for all servers: which of them reads it makes no difference for the quorum, but it must be one. */
function parseForAnyServer(text: string): ZooCfgResult {
  const parse = (myid: string): ZooCfgResult => parseZooCfg(text, { configPath: "zoo.cfg", myid });
  const result = parse("1");
  const first = result.accepted ? result.config.servers[0]?.id : undefined;
  return first === undefined || first === 1 ? result : parse(BigInt(first).toString());
}

/** As many milliseconds as Java's ints hold. */
const MAX_MS = 2 ** 31 - 1;

/** ZooKeeper takes lengths of time that make no sense, and then overflows or spins; here they are refused. */
function timesProblem(peer: PeerConfig | undefined): string | undefined {
  if (peer === undefined) return "expected at least one server.";
  const { tickMs } = peer;
  const times: readonly (readonly [name: string, ms: number, least: number])[] = [
    ["tickTime", tickMs, 1],
    ["initLimit · tickTime", peer.initLimit * tickMs, 1],
    ["syncLimit · tickTime", peer.syncLimit * tickMs, 1],
    ["connectToLearnerMasterLimit · tickTime", peer.connectToLearnerMasterLimit * tickMs, 0],
    ["fastleader.minNotificationInterval", peer.minNotificationMs, 1],
    ["fastleader.maxNotificationInterval", peer.maxNotificationMs, 1],
    ["cnxTimeout", peer.cnxTimeoutMs, 1],
    ["leaderConnectDelayDuringRetryMs", peer.leaderConnectDelayMs, 0],
    ["observer.election.DelayMs", peer.observerElectionDelayMs, -MAX_MS],
  ];
  for (const [name, ms, least] of times) {
    if (ms < least || ms > MAX_MS) return `${name}: expected ${least} to ${MAX_MS} ms, got ${ms}.`;
  }
  return undefined;
}

function refused(path: string, message: string): Ensemble {
  return { ok: false, problems: [{ path, message }] };
}
