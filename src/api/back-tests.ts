import { z } from 'zod';
import { beginRun } from '../consent/programs/back-test.ts';
import { mask } from '../domain/numbers.ts';
import {
  EFFECTS,
  isLostHold,
  isNewOptOut,
  PROPOSAL_LISTS,
  severityOf,
} from '../domain/words/proposed-change.ts';
import {
  type BackTestDoc,
  endBackTest,
  findBackTest,
  pageBackTests,
  type ReadingGroup,
  UNREAD,
} from '../store/consent/back-tests.ts';
import { findInbound } from '../store/consent/inbound-texts.ts';
import { findContacts } from '../store/contacts/contacts.ts';
import { openHolder, unlessClosed } from '../store/contacts/open-contact.ts';
import { openHolderKey } from '../store/sealing/keys.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import {
  contactId,
  iso,
  isoOrNull,
  language,
  line,
  page,
  paging,
  shownText,
  slug,
  text,
  time,
  toPage,
} from './http/shapes.ts';

const ID = /^b_[0-9a-z]{9}[0-9a-f]{12}$/;

const backTestParams = z.strictObject({
  id: z
    .string()
    .regex(ID, 'It is not the id of a back-test.')
    .meta({ examples: ['b_0mi4x2k7pa1b2c3d4e5f6'] }),
});
const backTestsQuery = z.strictObject(paging('back-tests', ID));

const wordsShape = z.array(line(1, 80)).max(50).prefault([]);
const change = z.strictObject({
  list: z.enum(PROPOSAL_LISTS).meta({
    description:
      'opt-out, help, start, ...: texts that are nothing else. …-phrase: words within a text that surely mean an opt-out, that perhaps do, and that do not though they look so. join: keywords of a program.',
  }),
  program: slug.optional().meta({ description: 'Of join: whose keyword.' }),
  language: language.optional().meta({ description: 'Of the words to add: the answer is given in it.' }),
  add: wordsShape,
  take: wordsShape.meta({ description: 'Of phrases: names of rules, as holds and texts show them.' }),
});
const MOST_CHANGES = 20;
const backTestBody = z.strictObject({
  rules: z.strictObject({
    changes: z.array(change).max(MOST_CHANGES).prefault([]).meta({
      description: 'What is changed of the rules in force. Others cannot be named: there is one version.',
    }),
  }),
  days: z.int().min(1).max(400).meta({ description: 'Texts of so many days, until now.' }),
});
const cancelBody = z.strictObject({});

const count = z.int().min(0);

const summaryAnswer = z.strictObject({
  id: z.string(),
  lost_opt_outs: count.meta({
    description: 'Texts that opt out today and no longer would. Look at each before the rules are adopted.',
  }),
  lost_holds: count.meta({ description: 'Texts that a person looks at today, and nobody would.' }),
  new_opt_outs: count.meta({ description: 'Texts that would opt out, and do not today.' }),
  changed: count,
  warnings: z
    .array(z.string())
    .meta({ description: 'What the past does not show: law, carriers, words of programs.' }),
  state: z.enum(['running', 'done', 'canceled', 'failed']),
  rules: z.string().meta({ description: 'The version to which the changes are made.' }),
  changes: z.array(
    z.strictObject({
      list: z.enum(PROPOSAL_LISTS),
      program: z.string().nullable(),
      language: language.nullable(),
      add: z.array(z.string()),
      take: z.array(z.string()),
    }),
  ),
  since: time,
  until: time,
  texts: count.nullable().meta({ description: 'How many there are; null where counting took too long.' }),
  looked_at: count,
  read: count,
  not_read: z
    .strictObject(
      Object.fromEntries(UNREAD.map((why) => [why, count])) as Record<(typeof UNREAD)[number], typeof count>,
    )
    .meta({ description: 'Of people who were erased; not kept; sealed by a key we have not; of no sender.' }),
  ended_at: time.nullable(),
});

const effect = z.enum(EFFECTS);

const sample = z.strictObject({
  contact: z.strictObject({ id: contactId, masked: z.string() }).nullable().meta({
    description: 'Null once the person was erased, or where the keys of this process cannot open them.',
  }),
  day: z.iso.date(),
  rule: z.string().meta({ description: 'What reads it today.' }),
  would_rule: z.string().meta({ description: 'What would read it.' }),
});

const foundAnswer = z
  .array(
    z.strictObject({
      from: effect.meta({ description: 'What such a text does today.' }),
      to: effect.meta({ description: 'What it would do.' }),
      lost: z.boolean().meta({ description: 'It opts out of something that it no longer would.' }),
      count,
      samples: z.array(sample).nullable().meta({
        description: 'The first 20, without their words; null without the scope evidence:read.',
      }),
    }),
  )
  .meta({ description: 'What changes: lost opt-outs, lost holds, new opt-outs, then the rest.' });

const backTestAnswer = summaryAnswer.extend({ groups: foundAnswer });
const backTestsAnswer = page(summaryAnswer);

/** Starts a run. A job reads the texts, and writes only what would change. */
async function beginBackTest(call: ApiRequest<{ body: typeof backTestBody }>) {
  const { context, key, body } = call;
  const changes = body.rules.changes.map(({ program = null, language: of = null, ...rest }) => ({
    ...rest,
    program,
    language: of,
  }));
  const begun = await beginRun(context, { changes, days: body.days, by: `key:${key.id}` });
  if (begun.kind === 'no-changes')
    throw unusable('rules.changes', 'These are the rules of today: change something.');
  if (begun.kind === 'faults') {
    const errors = begun.faults.map((fault) => ({
      field: `rules.changes.${fault.change}`,
      message: fault.message,
    }));
    throw new Problem('unprocessable', 'Nothing was begun.', { errors });
  }
  const { run } = begun;
  context.log.info({ key: key.id, backTest: run._id, texts: run.texts }, 'a back-test was begun');
  return shown(call, run);
}

async function listBackTests({ context, query }: ApiRequest<{ query: typeof backTestsQuery }>) {
  const { cursor, limit } = query;
  const runs = await pageBackTests(context.store, { before: cursor ?? null, limit: limit + 1 });
  const { rows, next_cursor } = toPage('back-tests', runs, limit, ({ _id }) => _id);
  return { items: rows.map(summaryOf), next_cursor };
}

async function showBackTest(call: ApiRequest<{ params: typeof backTestParams }>) {
  return shown(call, await backTestOf(call.context, call.params.id));
}

type Cancel = ApiRequest<{ params: typeof backTestParams; body: typeof cancelBody }>;

/** Cancels a run and keeps its results. A run that has ended stays as it is. */
async function cancelBackTest(call: Cancel) {
  const { context, key, params } = call;
  await backTestOf(context, params.id);
  const canceled = await endBackTest(context.store, params.id, 'canceled', context.now());
  context.log.info({ key: key.id, backTest: params.id, canceled }, 'a back-test was canceled');
  return shown(call, await backTestOf(context, params.id));
}

/** Throws `Problem` when there is none. */
async function backTestOf({ store }: ApiRequest<object>['context'], id: string): Promise<BackTestDoc> {
  const run = await findBackTest(store, id);
  if (run === null)
    throw new Problem('not-found', 'There is no back-test of this id. GET /back-tests lists them.');
  return run;
}

const shown = async (call: Pick<ApiRequest<object>, 'context' | 'key'>, run: BackTestDoc) => ({
  ...summaryOf(run),
  groups: await foundBy(call, run),
});

function summaryOf(run: BackTestDoc): z.input<typeof summaryAnswer> {
  const groups = Object.values(run.groups);
  const sum = (of: (readingGroup: ReadingGroup) => boolean): number =>
    groups.filter(of).reduce((all, group) => all + group.count, 0);
  const { erased, not_kept, unreadable } = run.unread;
  return {
    id: run._id,
    lost_opt_outs: sum(({ lost }) => lost),
    lost_holds: sum(isLostHold),
    new_opt_outs: sum(isNewOptOut),
    changed: sum(() => true),
    warnings: run.warnings,
    state: run.state,
    rules: run.version,
    changes: run.changes.map((change) => ({ ...change, add: [...change.add], take: [...change.take] })),
    since: iso(run.since),
    until: iso(run.until),
    texts: run.texts,
    // `texts` does not count texts that belong to nobody, so they are not added here either.
    looked_at: run.read + erased + not_kept + unreadable,
    read: run.read,
    not_read: run.unread,
    ended_at: isoOrNull(run.endedAt),
  };
}

/**
 * What would change, the gravest first. To see whose texts change, a key needs the scope to read evidence, and the
 * reading is audited: somebody could otherwise try a word and learn who used it. Numbers are opened and masked for
 * the answer; people erased since are left out.
 */
async function foundBy(
  { context, key }: Pick<ApiRequest<object>, 'context' | 'key'>,
  { _id, groups }: BackTestDoc,
): Promise<z.input<typeof foundAnswer>> {
  const sorted = Object.values(groups).sort((a, b) => severityOf(a) - severityOf(b) || b.count - a.count);
  if (!key.scopes.has('evidence:read')) return sorted.map((group) => ({ ...group, samples: null }));
  if (sorted.length > 0) context.log.info({ key: key.id, backTest: _id }, 'evidence was read');
  return shownOf(context, sorted);
}

async function shownOf(context: ApiRequest<object>['context'], sorted: readonly ReadingGroup[]) {
  const ids = sorted.flatMap(({ samples }) => samples.map(({ contact }) => contact));
  const holders = (await findContacts(context.store, [...new Set(ids)])).filter(
    ({ sealed }) => sealed !== null,
  );
  const masked = new Map(
    holders.map((holder) => [
      holder._id,
      unlessClosed(() => mask(openHolder(context.ring, holder, []).number)),
    ]),
  );
  return sorted.map(({ samples, ...group }) => ({
    ...group,
    samples: samples.map(({ contact: id, at, rule, wouldRule }) => {
      const number = masked.get(id);
      const contact = number == null ? null : { id, masked: number };
      return { contact, day: iso(at).slice(0, 10), rule, would_rule: wouldRule };
    }),
  }));
}

const wordsBody = z.strictObject({ from: effect, to: effect, reason: line(3, 200) });
const wordsAnswer = z.strictObject({
  texts: z.array(text.extend({ contact: contactId })),
});

/** What changed rules would make of past texts. */
export const BACK_TEST_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/back-tests',
    scope: 'reviews:read',
    summary: 'List the runs over past texts, newest first.',
    query: backTestsQuery,
    answer: backTestsAnswer,
    handle: listBackTests,
  }),
  defineRoute({
    method: 'post',
    path: '/back-tests',
    scope: 'reviews:write',
    summary: 'Read the texts of past days again by changed rules. No consent changes.',
    body: backTestBody,
    status: 202,
    answer: backTestAnswer,
    handle: beginBackTest,
  }),
  defineRoute({
    method: 'get',
    path: '/back-tests/{id}',
    scope: 'reviews:read',
    summary:
      'Show how far a run is and what would change, lost opt-outs first; without the words, and whose texts only with the scope evidence:read.',
    params: backTestParams,
    answer: backTestAnswer,
    problems: ['not-found'],
    handle: showBackTest,
  }),
  defineRoute({
    method: 'post',
    path: '/back-tests/{id}/read',
    scope: 'evidence:read',
    rate: 'lookups',
    summary: 'Read the words of texts that would be read otherwise, with a reason.',
    params: backTestParams,
    body: wordsBody,
    answer: wordsAnswer,
    problems: ['not-found'],
    handle: readSamples,
  }),
  defineRoute({
    method: 'post',
    path: '/back-tests/{id}/cancel',
    scope: 'reviews:write',
    summary: 'Stop a run. What it found stays.',
    params: backTestParams,
    body: cancelBody,
    answer: backTestAnswer,
    problems: ['not-found'],
    handle: cancelBackTest,
  }),
];

type Read = ApiRequest<{ params: typeof backTestParams; body: typeof wordsBody }>;

/**
 * The words of samples of one change; none when no text changes so. Each reading is audited. Erased people are left
 * out.
 */
async function readSamples({ context, key, params, body }: Read) {
  const run = await backTestOf(context, params.id);
  const { from, to, reason } = body;
  const samples = Object.values(run.groups)
    .filter((group) => group.from === from && group.to === to)
    .flatMap((group) => group.samples);
  const fields = { key: key.id, backTest: run._id, from, to, texts: samples.length };
  context.log.info({ ...fields, reasonLength: reason.length }, 'words of a back-test were read');
  const rows = await findInbound(
    context.store,
    samples.map((sample) => sample.text),
  );
  const holders = await findContacts(
    context.store,
    samples.map((sample) => sample.contact),
  );
  const keys = new Map(
    holders
      .filter(({ sealed }) => sealed !== null)
      .map((holder) => [holder._id, openHolderKey(context.ring, holder._id, holder.keys, 'profile')]),
  );
  return {
    texts: samples.flatMap(({ text: id, contact }) => {
      const [row, own] = [rows.find(({ _id }) => _id === id), keys.get(contact)];
      return row === undefined || own === undefined ? [] : [{ contact, ...shownText(row, own) }];
    }),
  };
}
