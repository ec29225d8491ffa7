import { z } from 'zod';
import { showPriceTable } from '../../campaigns/cost.ts';
import {
  countForVerification,
  idOfNextVerification,
  listVerifications,
  showVerification,
  showVerificationRules,
  stopVerification,
  type VerificationView,
  verifyPeople,
} from '../../contacts/verification.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { UNKNOWNS } from '../../domain/hygiene/number-verification.ts';
import type { Resolved } from '../../domain/segments/tree.ts';
import {
  InvalidSegment,
  listSegments,
  readSentenceWriter,
  resolveTree,
  showSegment,
} from '../../segments/segments.ts';
import { actorName } from '../actor-name.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { FRESH, type Shown, typedIn } from './queue.ts';
import { LINE_WORDS, VERIFICATION_SETTINGS, valueWords } from './setting-rows.ts';

const ID = /^v_[0-9a-z]{9}[0-9a-f]{12}$/;
const PER_PAGE = 50;
const MOST_SEGMENTS = 200;
const MOST_DAYS = 366;
const FIGURES = new Intl.NumberFormat('en-US');

const STATES: Readonly<Record<VerificationView['state'], { sign: string; word: string }>> = {
  running: { sign: 'note', word: 'Running' },
  waiting: { sign: 'wait', word: 'Waiting' },
  done: { sign: 'good', word: 'Done' },
  canceled: { sign: 'off', word: 'Canceled' },
};

/** What a run found about a number. */
const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  ...LINE_WORDS,
  invalid: 'No phone has the number',
  unreadable: 'Erased, or no key of this process opens it',
};

const nothingHere = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

function progressWords({ t }: Pick<PageCall, 't'>, { lookedAt, people }: VerificationView): string {
  const done = FIGURES.format(lookedAt);
  return people === null
    ? t('{done} numbers are done.', { done })
    : t('{done} of {all} numbers are done.', { done, all: FIGURES.format(people) });
}

/** What a run says first: how far it is, or what it found. */
function sentenceOf(call: PageCall, run: VerificationView): string {
  const { t } = call;
  if (run.state === 'running') return t('It runs: {progress}', { progress: progressWords(call, run) });
  if (run.state === 'waiting') return t('It waits: {progress}', { progress: progressWords(call, run) });
  const all = FIGURES.format(run.lookedAt);
  const found =
    '1 of {all} numbers gets no texts; its consent is ended. || {count} of {all} numbers get no texts; their consent is ended.';
  const words =
    run.refused === 0
      ? t('None of {all} numbers lost consent.', { all })
      : t(found, { count: run.refused, all });
  return run.state === 'done' ? words : t('Canceled before its end. {found}', { found: words });
}

function causeOf(call: PageCall, run: VerificationView): string {
  const { t } = call;
  if (run.waitsFor !== null) return t('{why} It goes on by itself.', { why: t(UNKNOWNS[run.waitsFor]) });
  if (run.why !== null) return run.why;
  return t('Begun by {name}. The carrier was asked {count} times.', {
    name: actorName(run.createdBy, call),
    count: FIGURES.format(run.asked),
  });
}

function shownRun(call: PageCall, run: VerificationView) {
  const { viewer, t } = call;
  const time = (at: Date) => showTime(at, viewer.zone, viewer.language);
  const state = STATES[run.state];
  return {
    id: run.id,
    sign: state.sign,
    state: { sign: state.sign, word: t(state.word) },
    sentence: sentenceOf(call, run),
    cause: causeOf(call, run),
    progress: progressWords(call, run),
    begun: time(run.createdAt),
    ended: run.endedAt === null ? null : time(run.endedAt),
    olderThan: time(run.since),
    by: actorName(run.createdBy, call),
    asked: FIGURES.format(run.asked),
    refused: FIGURES.format(run.refused),
    isOpen: run.endedAt === null,
    outcomes: run.outcomes.map(([line, count]) => ({
      words: t(OUTCOME_WORDS[line] ?? line),
      count: FIGURES.format(count),
    })),
    lookedAt: FIGURES.format(run.lookedAt),
  };
}

/** The budget of the day in words, and whether Lookup is asked at all. */
async function budgetOf(call: PageCall) {
  const { t } = call;
  const { rules, isLookupOn, askedToday } = await showVerificationRules(call.context);
  const words = t(
    'Today {asked} of {most} questions are asked; the rest of a run waits for the next day, in UTC.',
    {
      asked: FIGURES.format(askedToday),
      most: FIGURES.format(rules.dailyBudget),
    },
  );
  return { rules, isLookupOn, words, remaining: Math.max(0, rules.dailyBudget - askedToday) };
}

type Budget = Awaited<ReturnType<typeof budgetOf>>;

function answerOf(
  { t }: PageCall,
  [last]: readonly ReturnType<typeof shownRun>[],
  { isLookupOn, words }: Budget,
) {
  if (!isLookupOn)
    return {
      sign: 'wait',
      sentence: t('The carrier is not asked about numbers: only the numbering plan judges them.'),
      cause: t(
        'TWILIO_LOOKUP_BASE is empty. Whoever runs the servers can set it; each question costs money.',
      ),
    };
  if (last === undefined)
    return { sign: 'off', sentence: t('The numbers here were never verified in a run.'), cause: words };
  const door = { href: `/console/verifications/${last.id}`, label: t('See what it found') };
  return {
    sign: last.sign,
    sentence: last.isOpen ? last.sentence : t('The last run is over. {found}', { found: last.sentence }),
    cause: t('Begun {at}. {budget}', { at: last.begun, budget: words }),
    door,
  };
}

/** The rules in force, as rows of a table. */
const ruleRows = (call: PageCall) =>
  Promise.all(
    VERIFICATION_SETTINGS.map(async (setting) => ({
      id: setting.id,
      name: call.t(setting.name),
      value: valueWords(call, setting, await setting.read(call.context)),
      mayChange: may(call.viewer.role, setting.permission),
    })),
  );

async function showList(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { context, request, viewer, show, t } = call;
  const { after: place } = request.query;
  const after = typeof place === 'string' && ID.test(place) ? place : null;
  const { items, next } = await listVerifications(context, { after, limit: PER_PAGE });
  const newest = after === null ? items : (await listVerifications(context, { after: null, limit: 1 })).items;
  const budget = await budgetOf(call);
  const segments = await listSegments(context, { archived: false, after: '', limit: MOST_SEGMENTS });
  await show(
    'setup/verifications',
    {
      title: t('Verifications'),
      answer: answerOf(
        call,
        newest.map((run) => shownRun(call, run)),
        budget,
      ),
      runs: items.map((run) => shownRun(call, run)),
      next: next === null ? null : `/console/verifications?after=${next}`,
      ...{ typed: { days: String(budget.rules.cacheDays), ...typed }, fault },
      segments: segments.map(({ id, name }) => ({ id, name })),
      rules: await ruleRows(call),
      mayBegin: may(viewer.role, 'consent:write'),
    },
    status,
  );
}

const list = definePage({
  method: 'get',
  path: '/verifications',
  permission: 'contacts:read',
  handle: (call) => showList(call),
});

const wishForm = z.object({
  segment: z
    .string()
    .regex(/^[\w-]{0,64}$/)
    .prefault(''),
  days: z.coerce.number().int().min(1).max(MOST_DAYS),
});

type Wish = { segment: Resolved | null; days: number; name: string | null };

/** What a form wants verified, or what is wrong with it. */
async function wishOf(
  { context, t }: PageCall,
  typed: Record<string, string>,
): Promise<Wish | { fault: string }> {
  const { data } = wishForm.safeParse(typed);
  if (data === undefined)
    return { fault: t('Type a whole number of days from 1 to {most}.', { most: MOST_DAYS }) };
  if (data.segment === '') return { segment: null, days: data.days, name: null };
  const saved = await showSegment(context, data.segment);
  if (saved === null) return { fault: t('There is no such segment any more. Choose another.') };
  const { store, catalog } = context;
  try {
    const tree = { kind: 'segment', id: data.segment } as const;
    const segment = await resolveTree(store, catalog.current().book, tree, context.now());
    return { segment, days: data.days, name: saved.name };
  } catch (error) {
    if (!(error instanceof InvalidSegment)) throw error;
    return { fault: t('This segment asks for something that is gone. Mend it first, or choose another.') };
  }
}

const HOUSE_MICROS = 1_000_000;

/** What a run over so many people costs at most; null where no price is known. */
function costWords(people: number, micros: number | null, currency: string | null): string | null {
  if (micros === null) return null;
  const style = { style: 'currency', currency: currency ?? 'USD' } as const;
  return new Intl.NumberFormat('en-US', style).format((people * micros) / HOUSE_MICROS);
}

/** When a run over so many people is over, by the budget alone. */
function daysWords({ t }: PageCall, people: number, { rules, remaining }: Budget): string {
  if (people <= remaining) return t('The budget of today is enough.');
  if (rules.dailyBudget === 0)
    return t('The budget is 0 questions a day, so it waits until somebody raises it.');
  const days = Math.ceil((people - remaining) / rules.dailyBudget);
  return t(
    'The budget of today has {left} questions left, so it goes on for 1 more day. || The budget of today has {left} questions left, so it goes on for {count} more days.',
    {
      left: FIGURES.format(remaining),
      count: days,
    },
  );
}

async function costOf(call: PageCall, people: number | null, budget: Budget) {
  const { t, context } = call;
  if (!budget.isLookupOn)
    return { sentence: t('It costs nothing: only the numbering plan is asked.'), cause: t('Lookup is off.') };
  if (people === null)
    return {
      sentence: t('How many numbers it asks about could not be counted in time.'),
      cause: budget.words,
    };
  const currency = (await showPriceTable(context))?.currency ?? null;
  const cost = costWords(people, budget.rules.questionMicros, currency);
  const count = { count: people, people: FIGURES.format(people), cost: cost ?? '' };
  const sentence =
    cost === null
      ? t(
          'It asks the carrier about 1 number at most. || It asks the carrier about {people} numbers at most.',
          count,
        )
      : t(
          'It asks the carrier about 1 number at most, for {cost}. || It asks the carrier about {people} numbers at most, for {cost}.',
          count,
        );
  const price = cost === null ? t('No price of a question is set, so no cost is shown.') : '';
  const maySet = cost === null && may(call.viewer.role, 'programs:write');
  return {
    sentence,
    cause: `${daysWords(call, people, budget)} ${price}`.trim(),
    door: maySet ? { href: '/console/settings/lookup-price', label: t('Set the price') } : null,
  };
}

/** Says what a run would cost, and begins nothing. */
const count = definePage({
  method: 'post',
  path: '/verifications/count',
  permission: 'consent:write',
  handle: async (call) => {
    const { context, viewer, show, t } = call;
    const typed = typedIn(call);
    const wish = await wishOf(call, typed);
    if ('fault' in wish) return showList(call, { typed, fault: wish.fault, status: 422 });
    const { segment, days, name } = wish;
    const people = await countForVerification(context, { segment, days, actor: actorOf(viewer) });
    const budget = await budgetOf(call);
    await show('setup/verification-begin', {
      title: t('Verify numbers'),
      whose: name,
      cost: await costOf(call, people, budget),
      isNobody: people === 0,
      typed,
      days,
      people: people === null ? null : FIGURES.format(people),
      // Sent twice, the form begins one run.
      run: idOfNextVerification(context),
    });
  },
});

const begin = definePage({
  method: 'post',
  path: '/verifications',
  permission: 'consent:write',
  handle: async (call) => {
    const { context, viewer, go, t } = call;
    const typed = typedIn(call);
    const wish = await wishOf(call, typed);
    if ('fault' in wish) return showList(call, { typed, fault: wish.fault, status: 422 });
    const { run: id = '' } = typed;
    if (!ID.test(id))
      return showList(call, { typed, fault: t('See what it costs first, then begin.'), status: 422 });
    const { segment, days } = wish;
    const run = await verifyPeople(context, { id, segment, days, actor: actorOf(viewer) });
    go(`/console/verifications/${run.id}`, {
      kind: 'good',
      text: t('Begun. A worker asks about eight numbers at a time.'),
    });
  },
});

async function runOf({ context, request }: PageCall): Promise<VerificationView | null> {
  const id = String(request.params.id);
  return ID.test(id) ? showVerification(context, id) : null;
}

/** Whose numbers a run looks at, in words. */
async function whoseWords({ context, t }: PageCall, { segment }: VerificationView): Promise<string> {
  if (segment === null) return t('Everybody.');
  const say = await readSentenceWriter(context.store, context.catalog.current().book, [segment]);
  return say(segment);
}

const details = definePage({
  method: 'get',
  path: '/verifications/:id',
  permission: 'contacts:read',
  handle: async (call) => {
    const { viewer, show, t } = call;
    const run = await runOf(call);
    if (run === null) return nothingHere(call);
    await show('setup/verification', {
      title: t('Verification'),
      run: shownRun(call, run),
      whose: await whoseWords(call, run),
      mayCancel: may(viewer.role, 'consent:write') && run.endedAt === null,
    });
  },
});

const cancel = definePage({
  method: 'post',
  path: '/verifications/:id/cancel',
  permission: 'consent:write',
  handle: async (call) => {
    const { context, viewer, go, t } = call;
    const run = await runOf(call);
    if (run === null) return nothingHere(call);
    const page = `/console/verifications/${run.id}`;
    if (run.endedAt !== null) return go(page, { kind: 'wait', text: t('It has ended already.') });
    await stopVerification(context, run.id, actorOf(viewer));
    go(page, { kind: 'good', text: t('Canceled. What it found stays.') });
  },
});

/** Runs over many numbers: what they found, what the next one costs, and the rules that they follow. */
export const VERIFICATION_PAGES = [list, count, begin, details, cancel];
