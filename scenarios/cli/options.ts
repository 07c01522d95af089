import { BUGS } from "../../core/server/bugs.ts";
import { parseDuration } from "../format/duration.ts";
import { didYouMean } from "../format/nearest.ts";
import { BadInput } from "./failure.ts";

const MAX_SEED = 2 ** 31 - 1;

export function seedOption(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (seed < 0 || seed > MAX_SEED) {
    throw new BadInput(`--seed: expected a whole number from 0 to ${MAX_SEED}, got "${text}".`);
  }
  return seed;
}

/** `12s` or `#500`. */
export function untilOption(
  text: string | undefined,
): { readonly event: number } | { readonly timeUs: number } | undefined {
  if (text === undefined) return undefined;
  const event = /^#(\d{1,15})$/.exec(text)?.[1];
  if (event !== undefined) return { event: Number(event) };
  const timeUs = parseDuration(text);
  if (timeUs === undefined) {
    throw new BadInput(
      `--until: expected a moment such as 12s or 250ms, or an event such as #500, got "${text}".`,
    );
  }
  return { timeUs };
}

export function bugOption(names: readonly string[] | undefined): readonly string[] {
  const known = BUGS.map(({ name }) => name);
  for (const name of names ?? []) {
    if (known.includes(name)) continue;
    throw new BadInput(
      `--bug: there is no bug "${name}".${didYouMean(name, known)} "vivarium bugs" shows all.`,
    );
  }
  return names ?? [];
}
