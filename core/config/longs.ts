/**
 * Java's longs as the numbers that the simulator computes with. The few that a double cannot hold exactly are
 * rounded, and a ledger keeps what they were.
 */
import type { ServerId } from "../ids.ts";

/** Path of the field to the decimal text of its exact value. */
export type LongLedger = Map<string, string>;

export function toNumber(value: bigint, path: string, ledger: LongLedger): number {
  const rounded = Number(value);
  if (BigInt(rounded) !== value) ledger.set(path, value.toString());
  return rounded;
}

/** A brand by hand: `serverId()` refuses ids beyond 2^53, which ZooKeeper accepts. */
export function toServerId(value: bigint, path: string, ledger: LongLedger): ServerId {
  return toNumber(value, path, ledger) as ServerId;
}
