import { type ConnectString, parseConnectString } from "../../core/client/connect-string.ts";
import type { ClientSpec, StandaloneSpec } from "../../sim/world.ts";
import type { ClientData } from "../format/clients.ts";
import { micros } from "../format/duration.ts";

/** Ids of clients begin here: above every server's that people use. */
const FIRST_CLIENT_ID = 1001;
const DEFAULT_TIMEOUT = "6s";

/** The clients of a scenario, in the order in which they stand there. What was wrong was refused at the door. */
export function clientSpecsOf(
  clients: Readonly<Record<string, ClientData>> | undefined,
  server: StandaloneSpec,
): ClientSpec[] {
  const first = Math.max(FIRST_CLIENT_ID, server.id + 1);
  return Object.entries(clients ?? {}).map(([name, data], i) => ({
    id: first + i,
    name,
    config: {
      ...connectStringOf(data, server),
      sessionTimeoutMs: sessionTimeoutMs(data),
      canBeReadOnly: false,
      disableAutoWatchReset: false,
    },
  }));
}

export function sessionTimeoutMs(data: ClientData): number {
  return micros(data.sessionTimeout ?? DEFAULT_TIMEOUT) / 1000;
}

function connectStringOf(data: ClientData, server: StandaloneSpec): ConnectString {
  if (data.connectTo === undefined) return { hosts: [server.address], chroot: null };
  const parsed = parseConnectString(data.connectTo);
  if (!parsed.ok) throw new RangeError(parsed.problem.reason);
  return parsed.value;
}
