import { z } from "zod";
import { BUGS } from "../../core/server/bugs.ts";
import { byServer, duration, strict, text, whole, word } from "./fields.ts";
import { clients } from "./clients.ts";
import { ensemble, serverStart } from "./ensemble.ts";
import { expectation } from "./expect.ts";
import { disk, network, threads } from "./network.ts";
import { predicate } from "./predicate.ts";
import { step } from "./steps.ts";

/** A whole scenario: one schema gives the TypeScript type, the checks at the door, and the JSON schema. */

export const GROUPS = ["election", "ensemble", "network", "recovery", "service", "zab"] as const;

const NAME = "a short name in lower case, digits and dashes";

const bug = word(BUGS.map(({ name }) => name));

export const seedNumber = whole(0, 2 ** 31 - 1, "a seed, a whole number");

export const scenario = strict("a scenario", {
  $schema: text.optional(),
  name: z.string({ error: NAME }).regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: NAME }),
  title: text,
  about: text.optional().meta({ description: "What there is to learn from it." }),
  group: word(GROUPS).optional(),
  seed: seedNumber.optional().meta({ description: "Default: 1." }),
  ensemble,
  servers: byServer(serverStart)
    .optional()
    .meta({ description: "What servers start with, by id. Default: an empty disk, a true clock." }),
  clients: clients.optional().meta({
    description: "Who uses the servers, by name. They boot by steps, as servers do.",
  }),
  network: network.optional(),
  disk: disk.optional(),
  threads: threads.optional(),
  bugs: z.array(bug, { error: "a list of bugs" }).optional().meta({
    description: "Bugs of ZooKeeper that the servers have. `vivarium bugs` lists them.",
  }),
  steps: z
    .array(step, { error: "a list of steps" })
    .min(1, { error: "at least one step, since nothing boots by itself" }),
  until: z.union([duration, predicate], { error: "a moment, or a predicate" }).optional().meta({
    description:
      "When the run ends: at a moment, or when a predicate holds and all steps are done. Default: settled.",
  }),
  for: duration.optional().meta({ description: "Goes on for so long after `until`." }),
  limit: strict("limits", {
    time: duration.optional(),
    events: whole(1, 1e9, "a number of events").optional(),
  })
    .optional()
    .meta({
      description:
        "A run that gets this far has run away. Default: 10 min after the last moment that is named, 1,000,000 events.",
    }),
  expect: z.array(expectation, { error: "a list of expectations" }).optional(),
}).meta({
  title: "Vivarium scenario",
  description: "An ensemble, what happens to it, and what is expected of it.",
});

export type Scenario = z.infer<typeof scenario>;
