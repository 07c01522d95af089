/**
 * Plays recorded service cases (data/README.md, "Service and random cases") against the simulated server and compares
 * every step with what a real ZooKeeper answered.
 */
import {
  needsEnsemble,
  type ServiceCase,
  type ServiceStep,
  type StepResult,
} from "./service-case.ts";
import { compareStep } from "./service-compare.ts";
import { SimulatedHost } from "./service-host.ts";
import { CasePlayer } from "./service-player.ts";
import { profileConfig } from "./service-profiles.ts";

/** A step that was played. */
export interface PlayedStep {
  readonly step: ServiceStep;
  /** From 1. */
  readonly number: number;
  readonly found: StepResult;
  /** What contradicts the rules that a step by itself cannot show. */
  readonly problems: readonly string[];
}

/** What follows from the first differences says little; the rest is only counted. */
const SHOWN = 12;

/** The differences between the recording and us, one sentence each; none if we agree. */
export function checkServiceCase(recorded: ServiceCase): string[] {
  const differences: string[] = [];
  for (const { step, number, found, problems } of playServiceCase(recorded)) {
    differences.push(...compareStep(step, number, found));
    for (const problem of problems) differences.push(`step ${number}: ${problem}`);
  }
  if (differences.length <= SHOWN) return differences;
  return [...differences.slice(0, SHOWN), `… and ${differences.length - SHOWN} more differences`];
}

export function playServiceCase(recorded: ServiceCase): PlayedStep[] {
  if (needsEnsemble(recorded)) throw new Error("its profile needs an ensemble");
  const host = new SimulatedHost(profileConfig(recorded.profile));
  const player = new CasePlayer(host);
  return recorded.steps.map((step, index) => {
    const found = player.play(step);
    return { step, number: index + 1, found, problems: player.takeProblems() };
  });
}
