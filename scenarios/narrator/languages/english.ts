import { quorumNeeds } from "../../../core/quorum/verifier.ts";
import { formatZxid } from "../../../core/zxid.ts";
import { formatDuration } from "../../format/duration.ts";
import type { Language, Looks, NarratorContext, Vote } from "../fact.ts";
import { aside } from "./english-asides.ts";
import { englishService, nameOf, namesOf } from "./english-service.ts";

/** The story in English. Terms are spelled as ZooKeeper spells them. */
export const english: Language = {
  boots: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "boots")} with epoch ${fact.currentEpoch}, zxid ${formatZxid(fact.zxid)}` +
    (fact.acceptedEpoch === fact.currentEpoch ? "" : `, accepted epoch ${fact.acceptedEpoch}`) +
    (fact.looks === undefined ? "" : `, and ${looking(fact.looks)}`),
  crashes: (fact, context) => `${namesOf(fact.servers, context)} ${verb(fact.servers, "crashes")}`,
  pauses: (fact, context) =>
    `${namesOf(fact.servers, context)} ${verb(fact.servers, "stands", "stand")} still`,
  resumes: (fact, context) => `${namesOf(fact.servers, context)} ${verb(fact.servers, "goes")} on`,
  history: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "is", "are")} given epoch ${fact.currentEpoch}, ` +
    `accepted epoch ${fact.acceptedEpoch}, zxid ${formatZxid(fact.zxid)}`,
  links: (fact, context) => {
    const count = `${fact.links.length} ${fact.links.length === 1 ? "link" : "links"}`;
    const what = `${count} ${fact.links.length === 1 ? "is" : "are"} ${fact.change}`;
    if (fact.links.length <= 2) {
      const named = fact.links
        .map(([from, to]) => `${nameOf(from, context)} → ${nameOf(to, context)}`)
        .join(", ");
      return `the ${fact.links.length === 1 ? "link" : "links"} ${named} ${fact.links.length === 1 ? "is" : "are"} ${fact.change}`;
    }
    if (fact.change === "cut" && fact.islands.length > 1) {
      return `the network splits: ${fact.islands.map((ids) => namesOf(ids, context)).join(" | ")} (${what})`;
    }
    return fact.isAllWell ? `the network is whole again (${what})` : what;
  },
  looks: (fact) => `${who(fact.servers)} ${looking(fact)}`,
  changesVote: (fact) => {
    const subject = `${who(fact.servers)} ${verb(fact.servers, "changes")} ${its(fact.servers)} vote`;
    const told = fact.from === null ? "" : ` on a notification from ${fact.from}`;
    if (fact.because === "round") {
      return `${subject} to ${voted(fact.vote)}${told}: the best known in round ${fact.round}`;
    }
    if (fact.before.leader === null) {
      return `${subject} to ${voted(fact.vote)}${told}: it had nobody to vote for`;
    }
    return (
      `${subject} from ${fact.before.leader} to ${fact.vote.leader}${told}: ` +
      `${voted(fact.vote)} beats ${voted(fact.before)}: ${REASONS[fact.because] ?? fact.because}`
    );
  },
  raisesRound: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "hears")} of round ${fact.round} from ${fact.from ?? "a stranger"}, ` +
    `${verb(fact.servers, "leaves")} round ${fact.before} and ${verb(fact.servers, "forgets")} the votes of it`,
  quorumAgrees: (fact, context) => {
    const each = fact.servers.length === 1 ? "has" : "each have";
    const forWhom =
      fact.servers.length === 1 && fact.servers[0] === fact.leader ? "" : ` for ${fact.leader}`;
    return (
      `${who(fact.servers)} ${each} votes${forWhom} from ${list(fact.supporters)}: ` +
      `that is ${quorum(fact.supporters, context)}; ` +
      `${fact.servers.length === 1 ? "it waits" : "they wait"} ${context.finalizeWaitMs} ms for a better one`
    );
  },
  interrupted: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "hears")} of a better vote before the wait is over, ` +
    `for ${fact.leader} from ${fact.from}, and ${verb(fact.servers, "looks")} at votes again`,
  elected: (fact, context) => {
    const subject = `${who(fact.servers)} ${verb(fact.servers, "turns")} ${fact.state}`;
    const isLeader = fact.servers.length === 1 && fact.servers[0] === fact.leader;
    if (fact.how === "votes") {
      const whom = isLeader ? "" : ` under ${fact.leader}`;
      return `${subject}${whom}: nothing better came for ${context.finalizeWaitMs} ms`;
    }
    const named =
      `${list(fact.supporters)} ${fact.supporters.length === 1 ? "names" : "name"} ` +
      `${fact.leader} as leader, ${quorum(fact.supporters, context)}`;
    if (isLeader) return `${subject}: ${named}, and its round ${fact.round} is theirs`;
    return `${subject} under ${fact.leader}: ${named}, and ${fact.leader} itself says LEADING`;
  },
  waits: (fact) => {
    const inAll = fact.servers.length === 1 ? "" : " in all";
    const times = fact.times === 1 ? "once" : `${fact.times} times${inAll}`;
    const what =
      fact.action === "resent"
        ? `${verb(fact.servers, "repeats")} ${its(fact.servers)} vote`
        : `${verb(fact.servers, "dials")} again`;
    const wait = formatDuration(fact.longestWaitMs * 1000);
    return `${who(fact.servers)} ${verb(fact.servers, "hears")} nothing and ${what}, ${times} (the wait grows to ${wait})`;
  },
  givesUp: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "dials")} the quorum port of ${fact.leader} in vain, ` +
    `${fact.tries === 1 ? "once" : `${fact.tries} times`}, and ${verb(fact.servers, "gives")} up`,
  registers: (fact) => {
    const failed =
      fact.failedTries === 0
        ? ""
        : ` (after ${fact.failedTries} failed ${fact.failedTries === 1 ? "try" : "tries"}${fact.servers.length === 1 ? "" : " in all"})`;
    return (
      `${who(fact.servers)} ${verb(fact.servers, "registers")} with ${fact.leader}, ` +
      `${fact.servers.length === 1 ? "its" : "their"} accepted epoch being ${fact.acceptedEpoch}${failed}`
    );
  },
  leads: (fact, context) =>
    `${who(fact.servers)} leads epoch ${fact.epoch}: ${list(fact.quorum)} ` +
    `${fact.quorum.length === 1 ? "is" : "are"} with it, ${quorum(fact.quorum, context)}`,
  follows: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "follows")} ${fact.leader} in epoch ${fact.epoch}`,
  losesLearner: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "loses")} the learner ${fact.learner}: ${LOSSES[fact.why] ?? fact.why}`,
  leaves: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "stops")} ${fact.state}: ${fact.why}` +
    (fact.looks === undefined
      ? ""
      : `; ${fact.servers.length === 1 ? "it" : "each"} ${looking(fact.looks, true)}`),
  lost: (fact, context) =>
    `${fact.times} ${fact.times === 1 ? "message" : "messages"} to ${fact.servers.map((id) => nameOf(id, context)).join(", ")} ` +
    `${fact.times === 1 ? "is" : "are"} lost (${fact.why})`,
  ...englishService,
  record: (fact, context) => aside(fact.record, (id) => nameOf(id, context)),
};

const REASONS: { readonly [because: string]: string } = {
  peerEpoch: "larger epoch",
  zxid: "same epoch, larger zxid",
  leader: "same epoch, same zxid, larger id",
  weight: "the other has weight 0",
  same: "the same vote",
};

const LOSSES: { readonly [why: string]: string } = {
  closed: "its connection ended",
  "read timeout": "nothing was read from it in time",
  refused: "it sent what a learner may not",
};

/** `looks for a leader in round 1, voting for itself`. */
function looking(looks: Looks, each = looks.servers.length === 1): string {
  const vote =
    looks.peerEpoch < 0 ? "with no vote to give" : `voting for ${each ? "itself" : "themselves"}`;
  return `${each ? "looks" : "look"} for a leader in round ${looks.round}, ${vote}`;
}

/** `1`, `1 and 2`, `1, 2 and 3`. */
function who(servers: readonly number[]): string {
  if (servers.length < 2) return servers.join("");
  return `${servers.slice(0, -1).join(", ")} and ${servers.at(-1)}`;
}

/** `1, 2, 3`: for those who are counted. */
function list(servers: readonly number[]): string {
  return servers.join(", ");
}

/** The verb for one server, or for several. */
function verb(servers: readonly number[], singular: string, plural = withoutS(singular)): string {
  return servers.length === 1 ? singular : plural;
}

function withoutS(singular: string): string {
  return singular.endsWith("shes") || singular.endsWith("goes")
    ? singular.slice(0, -2)
    : singular.slice(0, -1);
}

function its(servers: readonly number[]): string {
  return servers.length === 1 ? "its" : "their";
}

function voted(vote: Vote): string {
  if (vote.leader === null) return "nobody";
  return `${vote.leader} (epoch ${vote.peerEpoch}, zxid ${formatZxid(vote.zxid)})`;
}

function quorum(servers: readonly number[], context: NarratorContext): string {
  const { verifier } = context;
  const voters = servers.filter((id) => verifier.voters.some((voter) => voter === id));
  if (verifier.kind === "majority") {
    return `${voters.length} of ${verifier.voters.length}, a majority`;
  }
  return `a quorum, which is ${quorumNeeds(verifier)}`;
}
