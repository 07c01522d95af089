import { z } from "zod";
import { type StepRef, stepRef } from "./step-ref.ts";
import { duration, strict, text } from "./fields.ts";
import { predicate } from "./predicate.ts";

/** Expectations: what must be true of a run, so that it can fail. */

const because = text.optional().meta({ description: "Why, for whoever reads the file." });

const MOMENT = 'a moment such as "4s", or {"step": LABEL or number}';

const moment = z
  .union([duration, strict("a moment", { step: stepRef })], { error: MOMENT })
  .meta({ description: "A moment of virtual time, or when a step has been done." });

export type Moment = z.infer<typeof moment>;
export type { StepRef };

const EXPECTATION = 'an expectation with one of "end", "at", "always", "never", "within"';

export const expectation = z
  .union(
    [
      strict("an expectation", {
        end: predicate.meta({ description: "Holds when the run ends." }),
        because,
      }),
      strict("an expectation", { at: duration, that: predicate, because }),
      strict("an expectation", {
        always: predicate.meta({ description: "Holds at every moment between from and to." }),
        from: moment.optional(),
        to: moment.optional(),
        because,
      }),
      strict("an expectation", {
        never: predicate.meta({ description: "Holds at no moment between from and to." }),
        from: moment.optional(),
        to: moment.optional(),
        because,
      }),
      strict("an expectation", {
        within: duration,
        of: stepRef
          .optional()
          .meta({ description: "Counted from this step; else from the start." }),
        that: predicate,
        because,
      }),
    ],
    { error: EXPECTATION },
  )
  .meta({ id: "Expectation" });

export type Expectation = z.infer<typeof expectation>;
