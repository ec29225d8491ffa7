import { z } from 'zod';
import { beginRun } from '../consent/programs/back-test.ts';
import {
  type BackTestReport,
  cancelBackTest,
  listBackTests,
  readSampleTexts,
  showBackTest,
} from '../consent/programs/back-test-report.ts';
import { EFFECTS, PROPOSAL_LISTS } from '../domain/words/proposed-change.ts';
import { contactRef } from './contact-ref.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute, readerOf } from './http/route.ts';
import {
  contactId,
  iso,
  isoOrNull,
  language,
  line,
  page,
  paging,
  plainPage,
  shape,
  shownText,
  slug,
  text,
  time,
} from './http/shapes.ts';
import { emptyBody } from './segments.ts';

const ID = /^b_[0-9a-z]{9}[0-9a-f]{12}$/;

const backTestParams = z.strictObject({
  id: z
    .string()
    .regex(ID, 'It must be the id of a back-test, as GET /back-tests lists it.')
    .meta({
      description: 'Id of the back-test, from GET /back-tests.',
      examples: ['b_0mi4x2k7pa1b2c3d4e5f6'],
    }),
});

const wordsShape = z.array(line(1, 80)).max(50).prefault([]);
const wordList = z.enum(PROPOSAL_LISTS).meta({ id: 'WordList' });
const change = shape('ProposedRuleChange', {
  list: wordList.meta({
    description:
      'opt-out, help, start and the like: texts that consist of the word alone. opt-out-phrase, hold-phrase and harmless-phrase: words within a text that surely mean an opt-out, that perhaps mean one, and that mean none although they look like one. join: keywords of a program.',
  }),
  program: slug.optional().meta({ description: 'For join: the program of the keyword.' }),
  language: language
    .optional()
    .meta({ description: 'Language of the words to add. Answers to them are sent in this language.' }),
  add: wordsShape.meta({ description: 'Words or phrases to add.' }),
  take: wordsShape.meta({
    description: 'Words to remove. For phrases: the names of rules, as holds and texts show them.',
  }),
});
const MOST_CHANGES = 20;
const backTestBody = shape('CreateBackTestRequest', {
  rules: shape('ProposedRules', {
    changes: z.array(change).max(MOST_CHANGES).prefault([]).meta({
      description: 'Changes to the rules in force. There is one version of the rules.',
    }),
  }).meta({ description: 'The rules by which the texts are read again.' }),
  days: z.int().min(1).max(400).meta({ description: 'The texts of so many days up to now are read.' }),
});

const count = z.int().min(0);

const summaryAnswer = shape('BackTest', {
  id: z.string(),
  lost_opt_outs: count.meta({
    description:
      'Texts that opt out today and would no longer do so. Look at each of them before you adopt the rules.',
  }),
  lost_holds: count.meta({
    description: 'Texts that a person looks at today, and that nobody would look at.',
  }),
  new_opt_outs: count.meta({ description: 'Texts that would opt out and do not do so today.' }),
  changed: count.meta({ description: 'Texts that would be read differently.' }),
  warnings: z.array(z.string()).meta({
    description: 'What past texts do not show: demands of the law and of carriers, and words of programs.',
  }),
  state: z.enum(['running', 'done', 'canceled', 'failed']).meta({ id: 'BackTestState' }),
  rules: z.string().meta({ description: 'The version of the rules that is changed.' }),
  changes: z.array(
    shape('BackTestChange', {
      list: wordList,
      program: z.string().nullable(),
      language: language.nullable(),
      add: z.array(z.string()),
      take: z.array(z.string()),
    }),
  ),
  since: time,
  until: time,
  texts: count.nullable().meta({ description: 'Number of texts; null when counting took too long.' }),
  looked_at: count,
  read: count,
  not_read: shape('UnreadTexts', {
    erased: count,
    not_kept: count,
    unreadable: count,
    of_nobody: count,
  }).meta({
    description:
      'Texts that could not be read again: the person was erased; the words are not kept; no key here opens them; the form named no sender.',
  }),
  ended_at: time.nullable(),
});

const effect = z.enum(EFFECTS).meta({ id: 'ReadingEffect' });

const sample = shape('BackTestSample', {
  contact: contactRef.nullable().meta({
    description: 'Null when the contact was erased, and when the keys of this process cannot open it.',
  }),
  day: z.iso.date(),
  rule: z.string().meta({ description: 'The rule that reads the text today.' }),
  would_rule: z.string().meta({ description: 'The rule that would read it.' }),
});

const groupsAnswer = z
  .array(
    shape('BackTestGroup', {
      from: effect.meta({ description: 'What such a text does today.' }),
      to: effect.meta({ description: 'What it would do.' }),
      lost: z.boolean().meta({ description: 'Whether such a text would no longer opt out of something.' }),
      count,
      samples: z.array(sample).nullable().meta({
        description: 'The first 20 texts, without their words; null without the scope evidence:read.',
      }),
    }),
  )
  .meta({ description: 'What would change: lost opt-outs, lost holds, new opt-outs, then the rest.' });

const backTestAnswer = shape('BackTestReport', { ...summaryAnswer.shape, groups: groupsAnswer });

type Summary = Omit<BackTestReport, 'groups'>;

const shownSummary = (run: Summary): z.input<typeof summaryAnswer> => ({
  id: run.id,
  lost_opt_outs: run.lostOptOuts,
  lost_holds: run.lostHolds,
  new_opt_outs: run.newOptOuts,
  changed: run.changed,
  warnings: run.warnings,
  state: run.state,
  rules: run.version,
  changes: run.changes.map((change) => ({ ...change, add: [...change.add], take: [...change.take] })),
  since: iso(run.since),
  until: iso(run.until),
  texts: run.texts,
  looked_at: run.lookedAt,
  read: run.read,
  not_read: run.unread,
  ended_at: isoOrNull(run.endedAt),
});

/** Throws a `Problem` when there is no such run. */
function shownReport(report: BackTestReport | null) {
  if (report === null) throw noSuchRun();
  const groups = report.groups.map(({ samples, ...group }) => ({
    ...group,
    samples:
      samples?.map(({ contact, at, rule, wouldRule }) => ({
        ...{ contact, day: iso(at).slice(0, 10), rule },
        would_rule: wouldRule,
      })) ?? null,
  }));
  return { ...shownSummary(report), groups };
}

const noSuchRun = (): Problem =>
  new Problem('not-found', 'There is no back-test of this id. GET /back-tests lists the back-tests.');

/** Starts a run. A job reads the texts, and writes only what would change. */
async function startBackTest({ context, key, body }: ApiRequest<{ body: typeof backTestBody }>) {
  const changes = body.rules.changes.map(({ program = null, language: of = null, ...rest }) => ({
    ...rest,
    program,
    language: of,
  }));
  const begun = await beginRun(context, { changes, days: body.days, actor: actorOf(key) });
  if (begun.kind === 'no-changes')
    throw unusable('rules.changes', 'These are the rules of today: change something.');
  if (begun.kind === 'faults') {
    const errors = begun.faults.map((fault) => ({
      field: `rules.changes.${fault.change}`,
      message: fault.message,
    }));
    throw new Problem('unprocessable', 'No back-test was begun.', { errors });
  }
  return shownReport(begun.report);
}

/** Routes of back-tests, which show how changed rules would read past texts. */
export const BACK_TEST_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/back-tests',
    id: 'listBackTests',
    returns: 'One page of back-tests, the newest first.',
    scope: 'reviews:read',
    summary: 'List the back-tests, newest first.',
    query: z.strictObject(paging('back-tests', ID)),
    answer: page(summaryAnswer),
    handle: async ({ context, query: { cursor: after = null, limit } }) =>
      plainPage('back-tests', await listBackTests(context, { after, limit }), shownSummary),
  }),
  defineRoute({
    method: 'post',
    path: '/back-tests',
    id: 'createBackTest',
    returns: 'The back-test, which has begun.',
    scope: 'reviews:write',
    summary: 'Read the texts of past days again by changed rules. No consent changes.',
    body: backTestBody,
    status: 202,
    answer: backTestAnswer,
    handle: startBackTest,
  }),
  defineRoute({
    method: 'get',
    path: '/back-tests/{id}',
    id: 'getBackTest',
    returns: 'How far the back-test is, and what would change.',
    scope: 'reviews:read',
    summary:
      'Show how far a back-test is and what would change, lost opt-outs first, without the words. Whose texts change is shown only with the scope evidence:read.',
    params: backTestParams,
    answer: backTestAnswer,
    problems: ['not-found'],
    handle: async (call) => shownReport(await showBackTest(call.context, call.params.id, readerOf(call))),
  }),
  defineRoute({
    method: 'post',
    path: '/back-tests/{id}/read',
    id: 'readBackTestTexts',
    returns: 'The texts with their words.',
    scope: 'evidence:read',
    rate: 'lookups',
    summary: 'Read the words of texts whose reading would change. The request needs a reason.',
    params: backTestParams,
    body: shape('ReadBackTestRequest', {
      from: effect.meta({ description: 'What the texts do today.' }),
      to: effect.meta({ description: 'What they would do.' }),
      reason: line(3, 200).meta({
        description: 'Why the words are read. It is kept with the record of reading them.',
      }),
    }),
    answer: shape('BackTestTexts', {
      texts: z.array(shape('BackTestText', { ...text.shape, contact: contactId })),
    }),
    problems: ['not-found'],
    handle: async ({ context, key, params: { id }, body }) => {
      const texts = await readSampleTexts(context, { id, ...body, actor: actorOf(key) });
      if (texts === null) throw noSuchRun();
      return { texts: texts.map(({ contact, ...found }) => ({ contact, ...shownText(found) })) };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/back-tests/{id}/cancel',
    id: 'cancelBackTest',
    returns: 'The canceled back-test with what it has found.',
    scope: 'reviews:write',
    summary: 'Stop a back-test. What it has found stays.',
    params: backTestParams,
    body: emptyBody,
    answer: backTestAnswer,
    problems: ['not-found'],
    handle: async (call) => shownReport(await cancelBackTest(call.context, call.params.id, readerOf(call))),
  }),
];
