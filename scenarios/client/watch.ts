import type { ClientDelivery } from "../../core/client/client-port.ts";
import {
  type ClientEvent,
  DEFAULT_WATCHER,
  type WatcherId,
  watcherId,
} from "../../core/client/watcher.ts";
import { shown } from "./door.ts";
import type { Ledger, Settle } from "./ledger.ts";

/** A function that is told. The same function set twice on a path is told once. */
export type WatchListener = (event: ClientEvent) => void;

/** Who is told of a watch: a function, a `Watch` to read from, or `true` for the listeners of "event". */
export type Watcher = WatchListener | Watch | true;

/**
 * Events to be read one by one: `for await (const event of watch)`, or `await watch.next()`. Nothing is missed while
 * nobody reads. The end comes with the client's: Expired, AuthFailed and Closed are the last events.
 */
export class Watch implements AsyncIterableIterator<ClientEvent, undefined> {
  readonly #ledger: Ledger;
  readonly #events: ClientEvent[] = [];
  readonly #waiting: Settle<IteratorResult<ClientEvent, undefined>>[] = [];
  #isOver = false;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** What nobody has read yet. */
  get pending(): readonly ClientEvent[] {
    return this.#events;
  }

  next(): Promise<IteratorResult<ClientEvent, undefined>> {
    return this.#ledger.promise("the next event of a watch", (settle) => {
      const value = this.#events.shift();
      if (value !== undefined) settle.resolve({ value, done: false });
      else if (this.#isOver) settle.resolve({ value: undefined, done: true });
      else this.#waiting.push(settle);
    });
  }

  /** Stops reading; what still comes is dropped. A `break` out of a loop does it. */
  return(): Promise<IteratorResult<ClientEvent, undefined>> {
    this.#events.length = 0;
    this.end();
    return this.next();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Called by the client. */
  tell(event: ClientEvent): void {
    if (this.#isOver) return;
    const reader = this.#waiting.shift();
    if (reader === undefined) this.#events.push(event);
    else reader.resolve({ value: event, done: false });
    if (isLast(event)) this.end();
  }

  end(): void {
    this.#isOver = true;
    for (const reader of this.#waiting.splice(0)) reader.resolve({ value: undefined, done: true });
  }
}

export function expectWatcher(field: string, given: unknown): void {
  if (given === true || typeof given === "function" || given instanceof Watch) return;
  throw new TypeError(`${field}: expected a function, a watch() or true, got ${shown(given)}`);
}

/** Gives every watcher of one client its number. */
export class WatcherNumbers {
  readonly #ledger: Ledger;
  readonly #numbers = new Map<WatchListener | Watch, WatcherId>();
  readonly #watchers = new Map<WatcherId, WatchListener | Watch>();
  #next = DEFAULT_WATCHER + 1;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  numberOf(watcher: Watcher): WatcherId {
    if (watcher === true) return DEFAULT_WATCHER;
    const known = this.#numbers.get(watcher);
    if (known !== undefined) return known;
    const number = watcherId(this.#next++);
    if (typeof watcher === "function") this.#ledger.callbacks++;
    this.#numbers.set(watcher, number);
    this.#watchers.set(number, watcher);
    return number;
  }

  /** Tells those of a delivery that are not the default one. */
  tell({ event, watchers }: Extract<ClientDelivery, { readonly kind: "event" }>): void {
    for (const number of watchers) {
      const watcher = this.#watchers.get(number);
      if (watcher instanceof Watch) watcher.tell(event);
      else if (watcher !== undefined) this.#ledger.call(() => watcher(event));
    }
  }
}

function isLast(event: ClientEvent): boolean {
  if (event.type !== "None") return false;
  return event.state === "Expired" || event.state === "AuthFailed" || event.state === "Closed";
}
