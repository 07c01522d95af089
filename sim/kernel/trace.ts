import { formatSessionId, NOTHING, type SessionId } from "../../core/ids.ts";
import { hashText, RollingHash } from "./hash.ts";

/**
 * The trace: every event that matters, typed, with its cause. It is what checkers read, the narrator tells, the
 * viewer draws and the hash folds.
 *
 * A record is a run of 32-bit words whose layout its kind's schema gives, written to a tape: a hundred bytes less
 * each than objects, and folding them into the hash is the same loop for every kind. Objects are made when somebody
 * reads (`record`). The hash takes a whole page of the tape at a time, when the page is full or somebody asks.
 */

/** `off` keeps nothing, `hash` only the rolling hash, `kept` the records as well. */
export type TraceLevel = "off" | "hash" | "kept";

/**
 * What a field holds, and so how wide it is. `server` is a node's index or nobody; `servers` a set of nodes;
 * `zxid` takes two words; `epoch` may be −2^63 (an observer's); `text` is interned; a list of names is one of them.
 */
export type FieldType =
  | "int"
  | "zxid"
  | "epoch"
  | "server"
  | "servers"
  | "text"
  | "flag"
  | readonly string[];

export interface RecordSchema {
  readonly name: string;
  readonly fields: readonly (readonly [name: string, type: FieldType])[];
}

/** A record as read back: server ids instead of node indexes, texts instead of numbers. */
export interface TraceRecord {
  readonly index: number;
  /** Virtual microseconds. */
  readonly time: number;
  readonly kind: string;
  /** The server where it happened; undefined for the world's own records. */
  readonly server: number | undefined;
  /** Index of the record that led to this one; −1 for what comes from outside (the scenario's steps). */
  readonly cause: number;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

export type FieldValue = number | boolean | string | null | readonly number[];

// What every record begins with: kind, node and the time's upper bits in one word, the time's lower bits, the cause.
const FIXED_WORDS = 3;
const NODE_SHIFT = 8;
const TIME_SHIFT = 16;
const HIGH_SPAN = 2 ** 32;

/** The last moment that a record can hold, and so the last one of any run: 8.9 years. */
export const LAST_TIME = HIGH_SPAN * 2 ** 16 - 1;

const PAGE_BITS = 11;
const PAGE_WORDS = 1 << PAGE_BITS;
/** Where nothing is kept, one small page will do. */
const SCRATCH_WORDS = 256;
const MAX_RECORD_WORDS = 32;
const FIRST_RECORDS = 1024;

/** Who nobody is, where a node's index is asked for. */
export const NO_NODE = -1;

export class Trace {
  /** False when records go nowhere; guard with it whatever costs something to find out. */
  readonly on: boolean;
  readonly level: TraceLevel;
  /** Records so far, whether they were kept or not. */
  count = 0;
  /** The record that the running event began with; what it emits or schedules is caused by it. */
  cause = -1;
  /** Set by the kernel as the clock moves. */
  now = 0;

  readonly #schemas: readonly RecordSchema[];
  readonly #serverIds: readonly number[];
  readonly #kept: boolean;
  readonly #hash = new RollingHash();
  #headless = true;

  // The tape. Where records are not kept, its one page is written over and over.
  readonly #pages: Int32Array[] = [];
  #page: Int32Array;
  /** Words written to the page, and how many of them the hash has seen. */
  #length = 0;
  #folded = 0;
  /** Where the record that is being written began. */
  #start = 0;

  /** Where on the tape each kept record is. */
  #offsets = new Uint32Array(0);

  readonly #texts: string[] = [];
  readonly #textNumbers = new Map<string, number>();
  readonly #sessionNumbers = new Map<SessionId, number>();

  /** @param serverIds the server id of each node index. */
  constructor(schemas: readonly RecordSchema[], serverIds: readonly number[], level: TraceLevel) {
    if (schemas.length > 256) throw new RangeError("a trace has at most 256 kinds of record");
    // A set of servers is one word of bits, so those that can be in one are the first 31; a node is eight bits.
    if (serverIds.length > 254) throw new RangeError("a trace has at most 254 nodes");
    this.#schemas = schemas;
    this.#serverIds = serverIds;
    this.level = level;
    this.on = level !== "off";
    this.#kept = level === "kept";
    this.#page = new Int32Array(this.#kept ? PAGE_WORDS : SCRATCH_WORDS);
    if (this.#kept) {
      this.#pages.push(this.#page);
      this.#offsets = new Uint32Array(FIRST_RECORDS);
    }
  }

  /** A new event runs: what it records first is caused by `cause`, and all further by that first record. */
  enter(cause: number): void {
    this.cause = cause;
    this.#headless = true;
  }

  /** Begins a record. Its fields follow in the schema's order, then `end`. */
  begin(kind: number, node: number): this {
    if (this.#length > this.#page.length - MAX_RECORD_WORDS) this.#turnPage();
    const page = this.#page;
    const start = this.#length;
    const { now } = this;
    const high = now < HIGH_SPAN ? 0 : Math.floor(now / HIGH_SPAN);
    page[start] = kind | ((node + 1) << NODE_SHIFT) | (high << TIME_SHIFT);
    page[start + 1] = now | 0;
    page[start + 2] = this.cause;
    this.#start = start;
    this.#length = start + FIXED_WORDS;
    return this;
  }

  int(value: number): this {
    this.#page[this.#length++] = value;
    return this;
  }

  flag(value: boolean): this {
    this.#page[this.#length++] = value ? 1 : 0;
    return this;
  }

  zxid(value: number): this {
    const page = this.#page;
    page[this.#length++] = Math.floor(value / HIGH_SPAN);
    page[this.#length++] = value | 0;
    return this;
  }

  epoch(value: number): this {
    this.#page[this.#length++] = value === NOTHING ? -1 : value;
    return this;
  }

  text(value: string): this {
    this.#page[this.#length++] = this.#numberOf(value);
    return this;
  }

  /** A session's id, as the text that people read. Making that costs more than all else, so it is made once. */
  session(id: SessionId): this {
    let number = this.#sessionNumbers.get(id);
    if (number === undefined) {
      number = this.#numberOf(formatSessionId(id));
      this.#sessionNumbers.set(id, number);
    }
    this.#page[this.#length++] = number;
    return this;
  }

  /** Ends the record and gives its index. */
  end(): number {
    const index = this.count++;
    if (this.#kept) {
      if (index >= this.#offsets.length) this.#growOffsets();
      this.#offsets[index] = (this.#pages.length - 1) * PAGE_WORDS + this.#start;
    }
    if (this.#headless) {
      this.#headless = false;
      this.cause = index;
    }
    return index;
  }

  /** The rolling hash of all records so far. */
  digest(): string {
    this.#foldPage();
    const digest = this.#hash.digest();
    return this.#texts.length === 0 ? digest : hashText(digest + JSON.stringify(this.#texts));
  }

  /** Reads one kept record. */
  record(index: number): TraceRecord {
    if (!this.#kept) throw new Error(`the trace is at level ${this.level}: it keeps no records`);
    if (!(Number.isInteger(index) && index >= 0 && index < this.count)) {
      throw new RangeError(`the trace has ${this.count} records, asked for number ${index}`);
    }
    const offset = this.#offsets[index] as number;
    const page = this.#pages[offset >>> PAGE_BITS] as Int32Array;
    const start = offset % PAGE_WORDS;
    const head = page[start] as number;
    const node = ((head >>> NODE_SHIFT) & 0xff) - 1;
    const schema = this.#schemas[head & 0xff] as RecordSchema;
    const fields: Record<string, FieldValue> = {};
    let at = start + FIXED_WORDS;
    for (const [name, type] of schema.fields) {
      fields[name] = this.#read(page, at, type);
      at += widthOf(type);
    }
    return {
      index,
      time: (head >>> TIME_SHIFT) * HIGH_SPAN + ((page[start + 1] as number) >>> 0),
      kind: schema.name,
      server: node === NO_NODE ? undefined : this.#serverIds[node],
      cause: page[start + 2] as number,
      fields,
    };
  }

  /** All kept records from `from`, one after another. */
  *records(from = 0): Generator<TraceRecord> {
    for (let i = from; i < this.count; i++) yield this.record(i);
  }

  /** Bytes that the kept records take, for the bench. */
  get keptBytes(): number {
    if (!this.#kept) return 0;
    return this.count * 4 + ((this.#pages.length - 1) * PAGE_WORDS + this.#length) * 4;
  }

  /** What kind of record it is, without making an object of it. */
  kindOf(index: number): string {
    const offset = this.#offsets[index] as number;
    const page = this.#pages[offset >>> PAGE_BITS] as Int32Array;
    return (this.#schemas[(page[offset % PAGE_WORDS] as number) & 0xff] as RecordSchema).name;
  }

  causeOf(index: number): number {
    const offset = this.#offsets[index] as number;
    const page = this.#pages[offset >>> PAGE_BITS] as Int32Array;
    return page[(offset % PAGE_WORDS) + 2] as number;
  }

  #numberOf(text: string): number {
    const known = this.#textNumbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.length;
    this.#texts.push(text);
    this.#textNumbers.set(text, number);
    return number;
  }

  #read(page: Int32Array, at: number, type: FieldType): FieldValue {
    const word = page[at] as number;
    if (typeof type !== "string") return type[word] as string;
    switch (type) {
      case "int":
        return word;
      case "flag":
        return word !== 0;
      case "epoch":
        return word === -1 ? NOTHING : word;
      case "zxid":
        return word * HIGH_SPAN + ((page[at + 1] as number) >>> 0);
      case "text":
        return this.#texts[word] as string;
      case "server":
        return word === NO_NODE ? null : (this.#serverIds[word] as number);
      case "servers":
        return this.#serverIds.filter((_, node) => (word & (1 << node)) !== 0);
    }
  }

  #foldPage(): void {
    this.#hash.fold(this.#page, this.#folded, this.#length - this.#folded);
    this.#folded = this.#length;
  }

  #turnPage(): void {
    if (this.#length > this.#page.length)
      throw new RangeError("a record is longer than a trace can hold");
    this.#foldPage();
    if (this.#kept) {
      this.#page = new Int32Array(PAGE_WORDS);
      this.#pages.push(this.#page);
    }
    this.#length = 0;
    this.#folded = 0;
  }

  #growOffsets(): void {
    const offsets = new Uint32Array(this.#offsets.length * 2);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
  }
}

/** Words that a field takes. */
function widthOf(type: FieldType): number {
  return type === "zxid" ? 2 : 1;
}
