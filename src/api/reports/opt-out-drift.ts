import { z } from 'zod';
import { driftSentence } from '../../domain/reports/opt-out-drift.ts';
import { reportOptOutDrift } from '../../reports/opt-out-drift.ts';
import type { ApiRequest } from '../http/route.ts';
import { iso, isoOrNull, shape, time } from '../http/shapes.ts';

export const driftQuery = z.strictObject({
  days: z
    .string()
    .regex(/^([1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6])$/, 'It must be a whole number from 1 to 366.')
    .transform(Number)
    .prefault('30')
    .meta({ description: 'How many days back the report goes.' }),
});

const source = shape('OptOutDriftSource', {
  source: z.enum(['inbound-list', 'opt-out-type', 'error-code']),
  code: z.string().nullable().meta({ description: 'The error code, of the source `error-code`.' }),
  sentence: z.string(),
  found: z.number().meta({
    description:
      'Opt-outs that the carrier knew and we did not; all are in force now. An opt-out that several sources reported counts for the first source.',
  }),
  newest_at: time.nullable(),
});

export const driftAnswer = shape('OptOutDrift', {
  from: time,
  to: time,
  found: z.number(),
  sources: z.array(source),
  reconciled: shape('Reconciliation', {
    at: time,
    outcome: z.enum(['done', 'failed']),
    listed: z.number().meta({ description: 'Texts of three days that the carrier listed.' }),
    found: z.number().meta({ description: 'Listed texts that we did not have, and took in.' }),
    opt_outs: z.number(),
    not_repaired: z
      .number()
      .meta({ description: 'Texts that could not be taken in. The run of the next night tries again.' }),
    left: z.number().meta({
      description:
        'Our numbers whose texts were not all compared, because the time was used up. The run of the next night continues there.',
    }),
  })
    .nullable()
    .meta({
      description:
        'The last comparison with the carrier. Null: there was none yet; POST /jobs/reconcile/run begins one.',
    }),
  sentence: z.string(),
});

export async function drift({ context, query }: ApiRequest<{ query: typeof driftQuery }>) {
  const { from, to, list, type, errors, reconciled } = await reportOptOutDrift(context, query.days);
  const sources = [
    shown('inbound-list', null, list),
    shown('opt-out-type', null, type),
    ...[...errors].sort().map(([code, came]) => shown('error-code', code, came)),
  ];
  const found = sources.reduce((sum, counted) => sum + counted.found, 0);
  const {
    listed = 0,
    found: missing = 0,
    opt_outs = 0,
    not_repaired = 0,
    left = 0,
  } = reconciled?.counts ?? {};
  return {
    from: iso(from),
    to: iso(to),
    found,
    sources,
    reconciled:
      reconciled === null
        ? null
        : {
            at: iso(reconciled.at),
            outcome: reconciled.outcome,
            listed,
            found: missing,
            opt_outs,
            not_repaired,
            left,
          },
    sentence: driftSentence(found, query.days, not_repaired),
  };
}

type Kind = z.input<typeof source>['source'];

const SENTENCES: Record<Kind, string> = {
  'inbound-list': "Texts whose webhook found nobody, seen in the carrier's list of inbound texts.",
  'opt-out-type': "Texts that were an opt-out by the carrier's own word (OptOutType), not by their words.",
  'error-code': 'Messages that the carrier refused because the person had opted out.',
};

type Came = Awaited<ReturnType<typeof reportOptOutDrift>>['list'];

const shown = (kind: Kind, code: string | null, { count, newestAt }: Came) => ({
  source: kind,
  code,
  sentence: SENTENCES[kind],
  found: count,
  newest_at: isoOrNull(newestAt),
});
