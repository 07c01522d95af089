import type { Acl } from "../wire/records.ts";
import { mixTextHigh, mixTextLow, SEED_HIGH, SEED_LOW } from "./mix.ts";
import type { DataTree, SharedAcl } from "./tree-state.ts";

/**
 * Each distinct ACL list is kept once (ReferenceCountedACLCache): most trees have a handful for all of their nodes.
 * ZooKeeper's nodes refer to a list by its number; these hold it.
 */

export const OPEN_ACL: readonly Acl[] = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];
export const READ_ACL: readonly Acl[] = [{ perms: 1, id: { scheme: "world", id: "anyone" } }];

const OPEN_KEY = keyOf(OPEN_ACL);

/** The list as nodes share it, with one more use. */
export function shareAcl(tree: DataTree, list: readonly Acl[]): SharedAcl {
  const key = isOpen(list) ? OPEN_KEY : keyOf(list);
  let shared = tree.acls.get(key);
  if (shared === undefined) {
    shared = newSharedAcl(list, key);
    tree.acls.set(key, shared);
  }
  shared.uses++;
  return shared;
}

export function releaseAcl(tree: DataTree, shared: SharedAcl): void {
  shared.uses--;
  if (shared.uses === 0) tree.acls.delete(shared.key);
}

export function newSharedAcl(list: readonly Acl[], key: string = keyOf(list)): SharedAcl {
  const copy = list.map(({ perms, id }) => ({ perms, id: { scheme: id.scheme, id: id.id } }));
  return {
    list: copy,
    key,
    high: mixTextHigh(SEED_HIGH, key),
    low: mixTextLow(SEED_LOW, key),
    uses: 0,
  };
}

/** Lengths come before texts, since an id may hold any character. */
function keyOf(list: readonly Acl[]): string {
  let key = "";
  for (const { perms, id } of list) {
    key += `${perms},${id.scheme?.length},${id.id?.length},${id.scheme}${id.id};`;
  }
  return key;
}

function isOpen(list: readonly Acl[]): boolean {
  const first = list[0];
  return (
    list.length === 1 &&
    first?.perms === 31 &&
    first.id.scheme === "world" &&
    first.id.id === "anyone"
  );
}
