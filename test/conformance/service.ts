/**
 * Plays recorded service cases (data/README.md, "Service and random cases") against simulated servers and compares
 * every step with what a real ZooKeeper answered. Cases of one standalone server are also played against an ensemble.
 */
import {
  needsEnsemble,
  type ServiceCase,
  type ServiceStep,
  type StepResult,
} from "./service-case.ts";
import { compareStep } from "./service-compare.ts";
import { type EnsembleDifference, ensembleAnswers } from "./service-differences.ts";
import { EnsembleHost, type EnsembleRole, serverIn } from "./service-ensemble.ts";
import { inFirstEpoch } from "./service-epoch.ts";
import { type ServiceHost, SimulatedHost } from "./service-host.ts";
import { CasePlayer } from "./service-player.ts";
import { profileConfig, profilePeers, recordedPeers } from "./service-profiles.ts";

/** A step that was played. */
export interface PlayedStep {
  readonly step: ServiceStep;
  /** From 1. */
  readonly number: number;
  readonly found: StepResult;
  /** What contradicts the rules that a step by itself cannot show. */
  readonly problems: readonly string[];
}

export interface ServiceVerdict {
  readonly differences: readonly string[];
  /** It agrees with what a real ensemble answers, which is not what the recorded standalone server did. */
  readonly asEnsemble?: boolean;
}

/** The differences between the recording and us, one sentence each; none if we agree. */
export function checkServiceCase(recorded: ServiceCase): string[] {
  return differencesOf(playServiceCase(recorded));
}

/**
 * A case of a standalone server, played by an ensemble of five; all its connections go to the server of that role. What
 * has to agree is the recording with the epoch added to its zxids or, for a case on the list of those in which a real
 * ensemble answers otherwise, with that in its place. A case that does not need to be on the list is not to be there.
 */
export function checkServiceCaseVia(
  recorded: ServiceCase,
  role: EnsembleRole,
  listed?: readonly EnsembleDifference[],
): ServiceVerdict {
  const standalone = inFirstEpoch(recorded);
  const { steps } = ensembleAnswers(standalone, role, listed) ?? standalone;
  const host = new EnsembleHost(profilePeers(recorded.profile), [ALL_FIVE], (world) =>
    serverIn(world, role),
  );
  const played = play(steps, host);
  const differences = differencesOf(played);
  if (steps === standalone.steps) return { differences };
  const listedInVain = played.every(
    ({ found }, i) => compareStep(standalone.steps[i] as ServiceStep, i + 1, found).length === 0,
  );
  if (listedInVain) differences.push("agrees, and is listed as a case in which ensembles differ");
  return { differences, asEnsemble: differences.length === 0 };
}

/** Against a standalone server, or for a case that was recorded from an ensemble against one like that. */
export function playServiceCase(recorded: ServiceCase): PlayedStep[] {
  const { steps, profile, boot = [] } = recorded;
  if (!needsEnsemble(recorded)) return play(steps, new SimulatedHost(profileConfig(profile)));
  const oneByOne = boot.map((server) => [server]);
  const host = new EnsembleHost(recordedPeers(recorded), oneByOne, () => {
    throw new Error("a case of an ensemble says which server it connects to");
  });
  return play(steps, host);
}

const ALL_FIVE = [1, 2, 3, 4, 5];

function play(steps: readonly ServiceStep[], host: ServiceHost): PlayedStep[] {
  const player = new CasePlayer(host);
  return steps.map((step, index) => {
    const found = player.play(step);
    return { step, number: index + 1, found, problems: player.takeProblems() };
  });
}

/** What follows from the first differences says little; the rest is only counted. */
const SHOWN = 12;

function differencesOf(played: readonly PlayedStep[]): string[] {
  const differences = played.flatMap(({ step, number, found, problems }) => [
    ...compareStep(step, number, found),
    ...problems.map((problem) => `step ${number}: ${problem}`),
  ]);
  if (differences.length <= SHOWN) return differences;
  return [...differences.slice(0, SHOWN), `… and ${differences.length - SHOWN} more differences`];
}
