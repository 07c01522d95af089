import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { BadInput, systemReason } from "./failure.ts";

/** A scenario of this size would be no scenario any more; it is more likely the wrong file. */
const MAX_BYTES = 10 * 1024 * 1024;

/** The text of a file, or a message that says what is wrong with it. */
export function readTextFile(path: string): string {
  const bytes = readBytes(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new BadInput(`${path}: expected a text file in UTF-8, got binary data.`);
  }
}

function readBytes(path: string): Buffer {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw new BadInput(`${path}: can't be read: ${systemReason(error)}.`);
  }
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw new BadInput(`${path}: expected a file, got a directory.`);
    if (stat.size > MAX_BYTES) {
      throw new BadInput(`${path}: expected at most 10 MiB, got ${stat.size} bytes.`);
    }
    const bytes = readFileSync(file);
    if (bytes.length > MAX_BYTES) throw new BadInput(`${path}: expected at most 10 MiB, got more.`);
    if (bytes.includes(0)) {
      throw new BadInput(`${path}: expected a text file in UTF-8, got binary data.`);
    }
    return bytes;
  } catch (error) {
    if (error instanceof BadInput) throw error;
    throw new BadInput(`${path}: can't be read: ${systemReason(error)}.`);
  } finally {
    closeSync(file);
  }
}
