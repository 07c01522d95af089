import type { ServiceCase, ServiceStep, StepArgs } from "./service-case.ts";

/**
 * What a case of a standalone server says when an ensemble plays it in its first epoch. A standalone server's epoch is
 * 0 and its first transaction has zxid 1; an ensemble's is (1, 1). So the epoch is added to every zxid that names a
 * transaction, in what is asked as well as in what is answered. Zxids of no transaction stay what they are: 0 is that
 * of a fresh server's nodes, of an answer beside the pipeline (auth, required SASL), and "I have seen nothing" in a
 * connect request or in setWatches; -1 is an unknown opcode's.
 *
 * Before the first transaction a leader shows (1, 0) and a learner that was sent an empty DIFF shows 0, where a
 * standalone server shows 0. No recorded case looks before its first session is made, and that is a transaction.
 */
export function inFirstEpoch(recorded: ServiceCase): ServiceCase {
  return { ...recorded, steps: recorded.steps.map(stepInFirstEpoch) };
}

const EPOCH_1 = 2 ** 32;

const ZXIDS: ReadonlySet<string> = new Set(["zxid", "lastZxid", "czxid", "mzxid", "pzxid"]);

function stepInFirstEpoch(step: ServiceStep): ServiceStep {
  const result = shifted(step.result) as ServiceStep["result"];
  return step.args === undefined
    ? { ...step, result }
    : { ...step, args: argsInFirstEpoch(step.args), result };
}

function argsInFirstEpoch(args: StepArgs): StepArgs {
  const { lastZxid, relativeZxid, ops } = args;
  return {
    ...args,
    ...(lastZxid === undefined ? {} : { lastZxid: zxidInFirstEpoch(lastZxid) }),
    ...(relativeZxid === undefined ? {} : { relativeZxid: zxidInFirstEpoch(relativeZxid) }),
    ...(ops === undefined
      ? {}
      : {
          ops: ops.map((op) =>
            op.args === undefined ? op : { ...op, args: argsInFirstEpoch(op.args) },
          ),
        }),
  };
}

function shifted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shifted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      ZXIDS.has(key) && typeof inner === "number" ? zxidInFirstEpoch(inner) : shifted(inner),
    ]),
  );
}

function zxidInFirstEpoch(zxid: number): number {
  return zxid > 0 ? zxid + EPOCH_1 : zxid;
}
