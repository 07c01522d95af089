import { purgePlan } from "../../core/server/service/purge.ts";
import type {
  StoredEntry,
  StoredFiles,
  StoredLog,
  StoredSnapshot,
} from "../../core/server/service/recovery.ts";
import type { LogEntry } from "../../core/server/service/service-port.ts";
import type { Snapshot } from "../../core/server/service/snapshot.ts";
import {
  type Truncation,
  truncationSteps,
  type TruncationStep,
} from "../../core/server/service/truncation.ts";
import { type Zxid, ZERO_ZXID } from "../../core/zxid.ts";
import { EVENT } from "../events.ts";
import { drawDelay } from "../kernel/delay.ts";
import type { Handle } from "../kernel/event-queue.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Random } from "../kernel/prng.ts";
import type { DiskSpec } from "./disk-spec.ts";
import { lastLogged } from "./stored-files.ts";

/**
 * The transaction log and the snapshots of one server. An append is not durable until the force that covers it has
 * completed; a crash before that leaves, as the seed decides, none, some, or all of what was appended since, and
 * possibly a torn entry at the end. A snapshot that was being written is missing, or cut short. Of a truncation those
 * steps are done whose time had come.
 */
export class ServiceDisk {
  readonly #kernel: Kernel;
  readonly #node: number;
  readonly #spec: DiskSpec;
  readonly #random: Random;
  #logs: LogFile[] = [];
  #snapshots: StoredSnapshot[] = [];
  /** The file that appends go to; undefined until the first one after a start or a roll. */
  #current: LogFile | undefined;
  /** Entries in the order of appending that no completed force covers. */
  #unforced: Unforced[] = [];
  #forcing: { count: number; readonly handle: Handle } | undefined;
  #writing: { readonly snapshot: Snapshot; readonly handle: Handle } | undefined;
  #truncating: PendingTruncation | undefined;
  /** Undefined where it has to be looked up again. */
  #lastForced: Zxid | undefined = ZERO_ZXID;

  constructor(kernel: Kernel, node: number, spec: DiskSpec, random: Random) {
    this.#kernel = kernel;
    this.#node = node;
    this.#spec = spec;
    this.#random = random;
  }

  /** What a process reads of its own files now, whether forced or not. Not a copy: it holds until the next change. */
  stored(): StoredFiles {
    return { snapshots: this.#snapshots, logs: this.#logs };
  }

  /** A copy of the same, which is also what a process that starts now would find. */
  get files(): StoredFiles {
    return { snapshots: [...this.#snapshots], logs: this.#logs.map(copyOf) };
  }

  /**
   * What is there whatever a crash at this moment takes. Holds until the next change; only files with something
   * unforced are copied.
   */
  get durableFiles(): StoredFiles {
    const unforced = new Map<LogFile, number>();
    for (const { file } of this.#unforced) unforced.set(file, (unforced.get(file) ?? 0) + 1);
    if (unforced.size === 0) return this.stored();
    const logs: StoredLog[] = [];
    for (const file of this.#logs) {
      // What no force covers is the end of its file.
      const durable = file.entries.length - (unforced.get(file) ?? 0);
      if (durable === file.entries.length) logs.push(file);
      else if (durable > 0) logs.push({ ...file, entries: file.entries.slice(0, durable) });
    }
    return { snapshots: this.#snapshots, logs };
  }

  /** The last log record that is there whatever a crash at this moment takes; 0 if there is none. */
  get lastForced(): Zxid {
    this.#lastForced ??= lastLogged(this.durableFiles.logs);
    return this.#lastForced;
  }

  /** What it has been asked to write and has not written yet. */
  get pending(): readonly ("force" | "snapshot" | "truncation")[] {
    const pending: ("force" | "snapshot" | "truncation")[] = [];
    if (this.#forcing !== undefined) pending.push("force");
    if (this.#writing !== undefined) pending.push("snapshot");
    if (this.#truncating !== undefined) pending.push("truncation");
    return pending;
  }

  /** Puts files there from outside, as if they had always been there. The server is down. */
  replace(files: StoredFiles): void {
    this.#lastForced = undefined;
    this.#snapshots = [...files.snapshots];
    this.#logs = files.logs.map(copyOf);
  }

  /** All is lost. The server is down. */
  wipe(): void {
    this.replace({ snapshots: [], logs: [] });
  }

  append(entry: LogEntry): void {
    this.#current ??= this.#newFile(entry.header.zxid);
    const stored: StoredEntry = { kind: "entry", entry };
    this.#current.entries.push(stored);
    this.#unforced.push({ file: this.#current, entry: stored });
  }

  /** Completes with a `forced` event; the caller asks for one at a time. */
  force(incarnation: number): void {
    const delay = drawDelay(this.#spec.force, this.#random);
    const handle = this.#kernel.schedule(delay, EVENT.forced, this.#node, incarnation);
    this.#forcing = { count: this.#unforced.length, handle };
  }

  /** The force has completed: what had been appended when it was asked for is durable. */
  completeForce(): void {
    if (this.#forcing === undefined) return;
    const forced = this.#unforced.splice(0, this.#forcing.count);
    const last = forced.at(-1)?.entry;
    if (last?.kind === "entry") this.#lastForced = last.entry.header.zxid;
    this.#forcing = undefined;
  }

  roll(): void {
    this.#current = undefined;
  }

  /** Completes with a `snapshotWritten` event; the caller writes one at a time. */
  writeSnapshot(snapshot: Snapshot, incarnation: number): void {
    const delay = drawDelay(this.#spec.force, this.#random);
    const handle = this.#kernel.schedule(delay, EVENT.snapshotWritten, this.#node, incarnation);
    this.#writing = { snapshot, handle };
  }

  completeSnapshot(): void {
    if (this.#writing === undefined) return;
    const { snapshot } = this.#writing;
    this.#writing = undefined;
    this.#store({ zxid: snapshot.zxid, content: snapshot });
  }

  /**
   * Takes the steps one after another. Each ends with a `truncated` event, for `completeTruncation`; with nothing to do
   * there is one event all the same. Nothing is appended meanwhile, and no snapshot is under way: it could bring back
   * what goes (FileSnap.close waits for it).
   */
  truncate(truncation: Truncation, incarnation: number): void {
    // The log is opened anew (FileTxnSnapLog.truncateLog), and so goes on in a new file.
    this.#current = undefined;
    const steps = [...truncationSteps(truncation)];
    this.#truncating = { incarnation, steps, handle: this.#scheduleStep(incarnation) };
  }

  /** A step has been done. True if it was the last; otherwise the next one begins. */
  completeTruncation(): boolean {
    const truncating = this.#truncating;
    if (truncating === undefined) return false;
    const step = truncating.steps.shift();
    if (step !== undefined) this.#take(step);
    if (truncating.steps.length > 0) {
      truncating.handle = this.#scheduleStep(truncating.incarnation);
      return false;
    }
    this.#truncating = undefined;
    return true;
  }

  purge(retainCount: number): void {
    const names = this.#snapshots.map(({ zxid, content, isCorrupt }) => ({
      zxid,
      isValid: content !== undefined || isCorrupt === true,
    }));
    const logs = this.#logs.map(({ firstZxid }) => firstZxid);
    const plan = purgePlan(names, logs, retainCount);
    this.#snapshots = this.#snapshots.filter(({ zxid }) => !plan.snapshots.includes(zxid));
    this.#logs = this.#logs.filter(({ firstZxid }) => !plan.logs.includes(firstZxid));
  }

  /** The process is gone, and with it what the system had not written. */
  crash(): void {
    if (this.#forcing !== undefined) this.#kernel.cancel(this.#forcing.handle);
    this.#forcing = undefined;
    this.#current = undefined;
    if (this.#truncating !== undefined) this.#kernel.cancel(this.#truncating.handle);
    this.#truncating = undefined;
    this.#loseUnforced();
    if (this.#writing === undefined) return;
    this.#kernel.cancel(this.#writing.handle);
    const { zxid } = this.#writing.snapshot;
    this.#writing = undefined;
    // A server that starts writes what it has just read once more, under the same name; that one stays whole.
    const isThere = this.#snapshots.some((stored) => stored.zxid === zxid);
    if (!isThere && this.#random.chance(1, 2)) this.#store({ zxid, content: undefined });
  }

  #loseUnforced(): void {
    const unforced = this.#unforced.splice(0);
    if (unforced.length === 0) return;
    this.#lastForced = undefined;
    const survivors = this.#random.int(0, unforced.length);
    const lost = unforced.slice(survivors);
    for (const { file, entry } of lost) file.entries.splice(file.entries.indexOf(entry), 1);
    const [first] = lost;
    if (first !== undefined && this.#random.chance(1, 2)) first.file.entries.push({ kind: "torn" });
    this.#logs = this.#logs.filter((file) => file.entries.length > 0);
  }

  #scheduleStep(incarnation: number): Handle {
    const delay = drawDelay(this.#spec.force, this.#random);
    return this.#kernel.schedule(delay, EVENT.truncated, this.#node, incarnation);
  }

  #take(step: TruncationStep): void {
    switch (step.kind) {
      case "deleteSnapshot":
        this.#snapshots = this.#snapshots.filter(({ zxid }) => zxid !== step.zxid);
        return;
      case "cutLog":
        this.#cut(step.firstZxid, step.entries);
        return;
      case "deleteLog":
        this.#cut(step.firstZxid, 0);
        this.#logs = this.#logs.filter(({ firstZxid }) => firstZxid !== step.firstZxid);
        return;
    }
  }

  /** What is cut need not be forced any more. */
  #cut(firstZxid: Zxid, entries: number): void {
    this.#lastForced = undefined;
    const file = this.#logs.find((log) => log.firstZxid === firstZxid);
    const gone = new Set(file?.entries.splice(entries));
    const isLeft = ({ entry }: Unforced): boolean => !gone.has(entry);
    if (this.#forcing !== undefined) {
      const covered = this.#unforced.slice(0, this.#forcing.count);
      this.#forcing.count = covered.filter(isLeft).length;
    }
    this.#unforced = this.#unforced.filter(isLeft);
  }

  #newFile(firstZxid: Zxid): LogFile {
    // A file of that name can only be one whose entries were all lost.
    this.#logs = this.#logs.filter((file) => file.firstZxid !== firstZxid);
    const file: LogFile = { firstZxid, entries: [] };
    this.#logs.push(file);
    return file;
  }

  #store(stored: StoredSnapshot): void {
    this.#snapshots = [...this.#snapshots.filter(({ zxid }) => zxid !== stored.zxid), stored];
  }
}

interface LogFile {
  readonly firstZxid: Zxid;
  readonly entries: StoredEntry[];
}

function copyOf({ firstZxid, entries }: StoredLog): LogFile {
  return { firstZxid, entries: [...entries] };
}

interface Unforced {
  readonly file: LogFile;
  readonly entry: StoredEntry;
}

interface PendingTruncation {
  readonly incarnation: number;
  /** Those that are not done. */
  readonly steps: TruncationStep[];
  /** Of the event that ends the first of them. */
  handle: Handle;
}
