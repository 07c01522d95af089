import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

const USUAL_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/**
 * The Chromium that the browser tests run in: the one that CHROMIUM_PATH names, else an installed one, else
 * the one that `npx playwright install chromium` has downloaded. Undefined when there is none. A CHROMIUM_PATH
 * that leads nowhere is not replaced by a guess: who sets it wants that very browser.
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") return isExecutable(named) ? named : undefined;
  const onPath = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...USUAL_PLACES, ...onPath, playwrightsOwn()].find(isExecutable);
}

/** Where playwright would keep its own download; it throws on systems that it has no build for. */
function playwrightsOwn() {
  try {
    return chromium.executablePath();
  } catch {
    return "";
  }
}

/** @param {string} path */
function isExecutable(path) {
  if (path === "") return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
