import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Reads recorded cases: files of one JSON case a line, in a folder for each kind (data/README.md). */

/** One line of a file of cases. */
export interface CaseLine {
  readonly file: string;
  readonly line: number;
  readonly id: string;
  readonly content: unknown;
}

/** The folder, a file or a line is not what it has to be. The message says which, and what was expected. */
export class CaseError extends Error {}

/** The kinds of case that a folder holds. */
export function kindsIn(folder: string): string[] {
  if (!existsSync(folder)) throw new CaseError(`${folder}: there is no such folder`);
  if (!statSync(folder).isDirectory()) throw new CaseError(`${folder}: is no folder`);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort((a, b) => (a < b ? -1 : 1));
}

export function readCases(folder: string, kind: string): CaseLine[] {
  const path = join(folder, kind);
  if (!kindsIn(folder).includes(kind)) {
    throw new CaseError(`${folder}: has no folder ${kind}/ with files of recorded cases (*.jsonl)`);
  }
  const files = readdirSync(path)
    .filter((name) => name.endsWith(".jsonl"))
    .sort((a, b) => (a < b ? -1 : 1));
  if (files.length === 0) throw new CaseError(`${path}: holds no file of recorded cases (*.jsonl)`);
  return files.flatMap((name) => readFile(join(path, name)));
}

function readFile(file: string): CaseLine[] {
  const cases: CaseLine[] = [];
  for (const [index, text] of readFileSync(file, "utf8").split("\n").entries()) {
    if (text.trim() === "") continue;
    const line = index + 1;
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch (error) {
      throw new CaseError(`${file}:${line}: is no JSON: ${(error as Error).message}`);
    }
    const id = (content as { id?: unknown } | null)?.id;
    if (typeof id !== "string") throw new CaseError(`${file}:${line}: a case has an "id" (a text)`);
    cases.push({ file, line, id, content });
  }
  return cases;
}
