import type { ClientHost } from "./client-host.ts";

/** Waits for so many ms of virtual time. */
export function sleep(host: ClientHost, ms: number): Promise<void> {
  return host.ledger.promise(`a sleep of ${ms} ms`, (settle) => {
    host.after(ms, () => settle.resolve(undefined));
  });
}
