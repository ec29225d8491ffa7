import { z } from 'zod';
import { beginRun } from '../../consent/back-tests/begin.ts';
import { PROPOSAL_LISTS } from '../../domain/words/proposed-change.ts';
import {
  type BackTestDoc,
  endBackTest,
  findBackTest,
  pageBackTests,
} from '../../store/consent/back-tests.ts';
import { language, line, slug } from '../fields.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem, unusable } from '../problem.ts';
import type { Call } from '../route.ts';
import { foundAnswer, foundBy, summaryAnswer, summaryOf } from './back-test-answer.ts';

const ID = /^b_[0-9a-z]{9}[0-9a-f]{12}$/;

export const backTestParams = z.strictObject({
  id: z
    .string()
    .regex(ID, 'It is not the id of a back-test.')
    .meta({ examples: ['b_0mi4x2k7pa1b2c3d4e5f6'] }),
});
export const backTestsQuery = z.strictObject(paging('back-tests', ID));

const words = z.array(line(1, 80)).max(50).prefault([]);
const change = z.strictObject({
  list: z.enum(PROPOSAL_LISTS).meta({
    description:
      'opt-out, help, start, ...: texts that are nothing else. …-phrase: words within a text that surely mean an opt-out, that perhaps do, and that do not though they look so. join: keywords of a program.',
  }),
  program: slug.optional().meta({ description: 'Of join: whose keyword.' }),
  language: language.optional().meta({ description: 'Of the words to add: the answer is given in it.' }),
  add: words,
  take: words.meta({ description: 'Of phrases: names of rules, as holds and texts show them.' }),
});
const MOST_CHANGES = 20;
export const backTestBody = z.strictObject({
  rules: z.strictObject({
    changes: z.array(change).max(MOST_CHANGES).prefault([]).meta({
      description: 'What is changed of the rules in force. Others cannot be named: there is one version.',
    }),
  }),
  days: z.int().min(1).max(400).meta({ description: 'Texts of so many days, until now.' }),
});
export const cancelBody = z.strictObject({});

export const backTestAnswer = summaryAnswer.extend({ groups: foundAnswer });
export const backTestsAnswer = page(summaryAnswer);

/** Begins a run; a job reads the texts, and nothing is written but what would change. */
export async function beginBackTest(call: Call<{ body: typeof backTestBody }>) {
  const { desk, key, body } = call;
  const changes = body.rules.changes.map(({ program = null, language: of = null, ...rest }) => ({
    ...rest,
    program,
    language: of,
  }));
  const begun = await beginRun(desk, { changes, days: body.days, by: `key:${key.id}` });
  if (begun.kind === 'no-changes')
    throw unusable('rules.changes', 'These are the rules of today: change something.');
  if (begun.kind === 'faults') {
    const errors = begun.faults.map((one) => ({
      field: `rules.changes.${one.change}`,
      message: one.message,
    }));
    throw new Problem('unprocessable', 'Nothing was begun.', { errors });
  }
  const { run } = begun;
  desk.log.info({ key: key.id, backTest: run._id, texts: run.texts }, 'a back-test was begun');
  return shown(call, run);
}

export async function listBackTests({ desk, query }: Call<{ query: typeof backTestsQuery }>) {
  const { cursor, limit } = query;
  const runs = await pageBackTests(desk.store, { before: cursor ?? null, limit: limit + 1 });
  const { rows, next_cursor } = cut('back-tests', runs, limit, ({ _id }) => _id);
  return { items: rows.map(summaryOf), next_cursor };
}

export async function showBackTest(call: Call<{ params: typeof backTestParams }>) {
  return shown(call, await backTestOf(call.desk, call.params.id));
}

type Cancel = Call<{ params: typeof backTestParams; body: typeof cancelBody }>;

/** What was found stays. Of one that has ended nothing changes. */
export async function cancelBackTest(call: Cancel) {
  const { desk, key, params } = call;
  await backTestOf(desk, params.id);
  const canceled = await endBackTest(desk.store, params.id, 'canceled', desk.now());
  desk.log.info({ key: key.id, backTest: params.id, canceled }, 'a back-test was canceled');
  return shown(call, await backTestOf(desk, params.id));
}

/** Throws `Problem` where there is none. */
export async function backTestOf({ store }: Call<object>['desk'], id: string): Promise<BackTestDoc> {
  const run = await findBackTest(store, id);
  if (run === null)
    throw new Problem('not-found', 'There is no back-test of this id. GET /back-tests lists them.');
  return run;
}

const shown = async (call: Pick<Call<object>, 'desk' | 'key'>, run: BackTestDoc) => ({
  ...summaryOf(run),
  groups: await foundBy(call, run),
});
