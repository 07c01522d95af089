import type { Acl, Id } from "../../core/wire/records.ts";

/** Who may do what, as far as the schemes world, digest and auth go. */

export const READ = 1;
export const WRITE = 2;
export const CREATE = 4;
export const DELETE = 8;
export const ADMIN = 16;
export const WORLD: Id = { scheme: "world", id: "anyone" };
export const OPEN: readonly Acl[] = [{ perms: 31, id: WORLD }];
export const READ_ONLY: readonly Acl[] = [{ perms: READ, id: WORLD }];

/** Any entry that matches and has one of the bits grants. */
export function permits(acl: readonly Acl[], perm: number, who: readonly Id[]): boolean {
  return acl.some(
    ({ perms, id }) =>
      (perms & perm) !== 0 &&
      [WORLD, ...who].some((own) => own.scheme === id.scheme && own.id === id.id),
  );
}

/** The list as it is stored: no entry twice, `auth` stands for whoever asks; undefined if it is invalid. */
export function fixAcl(acl: readonly Acl[], who: readonly Id[]): readonly Acl[] | undefined {
  const texts = acl.map((entry) => JSON.stringify(entry));
  const fixed = acl
    .filter((_, i) => texts.indexOf(texts[i] as string) === i)
    .flatMap((entry): (Acl | undefined)[] => {
      const { scheme, id } = entry.id;
      if (scheme === "auth" && who.length > 0) return who.map((own) => ({ ...entry, id: own }));
      const isValid =
        scheme === "digest" ? id?.split(":").length === 2 : scheme === "world" && id === WORLD.id;
      return [isValid ? entry : undefined];
    });
  return fixed.length === 0 || fixed.includes(undefined) ? undefined : (fixed as Acl[]);
}

export function withoutHash(entry: Acl): Acl {
  const { scheme, id } = entry.id;
  return scheme === "digest" ? { ...entry, id: { scheme, id: `${id?.split(":")[0]}:x` } } : entry;
}
