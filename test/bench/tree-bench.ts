import type { Bench } from "./row.ts";
import { fanOutRows } from "./fan-out.ts";
import { replayRows } from "./replay.ts";
import { curveRows } from "./tree-curve.ts";
import { znodeRows } from "./znode-bytes.ts";
import { wireRows } from "./wire-pair.ts";

/** The tree without a world around it, and what else a server does without clients. */
export const treeBench: Bench = {
  name: "tree",
  title: "The tree, its watches, recovery and the codec, without a world",
  run: (options) => [
    ...znodeRows(),
    ...curveRows(options),
    ...fanOutRows(options),
    ...wireRows(options),
    ...replayRows(options),
  ],
};
