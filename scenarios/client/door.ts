import { didYouMean } from "../format/nearest.ts";

/** What plain JavaScript can get wrong where a compiler would have said so: the names of options, and of choices. */

/** Refuses an option that nobody reads, so that a typing error does not go by as the default. */
export function expectFields(where: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const close = didYouMean(name, known);
    throw new TypeError(
      `${where}.${name}: there is no such option; the options are ${known.join(", ")}.${close}`,
    );
  }
}

export function expectOneOf(field: string, given: unknown, valid: readonly string[]): void {
  if (typeof given === "string" && valid.includes(given)) return;
  const close = typeof given === "string" ? didYouMean(given, valid) : "";
  const got = typeof given === "string" ? `"${given}"` : String(given);
  throw new TypeError(`${field}: expected one of ${valid.join(", ")}, got ${got}.${close}`);
}

export function expectWhole(field: string, given: unknown, from: number, to: number): void {
  if (Number.isInteger(given) && (given as number) >= from && (given as number) <= to) return;
  const got = typeof given === "string" ? `"${given}"` : String(given);
  throw new RangeError(`${field}: expected a whole number from ${from} to ${to}, got ${got}`);
}

/** Two options of which one makes the other pointless. */
export function expectNotBoth(field: string, given: unknown, why: string): void {
  if (given !== undefined) throw new TypeError(`${field}: ${why}`);
}

/** A whole number of ms, 0 or more. */
export function expectMs(field: string, given: unknown): void {
  if (Number.isSafeInteger(given) && (given as number) >= 0) return;
  throw new RangeError(`${field}: expected a whole number of ms from 0, got ${String(given)}`);
}
