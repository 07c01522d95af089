/** A queue as plain data, whose head goes in constant time however long it is. */
export interface Fifo<T> {
  items: T[];
  /** Where the first one is; those before it have gone. */
  head: number;
}

/** So many gone entries are worth moving the rest. */
const COMPACT_FROM = 64;

export function newFifo<T>(): Fifo<T> {
  return { items: [], head: 0 };
}

export function push<T>(fifo: Fifo<T>, item: T): void {
  fifo.items.push(item);
}

export function peek<T>(fifo: Fifo<T>): T | undefined {
  return fifo.items[fifo.head];
}

export function shift<T>(fifo: Fifo<T>): T | undefined {
  const item = fifo.items[fifo.head];
  if (item === undefined) return undefined;
  fifo.head++;
  if (fifo.head === fifo.items.length) {
    fifo.items = [];
    fifo.head = 0;
  } else if (fifo.head >= COMPACT_FROM && fifo.head * 2 >= fifo.items.length) {
    fifo.items = fifo.items.slice(fifo.head);
    fifo.head = 0;
  }
  return item;
}

/** Puts entries before all others, in the order given. */
export function pushFront<T>(fifo: Fifo<T>, items: readonly T[]): void {
  fifo.items = [...items, ...fifo.items.slice(fifo.head)];
  fifo.head = 0;
}

export function fifoSize<T>(fifo: Fifo<T>): number {
  return fifo.items.length - fifo.head;
}

/** Empties it, and gives what was in it. */
export function takeAll<T>(fifo: Fifo<T>): T[] {
  const all = fifo.items.slice(fifo.head);
  fifo.items = [];
  fifo.head = 0;
  return all;
}
