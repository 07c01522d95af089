import type { Acl } from "../../core/wire/records.ts";

const LETTERS = { r: 1, w: 2, c: 4, d: 8, a: 16 } as const;

/** ACLs as ZooKeeper's shell takes them: `world:anyone:r,digest:bob:hash:cdrwa`. The form is checked at the door. */
export function aclOf(text: string): Acl[] {
  return text.split(",").map((entry) => {
    const first = entry.indexOf(":");
    const last = entry.lastIndexOf(":");
    let perms = 0;
    for (const letter of entry.slice(last + 1)) perms |= LETTERS[letter as keyof typeof LETTERS];
    return { perms, id: { scheme: entry.slice(0, first), id: entry.slice(first + 1, last) } };
  });
}
