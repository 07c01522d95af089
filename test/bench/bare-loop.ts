/**
 * What a loop of events costs where nobody keeps order, names kinds, follows causes or takes anything back: the
 * bound that the kernel is held against. It imports nothing of the simulator, on purpose, and is written as one
 * would write it for this one workload: everything in one function, the whole event in its payload.
 *
 * Hold model: take the earliest event, look up its server and its link, draw, and schedule one event for it.
 */

/** One event's content: what a handler reads, and what it sends on. */
export interface Payload {
  readonly kind: number;
  readonly from: number;
  readonly to: number;
  readonly zxid: number;
  readonly round: number;
  readonly epoch: number;
}

export interface Server {
  readonly id: number;
  received: number;
}

export interface Link {
  readonly from: number;
  readonly to: number;
  carried: number;
}

export const SERVERS = 5;
export const DELIVER = 0;
export const TIMER = 1;

/** Of 1024 draws, so many make a timer; the rest make a message. */
const TIMERS_OF_1024 = 102;

/** 0.1 to 5 ms for nine events of ten, 0.1 to 4 s for the tenth. The draw's lower ten bits are `isTimer`'s. */
export function delayOf(draw: number): number {
  return isTimer(draw) ? 100_000 + ((draw >>> 10) % 3_900_000) : 100 + ((draw >>> 10) % 4900);
}

export function isTimer(draw: number): boolean {
  return (draw & 1023) < TIMERS_OF_1024;
}

export function newServers(): Map<number, Server> {
  const servers = new Map<number, Server>();
  for (let id = 0; id < SERVERS; id++) servers.set(id, { id, received: 0 });
  return servers;
}

export function newLinks(): Map<number, Link> {
  const links = new Map<number, Link>();
  for (let from = 0; from < SERVERS; from++) {
    for (let to = 0; to < SERVERS; to++) links.set(linkKey(from, to), { from, to, carried: 0 });
  }
  return links;
}

export function linkKey(from: number, to: number): number {
  return from * 64 + to;
}

/** What the event with number `i` of the first ones, which fill the queue, says. */
export function firstPayload(i: number): Payload {
  const from = i % SERVERS;
  return { kind: DELIVER, from, to: (from + 1) % SERVERS, zxid: i, round: 1, epoch: 0 };
}

export class BareLoop {
  readonly #servers = newServers();
  readonly #links = newLinks();
  readonly #random = { x: 123456789, y: 362436069, z: 521288629, w: 88675123 };
  readonly #times: Float64Array;
  readonly #sequences: Float64Array;
  readonly #slots: Int32Array;
  readonly #payloads: Payload[] = [];
  readonly #size: number;
  readonly #replacing: boolean;
  #sequence = 0;

  /**
   * @param pending how many events wait at any moment.
   * @param replacing whether the new event takes the place of the one before it at the heap's top, which a loop can
   * do that knows that each event leads to exactly one.
   */
  constructor(pending: number, replacing = false) {
    this.#size = pending;
    this.#replacing = replacing;
    this.#times = new Float64Array(pending);
    this.#sequences = new Float64Array(pending);
    this.#slots = new Int32Array(pending);
    for (let i = 0; i < pending; i++) {
      this.#payloads.push(firstPayload(i));
      this.#slots[i] = i;
      this.#siftUp(i, delayOf(this.#draw()), this.#sequence++, i);
    }
  }

  run(events: number): void {
    const servers = this.#servers;
    const links = this.#links;
    for (let i = 0; i < events; i++) {
      // Payload, lookups, draw: what the kernel's handlers do as well.
      const now = this.#times[0] as number;
      const slot = this.#slots[0] as number;
      const payload = this.#payloads[slot] as Payload;
      const server = servers.get(payload.to) as Server;
      const link = links.get(linkKey(payload.from, payload.to)) as Link;
      const draw = this.#draw();
      if (payload.kind === TIMER) server.received += 2;
      else server.received++;
      link.carried++;
      this.#payloads[slot] = {
        kind: isTimer(draw) ? TIMER : DELIVER,
        from: payload.to,
        to: (payload.to + 1 + (draw >>> 30)) % SERVERS,
        zxid: payload.zxid + 1,
        round: payload.round,
        epoch: payload.epoch,
      };
      const time = now + delayOf(draw);
      const sequence = this.#sequence++;
      if (this.#replacing) {
        this.#siftDown(time, sequence, slot, this.#size);
      } else {
        const last = this.#size - 1;
        const lastTime = this.#times[last] as number;
        const lastSequence = this.#sequences[last] as number;
        this.#siftDown(lastTime, lastSequence, this.#slots[last] as number, last);
        this.#siftUp(last, time, sequence, slot);
      }
    }
  }

  #siftUp(start: number, time: number, sequence: number, slot: number): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const slots = this.#slots;
    let position = start;
    while (position > 0) {
      const parent = (position - 1) >> 2;
      const parentTime = times[parent] as number;
      // What is pushed later comes later: equal times keep their order.
      if (parentTime <= time) break;
      times[position] = parentTime;
      sequences[position] = sequences[parent] as number;
      slots[position] = slots[parent] as number;
      position = parent;
    }
    times[position] = time;
    sequences[position] = sequence;
    slots[position] = slot;
  }

  /** Puts an event to the top, and lets it sink among the first `size`. */
  #siftDown(time: number, sequence: number, slot: number, size: number): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const slots = this.#slots;
    let position = 0;
    for (;;) {
      const first = position * 4 + 1;
      if (first >= size) break;
      let least = first;
      let leastTime = times[first] as number;
      const end = first + 4 < size ? first + 4 : size;
      for (let child = first + 1; child < end; child++) {
        const childTime = times[child] as number;
        if (childTime > leastTime) continue;
        if (childTime === leastTime && (sequences[child] as number) > (sequences[least] as number))
          continue;
        least = child;
        leastTime = childTime;
      }
      if (time < leastTime) break;
      if (time === leastTime && sequence < (sequences[least] as number)) break;
      times[position] = leastTime;
      sequences[position] = sequences[least] as number;
      slots[position] = slots[least] as number;
      position = least;
    }
    times[position] = time;
    sequences[position] = sequence;
    slots[position] = slot;
  }

  /** Marsaglia's xor128, as the simulator's streams draw. */
  #draw(): number {
    const r = this.#random;
    const t = r.x ^ (r.x << 11);
    r.x = r.y;
    r.y = r.z;
    r.z = r.w;
    r.w ^= (r.w >>> 19) ^ t ^ (t >>> 8);
    return r.w >>> 0;
  }
}
