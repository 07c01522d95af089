import type { TraceRecord } from "../../sim/kernel/trace.ts";
import type { Fact } from "./fact.ts";
import { serverIn, textIn } from "./read-record.ts";

/** Keeps the state of the links, so that a dozen records of a partition become one sentence about it. */
export class Links {
  readonly #ids: readonly number[];
  /** `from>to` of what does not deliver. */
  readonly #cut = new Set<string>();
  readonly #clogged = new Set<string>();
  #pending: { readonly change: string; readonly links: (readonly [number, number])[] } | undefined;

  constructor(ids: readonly number[]) {
    this.#ids = ids;
  }

  /** Takes one record; gives the fact about those before it when this one begins another. */
  add(record: TraceRecord): Fact | undefined {
    const change = textIn(record, "change");
    const finished = this.#pending?.change === change ? undefined : this.take();
    const link = [serverIn(record, "from") ?? -1, serverIn(record, "to") ?? -1] as const;
    const key = `${link[0]}>${link[1]}`;
    if (change === "cut") this.#cut.add(key);
    if (change === "mended") this.#cut.delete(key);
    if (change === "clogged") this.#clogged.add(key);
    if (change === "unclogged") this.#clogged.delete(key);
    this.#pending ??= { change, links: [] };
    this.#pending.links.push(link);
    return finished;
  }

  /** The fact about all records since the last one. */
  take(): Fact | undefined {
    const pending = this.#pending;
    if (pending === undefined) return undefined;
    this.#pending = undefined;
    return {
      kind: "links",
      servers: [...new Set(pending.links.flat())].sort((a, b) => a - b),
      change: pending.change,
      links: pending.links,
      islands: this.#islands(),
      isAllWell: this.#cut.size === 0 && this.#clogged.size === 0,
    };
  }

  /** Groups of servers that are joined, directly or by way of others, by links that deliver both ways. */
  #islands(): number[][] {
    const left = new Set(this.#ids);
    const islands: number[][] = [];
    for (const first of this.#ids) {
      if (!left.delete(first)) continue;
      const island = [first];
      for (const a of island) {
        for (const b of left) {
          if (this.#cut.has(`${a}>${b}`) || this.#cut.has(`${b}>${a}`)) continue;
          left.delete(b);
          island.push(b);
        }
      }
      islands.push(island.sort((a, b) => a - b));
    }
    return islands;
  }
}
