/**
 * `npm test` runs this first: the browser tests need a Chromium, and a late failure inside the test runner
 * explains nothing. As root on Debian (a container, a build machine) it installs what is missing; on a
 * person's own machine it only says what to do.
 */
import { spawnSync } from "node:child_process";
import { findChromium } from "./chromium.mjs";

if (findChromium() === undefined) {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") {
    fail(`CHROMIUM_PATH is ${named}, which is no program that can be run.`);
  }
  if (process.getuid?.() === 0 && has("apt-get")) {
    process.stdout.write(
      "No Chromium found: installing Debian's with apt-get (the browser tests need one).\n",
    );
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    run("apt-get", ["update", "-qq"], environment);
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], environment);
  }
  if (findChromium() === undefined) fail("No Chromium found; the browser tests need one.");
}

/** @param {string} program */
function has(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function run(program, args, env) {
  const { status } = spawnSync(program, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) process.stderr.write(`${program} ${args.join(" ")} failed (${status}).\n`);
}

/** @param {string} what */
function fail(what) {
  process.stderr.write(
    [
      what,
      "Do one of these, then run the tests again:",
      "  apt-get install chromium            (Debian, Ubuntu; as root)",
      "  npx playwright install chromium     (downloads one for these tests)",
      "  export CHROMIUM_PATH=/path/to/chromium-or-chrome",
      "",
    ].join("\n"),
  );
  process.exit(1);
}
