import { type CaseLine, CaseError } from "./cases.ts";
import { checkEnsembleCase } from "./ensemble.ts";
import type { EnsembleCase } from "./ensemble-case.ts";
import { checkServiceCase } from "./service.ts";
import { needsEnsemble, type ServiceCase } from "./service-case.ts";
import { checkZooCfgCase, type ZooCfgCase } from "./zoocfg.ts";

/** How the cases of one kind are compared. */
export interface Kind {
  readonly name: string;
  readonly about: string;
  readonly check: (recorded: CaseLine) => CaseResult;
}

export interface CaseResult {
  readonly id: string;
  readonly differences: readonly string[];
  /** What is not simulated yet and the case can't be compared without; it counts for nothing then. */
  readonly waitsFor?: string;
  /** Parts that were compared by themselves, where a case has several. */
  readonly parts?: { readonly of: string; readonly agreed: number; readonly all: number };
}

export const KINDS: readonly Kind[] = [
  {
    name: "zoocfg",
    about: "configuration files, their parsed values and their errors",
    check: ({ id, content }) => ({ id, differences: checkZooCfgCase(content as ZooCfgCase) }),
  },
  {
    name: "ensemble",
    about: "elected leaders and votes in boots, crashes and returns of ensembles",
    check: ({ id, content }) => {
      const verdict = checkEnsembleCase(content as EnsembleCase);
      const { agreed, phases: all, differences } = verdict;
      return { id, differences, parts: { of: "phases", agreed, all } };
    },
  },
  {
    name: "service",
    about: "hand-made sequences of requests, their replies and watch events",
    check: checkService,
  },
  { name: "random", about: "the same with random requests", check: checkService },
];

function checkService({ id, content }: CaseLine): CaseResult {
  const recorded = content as ServiceCase;
  if (needsEnsemble(recorded)) return { id, differences: [], waitsFor: "ensembles" };
  return { id, differences: checkServiceCase(recorded) };
}

/** Compares one case; a case of another shape is the data's fault, and says so. */
export function checkCase(kind: Kind, recorded: CaseLine): CaseResult {
  try {
    return kind.check(recorded);
  } catch (error) {
    const { file, line, id } = recorded;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CaseError(`${file}:${line}: case ${id} is not of the recorded format: ${reason}`);
  }
}
