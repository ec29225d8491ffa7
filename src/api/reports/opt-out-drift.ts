import { z } from 'zod';
import { DAY_MS } from '../../domain/durations.ts';
import { driftSentence } from '../../domain/reports/opt-out-drift.ts';
import { type Came, driftIn } from '../../reports/opt-out-drift.ts';
import { readJobs } from '../../store/jobs.ts';
import type { ApiRequest } from '../http/route.ts';
import { iso, isoOrNull, time } from '../http/shapes.ts';

export const driftQuery = z.strictObject({
  days: z
    .string()
    .regex(/^([1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6])$/, 'It must be a whole number from 1 to 366.')
    .transform(Number)
    .prefault('30')
    .meta({ description: 'How far back.' }),
});

const source = z.strictObject({
  source: z.enum(['inbound-list', 'opt-out-type', 'error-code']),
  code: z.string().nullable().meta({ description: 'Of an error: which.' }),
  sentence: z.string(),
  found: z.number().meta({
    description:
      'Opt-outs the carrier knew and we did not; each is in force since. One that several ways told of counts for the first.',
  }),
  newest_at: time.nullable(),
});

export const driftAnswer = z.strictObject({
  from: time,
  to: time,
  found: z.number(),
  sources: z.array(source),
  reconciled: z
    .strictObject({
      at: time,
      outcome: z.enum(['done', 'failed']),
      listed: z.number().meta({ description: 'Texts the carrier listed over three days.' }),
      found: z.number().meta({ description: 'Of them, those we had not, and took in.' }),
      opt_outs: z.number(),
      not_repaired: z
        .number()
        .meta({ description: 'Texts that could not be taken; the next night tries again.' }),
      left: z.number().meta({
        description:
          'Numbers of ours that were not compared whole, for want of time; the next night begins behind.',
      }),
    })
    .nullable()
    .meta({ description: 'The last comparison; null: none yet, POST /jobs/reconcile/run begins one.' }),
  sentence: z.string(),
});

/**
 * Opt-outs that the carrier knew and we did not, by how we learned of them. Twilio lists no blocks, so an opt-out
 * that nothing reported is missing.
 */
export async function drift({ context, query }: ApiRequest<{ query: typeof driftQuery }>) {
  const to = context.now();
  const from = new Date(to.getTime() - query.days * DAY_MS);
  const [{ list, type, errors }, states] = await Promise.all([
    driftIn(context, { from, to }),
    readJobs(context.store),
  ]);
  const sources = [
    shown('inbound-list', null, list),
    shown('opt-out-type', null, type),
    ...[...errors].sort().map(([code, came]) => shown('error-code', code, came)),
  ];
  const found = sources.reduce((sum, source) => sum + source.found, 0);
  const last = states.get('reconcile')?.last ?? null;
  const { listed = 0, found: missing = 0, opt_outs = 0, not_repaired = 0, left = 0 } = last?.counts ?? {};
  return {
    from: iso(from),
    to: iso(to),
    found,
    sources,
    reconciled:
      last === null
        ? null
        : {
            ...{ at: iso(last.endedAt), outcome: last.outcome },
            ...{ listed, found: missing, opt_outs, not_repaired, left },
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

const shown = (kind: Kind, code: string | null, { count, newestAt }: Came) => ({
  source: kind,
  code,
  sentence: SENTENCES[kind],
  found: count,
  newest_at: isoOrNull(newestAt),
});
