import { formatHostPort, parseConnectString } from "../../core/client/connect-string.ts";
import { type Door, hostsOf, sessionTimeoutMs } from "../service/clients.ts";
import type { ClientData } from "./clients.ts";
import type { Report } from "./report.ts";
import type { Scenario } from "./scenario.ts";

/** As many milliseconds as Java's ints hold. */
const MAX_MS = 2 ** 31 - 1;

/** As many processes as a trace can tell apart. */
const MAX_CLIENTS = 200;

export function checkClients(
  report: Report,
  clients: Scenario["clients"],
  doors: readonly Door[],
): void {
  const entries = Object.entries(clients ?? {});
  if (entries.length > 0 && doors.length === 0) {
    report.add("clients", "no server of this ensemble has a clientPort, so no client reaches it.");
    return;
  }
  if (entries.length > MAX_CLIENTS) {
    report.add("clients", `expected at most ${MAX_CLIENTS} clients, got ${entries.length}.`);
  }
  for (const [name, client] of entries) {
    const path = `clients.${name}`;
    const timeout = sessionTimeoutMs(client);
    if (!Number.isInteger(timeout) || timeout > MAX_MS) {
      report.add(
        `${path}.sessionTimeout`,
        `expected whole milliseconds up to ${MAX_MS}, got ${client.sessionTimeout}.`,
      );
    }
    const problems = report.problems.length;
    checkServers(report, path, client, doors);
    if (client.connectTo !== undefined) checkConnectTo(report, path, client.connectTo, doors);
    // Where it may not even start is of no interest while it is not clear whom it knows.
    if (report.problems.length === problems) checkStart(report, path, client, doors);
  }
}

function checkServers(
  report: Report,
  path: string,
  client: ClientData,
  doors: readonly Door[],
): void {
  if (client.servers === undefined) return;
  if (client.connectTo !== undefined) {
    report.add(`${path}.servers`, "does not go with connectTo, which names servers too.");
  }
  for (const [i, id] of client.servers.entries()) {
    const here = `${path}.servers[${i}]`;
    report.server(here, id);
    if (client.servers.indexOf(id) < i) report.add(here, `${id} is named twice.`);
    if (report.ids.includes(id) && !doors.some((door) => door.id === id)) {
      report.add(here, `server ${id} has no clientPort, so no client reaches it.`);
    }
  }
}

function checkStart(report: Report, path: string, client: ClientData, doors: readonly Door[]) {
  const { startOn } = client;
  if (startOn === undefined) return;
  const here = `${path}.startOn`;
  report.server(here, startOn);
  const door = doors.find(({ id }) => id === startOn);
  if (!report.ids.includes(startOn)) return;
  const known = hostsOf(client, doors).map(formatHostPort);
  if (door !== undefined && known.includes(formatHostPort(door.address))) return;
  report.add(here, `expected one of the servers that it knows, got ${startOn}.`);
}

function checkConnectTo(
  report: Report,
  path: string,
  connectTo: string,
  doors: readonly Door[],
): void {
  const here = `${path}.connectTo`;
  const parsed = parseConnectString(connectTo);
  if (!parsed.ok) {
    report.add(here, `${parsed.problem.reason} (in ${JSON.stringify(parsed.problem.part)})`);
    return;
  }
  const known = doors.map(({ address }) => formatHostPort(address));
  if (parsed.value.hosts.some((host) => known.includes(formatHostPort(host)))) return;
  report.add(
    here,
    report.isStandalone
      ? `names no server that is there; the standalone server is ${known.join()}.`
      : `names no server that is there; the servers are ${known.join(", ")}.`,
  );
}
