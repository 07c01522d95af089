import { isatty } from "node:tty";
import pc from "picocolors";

export type Colours = ReturnType<typeof pc.createColors>;

/** Colours on a terminal, unless somebody said otherwise (no-color.org, force-color.org). */
export function coloursFor(option: boolean): Colours {
  return pc.createColors(option && wanted());
}

function wanted(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") {
    return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  }
  // Not `stdout.isTTY`, which is undefined without a terminal, and picocolors would then decide by itself.
  return isatty(1) && TERM !== "dumb";
}
