import { last } from "./forbidden.ts";

export const other = last;
