import { BadInput, EXIT } from "./failure.ts";
import { main } from "./program.ts";

// A reader that has seen enough (`vivarium list | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof BadInput) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT.badInput;
  } else {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`This is a bug in vivarium, please report it:\n${trace}\n`);
    process.exitCode = EXIT.bug;
  }
}
