import type { World } from "../../sim/world.ts";
import type { ClientLog, LoggedRequest } from "./client-log.ts";

/** Who appears in a story beside an ensemble's servers, and what the requests were that its records only number. */
export interface Cast {
  readonly standalone: number | undefined;
  /** Names by id. */
  readonly clients: ReadonlyMap<number, string>;
  readonly requestOf: (client: number, token: number) => LoggedRequest | undefined;
}

export const NO_CAST: Cast = {
  standalone: undefined,
  clients: new Map(),
  requestOf: () => undefined,
};

export function castOf(world: World, log: ClientLog): Cast {
  return {
    standalone: world.standalone?.id,
    clients: new Map(world.clients.map(({ id, name }) => [id, name])),
    requestOf: (client, token) => log.ofToken(client, token),
  };
}
