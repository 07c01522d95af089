import { NOBODY } from "../../core/ids.ts";
import { formatZxid } from "../../core/zxid.ts";
import type { ServerView } from "../../sim/world.ts";
import type { ZxidText } from "../format/fields.ts";
import type { Predicate, VoteData } from "../format/predicate.ts";
import { zxidOf } from "../format/zxid-text.ts";
import type { ServerData } from "../service/server-data.ts";
import type { StandaloneView } from "../service/views.ts";
import { nodeIs, serviceConditions } from "./service.ts";
import { PER_SERVER, type PerServer, serversOfKey } from "./servers.ts";
import { unsettled } from "./settled.ts";
import { leaderOf, type Situation } from "./situation.ts";

/**
 * Whether a predicate holds, and the facts that say so or speak against it. The facts are sentences without a full
 * stop, the same for "it holds because" and "it does not hold, because".
 */
export interface Verdict {
  readonly holds: boolean;
  readonly because: string;
}

export function evaluate(predicate: Predicate, situation: Situation): Verdict {
  const held: string[] = [];
  for (const verdict of conditions(predicate, situation)) {
    // The first condition that does not hold is enough of an answer.
    if (!verdict.holds) return verdict;
    held.push(verdict.because);
  }
  return { holds: true, because: held.join("; ") };
}

function* conditions(predicate: Predicate, situation: Situation): Generator<Verdict> {
  const { leader, settled, all, any, not } = predicate;
  if (leader !== undefined) yield leads(leader, situation);
  if (settled !== undefined) yield isSettled(situation);
  yield* serviceConditions(predicate, situation);
  for (const field of PER_SERVER) {
    const wanted: { readonly [key: string]: unknown } = predicate[field] ?? {};
    for (const [key, value] of Object.entries(wanted)) {
      yield situation.standalone === undefined
        ? each(key, situation, (server) => CHECKS[field](server, value as never, situation))
        : ofStandalone(field, value, situation.standalone);
    }
  }
  for (const inner of all ?? []) yield evaluate(inner, situation);
  if (any !== undefined) yield anyOf(any, situation);
  if (not !== undefined) {
    const inner = evaluate(not, situation);
    yield { holds: !inner.holds, because: inner.because };
  }
}

function leads(wanted: number | "any" | "none", situation: Situation): Verdict {
  const leader = leaderOf(situation);
  const because = leader === undefined ? "nobody leads" : `${leader.id} leads`;
  if (wanted === "any") return { holds: leader !== undefined, because };
  if (wanted === "none") return { holds: leader === undefined, because };
  return { holds: leader?.id === wanted, because };
}

function isSettled(situation: Situation): Verdict {
  const problem = unsettled(situation);
  if (problem !== undefined) return { holds: false, because: problem };
  const { standalone } = situation;
  const because =
    standalone === undefined
      ? `everybody who can follows ${leaderOf(situation)?.id}`
      : `server ${standalone.id} serves, and nobody waits for it`;
  return { holds: true, because };
}

/** The two conditions on servers that a standalone one can be asked. */
function ofStandalone(field: PerServer, wanted: unknown, server: StandaloneView): Verdict {
  if (field === "process") {
    return { holds: server.process === wanted, because: `${server.id} is ${server.process}` };
  }
  if (field !== "zxid") return { holds: false, because: `${server.id} is a standalone server` };
  if (server.zxid === undefined) return { holds: false, because: `${server.id} is down` };
  return {
    holds: server.zxid === zxidOf(wanted as ZxidText),
    because: `${server.id} has the last zxid ${formatZxid(server.zxid)}`,
  };
}

function anyOf(any: readonly Predicate[], situation: Situation): Verdict {
  const against: string[] = [];
  for (const inner of any) {
    const verdict = evaluate(inner, situation);
    if (verdict.holds) return verdict;
    against.push(verdict.because);
  }
  return { holds: false, because: against.join("; ") };
}

function each(key: string, situation: Situation, check: (server: ServerView) => Verdict): Verdict {
  const ids = serversOfKey(
    key,
    situation.servers.map((server) => server.id),
  );
  const held: string[] = [];
  for (const id of ids) {
    const server = situation.servers.find((view) => view.id === id);
    if (server === undefined) return { holds: false, because: `there is no server ${id}` };
    const verdict = check(server);
    if (!verdict.holds) return verdict;
    held.push(verdict.because);
  }
  return { holds: true, because: held.join("; ") };
}

type Check<Field extends PerServer> = (
  server: ServerView,
  wanted: NonNullable<Predicate[Field]>[string],
  situation: Situation,
) => Verdict;

const CHECKS: { readonly [Field in PerServer]: Check<Field> } = {
  state: (server, wanted) => {
    const states: readonly string[] = typeof wanted === "string" ? [wanted] : wanted;
    const because = `${server.id} is ${server.state ?? server.process}`;
    return { holds: server.state !== undefined && states.includes(server.state), because };
  },
  process: (server, wanted) => ({
    holds: server.process === wanted,
    because: `${server.id} is ${server.process}`,
  }),
  votes: (server, wanted) => ({
    holds: votesFor(server, wanted),
    because: `${server.id} ${votes(server)}`,
  }),
  follows: (server, wanted) => ({
    holds: (server.follows ?? "nobody") === wanted,
    because: `${server.id} follows ${server.follows ?? "nobody"}`,
  }),
  quorumAgrees: (server, wanted) => ({
    holds: server.quorumAgrees === wanted,
    because: server.quorumAgrees
      ? `a quorum agrees with the vote of ${server.id}`
      : `${server.id} waits for no better vote`,
  }),
  round: (server, wanted) => ({
    holds: server.round === wanted,
    because: `${server.id} is in round ${server.round ?? "none"}`,
  }),
  leaderEpoch: (server, wanted) => {
    // Until it has registered, a learner only carries the epoch that it promised last.
    const epoch = server.follows === undefined ? undefined : server.leaderEpoch;
    return { holds: epoch === wanted, because: `${server.id} is in epoch ${epoch ?? "none"}` };
  },
  acceptedEpoch: (server, wanted) => ({
    holds: server.acceptedEpoch === wanted,
    because: `${server.id} has accepted epoch ${server.acceptedEpoch}`,
  }),
  currentEpoch: (server, wanted) => ({
    holds: server.currentEpoch === wanted,
    because: `${server.id} has the current epoch ${server.currentEpoch}`,
  }),
  zxid: (server, wanted) => ({
    holds: server.zxid === zxidOf(wanted),
    because: `${server.id} has the last zxid ${formatZxid(server.zxid)}`,
  }),
  logged: (server, wanted, situation) => {
    const logged = dataOf(server, situation)?.logged();
    return {
      holds: logged === zxidOf(wanted),
      because: `${server.id} has ${logged === undefined ? "nothing" : formatZxid(logged)} on disk`,
    };
  },
  phase: (server, wanted) => ({
    holds: (server.phase ?? "none") === wanted,
    because:
      server.phase === undefined
        ? `${server.id} is in no phase`
        : `${server.id} is in the phase ${server.phase}`,
  }),
  serving: (server, wanted, situation) => {
    const serves = dataOf(server, situation)?.isServing ?? false;
    return {
      holds: serves === wanted,
      because: `${server.id} serves ${serves ? "clients" : "nobody"}`,
    };
  },
  sync: (server, wanted, situation) => {
    const sync = dataOf(server, situation)?.sync;
    const fields = typeof wanted === "string" ? { kind: wanted } : wanted;
    const count = `${sync?.transactions} ${sync?.transactions === 1 ? "transaction" : "transactions"}`;
    return {
      holds:
        (fields.kind === undefined || fields.kind === (sync?.kind ?? "none")) &&
        (fields.transactions === undefined || fields.transactions === (sync?.transactions ?? 0)),
      because:
        sync === undefined
          ? `${server.id} was brought up to date by nobody`
          : `${server.id} was brought up to date by ${sync.kind} and ${count}`,
    };
  },
  nodesOn: (server, wanted, situation) => {
    if (server.process === "down") return { holds: false, because: `${server.id} is down` };
    const held: string[] = [];
    for (const [path, condition] of Object.entries(wanted)) {
      const node = dataOf(server, situation)?.node(path);
      const verdict = nodeIs(path, condition, node);
      if (!verdict.holds) return { ...verdict, because: `on ${server.id} ${verdict.because}` };
      held.push(`on ${server.id} ${verdict.because}`);
    }
    return { holds: true, because: held.join("; ") };
  },
};

function dataOf({ id }: ServerView, { data = [] }: Situation): ServerData | undefined {
  return data.find((server) => server.id === id);
}

function votesFor(server: ServerView, wanted: VoteData): boolean {
  const { vote } = server;
  if (vote === undefined || vote.leader === NOBODY) return wanted === "nobody";
  if (wanted === "nobody") return false;
  if (typeof wanted === "number") return vote.leader === wanted;
  if (wanted.leader !== undefined && vote.leader !== wanted.leader) return false;
  if (wanted.epoch !== undefined && vote.peerEpoch !== wanted.epoch) return false;
  return wanted.zxid === undefined || vote.zxid === zxidOf(wanted.zxid);
}

function votes(server: ServerView): string {
  const { vote } = server;
  if (vote === undefined || vote.leader === NOBODY) return "votes for nobody";
  return `votes for ${vote.leader} (epoch ${vote.peerEpoch}, zxid ${formatZxid(vote.zxid)})`;
}
