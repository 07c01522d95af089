import { type CaseLine, CaseError } from "./cases.ts";
import { checkEnsembleCase } from "./ensemble.ts";
import type { EnsembleCase } from "./ensemble-case.ts";
import { checkServiceCase, checkServiceCaseVia } from "./service.ts";
import { needsEnsemble, type ServiceCase } from "./service-case.ts";
import { ENSEMBLE_ROLES, type EnsembleRole } from "./service-ensemble.ts";
import { checkZooCfgCase, type ZooCfgCase } from "./zoocfg.ts";

/** How cases of one folder are compared. There may be several ways for one folder. */
export interface Kind {
  readonly name: string;
  readonly folder: string;
  readonly about: string;
  /** Which of the folder's cases it compares; all of them if nothing is said. */
  readonly compares?: (content: unknown) => boolean;
  readonly check: (recorded: CaseLine) => CaseResult;
}

export interface CaseResult {
  readonly id: string;
  readonly differences: readonly string[];
  /** Parts that were compared by themselves, where a case has several. */
  readonly parts?: { readonly of: string; readonly agreed: number; readonly all: number };
  /** It agrees with what a real ensemble answers, and not with the recorded standalone server. */
  readonly asEnsemble?: boolean;
}

const ARTICLE = { follower: "a", leader: "the", observer: "an" } as const satisfies {
  readonly [role in EnsembleRole]: string;
};

export const KINDS: readonly Kind[] = [
  {
    name: "zoocfg",
    folder: "zoocfg",
    about: "configuration files, their parsed values and their errors",
    check: ({ id, content }) => ({ id, differences: checkZooCfgCase(content as ZooCfgCase) }),
  },
  {
    name: "ensemble",
    folder: "ensemble",
    about:
      "votes, leaders, synchronisation, quorums, zxids, epochs and node counts in boots, crashes and returns of ensembles",
    check: ({ id, content }) => {
      const verdict = checkEnsembleCase(content as EnsembleCase);
      const { agreed, phases: all, differences } = verdict;
      return { id, differences, parts: { of: "phases", agreed, all } };
    },
  },
  {
    name: "service",
    folder: "service",
    about: "hand-made sequences of requests, their replies and watch events",
    compares: isOfStandalone,
    check: checkService,
  },
  {
    name: "random",
    folder: "random",
    about: "the same with random requests",
    compares: isOfStandalone,
    check: checkService,
  },
  {
    name: "ensemble-session",
    folder: "service",
    about: "the same on three servers: sessions that move, local ones, read-only mode",
    compares: (content) => !isOfStandalone(content),
    check: checkService,
  },
  ...ENSEMBLE_ROLES.flatMap((role) => [viaRole("service", role), viaRole("random", role)]),
];

/** The cases of a standalone server, played by an ensemble of five through one of its servers. */
function viaRole(folder: "service" | "random", role: EnsembleRole): Kind {
  return {
    name: `${folder}-via-${role}`,
    folder,
    about: `${folder} on five servers, through ${ARTICLE[role]} ${role}`,
    compares: isOfStandalone,
    check: ({ id, content }) => ({ id, ...checkServiceCaseVia(content as ServiceCase, role) }),
  };
}

function isOfStandalone(content: unknown): boolean {
  return !needsEnsemble(content as ServiceCase);
}

function checkService({ id, content }: CaseLine): CaseResult {
  return { id, differences: checkServiceCase(content as ServiceCase) };
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
