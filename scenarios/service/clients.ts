import {
  type ConnectString,
  type Host,
  formatHostPort,
  parseConnectString,
} from "../../core/client/connect-string.ts";
import { newHostProvider } from "../../core/client/host-provider.ts";
import { Random } from "../../sim/kernel/prng.ts";
import type { ClientSpec } from "../../sim/world.ts";
import type { Ensemble } from "../ensemble.ts";
import type { ClientData } from "../format/clients.ts";
import { micros } from "../format/duration.ts";

/** A server that clients can reach, and under which address they know it. */
export interface Door {
  readonly id: number;
  readonly address: Host;
}

/** Ids of clients begin here: above every server's that people use. */
const FIRST_CLIENT_ID = 1001;
const DEFAULT_TIMEOUT = "6s";

/** The servers that have a port for clients. */
export function doorsOf({ peers, standalone }: Extract<Ensemble, { ok: true }>): readonly Door[] {
  if (standalone !== undefined) return [standalone];
  return peers
    .map(({ id, clientAddress }) => ({ id, address: clientAddress }))
    .filter(({ address }) => address.port !== 0);
}

/** The clients of a scenario, in the order in which they stand there. What was wrong was refused at the door. */
export function clientSpecsOf(
  clients: Readonly<Record<string, ClientData>> | undefined,
  doors: readonly Door[],
  seed: number,
): ClientSpec[] {
  const first = Math.max(FIRST_CLIENT_ID, ...doors.map(({ id }) => id + 1));
  return Object.entries(clients ?? {}).map(([name, data], i) => {
    const id = first + i;
    const { hosts, chroot } = connectStringOf(data, doors);
    return {
      id,
      name,
      config: {
        hosts: beginningWith(data.startOn, hosts, doors, firstDraws(seed, id)),
        chroot,
        sessionTimeoutMs: sessionTimeoutMs(data),
        canBeReadOnly: false,
        disableAutoWatchReset: false,
      },
    };
  });
}

export function sessionTimeoutMs(data: ClientData): number {
  return micros(data.sessionTimeout ?? DEFAULT_TIMEOUT) / 1000;
}

/** The addresses that a client knows. */
export function hostsOf(data: ClientData, doors: readonly Door[]): readonly Host[] {
  return connectStringOf(data, doors).hosts;
}

function connectStringOf(data: ClientData, doors: readonly Door[]): ConnectString {
  const { connectTo, servers } = data;
  if (connectTo === undefined) {
    const known = doors.filter(({ id }) => servers === undefined || servers.includes(id));
    return { hosts: known.map(({ address }) => address), chroot: null };
  }
  const parsed = parseConnectString(connectTo);
  if (!parsed.ok) throw new RangeError(parsed.problem.reason);
  return parsed.value;
}

/** What a client draws when it boots for the first time: sim/ gives each its own stream. */
function firstDraws(seed: number, id: number): (below: number) => number {
  const random = Random.fromSeed(seed).split(`client/${id}`);
  return (below) => random.int(0, below - 1);
}

/** The list in an order out of which a client's shuffle puts that server in front. */
function beginningWith(
  startOn: number | undefined,
  hosts: readonly Host[],
  doors: readonly Door[],
  draw: (below: number) => number,
): readonly Host[] {
  const door = doors.find(({ id }) => id === startOn);
  if (door === undefined) return hosts;
  const wanted = formatHostPort(door.address);
  const [front] = newHostProvider(hosts, draw).hosts;
  const to = hosts.findIndex((host) => host === front);
  const from = hosts.findIndex((host) => formatHostPort(host) === wanted);
  if (from < 0) return hosts;
  const ordered = [...hosts];
  ordered[to] = hosts[from] as Host;
  ordered[from] = hosts[to] as Host;
  return ordered;
}
