/** `java.io.File` on Unix, as far as names go. */

/** `new File(path).getPath()`: runs of slashes are one, and one at the end is dropped. */
export function fileName(path: string): string {
  const name = path.replaceAll(/\/+/g, "/");
  return name.length > 1 && name.endsWith("/") ? name.slice(0, -1) : name;
}

/** `new File(parent, child).getPath()`. */
export function childOf(parent: string, child: string): string {
  return parent.endsWith("/") ? `${parent}${child}` : `${parent}/${child}`;
}

/** Relative and not begun with `./`, which is what ZooKeeper warns about. */
export function isRelativeWithoutDot(name: string): boolean {
  return !name.startsWith("/") && !name.startsWith("./");
}
