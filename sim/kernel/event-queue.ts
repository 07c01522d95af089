/**
 * The pending events of a run: a 4-ary heap ordered by (time, sequence).
 *
 * Keys live in typed arrays beside the heap positions, payloads in slots that are used again, and every slot
 * knows its place in the heap, so that a cancel costs O(log n) and leaves nothing behind. Four children a node
 * make the heap half as deep as a binary one, and the children's keys lie side by side in memory.
 */

/** One pending event as data. Which kinds there are, and what target, ref and payload mean, is the world's. */
export interface PendingEvent {
  readonly time: number;
  readonly sequence: number;
  readonly kind: number;
  readonly target: number;
  readonly ref: number;
  readonly cause: number;
  readonly payload: unknown;
}

/** Names one scheduled event. It goes stale when the event has run or was cancelled, and is never handed out again. */
export type Handle = number;

/** No event: what a timer that is not set holds. */
export const NO_HANDLE: Handle = -1;

const SLOT_SPAN = 2 ** 22;
const FIRST_CAPACITY = 256;

export class EventQueue {
  size = 0;
  #sequence = 0;

  // By heap position.
  #heapTime = new Float64Array(FIRST_CAPACITY);
  #heapSequence = new Float64Array(FIRST_CAPACITY);
  #heapSlot = new Int32Array(FIRST_CAPACITY);

  // By slot.
  #position = new Int32Array(FIRST_CAPACITY);
  #generation = new Float64Array(FIRST_CAPACITY);
  #kind = new Uint8Array(FIRST_CAPACITY);
  #target = new Int32Array(FIRST_CAPACITY);
  #ref = new Float64Array(FIRST_CAPACITY);
  #cause = new Float64Array(FIRST_CAPACITY);
  #payload: unknown[] = [];
  #free: number[] = [];
  #slots = 0;

  // The event taken last, so that taking one allocates nothing.
  time = 0;
  kind = 0;
  target = 0;
  ref = 0;
  cause = 0;
  payload: unknown = undefined;

  /** Time of the earliest event; infinity when there is none. */
  get headTime(): number {
    return this.size === 0 ? Infinity : (this.#heapTime[0] as number);
  }

  push(
    time: number,
    kind: number,
    target: number,
    ref: number,
    cause: number,
    payload: unknown,
  ): Handle {
    const free = this.#free;
    const slot = free.length > 0 ? (free.pop() as number) : this.#newSlot();
    this.#kind[slot] = kind;
    this.#target[slot] = target;
    this.#ref[slot] = ref;
    this.#cause[slot] = cause;
    this.#payload[slot] = payload;
    const sequence = this.#sequence++;
    this.#siftUp(this.size++, time, sequence, slot);
    return (this.#generation[slot] as number) * SLOT_SPAN + slot;
  }

  /** Takes the earliest event: its fields are in `time`, `kind`, `target`, `ref`, `cause` and `payload`. */
  pop(): boolean {
    if (this.size === 0) return false;
    const slot = this.#heapSlot[0] as number;
    this.time = this.#heapTime[0] as number;
    this.#read(slot);
    this.#removeAt(0);
    this.#release(slot);
    return true;
  }

  /** Takes back a scheduled event. False when it has run, or was cancelled, already. */
  cancel(handle: Handle): boolean {
    if (handle < 0) return false;
    const slot = handle % SLOT_SPAN;
    if (slot >= this.#slots) return false;
    if (this.#generation[slot] !== Math.floor(handle / SLOT_SPAN)) return false;
    const position = this.#position[slot] as number;
    if (position < 0) return false;
    this.#removeAt(position);
    this.#release(slot);
    return true;
  }

  /** All that is pending, in the order in which it will run. */
  list(): PendingEvent[] {
    const events: PendingEvent[] = [];
    for (let i = 0; i < this.size; i++) {
      const slot = this.#heapSlot[i] as number;
      events.push({
        time: this.#heapTime[i] as number,
        sequence: this.#heapSequence[i] as number,
        kind: this.#kind[slot] as number,
        target: this.#target[slot] as number,
        ref: this.#ref[slot] as number,
        cause: this.#cause[slot] as number,
        payload: this.#payload[slot],
      });
    }
    return events.sort((a, b) => a.time - b.time || a.sequence - b.sequence);
  }

  #read(slot: number): void {
    this.kind = this.#kind[slot] as number;
    this.target = this.#target[slot] as number;
    this.ref = this.#ref[slot] as number;
    this.cause = this.#cause[slot] as number;
    this.payload = this.#payload[slot];
  }

  #release(slot: number): void {
    this.#payload[slot] = undefined;
    this.#position[slot] = -1;
    this.#generation[slot] = (this.#generation[slot] as number) + 1;
    this.#free.push(slot);
  }

  #newSlot(): number {
    const slot = this.#slots++;
    if (slot >= SLOT_SPAN)
      throw new RangeError(`more than ${SLOT_SPAN} events are pending at once`);
    if (slot >= this.#position.length) this.#grow();
    this.#payload.push(undefined);
    return slot;
  }

  #grow(): void {
    const capacity = this.#position.length * 2;
    this.#heapTime = copyInto(new Float64Array(capacity), this.#heapTime);
    this.#heapSequence = copyInto(new Float64Array(capacity), this.#heapSequence);
    this.#heapSlot = copyInto(new Int32Array(capacity), this.#heapSlot);
    this.#position = copyInto(new Int32Array(capacity), this.#position);
    this.#generation = copyInto(new Float64Array(capacity), this.#generation);
    this.#kind = copyInto(new Uint8Array(capacity), this.#kind);
    this.#target = copyInto(new Int32Array(capacity), this.#target);
    this.#ref = copyInto(new Float64Array(capacity), this.#ref);
    this.#cause = copyInto(new Float64Array(capacity), this.#cause);
  }

  #removeAt(position: number): void {
    const last = --this.size;
    if (position === last) return;
    const time = this.#heapTime[last] as number;
    const sequence = this.#heapSequence[last] as number;
    const slot = this.#heapSlot[last] as number;
    if (position > 0 && this.#before(time, sequence, (position - 1) >> 2)) {
      this.#siftUp(position, time, sequence, slot);
    } else {
      this.#siftDown(position, time, sequence, slot);
    }
  }

  #before(time: number, sequence: number, position: number): boolean {
    const other = this.#heapTime[position] as number;
    return time < other || (time === other && sequence < (this.#heapSequence[position] as number));
  }

  #place(position: number, time: number, sequence: number, slot: number): void {
    this.#heapTime[position] = time;
    this.#heapSequence[position] = sequence;
    this.#heapSlot[position] = slot;
    this.#position[slot] = position;
  }

  #siftUp(start: number, time: number, sequence: number, slot: number): void {
    const times = this.#heapTime;
    const sequences = this.#heapSequence;
    let position = start;
    while (position > 0) {
      const parent = (position - 1) >> 2;
      const parentTime = times[parent] as number;
      if (parentTime < time) break;
      const parentSequence = sequences[parent] as number;
      if (parentTime === time && parentSequence < sequence) break;
      this.#place(position, parentTime, parentSequence, this.#heapSlot[parent] as number);
      position = parent;
    }
    this.#place(position, time, sequence, slot);
  }

  #siftDown(start: number, time: number, sequence: number, slot: number): void {
    const times = this.#heapTime;
    const sequences = this.#heapSequence;
    const size = this.size;
    let position = start;
    for (;;) {
      const first = position * 4 + 1;
      if (first >= size) break;
      let least = first;
      let leastTime = times[first] as number;
      let leastSequence = sequences[first] as number;
      const end = first + 4 < size ? first + 4 : size;
      for (let child = first + 1; child < end; child++) {
        const childTime = times[child] as number;
        if (childTime > leastTime) continue;
        const childSequence = sequences[child] as number;
        if (childTime === leastTime && childSequence > leastSequence) continue;
        least = child;
        leastTime = childTime;
        leastSequence = childSequence;
      }
      if (time < leastTime || (time === leastTime && sequence < leastSequence)) break;
      this.#place(position, leastTime, leastSequence, this.#heapSlot[least] as number);
      position = least;
    }
    this.#place(position, time, sequence, slot);
  }
}

function copyInto<T extends Float64Array | Int32Array | Uint8Array>(to: T, from: T): T {
  to.set(from);
  return to;
}
