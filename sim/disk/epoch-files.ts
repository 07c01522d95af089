import type { Durable } from "../../core/server/peer.ts";
import type { EpochFile } from "../../core/server/port.ts";
import { epoch } from "../../core/ids.ts";
import { EVENT } from "../events.ts";
import { drawDelay } from "../kernel/delay.ts";
import { type Handle, NO_HANDLE } from "../kernel/event-queue.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Random } from "../kernel/prng.ts";
import type { DiskSpec } from "./disk-spec.ts";

/** A write that was asked for. */
export interface Write {
  readonly file: EpochFile;
  readonly value: number;
}

interface PendingWrite {
  readonly write: Write;
  handle: Handle;
}

/**
 * The two epoch files of a server of an ensemble: what they hold, and what is being written. A write takes time, and a
 * crash before its end leaves, as the seed decides, the old value or the new one: the files are replaced as a whole
 * (written aside, forced, renamed), so nothing in between can be seen.
 */
export class EpochFiles {
  #durable: Durable;
  readonly #kernel: Kernel;
  readonly #node: number;
  readonly #spec: DiskSpec;
  readonly #random: Random;
  readonly #pending: PendingWrite[] = [];
  /** When the last of the writes under way completes. */
  #lastForce = 0;

  constructor(kernel: Kernel, node: number, durable: Durable, spec: DiskSpec, random: Random) {
    this.#kernel = kernel;
    this.#node = node;
    this.#durable = durable;
    this.#spec = spec;
    this.#random = random;
  }

  /** What a process that starts now would find. */
  get durable(): Durable {
    return this.#durable;
  }

  /** The files that are being written, in order. */
  get pending(): readonly EpochFile[] {
    return this.#pending.map(({ write }) => write.file);
  }

  /** Puts files there from outside, as if they had always been there. */
  replace(durable: Durable): void {
    this.#durable = durable;
  }

  write(write: Write, incarnation: number): void {
    // One force at a time gets to the medium: none overtakes the one before it.
    const { now } = this.#kernel;
    this.#lastForce = Math.max(now + drawDelay(this.#spec.force, this.#random), this.#lastForce);
    const delay = this.#lastForce - now;
    const pending: PendingWrite = { write, handle: NO_HANDLE };
    pending.handle = this.#kernel.schedule(delay, EVENT.written, this.#node, incarnation, write);
    this.#pending.push(pending);
  }

  /** The force has completed. */
  complete(write: Write): void {
    const at = this.#pending.findIndex((pending) => pending.write === write);
    if (at >= 0) this.#pending.splice(at, 1);
    this.#apply(write);
  }

  /** The machine's process is gone: of the writes under way, in order, some got through and the rest did not. */
  crash(): void {
    const writes = this.#pending.splice(0);
    this.#lastForce = 0;
    if (writes.length === 0) return;
    const survivors = this.#random.int(0, writes.length);
    for (const [i, pending] of writes.entries()) {
      this.#kernel.cancel(pending.handle);
      if (i < survivors) this.#apply(pending.write);
    }
  }

  #apply(write: Write): void {
    this.#durable = { ...this.#durable, [write.file]: epoch(write.value) };
  }
}
