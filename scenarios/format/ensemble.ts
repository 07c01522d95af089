import { z } from "zod";
import { byServer, epochNumber, flag, strict, text, whole, word, zxidText } from "./fields.ts";

/** The ensemble: a zoo.cfg, or its gist as an object; and what each server starts with. */

const MAX_TICKS = 2 ** 31 - 1;

const member = strict("a server", {
  type: word(["participant", "observer"]).optional(),
  weight: whole(0, 1_000_000, "a weight").optional(),
  group: whole(0, 1_000_000, "a group").optional(),
});

const settings = {
  tickTime: whole(1, MAX_TICKS, "a number of ms").optional(),
  initLimit: whole(1, MAX_TICKS, "a number of ticks").optional(),
  syncLimit: whole(1, MAX_TICKS, "a number of ticks").optional(),
  connectToLearnerMasterLimit: whole(0, MAX_TICKS, "a number of ticks").optional(),
  properties: z
    .record(z.string(), z.union([text, z.number(), flag]), {
      error: "an object from names to values",
    })
    .optional()
    .meta({
      description:
        "Further lines of zoo.cfg, such as fastleader.maxNotificationInterval or cnxTimeout.",
    }),
};

export const ensemble = z
  .union(
    [
      strict("an ensemble", { zooCfg: text.meta({ description: "The text of a zoo.cfg." }) }),
      strict("an ensemble", {
        zooCfgFile: text.meta({
          description: "A zoo.cfg beside the scenario file. Read by the command line.",
        }),
      }),
      strict("an ensemble", {
        size: whole(1, 31, "a number of servers").meta({
          description: "So many participants, with the ids 1 to size.",
        }),
        ...settings,
      }),
      strict("an ensemble", { servers: byServer(member), ...settings }),
      strict("an ensemble", {
        standalone: strict("a standalone server", {
          tickTime: settings.tickTime,
          properties: settings.properties,
        }).meta({ description: "One server by itself, with the id 1, which clients can use." }),
      }),
    ],
    {
      error:
        'an ensemble: {"zooCfg": "…"}, {"zooCfgFile": "…"}, {"size": 5}, {"servers": {"1": {}, …}} or {"standalone": {}}',
    },
  )
  .meta({ description: "Who takes part. Defaults: tickTime 2000, initLimit 10, syncLimit 5." });

export type EnsembleData = z.infer<typeof ensemble>;
export type MemberData = z.infer<typeof member>;

export const serverStart = strict("what a server starts with", {
  currentEpoch: epochNumber.optional(),
  acceptedEpoch: epochNumber.optional(),
  zxid: zxidText.optional().meta({
    description:
      "The last zxid in its snapshot and log. The history is all transactions of its epoch up to it; the same zxid is the same history.",
  }),
  clock: strict("a clock", {
    offsetMs: whole(-1e12, 1e12, "a number of ms").optional(),
    driftPpm: whole(-500_000, 500_000, "microseconds a second").optional(),
  })
    .optional()
    .meta({ description: "Its own clock, against virtual time." }),
});

export type ServerStart = z.infer<typeof serverStart>;
