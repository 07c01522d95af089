import { z } from "zod";
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

const target = z.union([serverRef, z.literal("all", { error: SERVERS }), refs], { error: SERVERS });

const oneWay = flag.optional().meta({ description: "Only from → to, not back." });

export const step = z
  .discriminatedUnion("do", [
    strict("a step", {
      ...timing,
      do: z.enum(["boot", "crash", "restart", "pause", "resume"]),
      server: target,
      every: duration.optional().meta({
        description: "With several servers: the gap between one and the next, in their order.",
      }),
    }),
    strict("a step", {
      ...timing,
      do: z.enum(["cut", "mend", "clog", "unclog"]),
      from: refs,
      to: refs,
      oneWay,
    }),
    strict("a step", {
      ...timing,
      do: z.literal("partition"),
      groups: z.array(refs, { error: "a list of groups of servers" }).min(1, {
        error: "at least one group of servers",
      }),
    }),
    strict("a step", { ...timing, do: z.literal("heal") }),
    strict("a step", {
      ...timing,
      do: z.literal("reset"),
      between: z.tuple([serverRef, serverRef], { error: "two servers" }),
    }),
    strict("a step", {
      ...timing,
      do: z.literal("link"),
      from: refs,
      to: refs,
      oneWay,
      change: linkChange,
    }),
    strict("a step", {
      ...timing,
      do: z.literal("messageFaults"),
      faults: messageFaults.nullable().meta({ description: "null ends them." }),
    }),
  ])
  .meta({ id: "Step" });

export type Step = z.infer<typeof step>;
