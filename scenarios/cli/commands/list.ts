import { didYouMean } from "../../format/nearest.ts";
import { LIBRARY, type LibraryEntry } from "../../library/index.ts";
import { BadInput } from "../failure.ts";

export interface ListOptions {
  readonly json?: boolean;
  readonly group?: string;
}

export function list(options: ListOptions): string {
  const entries = LIBRARY.filter(
    ({ group }) => options.group === undefined || group === options.group,
  );
  if (entries.length === 0 && options.group !== undefined) {
    const groups = [...new Set<string>(LIBRARY.map(({ group }) => group))];
    throw new BadInput(
      `--group: expected one of ${groups.join(", ")}, got "${options.group}".` +
        didYouMean(options.group, groups),
    );
  }
  return options.json === true ? asJson(entries) : asText(entries);
}

function asJson(entries: readonly LibraryEntry[]): string {
  const data = entries.map(({ name, group, title }) => ({ name, group, title }));
  return `${JSON.stringify(data, null, 2)}\n`;
}

function asText(entries: readonly LibraryEntry[]): string {
  const width = Math.max(...entries.map(({ name }) => name.length));
  let text = "";
  let before: string | undefined;
  for (const { name, group, title } of entries) {
    if (group !== before) text += `${before === undefined ? "" : "\n"}${group}\n`;
    before = group;
    text += `  ${name.padEnd(width)}  ${title}\n`;
  }
  return text;
}
