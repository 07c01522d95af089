/** Names and titles of the scenarios that come in families; apart from the scenarios, to be light. */

/** Milliseconds after a quorum formed at which a better server boots: all around finalizeWait's 200. */
export const FINALIZE_GAPS_MS = [0, 50, 150, 190, 199, 200, 201, 210, 250, 400] as const;

export const ENSEMBLE_SIZES = [1, 2, 3, 4, 5, 6, 7] as const;

export function titleOfFinalizeWait(gapMs: number): string {
  return `A better server comes ${gapMs} ms after a quorum agreed`;
}

export function titleOfEnsemble(size: number): string {
  return `An ensemble of ${size} needs ${majorityOf(size)} of its servers`;
}

export function majorityOf(size: number): number {
  return Math.floor(size / 2) + 1;
}
