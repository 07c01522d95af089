/** The methods of `java.lang.String` whose JavaScript namesakes differ, as far as reading a zoo.cfg needs them. */

/** `String.trim`: cuts every char up to U+0020 at both ends, and nothing else (no U+00A0, no U+FEFF). */
export function trim(s: string): string {
  let start = 0;
  let end = s.length;
  while (start < end && s.charCodeAt(start) <= 0x20) start++;
  while (start < end && s.charCodeAt(end - 1) <= 0x20) end--;
  return s.slice(start, end);
}

/** `String.split` by one char: trailing empty parts are dropped, though the split of "" is one empty part. */
export function split(s: string, separator: string): readonly string[] {
  if (s === "") return [""];
  const parts = s.split(separator);
  while (parts.at(-1) === "") parts.pop();
  return parts;
}

/** `String.equalsIgnoreCase`: char by char, so "fal\u017fe" (long s) is "false". */
export function equalsIgnoreCase(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a.charAt(i).toUpperCase() !== b.charAt(i).toUpperCase()) return false;
  }
  return true;
}

/** `String.hashCode`, a Java int. */
export function hashCode(s: string): number {
  let hash = 0;
  for (let i = 0; i < s.length; i++) hash = (Math.imul(hash, 31) + s.charCodeAt(i)) | 0;
  return hash;
}

/**
 * What `Properties.load(InputStream)` sees of a file that was written in UTF-8: it decodes ISO 8859-1, one char a
 * byte, so "ü" arrives as two chars. A lone surrogate becomes U+FFFD first, as every UTF-8 encoder has it.
 */
export function utf8AsLatin1(text: string): string {
  if (isAscii(text)) return text;
  const out: string[] = [];
  for (const char of text) {
    const raw = char.codePointAt(0) ?? 0;
    const point = raw >= 0xd800 && raw <= 0xdfff ? 0xfffd : raw;
    if (point < 0x80) out.push(char);
    else if (point < 0x800) out.push(latin1(0xc0 | (point >> 6)), continuation(point));
    else if (point < 0x10000) {
      out.push(latin1(0xe0 | (point >> 12)), continuation(point >> 6), continuation(point));
    } else {
      out.push(latin1(0xf0 | (point >> 18)), continuation(point >> 12));
      out.push(continuation(point >> 6), continuation(point));
    }
  }
  return out.join("");
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}

function latin1(byte: number): string {
  return String.fromCharCode(byte);
}

function continuation(bits: number): string {
  return latin1(0x80 | (bits & 0x3f));
}
