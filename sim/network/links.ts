import { drawDelay } from "../kernel/delay.ts";
import type { Random } from "../kernel/prng.ts";
import type { Link, LinkSpec, TcpSpec } from "./link.ts";

const MICROS_PER_SECOND = 1_000_000;

/** Every link of a network, each direction by itself: what it is like now, and what it does to one segment. */
export class Links {
  readonly #nodes: number;
  readonly #links: Link[] = [];
  readonly #tcp: TcpSpec;

  /** @param names of the nodes, for the links' random streams: `network/1>2`. */
  constructor(names: readonly number[], spec: LinkSpec, tcp: TcpSpec, random: Random) {
    this.#nodes = names.length;
    this.#tcp = tcp;
    for (const from of names) {
      for (const to of names) {
        this.#links.push({
          spec,
          cut: false,
          clogged: false,
          busyUntil: 0,
          random: random.split(`${from}>${to}`),
        });
      }
    }
  }

  between(from: number, to: number): Link {
    return this.#links[from * this.#nodes + to] as Link;
  }

  /** Microseconds until a segment is through, if it is not lost. */
  delay(link: Link): number {
    return drawDelay(link.spec.delay, link.random);
  }

  isLost(link: Link): boolean {
    const { n, outOf } = link.spec.loss;
    return n > 0 && link.random.chance(n, outOf);
  }

  /** Microseconds that lost transmissions of a segment cost; undefined when TCP gives up. */
  retransmissions(link: Link): number | undefined {
    let late = 0;
    for (let tries = 0; this.isLost(link); tries++) {
      if (tries >= this.#tcp.maxRetries) return undefined;
      late += this.retransmitWait(tries);
    }
    return late;
  }

  /** Microseconds from the try of that number, from 0, to the next one. */
  retransmitWait(tries: number): number {
    return doubling(this.#tcp.retransmitMs, tries, this.#tcp.maxRetransmitMs) * 1000;
  }

  /** Microseconds from the first transmission until TCP gives up on a segment that never gets through. */
  patience(): number {
    let wait = 0;
    for (let tries = 0; tries <= this.#tcp.maxRetries; tries++) wait += this.retransmitWait(tries);
    return wait;
  }

  /** Microseconds from the SYN of that number, from 0, to the next one. */
  synWait(tries: number): number {
    return doubling(this.#tcp.synRetryMs, tries, Infinity) * 1000;
  }

  /** Microseconds that so many bytes wait for, and take of, a link of limited bandwidth. */
  queueing(link: Link, bytes: number, now: number): number {
    const rate = link.spec.bytesPerSecond;
    if (rate === 0) return 0;
    const start = Math.max(now, link.busyUntil);
    link.busyUntil = start + Math.ceil((bytes * MICROS_PER_SECOND) / rate);
    return link.busyUntil - now;
  }
}

/** A wait that doubles with every try. */
function doubling(first: number, tries: number, max: number): number {
  return Math.min(first * (1 << Math.min(tries, 20)), max);
}
