import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { findChromium } from "./test/tools/chromium.mjs";

// A build machine runs as root in a container, where Chromium's own sandbox cannot start. The rest keeps the
// browser from talking to anything but the test server, and from spending the tests' time on itself.
const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const chromiumPath = findChromium();

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          environment: "node",
          // The code under test keeps no state in its modules (the linter sees to that), so that files can
          // share a worker; loading everything anew for each file would cost more than the tests themselves.
          pool: "threads",
          isolate: false,
          include: ["{core,sim,scenarios,test}/**/*.test.ts"],
          exclude: ["test/browser/**", "test/lint/probe/**"],
          globalSetup: ["test/determinism/global-setup.ts"],
          setupFiles: ["test/support/fixed-seed.ts"],
        },
      },
      {
        // Named here, since the server would otherwise find them during the run and load the page again.
        optimizeDeps: { include: ["seedrandom/lib/xor128.js", "fast-check", "zod"] },
        test: {
          name: "chromium",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/determinism/global-setup.ts"],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            api: { host: "127.0.0.1" },
            provider: playwright({
              launchOptions: {
                args: chromiumFlags,
                ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["{core,sim,scenarios}/**/*.ts"],
      exclude: ["**/*.test.ts"],
      reporter: ["text-summary", "html"],
    },
  },
});
