import Table from "cli-table3";
import { NOBODY } from "../../core/ids.ts";
import { BUGS } from "../../core/server/bugs.ts";
import { formatZxid } from "../../core/zxid.ts";
import { causesOf } from "../../sim/check/zab-on-world.ts";
import { formatTime } from "../../sim/kernel/time.ts";
import type { ServerView } from "../../sim/world.ts";
import { formatDuration } from "../format/duration.ts";
import { narrate, type StoryLine } from "../narrator/narrate.ts";
import type { RunResult } from "../run.ts";
import type { LoggedRequest } from "../service/client-log.ts";
import type { ClientView, StandaloneView } from "../service/views.ts";
import type { Colours } from "./colours.ts";
import { TABLE } from "./table.ts";

/** What a run prints for people. Colour only repeats what words say. */

export function storyText(lines: readonly StoryLine[], colours: Colours): string {
  const last = formatTime(lines.at(-1)?.timeUs ?? 0);
  return lines
    .map(
      ({ timeUs, text }) => `${colours.dim(formatTime(timeUs).padStart(last.length))}  ${text}\n`,
    )
    .join("");
}

export function serverTable(result: RunResult, colours: Colours): string {
  const { standalone } = result;
  if (standalone !== undefined) return serviceTables(standalone, result.clients, colours);
  const table = new Table({
    head: [
      "server",
      "state",
      "votes for",
      "round",
      "follows",
      "leads or follows in",
      "accepted",
      "current",
      "last zxid",
    ],
    ...TABLE,
  });
  for (const server of result.servers) table.push(row(server, colours));
  return `${table.toString()}\n${clientTable(result.clients, colours)}`;
}

/** A standalone server, and its clients. */
function serviceTables(
  server: StandaloneView,
  clients: readonly ClientView[],
  colours: Colours,
): string {
  const table = new Table({
    head: ["server", "state", "last zxid", "znodes", "sessions"],
    ...TABLE,
  });
  const state = server.isServing
    ? "serving"
    : server.process === "up"
      ? "starting"
      : server.process;
  const isDown = server.process === "down";
  table.push([
    `${server.id} (standalone)`,
    server.isServing ? state : colours.yellow(state),
    server.zxid === undefined ? "–" : formatZxid(server.zxid),
    isDown ? "–" : String(server.nodes),
    isDown ? "–" : String(server.sessions.length),
  ]);
  return `${table.toString()}\n${clientTable(clients, colours)}`;
}

/** Nothing where there are none. */
function clientTable(clients: readonly ClientView[], colours: Colours): string {
  if (clients.length === 0) return "";
  const others = new Table({
    head: ["client", "state", "connected to", "session", "timeout", "waits for"],
    ...TABLE,
  });
  for (const client of clients) others.push(clientRow(client, colours));
  return `${others.toString()}\n`;
}

function clientRow(client: ClientView, colours: Colours): string[] {
  const state = client.state ?? client.process;
  const shown = client.process === "paused" ? `${state}, paused` : state;
  const gone = client.isSessionAlive === false ? " (gone)" : "";
  const answers = `${client.waiting} ${client.waiting === 1 ? "answer" : "answers"}`;
  return [
    client.name,
    client.state === "CONNECTED" && client.process === "up" ? shown : colours.yellow(shown),
    client.state === "CONNECTED" ? (client.host ?? "–") : "–",
    client.session === undefined ? "–" : `${client.session}${gone}`,
    client.timeoutMs === undefined ? "–" : formatDuration(client.timeoutMs * 1000),
    client.waiting === 0 ? "–" : answers,
  ];
}

function row(server: ServerView, colours: Colours): string[] {
  const { id, type, vote } = server;
  const nobody = vote === undefined || vote.leader === NOBODY;
  return [
    type === "OBSERVER" ? `${id} (observer)` : String(id),
    stateOf(server, colours),
    nobody ? "–" : `${vote.leader} (epoch ${vote.peerEpoch}, zxid ${formatZxid(vote.zxid)})`,
    server.round === undefined ? "–" : String(server.round),
    server.follows === undefined ? "–" : server.follows === id ? "itself" : String(server.follows),
    inEpoch(server),
    String(server.acceptedEpoch),
    String(server.currentEpoch),
    formatZxid(server.zxid),
  ];
}

function inEpoch(server: ServerView): string {
  return server.follows === undefined ? "–" : `epoch ${server.leaderEpoch}`;
}

function stateOf(server: ServerView, colours: Colours): string {
  const state = server.state ?? server.process;
  const shown = server.process === "paused" ? `${state}, paused` : state;
  if (server.state === "LEADING") return colours.bold(shown);
  return server.state === undefined || server.process === "paused" ? colours.yellow(shown) : shown;
}

/** The promise that was broken, and how it came to that: each sentence is the cause of the next. */
export function violationText(result: RunResult, colours: Colours): string {
  const { violation } = result;
  if (violation === undefined) return "";
  const { property, message, timeUs, servers, zxids } = violation;
  const lines = [
    `${colours.red("FAILED")}  "${property}" is broken: ${message} (at ${formatTime(timeUs)})`,
    `  servers:  ${servers.join(", ")}`,
  ];
  if (zxids.length > 0)
    lines.push(`  zxids:    ${zxids.map((zxid) => formatZxid(zxid)).join(", ")}`);
  const causes = causesIn(result);
  const width = formatTime(timeUs).length;
  for (const [i, { timeUs: at, text }] of causes.entries()) {
    lines.push(
      `  ${i === 0 ? "causes:  " : "         "} ${formatTime(at).padStart(width)}  ${text}`,
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** How it came to the promise that was broken. */
export function causesIn({ violation, world }: RunResult): readonly StoryLine[] {
  if (violation === undefined) return [];
  const peers = world.processes.map(({ config }) => config);
  return narrate(causesOf(world.trace, violation.record), peers, { verbose: true });
}

/** What was expected, and did not come. */
export function failureText(result: RunResult, colours: Colours): string {
  const lines: string[] = [];
  for (const expectation of result.expectations) {
    if (expectation.status !== "failed") continue;
    const at = `${formatTime(expectation.timeUs ?? 0)}, event #${expectation.event}`;
    lines.push(
      `${colours.red("FAILED")}  ${expectation.path}`,
      `  expected: ${expectation.expected}`,
      `  found:    ${expectation.found} (at ${at})`,
    );
    if (expectation.because !== undefined) lines.push(`  because:  ${expectation.because}`);
  }
  for (const problem of result.problems) lines.push(`${colours.red("FAILED")}  ${problem}`);
  return lines.map((line) => `${line}\n`).join("");
}

/** Expectations that an early stop kept from being seen. */
export function notReachedText(result: RunResult): string {
  return result.expectations
    .filter(({ status }) => status === "not reached")
    .map(({ path, expected }) => `not reached: ${path}: ${expected}\n`)
    .join("");
}

export function summaryText(result: RunResult, repeat: string, colours: Colours): string {
  const held = result.expectations.filter(({ status }) => status === "held").length;
  const facts: [string, string][] = [
    ["result", outcomeText(result, colours)],
    ...bugsText(result),
    ["expectations", `${held} of ${result.expectations.length} held`],
    ...whoServes(result),
    ["stopped because", result.stop.text],
    ["virtual time", formatDuration(result.timeUs)],
    ["events", String(result.events)],
    ["trace hash", result.hash],
    ["seed", String(result.seed)],
    ["repeat with", repeat],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

/** The rules that were switched off, by the bugs that ZooKeeper has without them. */
function bugsText({ scenario: { bugs = [] } }: RunResult): [string, string][] {
  if (bugs.length === 0) return [];
  const named = BUGS.filter(({ name }) => bugs.includes(name)).map(({ name, issue }) =>
    issue === undefined ? name : `${name} (${issue})`,
  );
  return [["with bugs", named.join(", ")]];
}

/** Of an ensemble, who leads; where there are clients, or may be, how their requests came out. */
function whoServes(result: RunResult): [string, string][] {
  const { standalone, clients, log } = result;
  const facts: [string, string][] = [];
  if (standalone === undefined) {
    facts.push(["leader", result.leader === undefined ? "none" : String(result.leader)]);
    if (clients.length === 0) return facts;
  }
  const ok = log.requests.filter(({ outcome }) => outcome?.ok === true).length;
  const open = log.requests.filter(({ outcome }) => outcome === undefined).length;
  const lost = log.requests.filter(({ outcome }) => isLost(outcome)).length;
  const refused = log.requests.length - ok - open - lost;
  const unknown = lost === 0 ? "" : `${lost} lost (whether they were done is unknown), `;
  facts.push([
    "requests",
    `${log.requests.length}: ${ok} ok, ${refused} refused, ${unknown}${open} unanswered`,
  ]);
  return facts;
}

/** The connection broke before the answer came. */
function isLost(outcome: LoggedRequest["outcome"]): boolean {
  if (outcome === undefined || outcome.ok) return false;
  return ["ConnectionLoss", "OperationTimeout"].includes(outcome.error.name);
}

/** What there is to learn from it, in lines that a terminal shows whole. */
export function aboutText({ scenario: { about } }: RunResult, colours: Colours): string {
  if (about === undefined) return "";
  const lines = [""];
  for (const word of about.split(/\s+/)) {
    const last = lines.at(-1) as string;
    if (last !== "" && last.length + word.length >= ABOUT_WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.map((line) => `${colours.dim(line)}\n`).join("");
}

const ABOUT_WIDTH = 100;

/** All of it on one line. */
export function quietText(result: RunResult, colours: Colours): string {
  const leader =
    result.standalone !== undefined
      ? "standalone"
      : result.leader === undefined
        ? "no leader"
        : `leader ${result.leader}`;
  return (
    `${result.scenario.name}: ${outcomeText(result, colours)}, ${leader}, ` +
    `${formatDuration(result.timeUs)}, ${result.events} events, ` +
    `hash ${result.hash}, seed ${result.seed}\n`
  );
}

function outcomeText(result: RunResult, colours: Colours): string {
  switch (result.outcome) {
    case "passed":
      return colours.green("passed");
    case "failed":
      return colours.red("failed");
    case "stopped":
      return colours.yellow("stopped early");
  }
}
