import { Command, CommanderError } from "commander";
import { VERSION } from "../version.ts";
import type { BugsOptions } from "./commands/bugs.ts";
import type { ListOptions } from "./commands/list.ts";
import type { ReplayOptions } from "./commands/replay.ts";
import type { RunCommandOptions } from "./commands/run.ts";
import { EXIT } from "./failure.ts";

/** Reads the command line, runs the command, and gives what the process ends with. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = programOf((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end the program too, with 0; all else is a command line that nobody understands.
    return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  }
  return exitCode;
}

/** Commands load what they need only when they run: listing must not wait for what running takes. */
function programOf(end: (code: number) => void): Command {
  const program = new Command("vivarium")
    .description(
      "A deterministic simulator of Apache ZooKeeper: one seed decides one run, to the last bit.",
    )
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      "after",
      examples("npx vivarium list", "npx vivarium run five-in-order", "npx vivarium run --help"),
    );

  program
    .command("list")
    .description("list the scenarios of the library")
    .option("--json", "print JSON: name, group and title of each")
    .option("--group <name>", "only one group")
    .addHelpText(
      "after",
      examples(
        "npx vivarium list",
        "npx vivarium list --group network",
        "npx vivarium list --json",
      ),
    )
    .action(async (options: ListOptions) => {
      const { list } = await import("./commands/list.ts");
      process.stdout.write(list(options));
    });

  program
    .command("run")
    .description("run a scenario, tell what happens, and check what it expects")
    .argument("<scenario>", "a name from the library, or a file")
    .option("--seed <number>", "another seed than the scenario's own")
    .option(
      "--bug <name>",
      "let the servers have a bug of ZooKeeper's (vivarium bugs); may be given again",
      (name: string, before: readonly string[] | undefined) => [...(before ?? []), name],
    )
    .option("--no-check", "judge it by its own expectations alone, not by what ZooKeeper promises")
    .option("--until <moment>", "stop early: at a time (12s, 250ms) or an event (#500)")
    .option("--trace <file>", "write every record, for replay and for tools (JSON lines)")
    .option("--json", "print one JSON document instead of text")
    .option("-q, --quiet", "no story, one line of result")
    .option("-v, --verbose", "tell every message and connection, too")
    .option("--no-color", "no colours (so does NO_COLOR in the environment)")
    .addHelpText(
      "after",
      examples(
        "npx vivarium run five-in-order",
        "npx vivarium run lossy-network --seed 7 --quiet",
        "npx vivarium run leader-crash --until 2.4s --verbose",
        "npx vivarium run five-at-once --bug noPromise",
        "npx vivarium run my-case.json --trace my-case.trace",
      ) +
        "\nEnds with 0 if all expectations and promises held, 1 if one did not, 2 if the input was wrong.\n",
    )
    .action(async (scenario: string, options: RunCommandOptions) => {
      const { run } = await import("./commands/run.ts");
      end(await run(scenario, options));
    });

  program
    .command("replay")
    .description("run again what a trace says was run, and compare record by record")
    .argument("<trace>", "a file that run --trace wrote")
    .option("--json", "print one JSON document instead of text")
    .option("--no-color", "no colours (so does NO_COLOR in the environment)")
    .addHelpText(
      "after",
      examples(
        "npx vivarium run leader-crash --trace crash.trace",
        "npx vivarium replay crash.trace",
      ) + "\nEnds with 0 if every record agrees, 1 if one differs, 2 if the file is no trace.\n",
    )
    .action(async (trace: string, options: ReplayOptions) => {
      const { replay } = await import("./commands/replay.ts");
      end(await replay(trace, options));
    });

  program
    .command("bugs")
    .description("list the bugs of ZooKeeper that a run can have")
    .option("--json", "print JSON: name, issue, release with the fix, effect, and what it breaks")
    .addHelpText(
      "after",
      examples("npx vivarium bugs", "npx vivarium run five-at-once --bug noPromise"),
    )
    .action(async (options: BugsOptions) => {
      const { bugs } = await import("./commands/bugs.ts");
      process.stdout.write(bugs(options));
    });

  program
    .command("validate")
    .description("check a scenario file without running it")
    .argument("<file>", "a scenario file")
    .addHelpText("after", examples("npx vivarium validate my-case.json"))
    .action(async (file: string) => {
      const { validate } = await import("./commands/validate.ts");
      process.stdout.write(validate(file));
    });

  program
    .command("schema")
    .description("print the JSON schema of scenario files, for editors")
    .addHelpText("after", examples("npx vivarium schema > scenario.schema.json"))
    .action(async () => {
      const { scenarioJsonSchemaText } = await import("../format/json-schema.ts");
      process.stdout.write(scenarioJsonSchemaText());
    });

  for (const command of program.commands) command.exitOverride();
  return program;
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join("")}`;
}
