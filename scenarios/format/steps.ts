import { z } from "zod";
import { clientName, REQUEST_NAMES, requestsWith } from "./clients.ts";
import { duration, flag, serverRef, strict, text } from "./fields.ts";
import { linkChange, messageFaults } from "./network.ts";
import { predicate } from "./predicate.ts";

/** Steps: what is done to the world, and when. */

const timing = {
  at: duration.optional().meta({ description: "The moment, counted from the beginning." }),
  when: predicate.optional().meta({
    description:
      "Done when this holds for the first time after all steps before it in the file are done.",
  }),
  after: duration.optional().meta({ description: "With `when`: so long after it holds." }),
  label: text.optional().meta({ description: "A name, for expectations to refer to." }),
};

const SERVERS = 'a server id, "leader", "all", or a list of server ids';

const refs = z
  .array(serverRef, { error: 'a list of server ids or "leader"' })
  .min(1, { error: "at least one server" });

const END = 'a server id, "leader" or a client';

/** One end of a link: links lead from servers to clients, too. */
const linkEnd = z.union([serverRef, clientName], { error: END });

const ends = z
  .array(linkEnd, { error: 'a list of server ids, clients or "leader"' })
  .min(1, { error: "at least one server or client" });

export type LinkEnd = z.infer<typeof linkEnd>;

const target = z.union([serverRef, z.literal("all", { error: SERVERS }), refs], { error: SERVERS });

const gap = duration.optional().meta({
  description: "With several: the gap between one and the next, in their order.",
});

const oneWay = flag.optional().meta({ description: "Only from → to, not back." });

const CLIENTS = 'a client, "all", or a list of clients';

const clientTarget = z.union(
  [
    z.literal("all", { error: CLIENTS }),
    clientName,
    z.array(clientName, { error: CLIENTS }).min(1, { error: "at least one client" }),
  ],
  { error: CLIENTS },
);

export const step = z
  .discriminatedUnion("do", [
    strict("a step", {
      ...timing,
      do: z.enum(["boot", "crash", "restart", "pause", "resume"]),
      server: target.optional().meta({ description: "Whom it is done to; or `client`." }),
      client: clientTarget.optional().meta({ description: "Whom it is done to; or `server`." }),
      every: gap,
    }),
    strict("a step", {
      ...timing,
      do: z.literal("wipe"),
      server: target.meta({ description: "Whose disk is replaced by an empty one. It is down." }),
      every: gap,
    }),
    strict("a step", {
      ...timing,
      do: z.enum(["cut", "mend", "clog", "unclog"]),
      from: ends,
      to: ends,
      oneWay,
    }),
    strict("a step", {
      ...timing,
      do: z.literal("partition"),
      groups: z.array(ends, { error: "a list of groups of servers" }).min(1, {
        error: "at least one group of servers",
      }),
    }),
    strict("a step", { ...timing, do: z.literal("heal") }),
    strict("a step", {
      ...timing,
      do: z.literal("reset"),
      between: z.tuple([linkEnd, linkEnd], { error: "two servers, or a server and a client" }),
    }),
    strict("a step", {
      ...timing,
      do: z.literal("link"),
      from: ends,
      to: ends,
      oneWay,
      change: linkChange,
    }),
    strict("a step", {
      ...timing,
      do: z.literal("messageFaults"),
      faults: messageFaults.nullable().meta({ description: "null ends them." }),
    }),
    ...requestsWith(timing),
  ])
  .meta({ id: "Step" });

export type Step = z.infer<typeof step>;

/** A step that is a request of a client. */
export type RequestStep = Extract<Step, { do: (typeof REQUEST_NAMES)[number] }>;

/** A step that is done to processes. */
export type ProcessStep = Exclude<
  Extract<Step, { server?: unknown }>,
  RequestStep | { do: "heal" | "wipe" }
>;

const REQUESTS: ReadonlySet<string> = new Set(REQUEST_NAMES);

export function isRequest(step: Step): step is RequestStep {
  return REQUESTS.has(step.do);
}
