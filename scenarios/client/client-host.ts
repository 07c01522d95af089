import type { ClientDelivery, RequestToken } from "../../core/client/client-port.ts";
import type { Client, ClientConfig } from "../../core/client/client-state.ts";
import type { ClientOp } from "../../core/client/operations.ts";
import type { Ledger } from "./ledger.ts";

/** All that the promise face needs of the world in which clients live. */
export interface ClientHost {
  readonly ledger: Ledger;
  /**
   * Builds a client and starts it. `deliver` is called from the event loop with all that the client delivers, in its
   * order, each after the step that delivered it is over.
   */
  startClient(config: ClientConfig, deliver: (delivery: ClientDelivery) => void): HostedClient;
  /** Calls back after so many ms of virtual time. */
  after(delayMs: number, wake: () => void): void;
}

export interface HostedClient {
  /** To be looked at, and not to be changed. */
  readonly client: Readonly<Client>;
  /** May be called at any time, also from within `deliver`. */
  request(token: RequestToken, op: ClientOp): void;
}
