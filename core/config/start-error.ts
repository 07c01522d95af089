/** What an accepted configuration still fails of when the server starts. */
import { cnxTimeoutError } from "./election-settings.ts";
import type { JavaError } from "./java-throwable.ts";
import type { ZooCfg } from "./zoo-cfg-types.ts";

export interface StartError extends JavaError {
  /** `QuorumPeerMain`: 2 for an illegal argument, 1 for an exception that it does not expect. */
  readonly exitCode: 1 | 2;
}

/**
 * `QuorumPeer.start` wants its own id among the servers, participants and observers alike; the construction of
 * its election connections, behind that, wants a numeric `cnxTimeout`. A standalone server does neither.
 */
export function startError(config: ZooCfg): StartError | undefined {
  if (!config.distributed) return undefined;
  if (!config.servers.some((server) => server.id === config.serverId)) {
    const id = config.inexactLongs?.["serverId"] ?? BigInt(config.serverId).toString();
    return {
      kind: "RuntimeException",
      message: `My id ${id} not in the peer list`,
      exitCode: 1,
    };
  }
  const badTimeout = cnxTimeoutError(config.systemProperties);
  return badTimeout === undefined ? undefined : { ...badTimeout, exitCode: 2 };
}
