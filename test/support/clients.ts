import type { ClientConfig } from "../../core/client/client-state.ts";
import type { Host } from "../../core/client/connect-string.ts";
import type { ClientSpec } from "../../sim/world.ts";

/** Plain clients for tests that need no connect string: no chroot, 30 s, only servers that can write. */
export function clientConfig(
  hosts: readonly Host[],
  over: Partial<Omit<ClientConfig, "hosts">> = {},
): ClientConfig {
  return {
    hosts,
    chroot: null,
    sessionTimeoutMs: 30_000,
    canBeReadOnly: false,
    disableAutoWatchReset: false,
    ...over,
  };
}

export interface ClientChoices extends Partial<Omit<ClientConfig, "hosts">> {
  /** In place of its number's. */
  readonly name?: string;
}

export function clientSpec(
  id: number,
  hosts: readonly Host[],
  { name = `client${id}`, ...over }: ClientChoices = {},
): ClientSpec {
  return { id, name, config: clientConfig(hosts, over) };
}
