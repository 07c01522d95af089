import { expect, test } from "vitest";
import { startError, type StartError } from "./start-error.ts";
import { parseZooCfg } from "./zoo-cfg.ts";

const THREE = "server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\n";

test("an id that no server line has", () => {
  expect(start(THREE, "9")).toEqual({
    kind: "RuntimeException",
    message: "My id 9 not in the peer list",
    exitCode: 1,
  });
});

test("an id that one has, or a standalone server", () => {
  expect(start(THREE, "3")).toBeUndefined();
  expect(start("", "9")).toBeUndefined();
  expect(start("server.1=a:1:2\n", "9")).toBeUndefined();
});

test("a cnxTimeout that is no number", () => {
  expect(start(`${THREE}cnxTimeout=5s\n`, "1")).toMatchObject({
    kind: "NumberFormatException",
    exitCode: 2,
  });
});

function start(lines: string, myid: string): StartError | undefined {
  const text = `dataDir=/data\ninitLimit=10\nsyncLimit=5\n${lines}`;
  const result = parseZooCfg(text, { configPath: "/zoo.cfg", myid });
  if (!result.accepted) throw new Error("refused");
  return startError(result.config);
}
