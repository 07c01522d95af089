import type { ClientDelivery, RequestToken } from "../../core/client/client-port.ts";
import type { Outcome } from "../../core/client/client-error.ts";
import type { ClientOp } from "../../core/client/operations.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";

/** A request that a step made. */
export interface LoggedRequest {
  readonly client: number;
  readonly token: RequestToken;
  readonly op: ClientOp;
  /** Its place among the scenario's steps. */
  readonly step: number;
  outcome: Outcome<unknown> | undefined;
  /** The client crashed before it was answered: nobody is left to be told. */
  isAbandoned: boolean;
}

/** What the clients of a run asked for and what they were told, in the order in which it happened. */
export class ClientLog {
  readonly requests: LoggedRequest[] = [];
  readonly #byToken = new Map<string, LoggedRequest>();
  /** Answers that come while the request is still being made. */
  readonly #early = new Map<string, Outcome<unknown>>();
  /** `NodeDeleted /a`, by client; not what is said of the connection. */
  readonly #events = new Map<number, string[]>();
  /** Sessions that each client has been seen with. */
  readonly #sessions = new Map<number, bigint[]>();

  listen(client: ClientProcess): void {
    client.onDelivery = (delivery) => this.#deliver(client, delivery);
  }

  /** Makes a request of a client that runs. */
  request(client: ClientProcess, op: ClientOp, step: number): void {
    const token = client.request(op);
    const key = keyOf(client.id, token);
    const request: LoggedRequest = {
      client: client.id,
      token,
      op,
      step,
      outcome: this.#early.get(key),
      isAbandoned: false,
    };
    this.#early.delete(key);
    this.#byToken.set(key, request);
    this.requests.push(request);
  }

  /** The client's process has ended. */
  abandon(client: number): void {
    for (const request of this.requests) {
      if (request.client === client && request.outcome === undefined) request.isAbandoned = true;
    }
  }

  /** Looks at which session a client has; asked whenever something has changed. */
  see(client: ClientProcess): void {
    const id = client.client?.sessionId;
    if (id === undefined || id === 0n) return;
    const seen = this.#sessions.get(client.id);
    if (seen === undefined) this.#sessions.set(client.id, [id]);
    else if (seen.at(-1) !== id) seen.push(id);
  }

  ofToken(client: number, token: RequestToken): LoggedRequest | undefined {
    return this.#byToken.get(keyOf(client, token));
  }

  ofStep(step: number): readonly LoggedRequest[] {
    return this.requests.filter((request) => request.step === step);
  }

  eventsOf(client: number): readonly string[] {
    return this.#events.get(client) ?? [];
  }

  sessionsOf(client: number): readonly bigint[] {
    return this.#sessions.get(client) ?? [];
  }

  #deliver(client: ClientProcess, delivery: ClientDelivery): void {
    if (delivery.kind === "completion") {
      const key = keyOf(client.id, delivery.token);
      const request = this.#byToken.get(key);
      if (request === undefined) this.#early.set(key, delivery.outcome);
      else request.outcome = delivery.outcome;
      return;
    }
    const { type, path } = delivery.event;
    if (type === "None") return;
    const events = this.#events.get(client.id) ?? [];
    events.push(`${type} ${path}`);
    this.#events.set(client.id, events);
  }
}

function keyOf(client: number, token: RequestToken): string {
  return `${client}/${token}`;
}
