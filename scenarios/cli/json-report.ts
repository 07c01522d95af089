import { formatSessionId, NOBODY, sessionId } from "../../core/ids.ts";
import { formatZxid } from "../../core/zxid.ts";
import type { StoryLine } from "../narrator/narrate.ts";
import type { RunResult } from "../run.ts";
import { VERSION } from "../version.ts";
import { causesIn } from "./report.ts";

/** What `run --json` prints: one document whose fields stay what they are. */
export function jsonReport(result: RunResult, story: readonly StoryLine[], repeat: string): object {
  const { scenario } = result;
  return {
    vivarium: VERSION,
    scenario: scenario.name,
    title: scenario.title,
    ...(scenario.about === undefined ? {} : { about: scenario.about }),
    seed: result.seed,
    // Only where there are such, as below.
    ...(scenario.bugs === undefined ? {} : { bugs: scenario.bugs }),
    outcome: result.outcome,
    stop: result.stop,
    leader: result.leader ?? null,
    virtualTimeUs: result.timeUs,
    events: result.events,
    records: result.records,
    hash: result.hash,
    servers: result.servers.map((server) => ({
      id: server.id,
      type: server.type,
      process: server.process,
      state: server.state ?? null,
      vote: voteOf(server.vote),
      round: server.round ?? null,
      follows: server.follows ?? null,
      phase: server.phase ?? null,
      serving: server.serving,
      leaderEpoch: server.follows === undefined ? null : (server.leaderEpoch ?? null),
      acceptedEpoch: server.acceptedEpoch,
      currentEpoch: server.currentEpoch,
      zxid: formatZxid(server.zxid),
    })),
    // Only where there are such: what an ensemble's document holds stays what it is.
    ...serviceReport(result),
    expectations: result.expectations.map((expectation) => ({
      path: expectation.path,
      status: expectation.status,
      expected: expectation.expected,
      found: expectation.found,
      because: expectation.because ?? null,
      timeUs: expectation.timeUs ?? null,
      event: expectation.event ?? null,
    })),
    ...violationReport(result),
    problems: result.problems,
    steps: result.steps.map(({ path, label, doneUs, outcome }) => ({
      path,
      label: label ?? null,
      doneUs: doneUs ?? null,
      ...(outcome === undefined ? {} : { outcome }),
    })),
    story: story.map(({ timeUs, text }) => ({ timeUs, text })),
    repeat,
  };
}

function violationReport(result: RunResult): object {
  const { violation } = result;
  if (violation === undefined) return {};
  return {
    violation: {
      ...violation,
      zxids: violation.zxids.map((zxid) => formatZxid(zxid)),
      causes: causesIn(result).map(({ timeUs, text }) => ({ timeUs, text })),
    },
  };
}

function serviceReport(result: RunResult): object {
  const { standalone, clients } = result;
  if (standalone === undefined && clients.length === 0) return {};
  return {
    ...(standalone === undefined
      ? {}
      : {
          standalone: {
            id: standalone.id,
            process: standalone.process,
            isServing: standalone.isServing,
            zxid: standalone.zxid === undefined ? null : formatZxid(standalone.zxid),
            znodes: standalone.nodes,
            sessions: standalone.sessions.map((id) => formatSessionId(sessionId(id))),
          },
        }),
    clients: clients.map((client) => ({
      name: client.name,
      process: client.process,
      state: client.state ?? null,
      host: client.host ?? null,
      // Of an ensemble's client.
      ...(standalone === undefined ? { connectedTo: client.connectedTo ?? null } : {}),
      session: client.session ?? null,
      isSessionAlive: client.isSessionAlive ?? null,
      sessions: client.sessions,
      timeoutMs: client.timeoutMs ?? null,
      waiting: client.waiting,
      events: client.events,
    })),
  };
}

/** An observer's vote for nobody is null: it has no zxid and no epoch. */
function voteOf(vote: RunResult["servers"][number]["vote"]): object | null {
  if (vote === undefined || vote.leader === NOBODY) return null;
  return { leader: vote.leader, zxid: formatZxid(vote.zxid), epoch: vote.peerEpoch };
}
