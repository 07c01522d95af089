/** What the process ends with. */
export const EXIT = { ok: 0, failed: 1, badInput: 2, bug: 3 } as const;

/** Something that the person at the keyboard can mend: one message, no stack trace, exit 2. */
export class BadInput extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BadInput";
  }
}

/** What a failed system call means, for a message: `no such file`. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}

const REASONS: { readonly [code: string]: string } = {
  ENOENT: "there is no such file or directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  ENOTDIR: "part of the path is not a directory",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many symbolic links",
  ENOSPC: "no space is left on the device",
  EROFS: "the file system is read-only",
};
