import { expect, test } from "vitest";
import { JavaThrowable } from "./java-throwable.ts";
import { javaToString, resolvedAddress, sameAddress, socketAddress } from "./socket-address.ts";

const PLACE = { file: "zoo.cfg", key: "clientPort" };

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["127.1", "127.0.0.1"],
  ["010.0.0.1", "10.0.0.1"],
  ["2130706433", "127.0.0.1"],
  ["::1", "0:0:0:0:0:0:0:1"],
  ["2001:DB8::5", "2001:db8:0:0:0:0:0:5"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["::ffff:1.2.3.4", "1.2.3.4"],
  ["::1.2.3.4", "0:0:0:0:0:0:102:304"],
  ["", "localhost"],
  ["zoo1.example.org", "zoo1.example.org"],
  ["::zz", "::zz"],
  ["300.1.1.1", "300.1.1.1"],
  ["1.2.3.4.5", "1.2.3.4.5"],
])("getHostString of %j is %j", (host, shown) => {
  expect(socketAddress(host, 1, PLACE).host).toBe(shown);
});

test.each([
  ["[", "[: invalid IPv6 address literal"],
  ["[zz]", "[zz]: invalid IPv6 address literal"],
  ["::zz", "::zz: invalid IPv6 address literal"],
  ["300.1.1.1", "300.1.1.1: Name or service not known"],
  ["a b", "a b: Name or service not known"],
  ["no.such.invalid", "no.such.invalid: Name or service not known"],
])("getByName of %j fails", (host, message) => {
  expect(() => resolvedAddress(host, 1, PLACE, PLACE)).toThrow(
    expect.objectContaining({ chain: [{ kind: "UnknownHostException", message }] }),
  );
});

test("toString", () => {
  const shown = (host: string): string => javaToString(socketAddress(host, 7, PLACE));
  expect(shown("0.0.0.0")).toBe("/0.0.0.0:7");
  expect(shown("::1")).toBe("/[0:0:0:0:0:0:0:1]:7");
  expect(shown("localhost")).toBe("localhost/127.0.0.1:7");
  expect(shown("zoo1")).toBe("zoo1/<unresolved>:7");
});

test("equality is by address, and by name where there is none", () => {
  const at = (host: string): ReturnType<typeof socketAddress> => socketAddress(host, 7, PLACE);
  expect(sameAddress(at("localhost"), at("127.0.0.1"))).toBe(true);
  expect(sameAddress(at("Zoo1"), at("zoo1"))).toBe(true);
  expect(sameAddress(at("zoo1"), at("zoo2"))).toBe(false);
  expect(sameAddress(at("zoo1"), socketAddress("zoo1", 8, PLACE))).toBe(false);
});

test.each([-1, 65536])("port %d is out of range", (port) => {
  expect(() => socketAddress("a", port, PLACE)).toThrow(JavaThrowable);
});
