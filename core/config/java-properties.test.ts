import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProperty, loadProperties } from "./java-properties.ts";

/** Every row was checked against `java.util.Properties` of Java 17. */
const FORMAT: readonly (readonly [what: string, text: string, entries: Record<string, string>])[] =
  [
    ["separators", "a=1\nb:2\nc 3\nd\t4", { a: "1", b: "2", c: "3", d: "4" }],
    ["blanks around one separator", "a = 1\nb : 2\n c\t=\f3", { a: "1", b: "2", c: "3" }],
    ["only one separator", "a = = b\nb : = c\nc  b = c", { a: "= b", b: "= c", c: "b = c" }],
    ["trailing blanks stay", "a=1 \t\nb= ", { a: "1 \t", b: "" }],
    ["comments", "# a=1\n! b=2\n  # c=3\nd=#4", { d: "#4" }],
    ["a comment does not continue", "# a\\\nb=1", { b: "1" }],
    ["blank lines", "\n  \n\ta=1\n\f\n", { a: "1" }],
    ["line ends", "a=1\r\nb=2\rc=3", { a: "1", b: "2", c: "3" }],
    ["keys alone", "foo\n=bar\n", { foo: "", "": "bar" }],
    ["the last duplicate wins", "a=1\nb=2\na=3", { a: "3", b: "2" }],
    ["continuation", "a=b\\\n   c\\\r\n#d\nk\\\n\nz=1", { a: "bc#d", k: "", z: "1" }],
    ["an even number of backslashes ends the line", "a=b\\\\\nc=1", { a: "b\\", c: "1" }],
    ["comment after a lone backslash", "\\\n# a\nb=1", { b: "1" }],
    ["backslash at the end", "a=b\\", { a: "b" }],
    ["lone backslash at the end", "a=1\n\\", { a: "1", "": "" }],
    ["lone backslash, CR LF", "a=1\n\\\r\n", { a: "1" }],
    ["escapes", "a\\ b\\=c\\:d=\\t\\n\\r\\f\\q\\\\\\u0041", { "a b=c:d": "\t\n\r\fq\\A" }],
    [
      "UTF-8 is read as ISO 8859-1",
      "ü=€😀",
      { "Ã¼": "\u00e2\u0082\u00ac\u00f0\u009f\u0098\u0080" },
    ],
  ];

test.each(FORMAT)("%s", (_, text, entries) => {
  const loaded = loadProperties(text);
  expect(loaded.ok && valuesOf(loaded.properties)).toEqual(entries);
});

test.each(["a=\\u", "a=\\u12", "a=\\u12zz", "a\\u12=34", "a=\\u 041"])("malformed: %s", (text) => {
  expect(loadProperties(`x=1\n\n${text}\n`)).toEqual({ ok: false, line: 3 });
});

test("keys keep the order of their first appearance and the line of the last", () => {
  const loaded = loadProperties("b=1\n# c\na=2\\\n  3\nb=4\n");
  expect(loaded.ok && Array.from(loaded.properties)).toEqual([
    ["b", { value: "4", line: 5 }],
    ["a", { value: "23", line: 3 }],
  ]);
});

describe("properties of the format", () => {
  const latin1 = fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  });

  test("what formatProperty writes, loadProperties reads", () => {
    fc.assert(
      fc.property(latin1, latin1, (key, value) => {
        const loaded = loadProperties(`${formatProperty(key, value)}\n`);
        expect(loaded.ok && valuesOf(loaded.properties)).toEqual(
          Object.fromEntries([[key, value]]),
        );
      }),
    );
  });

  test("any text gives a result", () => {
    const unit = fc.constantFrom("\\", "\n", "\r", " ", "=", ":", "#", "u", "0", "a", "é", "\t");
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(typeof loadProperties(text).ok).toBe("boolean");
      }),
    );
  });
});

function valuesOf(properties: ReadonlyMap<string, { readonly value: string }>): unknown {
  return Object.fromEntries(Array.from(properties, ([key, { value }]) => [key, value]));
}
