import type { Brand } from "../ids.ts";
import type { EventTypeName, KeeperStateName } from "../wire/records.ts";

/**
 * A watcher is a number here: the same one registered twice for a path is told once, as the same Watcher object is
 * in Java. Who is behind it, the host of the client knows.
 */
export type WatcherId = Brand<number, "WatcherId">;

export function watcherId(n: number): WatcherId {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new RangeError(`a watcher is a whole number from 0, got ${n}`);
  }
  return n as WatcherId;
}

/** The one that was given with the connect string: told of every change of state, and of watches set with `true`. */
export const DEFAULT_WATCHER = watcherId(0);

/** What a watcher is told (WatchedEvent). The path is the client's, without the chroot; null for type None. */
export interface ClientEvent {
  readonly type: EventTypeName;
  readonly state: KeeperStateName;
  readonly path: string | null;
}
