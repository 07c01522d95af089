/**
 * The pending events of a run: a 4-ary heap ordered by (time, sequence).
 *
 * Keys live in typed arrays by heap position; the rest of an event lies in a slot that is used again, and every
 * slot knows its place in the heap, so that a cancel costs O(log n) and leaves nothing behind. Four children a node
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
const FIRST_CAPACITY = 128;

// A slot is a run of words in one array: what a push writes and a pop reads then lies in one line of the cache.
const KIND = 0;
const TARGET = 1;
const REF = 2;
const CAUSE = 3;
/** Place in the heap. In a free slot: the next free one, as `-2 - slot`, or -1 where the list ends. */
const POSITION = 4;
/** How many events have had this slot before. */
const GENERATION = 5;
const SLOT_WORDS = 8;
const END_OF_FREE = -1;

export class EventQueue {
  #sequence = 0;
  /** Places in use, the vacant one among them. */
  #length = 0;
  /**
   * Whether the heap's top has been taken and nothing put there yet. Most events lead to another one: it goes to
   * the top and sinks from there, instead of the last one sinking and the new one rising.
   */
  #vacant = false;

  // By heap position.
  #heapTime = new Float64Array(FIRST_CAPACITY);
  #heapSequence = new Float64Array(FIRST_CAPACITY);
  #heapSlot = new Int32Array(FIRST_CAPACITY);

  // By slot.
  #slots = new Int32Array(FIRST_CAPACITY * SLOT_WORDS);
  #payloads: unknown[] = [];
  #free = END_OF_FREE;

  // The event taken last, so that taking one allocates nothing.
  kind = 0;
  target = 0;
  ref = 0;
  cause = 0;
  payload: unknown = undefined;

  get size(): number {
    return this.#vacant ? this.#length - 1 : this.#length;
  }

  /** Time of the earliest event; infinity when there is none. */
  get headTime(): number {
    if (this.#vacant) this.#fillVacancy();
    return this.#length === 0 ? Infinity : (this.#heapTime[0] as number);
  }

  /** Kind, target, ref and cause are whole numbers of 32 bits. */
  push(
    time: number,
    kind: number,
    target: number,
    ref: number,
    cause: number,
    payload: unknown,
  ): Handle {
    const slot = this.#takeSlot();
    const slots = this.#slots;
    const at = slot * SLOT_WORDS;
    slots[at + KIND] = kind;
    slots[at + TARGET] = target;
    slots[at + REF] = ref;
    slots[at + CAUSE] = cause;
    this.#payloads[slot] = payload;
    if (this.#vacant) {
      this.#vacant = false;
      this.#siftDown(0, time, this.#sequence++, slot);
    } else {
      this.#siftUp(this.#length++, time, this.#sequence++, slot);
    }
    return (slots[at + GENERATION] as number) * SLOT_SPAN + slot;
  }

  /** Takes the earliest event: its fields are in `kind`, `target`, `ref`, `cause` and `payload`. */
  pop(): boolean {
    if (this.#vacant) this.#fillVacancy();
    if (this.#length === 0) return false;
    const slot = this.#heapSlot[0] as number;
    const slots = this.#slots;
    const at = slot * SLOT_WORDS;
    this.kind = slots[at + KIND] as number;
    this.target = slots[at + TARGET] as number;
    this.ref = slots[at + REF] as number;
    this.cause = slots[at + CAUSE] as number;
    this.payload = this.#payloads[slot];
    this.#release(slot);
    this.#vacant = true;
    return true;
  }

  /** Takes back a scheduled event. False when it has run, or was cancelled, already. */
  cancel(handle: Handle): boolean {
    if (handle < 0) return false;
    if (this.#vacant) this.#fillVacancy();
    const slot = handle % SLOT_SPAN;
    if (slot >= this.#payloads.length) return false;
    const at = slot * SLOT_WORDS;
    if (this.#slots[at + GENERATION] !== Math.floor(handle / SLOT_SPAN)) return false;
    const position = this.#slots[at + POSITION] as number;
    if (position < 0) return false;
    this.#release(slot);
    this.#removeAt(position);
    return true;
  }

  /** All that is pending, in the order in which it will run. */
  list(): PendingEvent[] {
    const events: PendingEvent[] = [];
    for (let i = this.#vacant ? 1 : 0; i < this.#length; i++) {
      const slot = this.#heapSlot[i] as number;
      const at = slot * SLOT_WORDS;
      events.push({
        time: this.#heapTime[i] as number,
        sequence: this.#heapSequence[i] as number,
        kind: this.#slots[at + KIND] as number,
        target: this.#slots[at + TARGET] as number,
        ref: this.#slots[at + REF] as number,
        cause: this.#slots[at + CAUSE] as number,
        payload: this.#payloads[slot],
      });
    }
    return events.sort((a, b) => a.time - b.time || a.sequence - b.sequence);
  }

  /** The slot that was freed last, or a new one. */
  #takeSlot(): number {
    const free = this.#free;
    if (free === END_OF_FREE) return this.#newSlot();
    this.#free = nextFree(this.#slots[free * SLOT_WORDS + POSITION] as number);
    return free;
  }

  #release(slot: number): void {
    const at = slot * SLOT_WORDS;
    this.#payloads[slot] = undefined;
    this.#slots[at + GENERATION] = (this.#slots[at + GENERATION] as number) + 1;
    this.#slots[at + POSITION] = nextFree(this.#free);
    this.#free = slot;
  }

  #newSlot(): number {
    const slot = this.#payloads.length;
    if (slot >= SLOT_SPAN)
      throw new RangeError(`more than ${SLOT_SPAN} events are pending at once`);
    if (slot >= this.#heapSlot.length) this.#grow();
    this.#payloads.push(undefined);
    return slot;
  }

  #grow(): void {
    const capacity = this.#heapSlot.length * 2;
    this.#heapTime = copyInto(new Float64Array(capacity), this.#heapTime);
    this.#heapSequence = copyInto(new Float64Array(capacity), this.#heapSequence);
    this.#heapSlot = copyInto(new Int32Array(capacity), this.#heapSlot);
    this.#slots = copyInto(new Int32Array(capacity * SLOT_WORDS), this.#slots);
  }

  #fillVacancy(): void {
    this.#vacant = false;
    this.#removeAt(0);
  }

  /** Fills the gap that an event left in the heap with the last one. */
  #removeAt(position: number): void {
    const last = --this.#length;
    if (position === last) return;
    const time = this.#heapTime[last] as number;
    const sequence = this.#heapSequence[last] as number;
    if (position > 0 && this.#before(time, sequence, (position - 1) >> 2)) {
      this.#siftUp(position, time, sequence, this.#heapSlot[last] as number);
    } else {
      this.#siftDown(position, time, sequence, this.#heapSlot[last] as number);
    }
  }

  #before(time: number, sequence: number, position: number): boolean {
    const other = this.#heapTime[position] as number;
    return time < other || (time === other && sequence < (this.#heapSequence[position] as number));
  }

  #siftUp(start: number, time: number, sequence: number, slot: number): void {
    const times = this.#heapTime;
    const sequences = this.#heapSequence;
    const heapSlots = this.#heapSlot;
    const slots = this.#slots;
    let position = start;
    while (position > 0) {
      const parent = (position - 1) >> 2;
      const parentTime = times[parent] as number;
      if (parentTime < time) break;
      const parentSequence = sequences[parent] as number;
      if (parentTime === time && parentSequence < sequence) break;
      const parentSlot = heapSlots[parent] as number;
      times[position] = parentTime;
      sequences[position] = parentSequence;
      heapSlots[position] = parentSlot;
      slots[parentSlot * SLOT_WORDS + POSITION] = position;
      position = parent;
    }
    times[position] = time;
    sequences[position] = sequence;
    heapSlots[position] = slot;
    slots[slot * SLOT_WORDS + POSITION] = position;
  }

  #siftDown(start: number, time: number, sequence: number, slot: number): void {
    const times = this.#heapTime;
    const sequences = this.#heapSequence;
    const heapSlots = this.#heapSlot;
    const slots = this.#slots;
    const size = this.#length;
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
      const leastSlot = heapSlots[least] as number;
      times[position] = leastTime;
      sequences[position] = leastSequence;
      heapSlots[position] = leastSlot;
      slots[leastSlot * SLOT_WORDS + POSITION] = position;
      position = least;
    }
    times[position] = time;
    sequences[position] = sequence;
    heapSlots[position] = slot;
    slots[slot * SLOT_WORDS + POSITION] = position;
  }
}

/** A slot as a free one's POSITION says it, and back: below zero, so that it is no place in the heap. */
function nextFree(slot: number): number {
  return -2 - slot;
}

function copyInto<T extends Float64Array | Int32Array>(to: T, from: T): T {
  to.set(from);
  return to;
}
