import type { ClientHost } from "./client-host.ts";
import { expectSpan } from "./door.ts";
import type { Settle } from "./ledger.ts";

/** Waits for so many ms of virtual time. */
export async function sleep(host: ClientHost, ms: number): Promise<void> {
  expectSpan("sleep", ms);
  await host.ledger.promise(`a sleep of ${ms} ms`, (settle: Settle<void>) => {
    host.after(ms, () => settle.resolve(undefined));
  });
}
