import {
  EVENT_TYPES,
  type EventTypeName,
  KEEPER_STATES,
  type KeeperStateName,
  type WatcherEvent,
} from "../wire/records.ts";
import type { Client, ClientContext } from "./client-state.ts";
import { toClientEventPath } from "./connect-string.ts";
import type { WatcherId } from "./watcher.ts";
import { materialize } from "./watch-manager.ts";

/**
 * What watchers are told, and when (EventThread). Java runs them on a thread of its own, one at a time and in the
 * order in which events and completions came about; that order is the order of `ClientPort.deliver`.
 */

/** Tells every watcher, and the default one, about a state; not again about the one they were told last. */
export function tellState(ctx: ClientContext, client: Client, state: KeeperStateName): void {
  if (client.toldState === state) return;
  client.toldState = state;
  const { disableAutoWatchReset } = ctx.config;
  const watchers = materialize(client.watches, "None", state, "", disableAutoWatchReset);
  deliver(ctx, client, "None", state, null, watchers);
}

/** A watch event of the server. False if it is of a kind that there is none of. */
export function tellWatchEvent(ctx: ClientContext, client: Client, event: WatcherEvent): boolean {
  const type = nameOf(EVENT_TYPES, event.type);
  const state = nameOf(KEEPER_STATES, event.state);
  if (type === undefined || state === undefined || type === "None") return false;
  client.toldState = state;
  const path = toClientEventPath(ctx.config.chroot, event.path);
  deliver(ctx, client, type, state, path, materialize(client.watches, type, state, path, false));
  return true;
}

/** Tells watchers that they were removed. Counts as a state that was told, as in Java. */
export function tellRemoved(
  ctx: ClientContext,
  client: Client,
  type: EventTypeName,
  state: KeeperStateName,
  path: string,
  watchers: readonly WatcherId[],
): void {
  client.toldState = state;
  deliver(ctx, client, type, state, path, watchers);
}

function deliver(
  ctx: ClientContext,
  client: Client,
  type: EventTypeName,
  state: KeeperStateName,
  path: string | null,
  watchers: readonly WatcherId[],
): void {
  if (client.eventsEnded || watchers.length === 0) return;
  ctx.port.deliver({ kind: "event", event: { type, state, path }, watchers });
}

function nameOf<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  value: number,
): Name | undefined {
  return (Object.keys(numbers) as Name[]).find((name) => numbers[name] === value);
}
