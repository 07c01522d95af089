import { z } from "zod";
import { DURATION_PATTERN, parseDuration } from "./duration.ts";
import { PERCENT_PATTERN, parsePercent } from "./ratio.ts";

/**
 * The small pieces that the scenario format is made of. Each says in its error what it expects; problems.ts adds
 * where, and what was found instead.
 */

/**
 * An object that may have these fields and no others. The message about an unknown field is the list of the known
 * ones, out of which problems.ts takes the nearest.
 */
export function strict<Shape extends z.ZodRawShape>(what: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? Object.keys(shape).join(",") : `${what} (an object)`,
  });
}

/** One of these words. */
export function word<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: `one of ${words.map((w) => `"${w}"`).join(", ")}` });
}

export const text = z.string({ error: "a text" });

export const flag = z.boolean({ error: "true or false" });

/** A whole number within bounds. */
export function whole(min: number, max: number, what = "a whole number") {
  const error = `${what} from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

const DURATION =
  'a length of virtual time, up to a year, such as "4s", "250ms" or a number of milliseconds';

export const duration = z
  .union(
    [
      z.number({ error: DURATION }).min(0, { error: DURATION }),
      z.string({ error: DURATION }).regex(DURATION_PATTERN, { error: DURATION }),
    ],
    { error: DURATION },
  )
  .refine((value) => parseDuration(value) !== undefined, { error: DURATION })
  .meta({
    id: "Duration",
    description:
      "A length or a moment of virtual time: a number of milliseconds, or a text such as 4s, 250ms, 2min.",
  });

const PERCENT = 'a percentage from "0%" to "100%"';

export const percent = z
  .string({ error: PERCENT })
  .regex(PERCENT_PATTERN, { error: PERCENT })
  .refine((value) => parsePercent(value) !== undefined, { error: PERCENT })
  .meta({ id: "Percent", description: "How often something happens, such as 10%." });

const MAX_ID = Number.MAX_SAFE_INTEGER;

export const serverId = whole(0, MAX_ID, "a server id, a whole number");

const SERVER_REF = 'a server id or "leader"';

export const serverRef = z
  .union([serverId, z.literal("leader", { error: SERVER_REF })], { error: SERVER_REF })
  .meta({
    id: "ServerRef",
    description: 'A server: its id, or "leader" for whoever leads when the step is done.',
  });

const KEY_PATTERN = /^(all|(0|[1-9]\d{0,15})(,(0|[1-9]\d{0,15}))*)$/;
const KEY = 'server ids such as "3" or "1,2,3", or "all"';

/** `{"1,2": …, "3": …}`: something said of servers. */
export function perServer<Value extends z.ZodType>(value: Value) {
  return z.record(z.string().regex(KEY_PATTERN, { error: KEY }), value, {
    error: "an object from servers to values",
  });
}

const ID_KEY = /^(0|[1-9]\d{0,15})$/;

/** `{"1": …}`: something that each server has. */
export function byServer<Value extends z.ZodType>(value: Value) {
  return z.record(z.string().regex(ID_KEY, { error: 'a server id such as "3"' }), value, {
    error: "an object from server ids to values",
  });
}

const ZXID = 'a zxid such as "0x100000003", or {"epoch": 1, "counter": 3}';

export const zxidText = z
  .union(
    [
      z.string({ error: ZXID }).regex(/^0x[0-9a-fA-F]{1,14}$/, { error: ZXID }),
      strict("a zxid", {
        epoch: whole(0, 2 ** 21 - 1, "an epoch"),
        counter: whole(0, 0xffffffff, "a counter"),
      }),
    ],
    { error: ZXID },
  )
  .meta({ id: "Zxid", description: "As ZooKeeper prints it (0x100000003), or in its two parts." });

export type ZxidText = z.infer<typeof zxidText>;

export const epochNumber = whole(0, 2 ** 21 - 1, "an epoch");
