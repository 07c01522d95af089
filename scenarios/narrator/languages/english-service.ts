import { formatZxid } from "../../../core/zxid.ts";
import { formatDuration } from "../../format/duration.ts";
import { shown } from "../../format/problem.ts";
import type { NarratorContext } from "../fact.ts";
import type { Asked, ServiceFact } from "../service-fact.ts";

type Fact<Kind extends ServiceFact["kind"]> = Extract<ServiceFact, { readonly kind: Kind }>;

/** What a standalone server and its clients do, in English. */
export const englishService: {
  readonly [kind in ServiceFact["kind"]]: (fact: Fact<kind>, context: NarratorContext) => string;
} = {
  serverStarts: (fact, context) => {
    const who = nameOf(fact.servers[0], context);
    if (fact.replayed === 0) return `${who} starts, its last zxid being ${formatZxid(fact.zxid)}`;
    const count = `${fact.replayed} ${fact.replayed === 1 ? "transaction" : "transactions"}`;
    return `${who} starts again and replays ${count} from its log, the last zxid being ${formatZxid(fact.zxid)}`;
  },
  serverRefuses: (fact, context) =>
    `${nameOf(fact.servers[0], context)} refuses to start: ${fact.why}`,
  connects: (fact, context) => {
    const who = nameOf(fact.servers[0], context);
    if (fact.from !== null)
      return `${who} moves from ${fact.from} to ${fact.host} and keeps the session ${fact.session}`;
    if (fact.isAgain)
      return `${who} connects to ${fact.host} again and keeps the session ${fact.session}`;
    return (
      `${who} connects to ${fact.host} with the new session ${fact.session}, ` +
      `which expires after ${formatDuration(fact.timeoutMs * 1000)} of silence`
    );
  },
  losesServer: (fact, context) =>
    `${namesOf(fact.servers, context)} ${fact.servers.length === 1 ? "loses the connection" : "lose their connections"}: ` +
    (LOSSES[fact.why] ?? fact.why),
  dialsInVain: (fact, context) => {
    const times = fact.times === 1 ? "once" : `${fact.times} times`;
    const inAll = fact.servers.length === 1 || fact.times === 1 ? "" : " in all";
    return (
      `${namesOf(fact.servers, context)} ${fact.servers.length === 1 ? "dials" : "dial"} in vain, ` +
      `${times}${inAll} (${fact.why})`
    );
  },
  hears: (fact, context) =>
    `a watch fires: ${namesOf(fact.servers, context)} ` +
    `${fact.servers.length === 1 ? "hears" : "hear"} ${fact.event} ${fact.path}`,
  isLost: (fact, context) =>
    `${namesOf(fact.servers, context)} ${fact.servers.length === 1 ? "learns" : "learn"} that ` +
    (fact.state === "Expired" ? "the session has expired" : "authentication failed"),
  completes: (fact, context) => {
    const who = namesOf(fact.servers, context);
    const several = fact.servers.length > 1;
    const zxid = fact.zxid === null ? "" : formatZxid(fact.zxid);
    if (fact.error === null) {
      const notes = [modeText(fact.asked.mode), zxid === "" ? "" : `zxid ${zxid}`].filter(
        (note) => note !== "",
      );
      const noted = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
      return `${who} ${done(fact, several)}${noted}`;
    }
    const taken = zxid === "" ? "" : ` (zxid ${zxid})`;
    if (fact.asked.op === "multi" && fact.failedAt !== null) {
      const at = fact.asked.operations[fact.failedAt];
      const what = at === undefined ? "" : ` (${operation(at)})`;
      return (
        `${who} ${several ? "ask" : "asks"} for a multi, which fails at its ` +
        `${ordinal(fact.failedAt)} operation${what} with ${fact.error}: nothing is changed${taken}`
      );
    }
    return `${who} ${wanted(fact.asked, several)}, which fails: ${fact.error}${taken}`;
  },
  sessionExpires: (fact, context) =>
    `${namesOf(fact.servers, context)} ${one(fact) ? "has" : "have"} heard nothing from ${clientOf(fact, context)} for too long: ` +
    `the session ${fact.session} expires`,
  sessionEnds: (fact, context) =>
    `${namesOf(fact.servers, context)} ${one(fact) ? "ends" : "end"} the session ${fact.session} of ${clientOf(fact, context)}, ` +
    `and its ephemerals go with it ` +
    `(zxid ${formatZxid(fact.zxid)})`,
  reaps: (fact, context) =>
    `${namesOf(fact.servers, context)} ${one(fact) ? "deletes" : "delete"} a container or a znode whose time is up (zxid ${formatZxid(fact.zxid)})`,
  refusesClient: (fact, context) =>
    `${namesOf(fact.servers, context)} ${one(fact) ? "closes" : "close"} a client's connection: ${fact.why}`,
};

const LOSSES: { readonly [why: string]: string } = {
  closed: "the server's end is closed",
  connectTimeout: "no answer came in time",
  readTimeout: "nothing was read for two thirds of the timeout",
  xidOutOfOrder: "an answer came out of order",
  malformed: "what came was no message",
};

const ORDINALS = [
  "first",
  "second",
  "third",
  "fourth",
  "fifth",
  "sixth",
  "seventh",
  "eighth",
  "ninth",
  "tenth",
];

function ordinal(place: number): string {
  return ORDINALS[place] ?? `${place + 1}th`;
}

function one({ servers }: ServiceFact): boolean {
  return servers.length === 1;
}

/** A server or a client, as stories call it. */
export function nameOf(id: number | null | undefined, context: NarratorContext): string {
  if (id === null || id === undefined) return "nobody";
  const name = context.cast.clients.get(id);
  if (name !== undefined) return name;
  return id === context.cast.standalone ? `server ${id}` : String(id);
}

/** `alice`, `alice and bob`, `alice, bob and carol`. */
export function namesOf(ids: readonly number[], context: NarratorContext): string {
  const names = ids.map((id) => nameOf(id, context));
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function clientOf(fact: { readonly client: number | null }, context: NarratorContext): string {
  return fact.client === null ? "a client" : nameOf(fact.client, context);
}

/** `creates /a (ephemeral)` */
function done(fact: Fact<"completes">, several: boolean): string {
  const { asked, got } = fact;
  const { path } = asked;
  const verb = (singular: string, plural: string): string => (several ? plural : singular);
  const watch = asked.watch ? " with a watch" : "";
  switch (asked.op) {
    case "create": {
      const made = typeof got === "string" ? got : path;
      return `${verb("creates", "create")} ${made}`;
    }
    case "delete":
      return `${verb("deletes", "delete")} ${path}`;
    case "setData":
      return `${verb("sets", "set")} ${path} to ${dataText(asked.data)}`;
    case "getData":
      return `${verb("reads", "read")} ${path}${watch}: ${typeof got === "string" ? shown(got) : "no data"}`;
    case "getChildren": {
      const names = Array.isArray(got) && got.length > 0 ? got.join(", ") : "nothing";
      return `${verb("lists", "list")} ${path}${watch}: ${names}`;
    }
    case "exists":
      return (
        `${verb("looks", "look")} for ${path}${watch}` +
        (fact.found === null ? "" : fact.found ? ": it is there" : ": it is not there")
      );
    case "multi":
      return `${verb("does", "do")} in one multi: ${asked.operations.map(operation).join(", ")}`;
    case "close":
      return verb("closes the session", "close their sessions");
    case "addWatch":
      return `${verb("adds", "add")} a lasting watch to ${path}`;
    case "sync":
      return `${verb("syncs", "sync")} ${path}`;
    case "getACL":
      return `${verb("reads", "read")} the ACL of ${path}`;
    case "setACL":
      return `${verb("sets", "set")} the ACL of ${path}`;
    case "addAuth":
      return verb("authenticates", "authenticate");
    default:
      return `${verb("is", "are")} done with ${asked.op}${path === "" ? "" : ` ${path}`}`;
  }
}

/** `create /a` */
export function operation({ op, path }: Asked["operations"][number]): string {
  return path === "" ? (WANTED[op] ?? op) : `${WANTED[op] ?? op} ${path}`;
}

/** `asks to create /a` */
function wanted(asked: Asked, several: boolean): string {
  const what = WANTED[asked.op] ?? asked.op;
  const version = asked.version === null ? "" : ` if it has version ${asked.version}`;
  const path = asked.path === "" ? "" : ` ${asked.path}`;
  return `${several ? "ask" : "asks"} to ${what}${path}${version}`;
}

const WANTED: { readonly [op: string]: string } = {
  setData: "set",
  getData: "read",
  getChildren: "list",
  exists: "look for",
  multi: "do a multi",
  close: "close the session",
  addWatch: "watch",
  getACL: "read the ACL of",
  setACL: "set the ACL of",
  addAuth: "authenticate",
};

function modeText(mode: string | null): string {
  return mode === null || mode === "persistent" ? "" : (MODES[mode] ?? mode);
}

const MODES: { readonly [mode: string]: string } = {
  persistentSequential: "sequential",
  ephemeralSequential: "ephemeral, sequential",
  persistentTTL: "with a time to live",
  persistentSequentialTTL: "sequential, with a time to live",
};

function dataText(data: string | null): string {
  return data === null ? "no data" : shown(data);
}
