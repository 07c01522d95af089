import type { Trace } from "../../sim/kernel/trace.ts";
import { elect } from "./ensemble.ts";
import { KernelLoop } from "./kernel-loop.ts";
import type { Bench, Goal, Row } from "./row.ts";

/** What a record that is kept takes. Nothing here depends on the moment, so that one look is enough. */
export const memoryBench: Bench = {
  name: "memory",
  title: "Bytes that a kept record takes",
  run: () => {
    const loop = new KernelLoop(100, "kept");
    loop.run(100_000);
    return [
      row("five at once", elect(1, "at once", "kept").trace),
      row("five in order", elect(1, "in order", "kept").trace),
      row("the kernel's bench", loop.trace),
    ];
  },
};

const BYTES_GOAL: Goal = { most: 48 };

function row(name: string, trace: Trace): Row {
  return {
    name,
    unit: "bytes/record",
    figures: [trace.keptBytes / trace.count],
    goal: BYTES_GOAL,
  };
}
