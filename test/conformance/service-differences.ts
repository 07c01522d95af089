import type { ServiceCase, StepResult } from "./service-case.ts";
import { ENSEMBLE_ROLES, type EnsembleRole } from "./service-ensemble.ts";
import { CONFIG_OF_FIVE } from "./service-profiles.ts";

/**
 * The cases in which a real ensemble answers otherwise than the standalone server from which they were recorded:
 * through servers of which roles, by which rule, and what it answers instead. The rest of each case has to agree as it
 * was recorded.
 *
 * odd-reconfig-standalone-enabled-v belongs here as well (it names a configuration that is not the current one, which in
 * an ensemble is BadVersion), but ensembles that are reconfigured are not simulated: they answer Unimplemented, as a
 * standalone server does.
 */
export interface EnsembleDifference {
  readonly id: string;
  readonly roles: readonly EnsembleRole[];
  /** What of ZooKeeper does it, and why. */
  readonly rule: string;
  /** What is answered instead, by the number of the step (from 1). */
  readonly steps: Readonly<Record<number, (recorded: StepResult) => StepResult>>;
}

const MEMBERSHIP =
  "ZKDatabase.initConfigInZKDatabase: /zookeeper/config is empty in standalone; in an ensemble it holds the membership, at dataVersion -1";

const NEVER_COMMITTED =
  "CommitProcessor: an undecodable reconfig takes no zxid, so it never becomes a transaction; but in an ensemble every write waits for its commit, what its session asks behind it waits as well, and a commit is only matched to the oldest write that waits, so no later one is known as a client's own";

export const ENSEMBLE_DIFFERENCES: readonly EnsembleDifference[] = [
  {
    id: "acl-super-super-user",
    roles: ENSEMBLE_ROLES,
    rule: MEMBERSHIP,
    // It sets the data, to which that makes the version 0 instead of 1.
    steps: { 10: withVersionBelow },
  },
  {
    id: "delete-root-and-system",
    roles: ENSEMBLE_ROLES,
    rule: MEMBERSHIP,
    steps: { 7: withMembership, 8: withMembership },
  },
  {
    id: "odd-reconfig-disabled",
    roles: ENSEMBLE_ROLES,
    rule: MEMBERSHIP,
    steps: { 3: withMembership },
  },
  {
    id: "path-path-35",
    roles: ENSEMBLE_ROLES,
    rule: MEMBERSHIP,
    steps: { 3: withMembership, 4: withMembership, 7: withMembership },
  },
  {
    id: "watch-watch-on-system",
    roles: ENSEMBLE_ROLES,
    rule: MEMBERSHIP,
    steps: { 4: withMembership },
  },
  {
    id: "odd-opcode-16",
    roles: ["follower", "observer"],
    rule: NEVER_COMMITTED,
    steps: { 3: unanswered, 4: unanswered, 5: unanswered, 6: unanswered },
  },
  {
    id: "odd-opcode-16",
    roles: ["leader"],
    rule: `${NEVER_COMMITTED}; but a leader commits the very request of its client, and so answers it`,
    steps: { 3: unanswered, 4: unanswered, 6: unanswered },
  },
];

/** The case as a real ensemble answers it; undefined if that is how it was recorded. */
export function ensembleAnswers(
  recorded: ServiceCase,
  role: EnsembleRole,
  listed = ENSEMBLE_DIFFERENCES,
): ServiceCase | undefined {
  const difference = listed.find(({ id, roles }) => id === recorded.id && roles.includes(role));
  if (difference === undefined) return undefined;
  const steps = recorded.steps.map((step, i) => {
    const instead = difference.steps[i + 1];
    return instead === undefined ? step : { ...step, result: instead(step.result) };
  });
  return { ...recorded, steps };
}

function withMembership(recorded: StepResult): StepResult {
  const result = withVersionBelow(recorded);
  const { stat, data } = result;
  return {
    ...result,
    ...(stat === undefined ? {} : { stat: { ...stat, dataLength: CONFIG_OF_FIVE.length } }),
    ...(data === undefined ? {} : { data: CONFIG_OF_FIVE }),
  };
}

function withVersionBelow(recorded: StepResult): StepResult {
  const { stat } = recorded;
  return stat === undefined
    ? recorded
    : { ...recorded, stat: { ...stat, version: stat.version - 1 } };
}

function unanswered(): StepResult {
  return { noReply: true };
}
