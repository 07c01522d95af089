import { NOTHING } from "../../core/ids.ts";
import { RollingHash } from "./hash.ts";

/**
 * The trace: every event that matters, typed, with its cause. It is what checkers read, the narrator tells, the
 * viewer draws and the hash folds.
 *
 * A record is a run of 32-bit words whose layout its kind's schema gives. Words go into columns and not into
 * objects: a hundred bytes less each, and folding them into the hash is the same loop for every kind. Objects are
 * made when somebody reads (`record`).
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

const FIXED_WORDS = 6;
const MAX_WORDS = 32;
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
  readonly #words = new Int32Array(FIXED_WORDS + MAX_WORDS);
  #length = 0;
  #headless = true;

  readonly #texts: string[] = [];
  readonly #textNumbers = new Map<string, number>();

  // Columns of what is kept.
  #kinds = new Uint8Array(0);
  #nodes = new Int8Array(0);
  #times = new Float64Array(0);
  #causes = new Int32Array(0);
  #offsets = new Uint32Array(0);
  #tape = new Int32Array(0);
  #tapeLength = 0;

  /** @param serverIds the server id of each node index. */
  constructor(schemas: readonly RecordSchema[], serverIds: readonly number[], level: TraceLevel) {
    if (schemas.length > 256) throw new RangeError("a trace has at most 256 kinds of record");
    if (serverIds.length > 31) throw new RangeError("a trace has at most 31 servers");
    this.#schemas = schemas;
    this.#serverIds = serverIds;
    this.level = level;
    this.on = level !== "off";
    this.#kept = level === "kept";
    if (this.#kept) {
      this.#kinds = new Uint8Array(FIRST_RECORDS);
      this.#nodes = new Int8Array(FIRST_RECORDS);
      this.#times = new Float64Array(FIRST_RECORDS);
      this.#causes = new Int32Array(FIRST_RECORDS);
      this.#offsets = new Uint32Array(FIRST_RECORDS);
      this.#tape = new Int32Array(FIRST_RECORDS * 8);
    }
  }

  /** A new event runs: what it records first is caused by `cause`, and all further by that first record. */
  enter(cause: number): void {
    this.cause = cause;
    this.#headless = true;
  }

  /** Begins a record. Its fields follow in the schema's order, then `end`. */
  begin(kind: number, node: number): this {
    const words = this.#words;
    words[0] = kind;
    words[1] = node;
    words[2] = Math.floor(this.now / 4294967296);
    words[3] = this.now | 0;
    words[4] = this.cause;
    this.#length = FIXED_WORDS;
    return this;
  }

  int(value: number): this {
    this.#words[this.#length++] = value;
    return this;
  }

  flag(value: boolean): this {
    this.#words[this.#length++] = value ? 1 : 0;
    return this;
  }

  zxid(value: number): this {
    const words = this.#words;
    words[this.#length++] = Math.floor(value / 4294967296);
    words[this.#length++] = value | 0;
    return this;
  }

  epoch(value: number): this {
    this.#words[this.#length++] = value === NOTHING ? -1 : value;
    return this;
  }

  text(value: string): this {
    let number = this.#textNumbers.get(value);
    if (number === undefined) {
      number = this.#texts.length;
      this.#texts.push(value);
      this.#textNumbers.set(value, number);
      this.#hash.foldText(value);
    }
    this.#words[this.#length++] = number;
    return this;
  }

  /** Ends the record and gives its index. */
  end(): number {
    const words = this.#words;
    const length = this.#length;
    const index = this.count++;
    words[5] = length;
    this.#hash.fold(words, 0, length);
    if (this.#kept) this.#keep(index, length);
    if (this.#headless) {
      this.#headless = false;
      this.cause = index;
    }
    return index;
  }

  /** The rolling hash of all records so far. */
  digest(): string {
    return this.#hash.digest();
  }

  /** Reads one kept record. */
  record(index: number): TraceRecord {
    if (!this.#kept) throw new Error(`the trace is at level ${this.level}: it keeps no records`);
    if (!(index >= 0 && index < this.count)) {
      throw new RangeError(`the trace has ${this.count} records, asked for number ${index}`);
    }
    const schema = this.#schemas[this.#kinds[index] as number] as RecordSchema;
    const node = this.#nodes[index] as number;
    const fields: Record<string, FieldValue> = {};
    let at = this.#offsets[index] as number;
    for (const [name, type] of schema.fields) {
      fields[name] = this.#read(at, type);
      at += type === "zxid" ? 2 : 1;
    }
    return {
      index,
      time: this.#times[index] as number,
      kind: schema.name,
      server: node === NO_NODE ? undefined : this.#serverIds[node],
      cause: this.#causes[index] as number,
      fields,
    };
  }

  /** All kept records from `from`, one after another. */
  *records(from = 0): Generator<TraceRecord> {
    for (let i = from; i < this.count; i++) yield this.record(i);
  }

  /** Bytes that the kept records take, for the bench. */
  get keptBytes(): number {
    return this.count * (1 + 1 + 8 + 4 + 4) + this.#tapeLength * 4;
  }

  #read(at: number, type: FieldType): FieldValue {
    const word = this.#tape[at] as number;
    if (typeof type !== "string") return type[word] as string;
    switch (type) {
      case "int":
        return word;
      case "flag":
        return word !== 0;
      case "epoch":
        return word === -1 ? NOTHING : word;
      case "zxid":
        return word * 4294967296 + ((this.#tape[at + 1] as number) >>> 0);
      case "text":
        return this.#texts[word] as string;
      case "server":
        return word === NO_NODE ? null : (this.#serverIds[word] as number);
      case "servers":
        return this.#serverIds.filter((_, node) => (word & (1 << node)) !== 0);
    }
  }

  #keep(index: number, length: number): void {
    if (index >= this.#kinds.length) this.#growRecords();
    const count = length - FIXED_WORDS;
    if (this.#tapeLength + count > this.#tape.length) this.#growTape();
    const words = this.#words;
    this.#kinds[index] = words[0] as number;
    this.#nodes[index] = words[1] as number;
    this.#times[index] = this.now;
    this.#causes[index] = words[4] as number;
    this.#offsets[index] = this.#tapeLength;
    const tape = this.#tape;
    let to = this.#tapeLength;
    for (let i = FIXED_WORDS; i < length; i++) tape[to++] = words[i] as number;
    this.#tapeLength = to;
  }

  #growRecords(): void {
    const capacity = this.#kinds.length * 2;
    const kinds = new Uint8Array(capacity);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const nodes = new Int8Array(capacity);
    nodes.set(this.#nodes);
    this.#nodes = nodes;
    const times = new Float64Array(capacity);
    times.set(this.#times);
    this.#times = times;
    const causes = new Int32Array(capacity);
    causes.set(this.#causes);
    this.#causes = causes;
    const offsets = new Uint32Array(capacity);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
  }

  #growTape(): void {
    const tape = new Int32Array(this.#tape.length * 2);
    tape.set(this.#tape);
    this.#tape = tape;
  }
}
