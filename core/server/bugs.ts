import { type ElectionRules, ELECTION_RULES } from "../election/rules.ts";
import type { Candidate } from "../election/vote.ts";
import { ZAB_RULES, type ZabRules } from "../zab/rules.ts";
import type { Rules } from "./peer.ts";

/**
 * Bugs that ZooKeeper had, or has, each as the one rule that is switched off for it. A run names those that it wants;
 * with none, the rules are as they should be.
 */
export interface Bug {
  readonly name: string;
  /** `ZOOKEEPER-nnnn`; undefined where nobody has reported it. */
  readonly issue: string | undefined;
  /** The release that has the rule; undefined where none has. */
  readonly fixedIn: string | undefined;
  /** What goes wrong, in one sentence. */
  readonly effect: string;
  /** A property of sim/check that its story breaks. */
  readonly breaks: string;
  readonly without: Partial<ElectionRules & ZabRules>;
}

export const RULES: Rules = { ...ELECTION_RULES, zab: ZAB_RULES };

/** FastLeaderElection before 3.4.4: the last comparison forgot the epoch. */
function greaterByIdAcrossEpochs(a: Candidate, b: Candidate): boolean {
  return (
    a.peerEpoch > b.peerEpoch ||
    (a.peerEpoch === b.peerEpoch && a.zxid > b.zxid) ||
    (a.zxid === b.zxid && a.leader > b.leader)
  );
}

export const BUGS: readonly Bug[] = [
  {
    name: "feOrder",
    issue: "ZOOKEEPER-1419",
    fixedIn: "3.4.4",
    effect:
      "two votes of equal zxid and different epochs beat each other, and the election never ends",
    breaks: "votes rise within a round",
    without: { isGreater: greaterByIdAcrossEpochs },
  },
  {
    name: "noPromise",
    issue: "ZOOKEEPER-335",
    fixedIn: "3.4.0",
    effect:
      "no promise of an epoch is kept, so two leaders use the same one for different transactions",
    breaks: "one leader an epoch",
    without: { keepsPromises: false },
  },
  {
    name: "zxidBeforeQuorum",
    issue: "ZOOKEEPER-790",
    fixedIn: "3.3.2",
    effect:
      "a leader without followers keeps a zxid it never earned, and wins over a longer history",
    breaks: "committed stays",
    without: { raisesZxidAfterQuorum: false },
  },
  {
    name: "diffNoTrunc",
    issue: "ZOOKEEPER-1154",
    fixedIn: "3.3.4",
    effect: "a learner keeps a transaction in the middle of its log that nobody else has",
    breaks: "prefix",
    without: { truncatesWithinLog: false },
  },
  {
    name: "diffSetsZxid",
    issue: "ZOOKEEPER-2355",
    fixedIn: "3.4.11",
    effect: "a learner claims transactions that were announced to it and never arrived",
    breaks: "honest acknowledgements",
    without: { raisesZxidByTransactions: false },
  },
  {
    name: "keepDirtyMemory",
    issue: "ZOOKEEPER-2845",
    fixedIn: "3.4.12",
    effect:
      "what a deposed leader logged alone is not in its vote, is not truncated, and comes back at its next start",
    breaks: "prefix",
    without: { fastForwards: false },
  },
  {
    name: "ackBeforeLog",
    issue: "ZOOKEEPER-3911",
    fixedIn: "3.5.9",
    effect: "a follower acknowledges a history that only its memory has",
    breaks: "honest acknowledgements",
    without: { logsBeforeNewLeaderAck: false },
  },
  {
    name: "epochBeforeLog",
    issue: "ZOOKEEPER-4643",
    fixedIn: "3.8.5",
    effect:
      "a crash leaves a follower with the new epoch and the old history, which outranks those who have it all",
    breaks: "committed stays",
    without: { writesEpochAfterLog: false },
  },
  {
    name: "ackProposalFirst",
    issue: "ZOOKEEPER-4685",
    fixedIn: "3.8.5",
    effect:
      "the acknowledgement of a proposal is taken for that of the history, and the leader waits in vain",
    breaks: "leader activates",
    without: { acksNewLeaderFirst: false },
  },
  {
    name: "fastForwardEarly",
    issue: "ZOOKEEPER-4712",
    fixedIn: "3.9.3",
    effect: "the log of a role that has ended goes on writing behind the next one's back",
    breaks: "prefix",
    without: { drainsLogFirst: false },
  },
  {
    name: "epochAfterSnapshot",
    issue: "ZOOKEEPER-1653",
    fixedIn: undefined,
    effect: "a server that crashed between a history and the file of its epoch never starts again",
    breaks: "servers join",
    without: { adoptsEpochOfLog: false },
  },
  {
    name: "staleAcks",
    issue: undefined,
    fixedIn: undefined,
    effect:
      "a follower comes back to the same leader and truncates what it has acknowledged, and the leader counts it all the same",
    breaks: "committed stays",
    without: { withdrawsAcks: false },
  },
  {
    name: "truncKeepsSnapshot",
    issue: "ZOOKEEPER-1549",
    fixedIn: undefined,
    effect: "a truncated transaction comes back out of a snapshot",
    breaks: "prefix",
    without: { truncatesSnapshots: false },
  },
  {
    name: "truncMissingTarget",
    issue: undefined,
    fixedIn: undefined,
    effect: "where the target of a truncation is missing, the first transaction above it stays",
    breaks: "prefix",
    without: { truncatesAtTarget: false },
  },
];

/** The rules of a server with some bugs. An unknown name is a RangeError. */
export function rulesWith(bugs: readonly string[], rules: Rules = RULES): Rules {
  let result = rules;
  for (const name of bugs) {
    const bug = BUGS.find((known) => known.name === name);
    if (bug === undefined) {
      const names = BUGS.map((known) => known.name).join(", ");
      throw new RangeError(`there is no bug "${name}"; there are ${names}`);
    }
    result = withoutRules(result, bug.without);
  }
  return result;
}

function withoutRules(rules: Rules, { isGreater, ...zab }: Bug["without"]): Rules {
  const changed = isGreater === undefined ? rules : { ...rules, isGreater };
  return { ...changed, zab: { ...rules.zab, ...zab } };
}
