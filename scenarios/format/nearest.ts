import { distance } from "fastest-levenshtein";

/** The valid name that somebody most likely meant, in whatever case; undefined when none comes near. */
export function nearest(name: string, valid: readonly string[]): string | undefined {
  const typed = name.toLowerCase();
  let best: string | undefined;
  let fewest = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of valid) {
    const edits = distance(typed, candidate.toLowerCase());
    if (edits >= fewest) continue;
    fewest = edits;
    best = candidate;
  }
  return best ?? valid.find((candidate) => typed.length > 2 && candidate.startsWith(typed));
}

/** ` Did you mean "server"?`, or nothing. */
export function didYouMean(name: string, valid: readonly string[]): string {
  const best = nearest(name, valid);
  return best === undefined ? "" : ` Did you mean "${best}"?`;
}
