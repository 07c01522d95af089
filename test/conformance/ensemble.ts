import { type Course, coursesOf, type EnsembleCase } from "./ensemble-case.ts";
import { CaseRun } from "./ensemble-run.ts";

/**
 * Compares a recorded ensemble case with the simulated ensemble: who was elected and how each server voted, how
 * learners were synchronised and what their leader knew then, whose acknowledgements made the quorum, and which zxids
 * and epochs and how many znodes each server ended up with.
 */

/** What a case came to: differences per phase, for the course of events that fits best. */
export interface EnsembleVerdict {
  readonly phases: number;
  readonly agreed: number;
  readonly differences: readonly string[];
}

/**
 * How long a real process took from its start to its first vote is not in the recordings, and on a busy machine it was
 * anything from a second to three; nor is who came first where several were started at once. So timings are drawn:
 * first the same second for everybody, and where a phase differs, others for that phase, and then for the one before.
 */
const TIMINGS_A_PHASE = 40;
const RUNS = 1000;

/** @param runs how many timings are tried before the case is said to differ. */
export function checkEnsembleCase(recorded: EnsembleCase, runs = RUNS): EnsembleVerdict {
  let best: EnsembleVerdict | undefined;
  for (const course of coursesOf(recorded)) {
    const verdict = checkCourse(recorded, course, runs);
    if (best === undefined || verdict.differences.length < best.differences.length) best = verdict;
    if (best.differences.length === 0) return best;
  }
  if (best === undefined) throw new Error(`case ${recorded.id} has no course of events`);
  return best;
}

/** Of all that was tried, what got furthest without a difference. */
function checkCourse(recorded: EnsembleCase, course: Course, runs: number): EnsembleVerdict {
  const phases = course.phases.length;
  const timings = course.phases.map(() => 0);
  let furthest = -1;
  let best: EnsembleVerdict = { phases, agreed: 0, differences: [] };
  for (let run = 0; run < runs; run++) {
    const differences = new CaseRun(recorded, course, timings).play();
    const differing = new Set(differences.map(({ phase }) => phase));
    const first = Math.min(...differing, phases);
    if (first > furthest) {
      furthest = first;
      const texts = differences.map(({ text }) => text);
      best = { phases, agreed: phases - differing.size, differences: texts };
    }
    if (first === phases || !drawAnother(timings, first)) return best;
  }
  return best;
}

/** False: everything has been tried. */
function drawAnother(timings: number[], differing: number): boolean {
  for (let phase = differing; phase >= 0; phase--) {
    const next = (timings[phase] ?? 0) + 1;
    timings[phase] = next % TIMINGS_A_PHASE;
    if (next < TIMINGS_A_PHASE) {
      timings.fill(0, phase + 1);
      return true;
    }
  }
  return false;
}
