import { formatHostPort, parseConnectString } from "../../core/client/connect-string.ts";
import type { StandaloneSpec } from "../../sim/world.ts";
import { sessionTimeoutMs } from "../service/clients.ts";
import type { Report } from "./report.ts";
import type { Scenario } from "./scenario.ts";

/** As many milliseconds as Java's ints hold. */
const MAX_MS = 2 ** 31 - 1;

/** As many processes as a trace can tell apart. */
const MAX_CLIENTS = 200;

export function checkClients(
  report: Report,
  clients: Scenario["clients"],
  server: StandaloneSpec | undefined,
): void {
  const entries = Object.entries(clients ?? {});
  if (entries.length > 0 && server === undefined) {
    report.add(
      "clients",
      "an ensemble serves no clients yet, since it does not replicate what they write; " +
        'give them a standalone server: "ensemble": {"standalone": {}}.',
    );
    return;
  }
  if (entries.length > MAX_CLIENTS) {
    report.add("clients", `expected at most ${MAX_CLIENTS} clients, got ${entries.length}.`);
  }
  for (const [name, client] of entries) {
    const timeout = sessionTimeoutMs(client);
    if (!Number.isInteger(timeout) || timeout > MAX_MS) {
      report.add(
        `clients.${name}.sessionTimeout`,
        `expected whole milliseconds up to ${MAX_MS}, got ${client.sessionTimeout}.`,
      );
    }
    if (client.connectTo !== undefined && server !== undefined) {
      checkConnectTo(report, `clients.${name}.connectTo`, client.connectTo, server);
    }
  }
}

function checkConnectTo(
  report: Report,
  path: string,
  connectTo: string,
  server: StandaloneSpec,
): void {
  const parsed = parseConnectString(connectTo);
  if (!parsed.ok) {
    report.add(path, `${parsed.problem.reason} (in ${JSON.stringify(parsed.problem.part)})`);
    return;
  }
  const own = formatHostPort(server.address);
  if (parsed.value.hosts.some((host) => formatHostPort(host) === own)) return;
  report.add(path, `names no server that is there; the standalone server is ${own}.`);
}
