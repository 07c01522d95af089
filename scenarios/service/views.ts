import type { ClientState } from "../../core/client/client-state.ts";
import { formatHostPort, type Host } from "../../core/client/connect-string.ts";
import { formatSessionId, sessionId } from "../../core/ids.ts";
import { nodeCount } from "../../core/tree/data-tree.ts";
import type { Stat } from "../../core/wire/records.ts";
import type { Zxid } from "../../core/zxid.ts";
import type { ProcessState } from "../../sim/process/process.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";
import type { World } from "../../sim/world.ts";
import type { ClientLog } from "./client-log.ts";
import { nodeIn, type ServerData } from "./server-data.ts";

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
  /**
   * Whether those who serve know that session; undefined while nobody serves, or only some of them do. A standalone
   * server is asked as soon as it runs.
   */
  readonly isSessionAlive: boolean | undefined;
  /** How many sessions it has had. */
  readonly sessions: number;
  readonly timeoutMs: number | undefined;
  readonly host: string | undefined;
  /** The server that it is connected to. */
  readonly connectedTo: number | undefined;
  /** Ids of the servers that it knows. */
  readonly servers: readonly number[];
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
    node: (path) => (tree === undefined ? undefined : nodeIn(tree, path)),
  };
}

export function clientViewsOf(
  world: World,
  log: ClientLog,
  servers: readonly ServerData[],
): ClientView[] {
  const { standalone, clients } = world;
  if (clients.length === 0) return [];
  const known = standalone?.service?.database.sessions;
  const isAlive = (session: bigint): boolean | undefined =>
    standalone === undefined ? isKnown(session, servers) : known?.has(sessionId(session));
  const idOf = (host: Host): number | undefined =>
    standalone === undefined ? world.serverAt(host) : standalone.id;
  return clients.map((client) => viewOf(client, log, isAlive, idOf));
}

/** Whether all who serve know a session, or none of them. */
function isKnown(session: bigint, servers: readonly ServerData[]): boolean | undefined {
  const serving = servers.filter(({ isServing }) => isServing);
  const knowing = serving.filter(({ knowsSession }) => knowsSession(session));
  if (serving.length === 0) return undefined;
  if (knowing.length === serving.length) return true;
  return knowing.length === 0 ? false : undefined;
}

function viewOf(
  process: ClientProcess,
  log: ClientLog,
  isAlive: (session: bigint) => boolean | undefined,
  idOf: (host: Host) => number | undefined,
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
    isSessionAlive: last === undefined ? undefined : isAlive(last),
    sessions: sessions.length,
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    host: client?.host === undefined ? undefined : formatHostPort(client.host),
    // A client that has lost its server is CONNECTED by name until it dials the next one.
    connectedTo:
      client?.host === undefined || client.phase !== "established" ? undefined : idOf(client.host),
    servers: (client?.hosts.hosts ?? []).flatMap((host) => idOf(host) ?? []),
    waiting: log.requests.filter(
      ({ client: id, outcome, isAbandoned }) =>
        id === process.id && outcome === undefined && !isAbandoned,
    ).length,
    events: log.eventsOf(process.id),
  };
}
