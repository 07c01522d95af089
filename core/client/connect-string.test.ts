import { expect, test } from "vitest";
import {
  formatHostPort,
  parseConnectString,
  toClientEventPath,
  toClientPath,
  toServerPath,
} from "./connect-string.ts";

function parsed(text: string): string {
  const result = parseConnectString(text);
  if (!result.ok) return `${result.problem.reason} (${result.problem.part})`;
  const { hosts, chroot } = result.value;
  return `${hosts.map(formatHostPort).join(" ")} ${chroot ?? "-"}`;
}

test.each([
  ["a:2182", "a:2182 -"],
  ["a", "a:2181 -"],
  ["a:", "a:2181 -"],
  ["a:1,b:2,c", "a:1 b:2 c:2181 -"],
  [" a:1 , b:2 ,, ", "a:1 b:2 -"],
  ["a:1,b:2/app", "a:1 b:2 /app"],
  ["a:1/app/x", "a:1 /app/x"],
  ["a:1/", "a:1 -"],
  ["[::1]", "[::1]:2181 -"],
  ["[2001:db8::1]:2182,b/x", "[2001:db8::1]:2182 b:2181 /x"],
  ["::1:2182", "[::1]:2182 -"],
])("connect string: %j is read as %s", (text, expected) => {
  expect(parsed(text)).toBe(expected);
});

test.each([
  ["a:x", 'For input string: "x" (a:x)'],
  ["a:1,b:99999", "port out of range:99999 (b:99999)"],
  ["a:-1", "port out of range:-1 (a:-1)"],
  ["", "A HostProvider may not be empty! ()"],
  ["/app", "A HostProvider may not be empty! (/app)"],
  ["[::1", "[::1 starts with '[' but has no matching ']' ([::1)"],
  ["[]:1", " is empty. ([]:1)"],
  ["[::1]x", "[::1]x does not have : after ] ([::1]x)"],
  ["[::1]:", "[::1]: doesn't have a port after colon. ([::1]:)"],
  ["a/app/", "Path must not end with / character (/app/)"],
  ["a//b", 'Invalid path string "//b" caused by empty node name specified @1 (//b)'],
])("connect string: %j is refused, and the part named", (text, expected) => {
  expect(parsed(text)).toBe(expected);
});

test("chroot: it comes before every path, and stands for the root", () => {
  expect(toServerPath(null, "/a")).toBe("/a");
  expect(toServerPath("/app", "/a")).toBe("/app/a");
  expect(toServerPath("/app", "/")).toBe("/app");
});

test("chroot: paths of replies and events lose it", () => {
  expect(toClientPath("/app", "/app/a")).toBe("/a");
  expect(toClientEventPath(null, "/a")).toBe("/a");
  expect(toClientEventPath("/app", "/app")).toBe("/");
  expect(toClientEventPath("/app", "/app/a")).toBe("/a");
});

test("chroot: the path of an event that is too short stays as it is", () => {
  expect(toClientEventPath("/app", "/x")).toBe("/x");
});
