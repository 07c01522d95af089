import { didYouMean } from "../format/nearest.ts";

/** What plain JavaScript can get wrong where a compiler would have said so: options, arguments, and their values. */

/** Refuses an option that nobody reads, so that a typing error does not go by as the default. */
export function expectFields(where: string, given: object, known: readonly string[]): void {
  expectObject(where, given);
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const close = didYouMean(name, known);
    throw new TypeError(
      `${where}.${name}: there is no such option; the options are ${known.join(", ")}.${close}`,
    );
  }
}

export function expectObject(field: string, given: unknown): void {
  const isOne = typeof given === "object" && given !== null && !Array.isArray(given);
  if (!isOne) throw new TypeError(`${field}: expected an object, got ${shown(given)}`);
}

export function expectOneOf(field: string, given: unknown, valid: readonly string[]): void {
  if (typeof given === "string" && valid.includes(given)) return;
  const close = typeof given === "string" ? didYouMean(given, valid) : "";
  throw new TypeError(
    `${field}: expected one of ${valid.join(", ")}, got ${shown(given)}.${close}`,
  );
}

export function expectWhole(field: string, given: unknown, from: number, to: number): void {
  if (Number.isInteger(given) && (given as number) >= from && (given as number) <= to) return;
  throw new RangeError(
    `${field}: expected a whole number from ${from} to ${to}, got ${shown(given)}`,
  );
}

/** One of Java's ints. */
export function expectInt(field: string, given: unknown): void {
  expectWhole(field, given, -(2 ** 31), MAX_INT);
}

/** Two options of which one makes the other pointless. */
export function expectNotBoth(field: string, given: unknown, why: string): void {
  if (given !== undefined) throw new TypeError(`${field}: ${why}`);
}

/** A whole number of ms, 0 or more. */
export function expectMs(field: string, given: unknown, most = MAX_MS): void {
  if (Number.isInteger(given) && (given as number) >= 0 && (given as number) <= most) return;
  throw new RangeError(
    `${field}: expected a whole number of ms from 0 to ${most}, got ${shown(given)}`,
  );
}

/** A span of virtual time, which may be a part of a ms. */
export function expectSpan(field: string, given: unknown): void {
  if (typeof given === "number" && given >= 0 && given <= MAX_MS) return;
  throw new RangeError(
    `${field}: expected a number of ms from 0 to ${MAX_MS}, got ${shown(given)}`,
  );
}

export function expectBoolean(field: string, given: unknown): void {
  if (typeof given === "boolean") return;
  throw new TypeError(`${field}: expected true or false, got ${shown(given)}`);
}

export function expectText(field: string, given: unknown): void {
  if (typeof given === "string") return;
  throw new TypeError(`${field}: expected text, got ${shown(given)}`);
}

export function expectList(field: string, given: unknown, of: string): void {
  if (Array.isArray(given)) return;
  throw new TypeError(`${field}: expected a list of ${of}, got ${shown(given)}`);
}

export function expectFunction(field: string, given: unknown): void {
  if (typeof given === "function") return;
  throw new TypeError(`${field}: expected a function, got ${shown(given)}`);
}

/** A value as an error speaks of it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Promise) return "a promise";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** As much as Java's ints hold. */
export const MAX_INT = 2 ** 31 - 1;
/** Four years; a trace can tell of eight. */
export const MAX_MS = 4 * 365 * 86_400_000;
