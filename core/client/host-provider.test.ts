import { expect, test } from "vitest";
import { hostConnected, newHostProvider, nextHost } from "./host-provider.ts";

const HOSTS = ["a", "b", "c", "d"].map((host) => ({ host, port: 2181 }));

/** The last place at every draw: a list stays as it is. */
const keep = (below: number): number => below - 1;

function take(provider: ReturnType<typeof newHostProvider>, count: number): string {
  return Array.from({ length: count }, () => {
    const { host, roundIsOver } = nextHost(provider);
    return roundIsOver ? `${host.host}!` : host.host;
  }).join(" ");
}

test("hosts are shuffled once, with one draw for each place but the last", () => {
  const bounds: number[] = [];
  const provider = newHostProvider(HOSTS, (below) => {
    bounds.push(below);
    return 0;
  });
  expect(bounds).toEqual([4, 3, 2]);
  expect(provider.hosts.map(({ host }) => host)).toEqual(["b", "c", "d", "a"]);
  expect(take(provider, 4)).toBe("b c d a");
  expect(bounds).toHaveLength(3);
});

test("hosts are tried round and round, and the end of each round is marked", () => {
  expect(take(newHostProvider(HOSTS, keep), 9)).toBe("a b c d a! b c d a!");
});

test("a round begins anew with the host that a session was established with", () => {
  const provider = newHostProvider(HOSTS, keep);
  take(provider, 2);
  hostConnected(provider);
  expect(take(provider, 5)).toBe("c d a b! c");
});

test("a single host is the end of a round each time but the first", () => {
  expect(take(newHostProvider(HOSTS.slice(0, 1), keep), 3)).toBe("a a! a!");
});
