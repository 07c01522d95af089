import { z } from "zod";
import { SERVER_STATES } from "../../core/election/vote.ts";
import { epochNumber, perServer, serverId, strict, whole, word, zxidText } from "./fields.ts";

/**
 * Conditions on the whole ensemble, as data. Each field is one condition and all of them must hold; `all`, `any`
 * and `not` build larger ones.
 */

const LEADER = 'a server id, "any" or "none"';
const VOTE = 'a server id, "nobody", or {"leader": …, "zxid": …, "epoch": …}';
const FOLLOWS = 'a server id or "nobody"';

const vote = z.union(
  [
    serverId,
    z.literal("nobody", { error: VOTE }),
    strict("a vote", {
      leader: serverId.optional(),
      zxid: zxidText.optional(),
      epoch: epochNumber.optional(),
    }),
  ],
  { error: VOTE },
);

const conditions = {
  leader: z
    .union([serverId, z.enum(["any", "none"], { error: LEADER })], { error: LEADER })
    .optional()
    .meta({ description: "Who leads with a quorum behind it." }),
  settled: z.literal(true, { error: "true" }).optional().meta({
    description:
      "One server leads, a quorum follows it, and so does everybody who runs and can reach it.",
  }),
  state: perServer(
    z.union([word(SERVER_STATES), z.array(word(SERVER_STATES))], {
      error: `one of ${SERVER_STATES.join(", ")}, or a list of them`,
    }),
  ).optional(),
  process: perServer(word(["up", "down", "paused"])).optional(),
  votes: perServer(vote).optional().meta({ description: "Whom servers vote for." }),
  follows: perServer(
    z.union([serverId, z.literal("nobody", { error: FOLLOWS })], { error: FOLLOWS }),
  )
    .optional()
    .meta({ description: "The leader that servers have registered with." }),
  quorumAgrees: perServer(z.boolean({ error: "true or false" }))
    .optional()
    .meta({
      description: "Whether a server's vote has a quorum, and it waits for a better one.",
    }),
  round: perServer(whole(0, 2 ** 31 - 1, "a round")).optional(),
  leaderEpoch: perServer(epochNumber)
    .optional()
    .meta({ description: "The epoch of the leadership that servers lead or follow." }),
  acceptedEpoch: perServer(epochNumber).optional().meta({ description: "On disk." }),
  currentEpoch: perServer(epochNumber).optional().meta({ description: "On disk." }),
  zxid: perServer(zxidText).optional(),
};

const simple = strict("a predicate", conditions);

export type VoteData = z.infer<typeof vote>;
export type Conditions = z.infer<typeof simple>;

export interface Predicate extends Conditions {
  readonly all?: readonly Predicate[] | undefined;
  readonly any?: readonly Predicate[] | undefined;
  readonly not?: Predicate | undefined;
}

const LIST = "a list of predicates";

export const predicate: z.ZodType<Predicate> = z
  .lazy(() =>
    strict("a predicate", {
      ...conditions,
      all: z.array(predicate, { error: LIST }).optional(),
      any: z.array(predicate, { error: LIST }).optional(),
      not: predicate.optional(),
    }).refine((value) => Object.keys(value).length > 0, { error: "at least one condition" }),
  )
  .meta({
    id: "Predicate",
    description: "A condition on the whole ensemble. All of its fields must hold.",
  });
