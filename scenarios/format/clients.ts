import { z } from "zod";
import { CREATE_MODES } from "../../core/client/create-mode.ts";
import { ERROR_CODES } from "../../core/wire/error-codes.ts";
import { duration, flag, serverId, strict, text, whole, word } from "./fields.ts";

/** Clients: who they are, what they ask for, and how it may come out. */

const NAME =
  "a client's name: letters, digits and dashes, a letter first, and not all, any or leader";

export const NAME_PATTERN = /^(?!(?:all|any|leader)$)[A-Za-z][A-Za-z0-9-]*$/;

export const clientName = z
  .string({ error: NAME })
  .regex(NAME_PATTERN, { error: NAME })
  .meta({ id: "ClientName", description: "A client, by its name in clients." });

export function byClient<Value extends z.ZodType>(value: Value) {
  return z.record(z.string().regex(NAME_PATTERN, { error: NAME }), value, {
    error: "an object from clients to values",
  });
}

export const client = strict("a client", {
  sessionTimeout: duration.optional().meta({
    description: "What it asks for; the server keeps it within 2 and 20 ticks. Default: 6 s.",
  }),
  servers: z
    .array(serverId, { error: "a list of server ids" })
    .min(1, { error: "at least one server id" })
    .optional()
    .meta({ description: "The servers that it knows. Default: all." }),
  startOn: serverId.optional().meta({
    description:
      "The server that it tries first when it boots for the first time. Default: any, as the seed decides.",
  }),
  connectTo: text.optional().meta({
    description:
      "In place of servers, a connect string: host:port,host:port/chroot. Default: every server.",
  }),
});

export type ClientData = z.infer<typeof client>;

export const clients = byClient(client);

/** `host:port` is not looked at here; a path is ZooKeeper's own business, so that wrong ones can be tried. */
const path = text.meta({ description: "The path of a znode, under the client's chroot." });

const data = text.nullable().optional().meta({ description: "As text. Default: null, no data." });

const version = whole(-1, 2 ** 31 - 1, "a version, or -1 for any")
  .optional()
  .meta({ description: "Done only if the znode has this version. Default: any." });

const ACL = 'ACLs such as "world:anyone:r,digest:bob:hash:cdrwa": scheme, id and permissions';

export const ACL_PATTERN = /^[a-z]+:[^,]*:[cdrwa]+(,[a-z]+:[^,]*:[cdrwa]+)*$/;

const acl = z
  .string({ error: ACL })
  .regex(ACL_PATTERN, { error: ACL })
  .meta({ description: "As in ZooKeeper's shell: scheme:id:cdrwa, several with commas." });

const mode = word(Object.keys(CREATE_MODES) as (keyof typeof CREATE_MODES)[])
  .optional()
  .meta({ description: "Default: persistent." });

const watch = flag
  .optional()
  .meta({ description: "Whether the client is told, once, when this changes." });

const create = {
  do: z.literal("create"),
  path,
  data,
  mode,
  ttl: duration.optional().meta({ description: "With a mode that has a time to live." }),
  acl: acl.optional().meta({ description: "Default: everybody may do everything." }),
};

const remove = { do: z.literal("delete"), path, version };
const set = { do: z.literal("set"), path, data, version };
const check = {
  do: z.literal("check"),
  path,
  version: whole(-1, 2 ** 31 - 1, "a version, or -1 for any"),
};

/** One operation of a multi. */
export const multiOp = z
  .discriminatedUnion("do", [
    strict("an operation", create),
    strict("an operation", remove),
    strict("an operation", set),
    strict("an operation", check),
    strict("an operation", { do: z.literal("get"), path }),
    strict("an operation", { do: z.literal("ls"), path }),
  ])
  .meta({ id: "MultiOp" });

export type MultiOpData = z.infer<typeof multiOp>;

const limit = whole(0, Number.MAX_SAFE_INTEGER, "a limit").optional();

const who = { client: clientName };

/** What a client can ask for, in steps. */
export function requestsWith<Timing extends z.ZodRawShape>(timing: Timing) {
  const request = <Shape extends z.ZodRawShape>(shape: Shape) =>
    strict("a step", { ...timing, ...who, ...shape });
  return [
    request(create),
    request(remove),
    request(set),
    request({ do: z.enum(["get", "exists", "ls"]), path, watch }),
    request({ do: z.enum(["sync", "getAcl"]), path }),
    request({ do: z.literal("setAcl"), path, acl, version }),
    request({
      do: z.literal("addWatch"),
      path,
      mode: word(["persistent", "persistentRecursive"]).optional(),
    }),
    request({ do: z.literal("addAuth"), scheme: text, auth: text }),
    request({
      do: z.literal("setQuota"),
      path,
      count: limit.meta({ description: "Soft: going over it only warns." }),
      bytes: limit,
      hardCount: limit.meta({ description: "Hard, where the server has enforceQuota=true." }),
      hardBytes: limit,
    }).meta({ description: "Creates the znodes of a quota, as ZooKeeper's shell does." }),
    request({
      do: z.literal("multi"),
      ops: z.array(multiOp, { error: "a list of operations" }),
    }),
    request({ do: z.literal("close") }),
  ] as const;
}

/** `do` of a step that is a client's request. */
export const REQUEST_NAMES = [
  "create",
  "delete",
  "set",
  "get",
  "exists",
  "ls",
  "sync",
  "getAcl",
  "setAcl",
  "addWatch",
  "addAuth",
  "setQuota",
  "multi",
  "close",
] as const;

const OUTCOME = '"ok", "pending", or the name of an error such as "NoNode"';

/** How a request came out. */
export const OUTCOMES = [
  "ok",
  "pending",
  "IllegalArgument",
  ...Object.keys(ERROR_CODES).filter((name) => name !== "Ok"),
];

export const outcome = z
  .enum(OUTCOMES, { error: OUTCOME })
  .meta({ description: "ok, pending (no answer yet), or the name of an error: NodeExists, …" });
