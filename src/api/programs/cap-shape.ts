import { z } from 'zod';
import { CAP_KINDS, type CapHit, capInWords } from '../../domain/caps/caps.ts';
import { iso, time } from '../fields.ts';

/** The cap that keeps a message back; null where none does. */
export const capped = z
  .strictObject({
    by: z.enum(CAP_KINDS),
    count: z.number(),
    hours: z.number(),
    source: z.string().nullable().meta({ description: 'The law or rule it follows from; null: your own.' }),
    frees_at: time.meta({ description: 'When there is room for one more.' }),
    sentence: z.string(),
  })
  .nullable();

export const cappedOf = (hit: CapHit | null | undefined): z.input<typeof capped> => {
  if (hit == null) return null;
  const { by, count, hours, source, frees } = hit;
  return { by, count, hours, source, frees_at: iso(frees), sentence: `The person had ${capInWords(hit)}.` };
};
