import { purgePlan } from "../../core/server/service/purge.ts";
import type {
  StoredEntry,
  StoredFiles,
  StoredSnapshot,
} from "../../core/server/service/recovery.ts";
import type { LogEntry } from "../../core/server/service/service-port.ts";
import type { Snapshot } from "../../core/server/service/snapshot.ts";
import type { Zxid } from "../../core/zxid.ts";
import { EVENT } from "../events.ts";
import { drawDelay } from "../kernel/delay.ts";
import type { Handle } from "../kernel/event-queue.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Random } from "../kernel/prng.ts";
import type { DiskSpec } from "./disk.ts";

/**
 * The transaction log and the snapshots of one server. An append is not durable until the force that covers it has
 * completed; a crash before that leaves, as the seed decides, none, some, or all of what was appended since, and
 * possibly a torn entry at the end. A snapshot that was being written is missing, or cut short.
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
  #unforced: { readonly file: LogFile; readonly entry: StoredEntry }[] = [];
  #forcing: { readonly count: number; handle: Handle } | undefined;
  #writing: { readonly snapshot: Snapshot; handle: Handle } | undefined;

  constructor(kernel: Kernel, node: number, spec: DiskSpec, random: Random) {
    this.#kernel = kernel;
    this.#node = node;
    this.#spec = spec;
    this.#random = random;
  }

  /** What a process that starts now would find. */
  get files(): StoredFiles {
    return {
      snapshots: [...this.#snapshots],
      logs: this.#logs.map(({ firstZxid, entries }) => ({ firstZxid, entries: [...entries] })),
    };
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
    this.#unforced.splice(0, this.#forcing.count);
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

  purge(retainCount: number): void {
    const names = this.#snapshots.map(({ zxid, content }) => ({
      zxid,
      isValid: content !== undefined,
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
    const survivors = this.#random.int(0, unforced.length);
    const lost = unforced.slice(survivors);
    for (const { file, entry } of lost) file.entries.splice(file.entries.indexOf(entry), 1);
    const [first] = lost;
    if (first !== undefined && this.#random.chance(1, 2)) first.file.entries.push({ kind: "torn" });
    this.#logs = this.#logs.filter((file) => file.entries.length > 0);
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
