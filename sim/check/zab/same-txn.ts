import type { LogEntry } from "../../../core/server/service/service-port.ts";
import type { Txn, TxnHeader } from "../../../core/tree/txn.ts";

/**
 * Whether two servers mean the same transaction. Mostly it is the very same object, which nobody changes after it was
 * made; only what went through bytes is compared by what it says.
 */
export function isSameTxn(a: LogEntry, header: TxnHeader, txn: Txn): boolean {
  return (
    (a.header === header || isEqual(a.header, header)) && (a.txn === txn || isEqual(a.txn, txn))
  );
}

/** Of plain data: primitives, arrays, byte arrays and objects with the same fields. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const left = Object.entries(a);
  return (
    left.length === Object.keys(b).length &&
    left.every(([key, value]) => Object.hasOwn(b, key) && isEqual(value, (b as Fields)[key]))
  );
}

type Fields = Readonly<Record<string, unknown>>;
