import { z } from 'zod';
import type { Hold } from '../../sending/quiet-hours.ts';
import { iso, time } from '../fields.ts';

/** The quiet hours that keep a message back; null where none do. */
export const held = z
  .strictObject({
    until: time.nullable().meta({
      description:
        'When they let it go; it is asked again then. Null: no hour of the next eight days suits every place they may be in.',
    }),
    rule: z.string().meta({ description: 'Source of the rule.' }),
    zone: z.string().meta({ description: 'The clock that the rule goes by.' }),
  })
  .nullable();

export const heldOf = (hold: Hold | null): z.input<typeof held> =>
  hold === null
    ? null
    : { until: hold.where.noHour ? null : iso(hold.until), rule: hold.by, zone: hold.where.zone };
