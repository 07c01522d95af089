import type { Brand } from "../../core/ids.ts";

/** A moment of virtual time: whole microseconds since the run began. */
export type VirtualTime = Brand<number, "VirtualTime">;

/** A length of virtual time in whole microseconds. */
export type Micros = Brand<number, "Micros">;

export const TIME_ZERO = 0 as VirtualTime;
export const MICROS_PER_MS = 1000;

export function micros(n: number): Micros {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new RangeError(`a length of time is a whole number of microseconds from 0, got ${n}`);
  }
  return n as Micros;
}

export function fromMs(ms: number): Micros {
  return micros(Math.round(ms * MICROS_PER_MS));
}

export function timeAt(us: number): VirtualTime {
  if (!Number.isSafeInteger(us) || us < 0) {
    throw new RangeError(`a moment is a whole number of microseconds from 0, got ${us}`);
  }
  return us as VirtualTime;
}

export function after(t: VirtualTime, length: Micros): VirtualTime {
  return timeAt(t + length);
}

/** `12.345678 s`, always with six decimals, so that columns of times line up. */
export function formatTime(us: number): string {
  const seconds = Math.floor(us / 1_000_000);
  const rest = String(us - seconds * 1_000_000).padStart(6, "0");
  return `${seconds}.${rest} s`;
}
