/**
 * The one error of the codec: bytes that no record has, or a value that no bytes can carry. Java throws an IOException
 * at most of these places.
 */
export class WireError extends Error {
  override readonly name = "WireError";
  /** Where in the message, counted from its first byte behind the length of the frame. */
  readonly offset: number;

  constructor(offset: number, expected: string, found: string) {
    super(`at byte ${offset}: expected ${expected}, found ${found}`);
    this.offset = offset;
  }
}

/** The message of a WireError. Anything else that was thrown is a bug, and goes on. */
export function reasonOf(error: unknown): string {
  if (error instanceof WireError) return error.message;
  throw error;
}
