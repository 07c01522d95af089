/**
 * Finds where a text stops being JSON. The engine's own messages name no place in some cases, and differ from one
 * version to the next; whoever wrote the file needs line and column.
 */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
}

/** The first fault, or undefined in JSON. */
export function findJsonFault(text: string): JsonFault | undefined {
  const scanner = new Scanner(text);
  const expected = scanner.document();
  if (expected === undefined) return undefined;
  const before = text.slice(0, scanner.at).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1, expected };
}

const DEEPEST = 500;

class Scanner {
  at = 0;
  readonly #text: string;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** What was expected where the scanner stands; undefined if all is well. */
  document(): string | undefined {
    const fault = this.#value();
    if (fault !== undefined) return fault;
    this.#space();
    return this.at < this.#text.length ? "the end of the file" : undefined;
  }

  #value(): string | undefined {
    this.#space();
    const next = this.#text[this.at];
    if (next === "{") return this.#nested("}", () => this.#field());
    if (next === "[") return this.#nested("]", () => this.#value());
    if (next === '"') return this.#string();
    const word = /^(true|false|null)\b/.exec(this.#text.slice(this.at, this.at + 6))?.[0];
    if (word !== undefined) {
      this.at += word.length;
      return undefined;
    }
    return this.#match(NUMBER) ? undefined : "a value";
  }

  #field(): string | undefined {
    this.#space();
    if (this.#text[this.at] !== '"') return "a field's name in double quotes";
    const fault = this.#string();
    if (fault !== undefined) return fault;
    this.#space();
    if (this.#text[this.at] !== ":") return '":"';
    this.at++;
    return this.#value();
  }

  #nested(end: "}" | "]", item: () => string | undefined): string | undefined {
    if (++this.#depth > DEEPEST) return `at most ${DEEPEST} levels of nesting`;
    this.at++;
    this.#space();
    if (this.#text[this.at] === end) {
      this.at++;
      this.#depth--;
      return undefined;
    }
    for (;;) {
      const fault = item();
      if (fault !== undefined) return fault;
      this.#space();
      const next = this.#text[this.at];
      if (next !== end && next !== ",") return `"," or "${end}"`;
      this.at++;
      if (next === end) {
        this.#depth--;
        return undefined;
      }
    }
  }

  #string(): string | undefined {
    this.at++;
    for (;;) {
      const next = this.#text[this.at];
      if (next === '"') {
        this.at++;
        return undefined;
      }
      if (next === undefined || next < " ") return "the end of the text in double quotes";
      if (next !== "\\") this.at++;
      else if (!this.#match(ESCAPE)) return "an escape such as \\n, \\\\ or \\u0041";
    }
  }

  #space(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match === null) return false;
    this.at += match[0].length;
    return true;
  }
}

const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
