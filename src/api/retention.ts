import { z } from 'zod';
import { RETENTION, WORDS_DAYS } from '../domain/retention.ts';
import { readPass, readWordsDays, writeWordsDays } from '../store/retention.ts';
import type { ApiRequest } from './http/route.ts';
import { isoOrNull, time } from './http/shapes.ts';

const words_days = z.int().min(WORDS_DAYS.least).max(WORDS_DAYS.most).meta({
  description: 'Days for which the words of texts and messages are kept; 400 where nothing was set.',
});

export const retentionBody = z.strictObject({ words_days });
export const retentionAnswer = z.strictObject({
  words_days,
  rules: z.array(
    z.strictObject({
      what: z.string(),
      collections: z.array(z.string()),
      days: z.int().nullable().meta({ description: 'Null: days do not end it.' }),
      ended_by: z.enum(['index', 'job', 'count', 'erasure', 'nothing']),
      why: z.string(),
      source: z.string(),
    }),
  ),
  words_gone_until: time
    .nullable()
    .meta({ description: 'Older words are gone; null: no walk has ended yet.' }),
  walking: z
    .boolean()
    .meta({ description: 'A walk over all people is under way, in runs of the job `retention`.' }),
});

/** What is kept, how long and why, and how far the retention job has come. */
export async function showRetention({ context }: ApiRequest<object>) {
  return shown(context, await readWordsDays(context.store));
}

/**
 * A longer retention counts from the job's next run, a shorter one from its next pass. Words deleted by then do not
 * come back.
 */
export async function putRetention({ context, key, body }: ApiRequest<{ body: typeof retentionBody }>) {
  await writeWordsDays(context.store, body.words_days, context.now());
  context.log.info({ key: key.id, days: body.words_days }, 'the days for which words are kept were set');
  return shown(context, body.words_days);
}

async function shown(
  { store }: ApiRequest<object>['context'],
  days: number,
): Promise<z.input<typeof retentionAnswer>> {
  const { pass, doneUntil } = await readPass(store);
  return {
    words_days: days,
    rules: RETENTION.map(({ of, by, days: kept, ...rest }) => ({
      ...rest,
      collections: [...of],
      days: kept === 'words' ? days : kept,
      ended_by: by,
    })),
    words_gone_until: isoOrNull(doneUntil),
    walking: pass !== null,
  };
}
