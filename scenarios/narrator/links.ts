import type { TraceRecord } from "../../sim/kernel/trace.ts";
import type { Fact } from "./fact.ts";
import { serverIn, textIn } from "./read-record.ts";

/** Keeps the state of the links, so that a dozen records of a partition become one sentence about it. */
export class Links {
  readonly #servers: readonly number[];
  readonly #clients: readonly number[];
  /** `from>to` of what does not deliver. */
  readonly #cut = new Set<string>();
  readonly #clogged = new Set<string>();
  #pending: { readonly change: string; readonly links: (readonly [number, number])[] } | undefined;

  constructor(servers: readonly number[], clients: readonly number[] = []) {
    this.#servers = servers;
    this.#clients = clients;
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

  /**
   * Groups of servers that are joined, directly or by way of others, by links that deliver both ways. A client belongs
   * to the one that it reaches; one that reaches several, to none, since it joins nobody.
   */
  #islands(): number[][] {
    const islands = this.#islandsOf(this.#servers);
    const whole = islands.length === 1;
    for (const client of this.#clients) {
      const reached = islands.filter((island) =>
        island.some((id) => this.#servers.includes(id) && this.#delivers(client, id)),
      );
      if (reached.length === 0) islands.push([client]);
      else if (whole || (reached.length === 1 && this.#isCut(client))) reached[0]?.push(client);
    }
    return islands;
  }

  #islandsOf(ids: readonly number[]): number[][] {
    const left = new Set(ids);
    const islands: number[][] = [];
    for (const first of ids) {
      if (!left.delete(first)) continue;
      const island = [first];
      for (const a of island) {
        for (const b of left) {
          if (!this.#delivers(a, b)) continue;
          left.delete(b);
          island.push(b);
        }
      }
      islands.push(island.sort((a, b) => a - b));
    }
    return islands;
  }

  #delivers(a: number, b: number): boolean {
    return !this.#cut.has(`${a}>${b}`) && !this.#cut.has(`${b}>${a}`);
  }

  /** Whether some server does not reach it, or is not reached by it. */
  #isCut(client: number): boolean {
    return this.#servers.some((id) => !this.#delivers(client, id));
  }
}
