import { z } from "zod";
import { text, whole } from "./fields.ts";

/** A step, as expectations and predicates name it. */
export const stepRef = z.union([text, whole(0, 1_000_000, "the number of a step")], {
  error: "a step: its label, or its number counted from 0",
});

export type StepRef = z.infer<typeof stepRef>;
