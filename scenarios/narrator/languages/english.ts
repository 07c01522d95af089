import { quorumNeeds } from "../../../core/quorum/verifier.ts";
import { formatZxid } from "../../../core/zxid.ts";
import { formatDuration } from "../../format/duration.ts";
import type { Fact, Language, Looks, NarratorContext, Vote } from "../fact.ts";
import type { OfSession } from "../zab-fact.ts";
import { aside } from "./english-asides.ts";
import { englishService, nameOf, namesOf } from "./english-service.ts";
import { englishZab } from "./english-zab.ts";

type Commits = Extract<Fact, { readonly kind: "commits" }>;

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
  wiped: (fact, context) =>
    `${namesOf(fact.servers, context)} ${verb(fact.servers, "loses")} all that was on ${its(fact.servers)} disk`,
  exits: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "ends", "end")} ${its(fact.servers)} process: ${fact.why}`,
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
  proposesEpoch: (fact, context) =>
    `${who(fact.servers)} ${verb(fact.servers, "proposes", "propose")} epoch ${fact.epoch}: ${list(fact.quorum)} ` +
    `${fact.quorum.length === 1 ? "is" : "are"} with it, ${quorum(fact.quorum, context)}`,
  follows: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "follows")} ${fact.leader} in epoch ${fact.epoch}`,
  epochAcknowledged: (fact, context) =>
    `${who(fact.servers)} has epoch ${fact.epoch} acknowledged by ${list(fact.quorum)}: ` +
    `that is ${quorum(fact.quorum, context)}`,
  sendsHistory: (fact) => {
    const whom = who(fact.servers);
    const lasts = `${its(fact.servers)} last zxid is ${formatZxid(fact.peerLastZxid)}, that of ${fact.leader} is ${formatZxid(fact.lastProcessedZxid)}`;
    const count = `${fact.proposals} ${fact.proposals === 1 ? "transaction" : "transactions"}`;
    const more = fact.proposals === 0 ? "" : `, and then ${count}`;
    switch (fact.mode) {
      case "TRUNC":
        return (
          `${fact.leader} tells ${whom} to truncate ${its(fact.servers)} log to zxid ${formatZxid(fact.zxid)} (TRUNC)${more}: ` +
          `${lasts}, and ${fact.leader} does not have what lies beyond`
        );
      case "SNAP":
        return (
          `${fact.leader} sends ${whom} a snapshot (SNAP)${more}: ${lasts}, ` +
          (fact.minCommittedLog > 0 && fact.peerLastZxid > fact.minCommittedLog
            ? "and no log is truncated across epochs"
            : "and no log leads from the one to the other")
        );
      default:
        return fact.proposals === 0
          ? `${fact.leader} has nothing to send to ${whom} (DIFF): ${lasts}`
          : `${fact.leader} sends ${whom} ${count} (DIFF): ${lasts}`;
    }
  },
  synchronizes: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "takes", "take")} the snapshot of ${fact.leader} in place of ${its(fact.servers)} history`,
  truncates: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "has", "have")} truncated ${its(fact.servers)} log: the last zxid is ${formatZxid(fact.zxid)} now` +
    (fact.target === fact.zxid ? "" : `, ${formatZxid(fact.target)} not being in it`),
  hasHistory: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "has", "have")} the history of ${fact.leader} on disk, ` +
    `and ${verb(fact.servers, "acknowledges", "acknowledge")} it for epoch ${fact.epoch}`,
  leads: (fact, context) =>
    `${who(fact.servers)} leads epoch ${fact.epoch}: ${list(fact.quorum)} ` +
    `${fact.quorum.length === 1 ? "has" : "have"} its history up to zxid ${formatZxid(fact.zxid)}, ${quorum(fact.quorum, context)}` +
    (fact.serves === undefined ? "" : "; it serves clients") +
    (fact.since === null
      ? ""
      : `, ${formatDuration(fact.since.us)} after ${fact.since.server} was the first to look again`),
  serves: (fact) => {
    const where =
      fact.servers.length === 1 && fact.servers[0] === fact.leader ? "" : ` under ${fact.leader}`;
    return `${who(fact.servers)} ${verb(fact.servers, "serves", "serve")} clients${where} in epoch ${fact.epoch}`;
  },
  commits: (fact, context) =>
    `${who(fact.servers)} commits zxid ${formatZxid(fact.zxid)}${ofSession(fact.ofSession, context)}: ${list(fact.quorum)} ` +
    `${fact.quorum.length === 1 ? "has" : "have"} it on disk, ${quorum(fact.quorum, context)}${sentAs(fact)}`,
  fastForwards: (fact) =>
    `${who(fact.servers)} ${verb(fact.servers, "applies", "apply")} what ${its(fact.servers)} log has beyond the tree, ` +
    `from zxid ${formatZxid(fact.from)} to zxid ${formatZxid(fact.to)}, as ZooKeeper does when a role ends, ` +
    `so that its vote covers all that it has logged, committed or not`,
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
  ...englishZab,
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
  "no quorum within initLimit": "no quorum came within initLimit",
  "more recent than the leader": "it has more history than the leader",
  "acknowledges nothing within syncLimit": "it acknowledged nothing within syncLimit",
  "too many observers synchronise": "too many observers synchronise at once",
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

/** ` (createSession for bob)`. */
function ofSession(of: OfSession | null, context: NarratorContext): string {
  if (of === null) return "";
  return ` (${of.txn}${of.client === null ? "" : ` for ${nameOf(of.client, context)}`})`;
}

/** `(COMMIT to 1 and 2, INFORM to 4)`. */
function sentAs({ commitTo, informTo }: Commits): string {
  const sent: string[] = [];
  if (commitTo.length > 0) sent.push(`COMMIT to ${who(commitTo.toSorted((a, b) => a - b))}`);
  if (informTo.length > 0) sent.push(`INFORM to ${who(informTo.toSorted((a, b) => a - b))}`);
  return sent.length === 0 ? "" : ` (${sent.join(", ")})`;
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
