import { z } from 'zod';
import type { DoorVerdict } from '../../contacts/hygiene/verify-at-door.ts';
import {
  LINE_TYPES,
  NUMBER_REFUSALS,
  type NumberRefusal,
  type ReassignedFact,
  UNKNOWNS,
  type Unknown,
} from '../../domain/hygiene/verifying.ts';
import type { Verified } from '../../store/people/number-facts.ts';
import { iso, time } from '../fields.ts';
import { Problem } from '../problem.ts';

export const unknown = z
  .strictObject({ code: z.enum(Object.keys(UNKNOWNS) as [Unknown, ...Unknown[]]), sentence: z.string() })
  .nullable()
  .meta({ description: 'Why the carrier did not say more; null where it said all.' });

/** What a door found out about a number. */
export const verification = z.strictObject({
  line: z.enum(LINE_TYPES),
  by: z
    .enum(['lookup', 'plan'])
    .meta({ description: 'Who said so: the carrier, or the numbering plan alone.' }),
  unknown,
});

/** What is kept with a contact. */
export const verified = z.strictObject({
  at: time,
  source: z.string(),
  valid: z.boolean(),
  line: z.enum(LINE_TYPES).nullable(),
  carrier: z.string().nullable(),
  unknown,
});

export const verificationOf = ({ line, by, unknown: code }: DoorVerdict): z.input<typeof verification> => ({
  line,
  by,
  unknown: saidOf(code),
});

export const verifiedOf = (one: Verified | undefined): z.input<typeof verified> | null =>
  one === undefined
    ? null
    : {
        at: iso(one.at),
        source: one.source,
        valid: one.valid,
        line: one.line,
        carrier: one.carrier,
        unknown: saidOf(one.untold),
      };

/** Whether the number has a new holder since a day, as it is kept with a contact. */
export const holderCheck = z.strictObject({
  at: time,
  source: z.string(),
  since: z.iso.date().meta({ description: 'The last day on which it was known whose number it is.' }),
  reassigned: z.enum(['yes', 'no', 'no-data']).nullable(),
  unknown,
});

export const holderCheckOf = (one: ReassignedFact | undefined): z.input<typeof holderCheck> | null =>
  one === undefined
    ? null
    : {
        at: iso(one.at),
        source: one.source,
        since: one.since,
        reassigned: one.answer,
        unknown: saidOf(one.untold),
      };

export const saidOf = (code: Unknown | null) => (code === null ? null : { code, sentence: UNKNOWNS[code] });

/** A number that is not taken on: what is wrong with it, and what to do. */
export function notTaken(refused: NumberRefusal): Problem {
  const [message, next_step] = NUMBER_REFUSALS[refused];
  return new Problem('unprocessable', 'Nothing was changed.', {
    errors: [{ field: 'phone', message }],
    next_step,
  });
}
