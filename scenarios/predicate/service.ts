import type { Outcome } from "../../core/client/client-error.ts";
import type { OpResult, OpValues } from "../../core/client/operations.ts";
import { textOf } from "../../core/tree/text-bytes.ts";
import { formatZxid } from "../../core/zxid.ts";
import type { ZxidText } from "../format/fields.ts";
import { zxidOf } from "../format/zxid-text.ts";
import type { StepRef } from "../format/step-ref.ts";
import type { NodeConditionData, Predicate } from "../format/predicate.ts";
import { shown } from "../format/problem.ts";
import type { LoggedRequest } from "../service/client-log.ts";
import type { ClientView, NodeView, StandaloneView } from "../service/views.ts";
import type { Verdict } from "./evaluate.ts";
import { serversOfKey } from "./servers.ts";
import { leaderOf, type Situation } from "./situation.ts";

/** Conditions on what servers hold, and on their clients. */
export function* serviceConditions(predicate: Predicate, situation: Situation): Generator<Verdict> {
  for (const [path, wanted] of Object.entries(predicate.nodes ?? {})) {
    yield situation.standalone === undefined
      ? nodeIsEverywhere(path, wanted, situation)
      : nodeOfStandalone(path, wanted, situation.standalone);
  }
  if (predicate.committed !== undefined) yield hasCommitted(predicate.committed, situation);
  for (const [key, wanted] of Object.entries(predicate.same ?? {})) {
    yield areSame(key, wanted, situation);
  }
  for (const [name, wanted] of Object.entries(predicate.clients ?? {})) {
    const states: readonly string[] = typeof wanted === "string" ? [wanted] : wanted;
    yield ofClient(situation, name, (client) => ({
      holds: client.state !== undefined && states.includes(client.state),
      because: `${name} is ${client.state ?? client.process}`,
    }));
  }
  for (const [name, wanted] of Object.entries(predicate.session ?? {})) {
    yield ofClient(situation, name, (client) => session(client, wanted, situation));
  }
  for (const [name, wanted] of Object.entries(predicate.sessions ?? {})) {
    yield ofClient(situation, name, (client) => ({
      holds: client.sessions === wanted,
      because: `${name} has had ${client.sessions} ${client.sessions === 1 ? "session" : "sessions"}`,
    }));
  }
  for (const [name, wanted] of Object.entries(predicate.connectedTo ?? {})) {
    yield ofClient(situation, name, ({ connectedTo }) => ({
      holds: (connectedTo ?? "nobody") === wanted,
      because: `${name} is connected to ${connectedTo ?? "nobody"}`,
    }));
  }
  for (const [name, wanted] of Object.entries(predicate.events ?? {})) {
    yield ofClient(situation, name, ({ events }) => ({
      holds: isSameList(events, wanted),
      because: `${name} heard ${events.length === 0 ? "nothing" : events.join(", ")}`,
    }));
  }
  if (predicate.step !== undefined) yield* requestIs(predicate, predicate.step, situation);
}

function ofClient(
  situation: Situation,
  name: string,
  check: (client: ClientView) => Verdict,
): Verdict {
  const client = situation.clients?.find((view) => view.name === name);
  return client === undefined
    ? { holds: false, because: `there is no client ${name}` }
    : check(client);
}

function session(client: ClientView, wanted: "alive" | "gone", { standalone }: Situation): Verdict {
  const { name, isSessionAlive } = client;
  if (client.session === undefined) {
    return { holds: false, because: `${name} has never had a session` };
  }
  if (isSessionAlive === undefined) {
    const because =
      standalone === undefined
        ? `some of those who serve know the session of ${name}, but not all`
        : "the server is down";
    return { holds: false, because };
  }
  const because = `the session ${client.session} of ${name} is ${isSessionAlive ? "alive" : "gone"}`;
  return { holds: isSessionAlive === (wanted === "alive"), because };
}

function nodeOfStandalone(
  path: string,
  wanted: NodeConditionData,
  server: StandaloneView,
): Verdict {
  if (server.process === "down") return { holds: false, because: "the server is down" };
  return nodeIs(path, wanted, server.node(path));
}

/** As every server that serves has it. */
function nodeIsEverywhere(
  path: string,
  wanted: NodeConditionData,
  { data = [] }: Situation,
): Verdict {
  const serving = data.filter(({ isServing }) => isServing);
  if (serving.length === 0) return { holds: false, because: "no server serves" };
  let because = "";
  for (const server of serving) {
    const verdict = nodeIs(path, wanted, server.node(path));
    if (!verdict.holds) return { holds: false, because: `on ${server.id} ${verdict.because}` };
    because = verdict.because;
  }
  const ids = serving.map(({ id }) => id).join(", ");
  return { holds: true, because: `on ${ids} ${because}` };
}

function hasCommitted(wanted: ZxidText, situation: Situation): Verdict {
  const leader = leaderOf(situation);
  if (leader === undefined) return { holds: false, because: "nobody leads" };
  return {
    holds: leader.zxid === zxidOf(wanted),
    because: `${leader.id} leads and has committed up to ${formatZxid(leader.zxid)}`,
  };
}

function areSame(key: string, wanted: "tree" | "zxid", situation: Situation): Verdict {
  const { servers, data = [] } = situation;
  const ids = serversOfKey(
    key,
    servers.map(({ id }) => id),
  );
  const found = new Map<string, number[]>();
  for (const id of ids) {
    const view = servers.find((server) => server.id === id);
    const tree = data.find((server) => server.id === id)?.tree();
    if (view === undefined || view.process === "down" || tree === undefined) {
      return { holds: false, because: `${id} is down` };
    }
    const value = wanted === "tree" ? tree : formatZxid(view.zxid);
    found.set(value, [...(found.get(value) ?? []), id]);
  }
  const what = wanted === "tree" ? "the same tree" : "the same last zxid";
  if (found.size === 1) return { holds: true, because: `${ids.join(", ")} have ${what}` };
  const because =
    wanted === "tree"
      ? `trees differ: ${[...found.values()].map((same) => same.join(", ")).join(" | ")}`
      : [...found].map(([zxid, same]) => `${same.join(", ")} at ${zxid}`).join("; ");
  return { holds: false, because };
}

/** Conditions on the znode of one server. */
export function nodeIs(
  path: string,
  wanted: NodeConditionData,
  node: NodeView | undefined,
): Verdict {
  if (typeof wanted === "boolean") {
    return {
      holds: wanted === (node !== undefined),
      because: node === undefined ? `there is no ${path}` : `${path} exists`,
    };
  }
  const fields = typeof wanted === "string" ? { data: wanted } : wanted;
  if (node === undefined) {
    return { holds: fields.exists === false, because: `there is no ${path}` };
  }
  const held: string[] = [];
  for (const verdict of nodeVerdicts(path, fields, node)) {
    if (!verdict.holds) return verdict;
    held.push(verdict.because);
  }
  return { holds: true, because: held.length === 0 ? `${path} exists` : held.join("; ") };
}

type NodeFields = Exclude<NodeConditionData, boolean | string>;

function* nodeVerdicts(path: string, wanted: NodeFields, node: NodeView): Generator<Verdict> {
  const { data, stat, children } = node;
  if (wanted.exists === false) yield { holds: false, because: `${path} exists` };
  if (wanted.data !== undefined) {
    yield { holds: data === wanted.data, because: `${path} holds ${dataText(data)}` };
  }
  if (wanted.version !== undefined) {
    const because = `${path} has version ${stat.version}`;
    yield { holds: stat.version === wanted.version, because };
  }
  if (typeof wanted.children === "number") {
    const because = `${path} has ${children.length} ${children.length === 1 ? "child" : "children"}`;
    yield { holds: children.length === wanted.children, because };
  } else if (wanted.children !== undefined) {
    yield {
      holds: isSameList(children, sorted(wanted.children)),
      because: `${path} has the children ${children.length === 0 ? "none" : children.join(", ")}`,
    };
  }
  if (wanted.ephemeral !== undefined) {
    const isEphemeral = stat.ephemeralOwner !== 0n;
    const because = `${path} is ${isEphemeral ? "ephemeral" : "no ephemeral"}`;
    yield { holds: isEphemeral === wanted.ephemeral, because };
  }
}

function* requestIs(predicate: Predicate, step: StepRef, situation: Situation): Generator<Verdict> {
  const request = situation.requestOf?.(step);
  const name = typeof step === "number" ? `steps[${step}]` : `"${step}"`;
  const word = request === undefined ? "pending" : outcomeWord(request);
  if (predicate.outcome !== undefined) {
    const because =
      request === undefined ? `${name} has not been asked` : `${name} came out as ${word}`;
    yield { holds: word === predicate.outcome, because };
  }
  if (predicate.failedAt !== undefined) {
    const at = request?.outcome === undefined ? undefined : failedAt(request.outcome);
    const because =
      at === undefined ? `${name} failed at no operation` : `${name} failed at operation ${at}`;
    yield { holds: at === predicate.failedAt, because };
  }
  if (predicate.got !== undefined) {
    const got = request === undefined ? undefined : gotOf(request);
    const because = got === undefined ? `${name} gave nothing` : `${name} gave ${shown(got)}`;
    const { got: wanted } = predicate;
    const isSorted = request?.op.kind === "getChildren";
    yield {
      holds: Array.isArray(wanted)
        ? Array.isArray(got) && isSameList(got, isSorted ? sorted(wanted) : wanted)
        : got === wanted,
      because,
    };
  }
}

/** `ok`, `pending` or an error's name. That exists finds nothing is no error in ZooKeeper; here it is NoNode too. */
export function outcomeWord(request: LoggedRequest): string {
  const { outcome, op } = request;
  if (outcome === undefined) return "pending";
  if (!outcome.ok) return outcome.error.name;
  return op.kind === "exists" && outcome.value === null ? "NoNode" : "ok";
}

/** The operation at which a multi failed. */
export function failedAt(outcome: Outcome<unknown>): number | undefined {
  if (outcome.ok || outcome.error.results === undefined) return undefined;
  const at = outcome.error.results.findIndex(
    (result) => result.kind === "error" && result.code !== 0,
  );
  return at < 0 ? undefined : at;
}

/** What a request gave, as far as scenarios look at it: data, a path, or names. */
export function gotOf(request: LoggedRequest): string | null | readonly string[] | undefined {
  const { op, outcome } = request;
  if (outcome === undefined || !outcome.ok) return undefined;
  // Each operation gives what OpValues says of its kind.
  const { value } = outcome;
  if (op.kind === "create") return (value as OpValues["create"]).path;
  if (op.kind === "getData") return textOrNull((value as OpValues["getData"]).data);
  if (op.kind === "getChildren") return sorted((value as OpValues["getChildren"]).children);
  if (op.kind === "multi") return (value as OpValues["multi"]).map(resultText);
  return undefined;
}

function resultText(result: OpResult): string {
  if (result.kind === "create") return result.path;
  if (result.kind === "error") return result.name;
  return result.kind;
}

function textOrNull(data: Uint8Array | null): string | null {
  return data === null ? null : textOf(data);
}

function dataText(data: string | null): string {
  return data === null ? "no data" : shown(data);
}

function sorted(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

/** Each condition as a sentence without a full stop. */
export function describeService(predicate: Predicate): string[] {
  const parts: string[] = [];
  for (const [path, wanted] of Object.entries(predicate.nodes ?? {})) {
    parts.push(describeNode(path, wanted));
  }
  if (predicate.committed !== undefined) {
    parts.push(`the leader has committed up to ${zxidText(predicate.committed)}`);
  }
  for (const [key, wanted] of Object.entries(predicate.same ?? {})) {
    const who = key === "all" ? "all servers" : key.split(",").join(", ");
    parts.push(`${who} have the same ${wanted === "tree" ? "tree" : "last zxid"}`);
  }
  for (const [name, wanted] of Object.entries(predicate.clients ?? {})) {
    parts.push(`${name} is ${typeof wanted === "string" ? wanted : wanted.join(" or ")}`);
  }
  for (const [name, wanted] of Object.entries(predicate.session ?? {})) {
    parts.push(`the session of ${name} is ${wanted}`);
  }
  for (const [name, wanted] of Object.entries(predicate.sessions ?? {})) {
    parts.push(`${name} has had ${wanted} ${wanted === 1 ? "session" : "sessions"}`);
  }
  for (const [name, wanted] of Object.entries(predicate.connectedTo ?? {})) {
    parts.push(`${name} is connected to ${wanted}`);
  }
  for (const [name, wanted] of Object.entries(predicate.events ?? {})) {
    parts.push(`${name} heard ${wanted.length === 0 ? "nothing" : `just ${wanted.join(", ")}`}`);
  }
  const { step, outcome, failedAt: at, got } = predicate;
  const name = typeof step === "number" ? `steps[${step}]` : `"${step}"`;
  if (outcome !== undefined) parts.push(`${name} comes out as ${outcome}`);
  if (at !== undefined) parts.push(`${name} fails at operation ${at}`);
  if (got !== undefined) parts.push(`${name} gives ${shown(got)}`);
  return parts;
}

/** `0x100000003`, or `(1, 3)` where it was written so. */
export function zxidText(zxid: ZxidText): string {
  return typeof zxid === "string" ? zxid : `(${zxid.epoch}, ${zxid.counter})`;
}

export function describeNode(path: string, wanted: NodeConditionData): string {
  if (typeof wanted === "boolean") return wanted ? `${path} exists` : `there is no ${path}`;
  if (typeof wanted === "string") return `${path} holds ${dataText(wanted)}`;
  const { exists, data, version, children, ephemeral } = wanted;
  if (exists === false) return `there is no ${path}`;
  const parts: string[] = [];
  if (data !== undefined) parts.push(`holds ${dataText(data)}`);
  if (version !== undefined) parts.push(`has version ${version}`);
  if (typeof children === "number") {
    parts.push(`has ${children} ${children === 1 ? "child" : "children"}`);
  } else if (children !== undefined) {
    parts.push(`has the children ${children.length === 0 ? "none" : children.join(", ")}`);
  }
  if (ephemeral !== undefined) parts.push(ephemeral ? "is ephemeral" : "is no ephemeral");
  return parts.length === 0 ? `${path} exists` : `${path} ${parts.join(", ")}`;
}
