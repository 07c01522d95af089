import type { TraceRecord } from "../../sim/kernel/trace.ts";

/**
 * Draws a run as one lane a server: when it booted, whom it voted for, what it became. For the README, where
 * a picture has to stand by itself: text beside every colour, both colour schemes, no script.
 */

/** A stretch of a lane in which nothing about the server's vote or role changes. */
interface Stretch {
  readonly server: number;
  readonly fromUs: number;
  readonly toUs: number;
  readonly state: "LOOKING" | "FOLLOWING" | "LEADING" | "OBSERVING";
  readonly leader: number;
  readonly epoch: number | undefined;
}

const WIDTH = 960;
const LEFT = 92;
const RIGHT = 16;
const TOP = 44;
const LANE = 46;
const BAR = 30;
/** Text narrower than this many pixels a character is cut by its bar. */
const CHARACTER = 8;
/** What is shorter is still to be seen. */
const LEAST_WIDTH = 5;

export function drawVoteLanes(
  records: Iterable<TraceRecord>,
  servers: readonly number[],
  endUs: number,
): string {
  const stretches = stretchesOf(records, servers, endUs);
  const height = TOP + servers.length * LANE + 34;
  const x = (us: number): number => LEFT + (us / endUs) * (WIDTH - LEFT - RIGHT);
  const y = (server: number): number => TOP + servers.indexOf(server) * LANE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">Five servers boot in order, and server 3 leads</title>`,
    `<desc id="description">${describe(stretches)}</desc>`,
    STYLE,
    // The scheme is the reader's system's, and the page around the picture may have the other one.
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...axis(x, endUs, height),
    ...servers.map((id) => `<text class="name" x="12" y="${y(id) + 20}">server ${id}</text>`),
    ...stretches.map((stretch) => bar(stretch, x, y(stretch.server))),
    ...legend(),
    "</svg>",
    "",
  ].join("\n");
}

function stretchesOf(
  records: Iterable<TraceRecord>,
  servers: readonly number[],
  endUs: number,
): Stretch[] {
  const open = new Map<number, Stretch>();
  const done: Stretch[] = [];
  const close = (server: number, at: number): Stretch | undefined => {
    const last = open.get(server);
    open.delete(server);
    if (last !== undefined && at > last.fromUs) done.push({ ...last, toUs: at });
    return last;
  };
  for (const { kind, server, time, fields } of records) {
    if (server === undefined) continue;
    const begin = (change: Partial<Stretch>): void => {
      const last = close(server, time);
      const fresh = { state: "LOOKING" as const, leader: server, epoch: undefined };
      open.set(server, { ...fresh, ...last, ...change, server, fromUs: time, toUs: endUs });
    };
    if (kind === "looking") begin({ state: "LOOKING", leader: server, epoch: undefined });
    if (kind === "voteChanged") begin({ leader: Number(fields["leader"]) });
    if (kind === "elected") {
      begin({ state: fields["state"] as Stretch["state"], leader: Number(fields["leader"]) });
    }
    if (kind === "leading" || kind === "following") begin({ epoch: Number(fields["epoch"]) });
    if (kind === "crash") close(server, time);
  }
  for (const server of servers) close(server, endUs);
  return merge(done).sort((a, b) => a.server - b.server || a.fromUs - b.fromUs);
}

/** Leaves out the moments between a decision and the epoch that follows from it. */
function merge(stretches: readonly Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const stretch of [...stretches].sort((a, b) => a.server - b.server || a.fromUs - b.fromUs)) {
    const last = merged.at(-1);
    const same =
      last?.server === stretch.server &&
      last.state === stretch.state &&
      last.leader === stretch.leader;
    if (same) merged[merged.length - 1] = { ...stretch, fromUs: last.fromUs };
    else merged.push(stretch);
  }
  return merged;
}

function bar(stretch: Stretch, x: (us: number) => number, top: number): string {
  const from = x(stretch.fromUs);
  const width = Math.max(x(stretch.toUs) - from - 1, LEAST_WIDTH);
  const label = labels(stretch).find((text) => text.length * CHARACTER < width - 8);
  const text =
    label === undefined
      ? ""
      : `<text class="label" x="${px(from + 6)}" y="${top + 20}">${label}</text>`;
  return `<g class="${stretch.state}"><title>${sentence(stretch)}</title><rect x="${px(from)}" y="${top}" width="${px(width)}" height="${BAR}" rx="4"/>${text}</g>`;
}

/** From the longest to the shortest. */
function labels({ state, leader, epoch }: Stretch): string[] {
  const inEpoch = epoch === undefined ? "" : `, epoch ${epoch}`;
  if (state === "LOOKING")
    return [`LOOKING, votes for ${leader}`, `votes for ${leader}`, `→ ${leader}`];
  if (state === "LEADING") return [`LEADING${inEpoch}`, "LEADING"];
  return [`${state} ${leader}${inEpoch}`, `${state} ${leader}`, `→ ${leader}`];
}

function sentence(stretch: Stretch): string {
  const { server, state, leader, fromUs, toUs } = stretch;
  const what =
    state === "LEADING"
      ? "LEADING"
      : `${state}, ${state === "LOOKING" ? "votes for" : "under"} ${leader}`;
  return `server ${server} from ${seconds(fromUs)} to ${seconds(toUs)}: ${what}`;
}

function describe(stretches: readonly Stretch[]): string {
  return stretches.map(sentence).join("; ");
}

function axis(x: (us: number) => number, endUs: number, height: number): string[] {
  const marks: string[] = [];
  for (let us = 0; us <= endUs; us += 2_000_000) {
    const at = px(x(us));
    marks.push(`<line class="grid" x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${height - 30}"/>`);
    marks.push(`<text class="time" x="${at}" y="${height - 12}">${us / 1_000_000} s</text>`);
  }
  return marks;
}

function legend(): string[] {
  const states = ["LOOKING", "FOLLOWING", "LEADING"] as const;
  return states.map((state, i) => {
    const left = LEFT + i * 130;
    return `<g class="${state}"><rect x="${left}" y="10" width="14" height="14" rx="3"/><text class="key" x="${left + 20}" y="22">${state}</text></g>`;
  });
}

function seconds(us: number): string {
  return `${(us / 1_000_000).toFixed(1)} s`;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const STYLE = `<style>
text { font: 13px system-ui, sans-serif; fill: #1a1a1a }
.name { font-weight: 600 } .time { font-size: 12px; text-anchor: middle; fill: #555 } .key { font-size: 12px }
.grid { stroke: #bbb; stroke-dasharray: 2 4 }
rect { stroke: #1a1a1a; stroke-width: 1 } .ground { fill: #ffffff; stroke: none }
.LOOKING rect { fill: #ffffff; stroke-dasharray: 4 3 } .FOLLOWING rect { fill: #a6d8f5 } .OBSERVING rect { fill: #d9d9d9 }
.LEADING rect { fill: #f0b43c; stroke-width: 2.5 } .LEADING .label { font-weight: 700 }
@media (prefers-color-scheme: dark) {
text { fill: #e8e8e8 } .time { fill: #aaa } .grid { stroke: #555 } rect { stroke: #e8e8e8 } .ground { fill: #15181d; stroke: none }
.LOOKING rect { fill: #20242a } .FOLLOWING rect { fill: #1d5b85 } .OBSERVING rect { fill: #4a4a4a }
.LEADING rect { fill: #8a5a00 }
}
</style>`;
