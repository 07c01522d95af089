import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import type { TraceRecord } from "../../sim/kernel/trace.ts";
import type { Scenario } from "../format/scenario.ts";
import type { RunResult } from "../run.ts";
import { VERSION } from "../version.ts";
import { BadInput, systemReason } from "./failure.ts";

/**
 * A trace as a file: a header that says what was run, so that it can be run again, then a record a line (JSONL).
 */
export interface TraceHeader {
  readonly format: typeof TRACE_FORMAT;
  readonly version: number;
  /** The program that wrote it. */
  readonly vivarium: string;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly hash: string;
  readonly events: number;
  readonly records: number;
}

export const TRACE_FORMAT = "vivarium-trace";
export const TRACE_VERSION = 1;

const CHUNK = 1 << 16;

/** One record as its line has it. */
export function recordLine(record: TraceRecord): string {
  const { index, time, kind, server, cause, fields } = record;
  return JSON.stringify({ index, time, kind, server: server ?? null, cause, fields });
}

/** A trace file to be. It takes its name only when all of it is written. */
export class TraceFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: number;

  /** Opens it before anything runs, so that a path that can't be written is known at once. */
  constructor(path: string) {
    this.#path = path;
    this.#temporary = `${path}.${process.pid}.tmp`;
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) {
      throw new BadInput(`--trace: ${path}: expected a file, got a directory.`);
    }
    try {
      this.#file = openSync(this.#temporary, "wx");
    } catch (error) {
      throw new BadInput(`--trace: ${path}: can't be written: ${systemReason(error)}.`);
    }
  }

  write(result: RunResult): void {
    const header: TraceHeader = {
      format: TRACE_FORMAT,
      version: TRACE_VERSION,
      vivarium: VERSION,
      scenario: result.scenario,
      seed: result.seed,
      hash: result.hash,
      events: result.events,
      records: result.records,
    };
    try {
      let chunk = `${JSON.stringify(header)}\n`;
      for (const record of result.world.trace.records()) {
        chunk += `${recordLine(record)}\n`;
        if (chunk.length < CHUNK) continue;
        this.#put(chunk);
        chunk = "";
      }
      this.#put(chunk);
      closeSync(this.#file);
      renameSync(this.#temporary, this.#path);
    } catch (error) {
      this.discard();
      throw new BadInput(`--trace: ${this.#path}: can't be written: ${systemReason(error)}.`);
    }
  }

  /** Leaves nothing behind. */
  discard(): void {
    try {
      closeSync(this.#file);
    } catch {
      // Closed already.
    }
    rmSync(this.#temporary, { force: true });
  }

  #put(text: string): void {
    const bytes = Buffer.from(text);
    let written = 0;
    while (written < bytes.length) written += writeSync(this.#file, bytes, written);
  }
}
