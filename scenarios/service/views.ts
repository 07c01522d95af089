import type { ClientState } from "../../core/client/client-state.ts";
import { formatHostPort } from "../../core/client/connect-string.ts";
import { formatSessionId, sessionId } from "../../core/ids.ts";
import { childrenOf, dataOf, nodeCount, statOf } from "../../core/tree/data-tree.ts";
import { textOf } from "../../core/tree/text-bytes.ts";
import type { Stat } from "../../core/wire/records.ts";
import type { Zxid } from "../../core/zxid.ts";
import type { ProcessState } from "../../sim/process/process.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";
import type { World } from "../../sim/world.ts";
import type { ClientLog } from "./client-log.ts";

/** A standalone server as it stands, for predicates and people. */
export interface StandaloneView {
  readonly id: number;
  readonly process: ProcessState;
  /** It has its data, and serves clients. */
  readonly isServing: boolean;
  /** Of the last transaction that was applied; undefined while the process is down. */
  readonly zxid: Zxid | undefined;
  readonly nodes: number;
  /** Ids of the sessions that it knows. */
  readonly sessions: readonly bigint[];
  readonly node: (path: string) => NodeView | undefined;
}

export interface NodeView {
  readonly data: string | null;
  readonly stat: Stat;
  readonly children: readonly string[];
}

/** One client as it stands. */
export interface ClientView {
  readonly id: number;
  readonly name: string;
  readonly process: ProcessState;
  /** Undefined while the process is down. */
  readonly state: ClientState | undefined;
  /** The session that it has, or had last, as ZooKeeper prints it. */
  readonly session: string | undefined;
  /** Whether the server knows that session; undefined while there is no server. */
  readonly isSessionAlive: boolean | undefined;
  /** How many sessions it has had. */
  readonly sessions: number;
  readonly timeoutMs: number | undefined;
  readonly host: string | undefined;
  /** Requests that have not been answered, and may still be. */
  readonly waiting: number;
  /** `NodeDeleted /a`: all that its watches told it. */
  readonly events: readonly string[];
}

export function standaloneViewOf(world: World): StandaloneView | undefined {
  const { standalone } = world;
  if (standalone === undefined) return undefined;
  const { service } = standalone;
  const tree = service?.database.tree;
  return {
    id: standalone.id,
    process: standalone.state,
    isServing: service?.isRunning === true && standalone.state === "up",
    zxid: tree?.lastProcessedZxid,
    nodes: tree === undefined ? 0 : nodeCount(tree),
    sessions: service === undefined ? [] : [...service.database.sessions.keys()],
    node: (path) => {
      const stat = tree === undefined ? undefined : statOf(tree, path);
      if (tree === undefined || stat === undefined) return undefined;
      const data = dataOf(tree, path) ?? null;
      return {
        data: data === null ? null : textOf(data),
        stat,
        children: childrenOf(tree, path) ?? [],
      };
    },
  };
}

export function clientViewsOf(world: World, log: ClientLog): ClientView[] {
  const sessions = world.standalone?.service?.database.sessions;
  return world.clients.map((client) => viewOf(client, log, sessions));
}

function viewOf(
  process: ClientProcess,
  log: ClientLog,
  known: ReadonlyMap<bigint, number> | undefined,
): ClientView {
  const { client } = process;
  const sessions = log.sessionsOf(process.id);
  const last = sessions.at(-1);
  const timeoutMs = client?.negotiatedTimeoutMs ?? 0;
  return {
    id: process.id,
    name: process.name,
    process: process.state,
    state: client?.state,
    session: last === undefined ? undefined : formatSessionId(sessionId(last)),
    isSessionAlive: known === undefined || last === undefined ? undefined : known.has(last),
    sessions: sessions.length,
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    host: client?.host === undefined ? undefined : formatHostPort(client.host),
    waiting: log.requests.filter(
      ({ client: id, outcome, isAbandoned }) =>
        id === process.id && outcome === undefined && !isAbandoned,
    ).length,
    events: log.eventsOf(process.id),
  };
}
