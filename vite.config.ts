import { chmodSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

/** The programs that run under Node; each becomes one file in dist/cli, beside the chunks they share. */
const programs = {
  vivarium: "scenarios/cli/vivarium.ts",
  conformance: "test/conformance/main.ts",
  bench: "test/bench/main.ts",
};

/**
 * Dependencies are bundled, since resolving and reading a few hundred small files is most of what a command
 * line costs at start-up. Chunks stay split, so that what a command imports with `import()` is not even read
 * by the other commands. The code is not minified: stack traces name the functions that people know.
 */
export default defineConfig({
  publicDir: false,
  ssr: { noExternal: true, target: "node" },
  build: {
    ssr: true,
    target: "node20",
    outDir: "dist/cli",
    emptyOutDir: true,
    minify: false,
    sourcemap: false,
    rolldownOptions: {
      input: programs,
      output: {
        format: "esm",
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name]-[hash].js",
      },
    },
  },
  plugins: [executable("vivarium.js")],
});

/** Makes one entry a program that a shell can start. */
function executable(fileName: string): Plugin {
  const shebang = "#!/usr/bin/env node\n";
  return {
    name: "vivarium:executable",
    generateBundle(_options, bundle) {
      const entry = bundle[fileName];
      if (entry?.type === "chunk" && !entry.code.startsWith("#!")) {
        entry.code = shebang + entry.code;
      }
    },
    writeBundle(options) {
      chmodSync(join(options.dir ?? "dist/cli", fileName), 0o755);
    },
  };
}
