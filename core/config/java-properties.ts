/**
 * The text format of `java.util.Properties` (Java 17, `Properties.load`): comments, three kinds of separators,
 * continuation lines, escapes. zoo.cfg, dynamic files and nothing else are written in it.
 */
import { utf8AsLatin1 } from "./java-strings.ts";

export interface Property {
  readonly value: string;
  /** The line, from 1, on which the last occurrence of the key begins. */
  readonly line: number;
}

/** Key to value, in the order in which the keys first appear; the last value wins. Nothing is trimmed yet. */
export type Properties = ReadonlyMap<string, Property>;

export type PropertiesResult =
  | { readonly ok: true; readonly properties: Properties }
  | { readonly ok: false; readonly line: number };

/** The message of the IllegalArgumentException for an escape like `\u12`. */
export const MALFORMED_ESCAPE = "Malformed \\uxxxx encoding.";

/** `Properties.load`; the only failure is a malformed unicode escape, on the logical line that begins at `line`. */
export function loadProperties(text: string): PropertiesResult {
  const properties = new Map<string, Property>();
  for (const { content, line } of logicalLines(utf8AsLatin1(text))) {
    const { rawKey, rawValue } = splitLine(content);
    const key = unescape(rawKey);
    const value = key === undefined ? undefined : unescape(rawValue);
    if (key === undefined || value === undefined) return { ok: false, line };
    properties.set(key, { value, line });
  }
  return { ok: true, properties };
}

/** Writes `key=value` so that `loadProperties` gives both back, whatever is in them. */
export function formatProperty(key: string, value: string): string {
  return `${escape(key, true)}=${escape(value, false)}`;
}

interface LogicalLine {
  readonly content: string;
  readonly line: number;
}

/**
 * `Properties.LineReader`: joins continuation lines, drops comments and blank lines. A line that is only a
 * backslash leaves the reader at the start of a logical line, so a comment may still follow it.
 */
function logicalLines(text: string): readonly LogicalLine[] {
  const lines: LogicalLine[] = [];
  let content = "";
  let beganAt = 1;
  let isContinued = false;
  let isUnfinished = false;
  const natural = naturalLines(text);
  for (const [index, raw] of natural.entries()) {
    const part = raw.replace(/^[ \t\f]+/, "");
    const atStart = content === "";
    const isBlank = part === "" && !isContinued;
    if (isBlank || (atStart && /^[#!]/.test(part))) {
      // A comment after a lone backslash ends what the backslash began.
      isContinued = false;
      isUnfinished = false;
      continue;
    }
    if (atStart) beganAt = index + 1;
    const isOpen = endsInOddBackslashes(part);
    content += isOpen ? part.slice(0, -1) : part;
    isContinued = isOpen;
    isUnfinished = isOpen;
    if (isOpen) continue;
    // An empty line that a lone backslash continues into is blank after all.
    if (content !== "") lines.push({ content, line: beganAt });
    content = "";
  }
  // A backslash alone at the very end is an empty key, though not if CR and LF follow: Java sees the LF as more.
  if (isUnfinished && (content !== "" || !text.endsWith("\r\n"))) {
    lines.push({ content, line: beganAt });
  }
  return lines;
}

function naturalLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function endsInOddBackslashes(text: string): boolean {
  let count = 0;
  while (text.charAt(text.length - 1 - count) === "\\") count++;
  return count % 2 === 1;
}

/** The key ends at the first unescaped separator or blank; blanks and one separator may precede the value. */
function splitLine(content: string): { readonly rawKey: string; readonly rawValue: string } {
  let end = 0;
  while (end < content.length && !/[=: \t\f]/.test(content.charAt(end))) {
    end += content.charAt(end) === "\\" ? 2 : 1;
  }
  const rest = content.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, "");
  return { rawKey: content.slice(0, end), rawValue: rest };
}

/** `Properties.loadConvert`; undefined for a malformed unicode escape. */
function unescape(raw: string): string | undefined {
  if (!raw.includes("\\")) return raw;
  let out = "";
  for (let i = 0; i < raw.length; i++) {
    if (raw.charAt(i) !== "\\") {
      out += raw.charAt(i);
      continue;
    }
    i++;
    const escaped = raw.charAt(i);
    if (escaped === "u") {
      const hex = raw.slice(i + 1, i + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) return undefined;
      out += String.fromCharCode(Number.parseInt(hex, 16));
      i += 4;
    } else {
      out += ESCAPES.get(escaped) ?? escaped;
    }
  }
  return out;
}

function escape(text: string, isKey: boolean): string {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const letter = LETTERS.get(char);
    if (letter !== undefined) out += `\\${letter}`;
    else if (char === " ") out += isKey || i === 0 ? "\\ " : " ";
    else if (char === "\\" || (isKey && /[=:#!]/.test(char))) out += `\\${char}`;
    else if (char < " " || char > "~") out += `\\u${hex4(char)}`;
    else out += char;
  }
  return out;
}

function hex4(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(4, "0");
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["t", "\t"],
  ["n", "\n"],
  ["r", "\r"],
  ["f", "\f"],
]);

const LETTERS: ReadonlyMap<string, string> = new Map(
  Array.from(ESCAPES, ([letter, char]) => [char, letter]),
);
