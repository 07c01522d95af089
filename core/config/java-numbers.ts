/**
 * `Integer.parseInt`, `Long.parseLong` and `decode` as Java 17 has them: a sign is fine, blanks are not, every
 * decimal digit of the Basic Multilingual Plane counts, and what does not fit is refused. `undefined` is the
 * NumberFormatException; `numberFormatMessage` has its text.
 */

/** Java's `Integer.MIN_VALUE` to `Integer.MAX_VALUE`. */
export function parseInt32(text: string): number | undefined {
  const value = parse(text, 10, 32);
  return value === undefined ? undefined : Number(value);
}

/** A Java `long` exactly, as a bigint. */
export function parseInt64(text: string, radix: 10 | 16 = 10): bigint | undefined {
  return parse(text, radix, 64);
}

/** The message of the NumberFormatException for a text that does not parse. */
export function numberFormatMessage(text: string, radix: 10 | 16 = 10): string {
  return `For input string: "${text}"${radix === 10 ? "" : ` under radix ${radix}`}`;
}

/** `Integer.decode`, which `Integer.getInteger` reads system properties with: also 0x1f, #1f and octal 017. */
export function decodeInt32(text: string): number | undefined {
  const value = decode(text, 32);
  return value === undefined ? undefined : Number(value);
}

/** `Long.decode`, which `Long.getLong` reads system properties with. */
export function decodeInt64(text: string): bigint | undefined {
  return decode(text, 64);
}

/** `Long.toHexString`: the 64 bits as an unsigned number. */
export function toHexString(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16);
}

function decode(text: string, bits: 32 | 64): bigint | undefined {
  const sign = text.startsWith("-") || text.startsWith("+") ? text.charAt(0) : "";
  const rest = text.slice(sign.length);
  if (rest === "") return undefined;
  const [prefix, radix] = radixOf(rest);
  const digits = rest.slice(prefix);
  if (digits.startsWith("-") || digits.startsWith("+")) return undefined;
  return parse(sign === "-" ? `-${digits}` : digits, radix, bits);
}

function radixOf(text: string): readonly [prefix: number, radix: 8 | 10 | 16] {
  if (text.startsWith("0x") || text.startsWith("0X")) return [2, 16];
  if (text.startsWith("#")) return [1, 16];
  if (text.startsWith("0") && text.length > 1) return [1, 8];
  return [0, 10];
}

function parse(text: string, radix: 8 | 10 | 16, bits: 32 | 64): bigint | undefined {
  const negative = text.startsWith("-");
  const start = negative || text.startsWith("+") ? 1 : 0;
  if (text.length === start) return undefined;
  const limit = 1n << BigInt(bits - 1);
  const base = BigInt(radix);
  let magnitude = 0n;
  for (let i = start; i < text.length; i++) {
    const digit = digitOf(text.charCodeAt(i));
    if (digit === undefined || digit >= radix) return undefined;
    magnitude = magnitude * base + BigInt(digit);
    if (magnitude > limit) return undefined;
  }
  if (!negative && magnitude === limit) return undefined;
  return negative ? -magnitude : magnitude;
}

/** `Character.digit` of one char, for radixes up to 16. */
function digitOf(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = LETTER_A.find((a) => code >= a && code < a + 6);
  if (letter !== undefined) return code - letter + 10;
  const zero = ZEROS.find((z) => code >= z && code < z + 10);
  return zero === undefined ? undefined : code - zero;
}

/** A, a and their fullwidth forms. */
const LETTER_A: readonly number[] = [0x41, 0x61, 0xff21, 0xff41];

/** The zero of each script's ten digits, as Unicode 13 (Java 17) lists them; written out so that no engine's own
 * Unicode version can change a result. */
const ZEROS: readonly number[] = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
  0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
  0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];
