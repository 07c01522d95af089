/** Ends a `switch` over a union: the compiler proves that nothing is left, and a run that gets here has a bug. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
