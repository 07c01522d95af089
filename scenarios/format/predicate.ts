import { z } from "zod";
import { SERVER_STATES } from "../../core/election/vote.ts";
import { byClient, clientName, outcome } from "./clients.ts";
import { stepRef } from "./step-ref.ts";
import {
  epochNumber,
  flag,
  perServer,
  serverId,
  strict,
  text,
  whole,
  word,
  zxidText,
} from "./fields.ts";

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

const NODE =
  "true or false (whether it exists), its data as a text, or an object with exists, data, version, children";

const nodeCondition = z.union(
  [
    flag,
    text,
    strict("a node", {
      exists: flag.optional(),
      data: text.nullable().optional(),
      version: whole(0, 2 ** 31 - 1, "a version").optional(),
      children: z
        .union(
          [whole(0, 2 ** 31 - 1, "how many children"), z.array(text, { error: "a list of names" })],
          { error: "how many children, or a list of their names" },
        )
        .optional(),
      ephemeral: flag.optional(),
    }),
  ],
  { error: NODE },
);

export type NodeConditionData = z.infer<typeof nodeCondition>;

const NODES = "an object from paths to what is there";

const nodes = z.record(z.string(), nodeCondition, { error: NODES });

const PHASES = ["none", "discovery", "synchronization", "broadcast"] as const;
const SYNC_KINDS = ["none", "DIFF", "TRUNC", "SNAP"] as const;
const SYNC = 'one of "none", "DIFF", "TRUNC", "SNAP", or {"kind": …, "transactions": …}';

const syncCondition = z.union(
  [
    word(SYNC_KINDS),
    strict("how a server was synchronised", {
      kind: word(SYNC_KINDS).optional(),
      transactions: whole(0, 1_000_000, "a number of transactions").optional(),
    }),
  ],
  { error: SYNC },
);

const CLIENT_STATES = [
  "NOT_CONNECTED",
  "CONNECTING",
  "CONNECTED",
  "CLOSED",
  "AUTH_FAILED",
] as const;

const clientState = z.union([word(CLIENT_STATES), z.array(word(CLIENT_STATES))], {
  error: `one of ${CLIENT_STATES.join(", ")}, or a list of them`,
});

const conditions = {
  leader: z
    .union([serverId, z.enum(["any", "none"], { error: LEADER })], { error: LEADER })
    .optional()
    .meta({ description: "Who leads and broadcasts: a quorum has its epoch and its history." }),
  settled: z.literal(true, { error: "true" }).optional().meta({
    description:
      "One server leads, a quorum follows it and has its history, and so does everybody who runs and can reach it. Of a standalone server: it serves, whoever of its clients runs is connected or has closed, and all requests are answered.",
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
    .meta({ description: "The leader whose epoch servers have promised." }),
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
  zxid: perServer(zxidText).optional().meta({
    description:
      "Of the last transaction that was applied; of a server that is down, that is on disk.",
  }),
  logged: perServer(zxidText)
    .optional()
    .meta({ description: "Of the last transaction that is on disk, committed or not." }),
  phase: perServer(word(PHASES))
    .optional()
    .meta({ description: "The phase of Zab in which servers are, as leaders or learners." }),
  serving: perServer(z.boolean({ error: "true or false" }))
    .optional()
    .meta({ description: "Whether servers serve clients." }),
  sync: perServer(syncCondition)
    .optional()
    .meta({ description: "How servers were brought up to date the last time, by any leader." }),
  nodesOn: perServer(nodes)
    .optional()
    .meta({ description: "The znodes that single servers have, by path." }),
  same: perServer(word(["tree", "zxid"]))
    .optional()
    .meta({
      description:
        "Servers that run and have the same tree (all znodes and sessions), or the same last zxid.",
    }),
  committed: zxidText
    .optional()
    .meta({ description: "The last zxid that whoever leads has committed." }),
  nodes: nodes.optional().meta({
    description:
      "The znodes, by path, as a standalone server or every server that serves has them.",
  }),
  clients: byClient(clientState).optional().meta({ description: "The states of clients." }),
  session: byClient(word(["alive", "gone"]))
    .optional()
    .meta({ description: "Whether those who serve know the session that a client had last." }),
  sessions: byClient(whole(0, 1_000_000, "a number of sessions"))
    .optional()
    .meta({ description: "How many sessions a client has had." }),
  connectedTo: byClient(
    z.union([serverId, z.literal("nobody", { error: FOLLOWS })], { error: FOLLOWS }),
  )
    .optional()
    .meta({ description: "The server that a client is connected to." }),
  events: byClient(z.array(text, { error: "a list of events" }))
    .optional()
    .meta({
      description:
        'All that its watches told a client, in order: ["NodeDataChanged /a", "NodeDeleted /a"].',
    }),
  step: stepRef.optional().meta({ description: "With outcome, failedAt or got: the request." }),
  client: clientName.optional().meta({ description: "With step: who made the request." }),
  outcome: outcome.optional(),
  failedAt: whole(0, 1_000_000, "the number of an operation")
    .optional()
    .meta({ description: "With step: the operation at which a multi failed, counted from 0." }),
  got: z
    .union([text.nullable(), z.array(text)], { error: "a text, null, or a list of texts" })
    .optional()
    .meta({
      description:
        "With step: what the request gave. The data of get, the path of create, the sorted children of ls.",
    }),
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
