/** SHA-1 (FIPS 180-4) and base64, written out because core/ sees no library: the digest scheme needs both. */

/** The 20 bytes of a message's SHA-1. */
export function sha1(message: Uint8Array): Uint8Array {
  const words = padded(message);
  const schedule = new Int32Array(80);
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  for (let at = 0; at < words.length; at += 16) compress(state, schedule, words, at);
  const digest = new Uint8Array(20);
  for (let i = 0; i < 20; i++) digest[i] = word(state, i >> 2) >>> (24 - 8 * (i & 3));
  return digest;
}

export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = (byte(bytes, i) << 16) | (byte(bytes, i + 1) << 8) | byte(bytes, i + 2);
    text += letter(group >> 18) + letter(group >> 12);
    text += left > 1 ? letter(group >> 6) : "=";
    text += left > 2 ? letter(group) : "=";
  }
  return text;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The message as big-endian words, closed by a one bit, zeros and its length in bits. */
function padded(message: Uint8Array): Int32Array {
  const blocks = Math.floor((message.length + 8) / 64) + 1;
  const words = new Int32Array(blocks * 16);
  for (let i = 0; i <= message.length; i++) {
    const value = i === message.length ? 0x80 : byte(message, i);
    words[i >> 2] = word(words, i >> 2) | (value << (24 - 8 * (i & 3)));
  }
  words[words.length - 2] = Math.floor(message.length / 0x20000000);
  words[words.length - 1] = message.length << 3;
  return words;
}

function compress(state: Int32Array, schedule: Int32Array, words: Int32Array, at: number): void {
  for (let t = 0; t < 80; t++) {
    schedule[t] =
      t < 16
        ? word(words, at + t)
        : rotl(
            word(schedule, t - 3) ^
              word(schedule, t - 8) ^
              word(schedule, t - 14) ^
              word(schedule, t - 16),
            1,
          );
  }
  let [a, b, c, d, e] = [
    word(state, 0),
    word(state, 1),
    word(state, 2),
    word(state, 3),
    word(state, 4),
  ];
  for (let t = 0; t < 80; t++) {
    const next = (rotl(a, 5) + mixed(t, b, c, d) + e + word(schedule, t)) | 0;
    e = d;
    d = c;
    c = rotl(b, 30);
    b = a;
    a = next;
  }
  for (const [i, value] of [a, b, c, d, e].entries()) state[i] = word(state, i) + value;
}

/** The function of the round and its constant. */
function mixed(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function rotl(n: number, bits: number): number {
  return (n << bits) | (n >>> (32 - bits));
}

function word(words: Int32Array, i: number): number {
  return words[i] ?? 0;
}

function byte(bytes: Uint8Array, i: number): number {
  return bytes[i] ?? 0;
}

function letter(sixBits: number): string {
  return ALPHABET.charAt(sixBits & 0x3f);
}
