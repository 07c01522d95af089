import type { ClientOp } from "../../core/client/operations.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";

/** What clients are to do. */
export interface Load {
  readonly operations: number;
  /** How many of them are always under way. */
  readonly inFlight: number;
  readonly next: () => ClientOp;
}

/** Has a load carried by these clients in turn, while `run` runs the world until all of it is done. */
export function pump(
  clients: readonly ClientProcess[],
  { operations, inFlight, next }: Load,
  run: (isDone: () => boolean) => void,
): void {
  // Whoever is answered asks again, and so on within one event if the answer comes at once: what is left bounds it.
  let left = operations;
  let done = 0;
  const ask = (client: ClientProcess): void => {
    if (left <= 0) return;
    left--;
    client.request(next());
  };
  for (const client of clients) {
    client.onDelivery = (delivery) => {
      if (delivery.kind !== "completion") return;
      const { op, outcome } = delivery;
      if (!outcome.ok) throw new Error(`a ${op.kind} ended with ${outcome.error.name}`);
      done++;
      ask(client);
    };
  }
  for (let i = 0; i < inFlight; i++) ask(clients[i % clients.length] as ClientProcess);
  run(() => done === operations);
  for (const client of clients) client.onDelivery = undefined;
}
