import type { Host } from "./connect-string.ts";

/** The servers of a connect string, in the order in which they are tried (StaticHostProvider). */
export interface HostProvider {
  readonly hosts: readonly Host[];
  /** The one that was given last; −1 before the first. */
  currentIndex: number;
  /** The one that a session was last established with, or where the round began. */
  lastIndex: number;
}

/** How long a client waits after a round in which it tried every server. */
export const SPIN_DELAY_MS = 1000;

/** Shuffles once, for the whole life of the client (java.util.Collections.shuffle). */
export function newHostProvider(
  hosts: readonly Host[],
  draw: (below: number) => number,
): HostProvider {
  const shuffled = [...hosts];
  for (let size = shuffled.length; size > 1; size--) {
    const other = draw(size);
    const last = shuffled[size - 1] as Host;
    shuffled[size - 1] = shuffled[other] as Host;
    shuffled[other] = last;
  }
  return { hosts: shuffled, currentIndex: -1, lastIndex: -1 };
}

/** The next server, round and round; `roundIsOver` if all were tried since the last success. */
export function nextHost(provider: HostProvider): {
  readonly host: Host;
  readonly roundIsOver: boolean;
} {
  provider.currentIndex = (provider.currentIndex + 1) % provider.hosts.length;
  const roundIsOver = provider.currentIndex === provider.lastIndex;
  // The very first attempt is not the end of a round.
  if (provider.lastIndex === -1) provider.lastIndex = 0;
  return { host: provider.hosts[provider.currentIndex] as Host, roundIsOver };
}

export function hostConnected(provider: HostProvider): void {
  provider.lastIndex = provider.currentIndex;
}
