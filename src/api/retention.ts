import { z } from 'zod';
import { reportRetention, setWordsDays } from '../contacts/retention.ts';
import { WORDS_DAYS } from '../domain/retention.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { isoOrNull, shape, time } from './http/shapes.ts';

const words_days = z.int().min(WORDS_DAYS.least).max(WORDS_DAYS.most).meta({
  description:
    'For how many days the words of texts and messages are kept. 400 unless another number was set.',
});

const retentionBody = shape('UpdateRetentionRequest', { words_days });
const retentionAnswer = shape('Retention', {
  words_days,
  rules: z.array(
    shape('RetentionRule', {
      what: z.string(),
      collections: z.array(z.string()),
      days: z.int().nullable().meta({ description: 'Null: no number of days ends these records.' }),
      ended_by: z.enum(['index', 'job', 'count', 'erasure', 'nothing']),
      why: z.string(),
      source: z.string(),
    }),
  ),
  words_gone_until: time.nullable().meta({
    description: 'All words from before this time are deleted. Null: no pass over all people has ended yet.',
  }),
  walking: z.boolean().meta({
    description: 'Whether runs of the job `retention` are in the middle of a pass over all people.',
  }),
});

async function shown({
  context,
}: Pick<ApiRequest<object>, 'context'>): Promise<z.input<typeof retentionAnswer>> {
  const { wordsDays, rules, wordsGoneUntil, isPassUnderWay } = await reportRetention(context);
  return {
    words_days: wordsDays,
    rules: rules.map(({ of, by, ...rest }) => ({ ...rest, collections: [...of], ended_by: by })),
    words_gone_until: isoOrNull(wordsGoneUntil),
    walking: isPassUnderWay,
  };
}

/** For how long records are kept. */
export const RETENTION_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/retention',
    scope: 'jobs:read',
    id: 'getRetention',
    returns: 'The rules, and up to which time old words are deleted.',
    summary: 'Show what is kept, for how long and why, and up to which time old words are deleted.',
    answer: retentionAnswer,
    handle: shown,
  }),
  defineRoute({
    method: 'put',
    path: '/retention',
    scope: 'jobs:manage',
    id: 'updateRetention',
    returns: 'The rules that are in force now.',
    summary: 'Set for how many days the words of texts and messages are kept.',
    body: retentionBody,
    answer: retentionAnswer,
    handle: async ({ context, key, body }) => {
      await setWordsDays(context, { actor: actorOf(key), days: body.words_days });
      return shown({ context });
    },
  }),
];
