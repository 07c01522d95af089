/**
 * The `myid` file (`QuorumPeerConfig.setupMyId`): its first line is the server's id, a Java long without a blank
 * around it. What follows the first line is not looked at.
 */
import { parseInt64 } from "./java-numbers.ts";
import { throwIllegalArgument } from "./java-throwable.ts";

/** `QuorumPeerConfig.UNSET_SERVERID`; a myid file that says −1 counts as no file. */
export const UNSET_SERVER_ID = -1n;

/** The id, or an IllegalArgumentException that repeats the line (`null` for an empty file). */
export function parseMyId(content: string, file: string): bigint {
  const line = firstLine(content);
  const id = line === null ? undefined : parseInt64(line);
  if (id === undefined) {
    throwIllegalArgument(`serverid ${line} is not a number`, {
      kind: "myid-not-a-number",
      text: line,
      file,
      ...(line === null ? {} : { line: 1 }),
    });
  }
  return id;
}

/** `BufferedReader.readLine`. */
function firstLine(content: string): string | null {
  return content === "" ? null : (content.split(/\r\n|\r|\n/, 1)[0] ?? "");
}
