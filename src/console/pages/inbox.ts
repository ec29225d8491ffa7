import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { asRefusal, CommandRefused } from '../../consent/command-refused.ts';
import { answerItem, closeItem, type ItemOutcome, optOutItem } from '../../contacts/inbox.ts';
import { listInbox, nextItem, readItem, readItemTexts } from '../../contacts/inbox-list.ts';
import { offerAnswers } from '../../contacts/saved-answers.ts';
import { waitingForStaff } from '../../contacts/waiting-for-staff.ts';
import type { Actor } from '../../domain/access/actor.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { readingSentence } from '../../domain/contacts/timeline.ts';
import { HOUR_MS, MINUTE_MS } from '../../domain/durations.ts';
import { REASONS } from '../../domain/sending/send-rules.ts';
import type { AlarmKind } from '../../domain/words/word-files.ts';
import { duration, fromNow, timeLeft } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { LANGUAGE_NAMES } from './program-rows.ts';
import {
  asTyped,
  byAndAt,
  decidable,
  FRESH,
  MOST_TEXTS,
  otherReader,
  PER_PAGE,
  personName,
  REASON,
  type Shown,
  type Typed,
  typedIn,
} from './queue.ts';

const ITEM_ID = /^[\w.]{1,100}$/;

type Listed = Awaited<ReturnType<typeof listInbox>>['items'][number];

function shownItem(call: PageCall, item: Listed) {
  const { context, viewer, t } = call;
  const { id, about, receivedAt, ageMs, answerableUntil, alarm, texts, to, inDoubt } = item;
  const leftMs = answerableUntil.getTime() - context.now().getTime();
  return {
    id,
    person: personName(call, about) ?? t('a number that is not known any more'),
    contact: about?.contact.id ?? null,
    sentence: about?.sentence ?? null,
    receivedAt: showTime(receivedAt, viewer.zone, viewer.language),
    waits: duration(Math.max(MINUTE_MS, ageMs)),
    ...answerSign(call, { leftMs, isReachable: about !== null }),
    until: showTime(answerableUntil, viewer.zone, viewer.language),
    subject: subjectOf(call, item),
    alarm: alarm === null ? null : t(`alarm: ${alarm.kind}`),
    advice: alarm === null ? null : t(ALARM_ADVICE[alarm.kind]),
    isInDoubt: inDoubt !== null,
    texts,
    to,
  };
}

/** An answer that may go for less than this is marked in the list. */
const SOON_MS = 4 * HOUR_MS;

/** How long an answer may still go, and whether that ends soon. */
function answerSign(
  { viewer, t }: Pick<PageCall, 'viewer' | 't'>,
  { leftMs, isReachable }: { leftMs: number; isReachable: boolean },
) {
  if (!isReachable) return { left: t('nobody can be answered'), endsSoon: false };
  if (leftMs <= 0) return { left: t('24 h over'), endsSoon: false };
  return { left: timeLeft(leftMs, viewer.language), endsSoon: leftMs < SOON_MS };
}

/** What the list says of a text without its words: to which program, in which language, how our rules read it. */
function subjectOf({ t }: Pick<PageCall, 't'>, { program, about, reading }: Listed): string {
  const language = about?.language ?? null;
  const known = [program, language === null ? null : t(LANGUAGE_NAMES[language])];
  return [...known.filter((part) => part !== null), t(readingSentence(reading))].join(' · ');
}

/** What an alarm means, and what to do first. */
const ALARM_ADVICE: Readonly<Record<AlarmKind, string>> = {
  harm: 'They write of harm to themselves or to others. Read it now; where a life may be in danger, follow your emergency plan before anything else.',
  legal:
    'They name a lawyer, a regulator or a law. Read it first, and show it to compliance before you answer.',
  abuse:
    'They call our messages spam, a scam or harassment. Read it first: where they want no more texts, opt them out.',
};

const openItems = ({ context, viewer }: PageCall) =>
  listInbox(context, { state: 'open', after: null, limit: PER_PAGE, within: viewer.programs });

const list = definePage({
  method: 'get',
  path: '/inbox',
  permission: 'reviews:read',
  handle: async (call) => {
    const { context, viewer, t } = call;
    const { items, next } = await openItems(call);
    const waiting = (await waitingForStaff(context, viewer.programs)).inbox;
    const longest = items.reduce((most, { ageMs }) => Math.max(most, ageMs), MINUTE_MS);
    const oldestMs = waiting.oldest === null ? 0 : context.now().getTime() - waiting.oldest.getTime();
    const count = Math.max(items.length, waiting.count);
    const alarms = items[0]?.alarm ? Math.max(1, waiting.alarms) : 0;
    await call.show('inbox', {
      title: t('Inbox'),
      items: items.map((item) => shownItem(call, item)),
      sentence: waitingSentence(call, { count, alarms, longestMs: Math.max(longest, oldestMs) }),
      button: firstButton(call, alarms > 0),
      isMore: next !== null,
    });
  },
});

/** How many wait, which of them comes first, and how long the one waits that has waited longest. */
function waitingSentence(
  { t }: Pick<PageCall, 't'>,
  { count, alarms, longestMs }: { count: number; alarms: number; longestMs: number },
): string {
  const time = duration(Math.max(MINUTE_MS, longestMs));
  if (alarms === 0)
    return t(
      '1 person waits for an answer, for {time}. || {count} people wait for an answer, the first for {time}.',
      { count, time },
    );
  const first = t('1 alarm first || {count} alarms first', { count: alarms });
  return t(
    '1 person waits for an answer, with an alarm, for {time}. || {count} people wait for an answer: {first}; the oldest waits for {time}.',
    { count, first, time },
  );
}

/** What the main button says; null for a role that neither answers nor ends an item. */
function firstButton({ viewer, t }: Pick<PageCall, 'viewer' | 't'>, isAlarm: boolean): string | null {
  if (may(viewer.role, 'inbox:answer')) return isAlarm ? t('Answer the first alarm') : t('Answer the oldest');
  if (may(viewer.role, 'reviews:write')) return isAlarm ? t('Read the first alarm') : t('Read the oldest');
  return null;
}

async function showItem(call: PageCall, shown: Shown = FRESH): Promise<void> {
  const { context, request } = call;
  const id = String(request.params.id);
  const { items } = await openItems(call);
  const ids = items.map((item) => item.id);
  const item = items.find((each) => each.id === id) ?? (await readItem(context, id));
  if (item?.state === 'open') return showOpen(call, { ...shown, item, ids });
  await showEnded(call, { ...shown, item, next: ids[0] ?? null });
}

async function showOpen(
  call: PageCall,
  { item, ids, status, ...shown }: Shown & { item: Listed; ids: string[] },
): Promise<void> {
  const { viewer, t } = call;
  const mayAnswer = may(viewer.role, 'inbox:answer');
  const mayEnd = may(viewer.role, 'reviews:write');
  const said = may(viewer.role, 'evidence:read') ? await readSaid(call, item.id) : null;
  const window = answerWindow(call, item);
  const listed = shownItem(call, item);
  const model = {
    ...decidable(call, { ...shown, title: t('Inbox'), id: item.id, ids, said }),
    item: listed,
    ...{ mayAnswer, mayEnd, window },
    cause: window.after,
    consequence: t(CONSEQUENCE),
    // What was typed stays in its field, even where it can no longer be sent.
    canAnswer: mayAnswer && item.about !== null && (window.isOpen || shown.typed.text !== undefined),
    saved: mayAnswer ? await savedFor(call, item) : [],
    other: mayAnswer || mayEnd ? await otherReader(call, item.id) : null,
  };
  await call.show('inbox-item', model, status);
}

async function readSaid({ context, viewer, t }: PageCall, item: string) {
  const found = await readItemTexts(context, {
    item,
    reason: t('to answer'),
    actor: actorOf(viewer),
    after: null,
    limit: MOST_TEXTS,
    withConversation: true,
  });
  return { texts: found?.texts.items ?? [], conversation: found?.conversation ?? [] };
}

const CONSEQUENCE =
  'Opting out: at most one text confirms it, then nothing more is sent. You cannot take it back. They can, by JOIN or START; compliance can overturn it, with a reason, unless they used an opt-out word or acted since.';

/** How long the person waits, until when an answer may go, and what else is possible once it may not. */
function answerWindow(call: PageCall, item: Listed) {
  const { context, viewer, t } = call;
  const [now, end] = [context.now(), item.answerableUntil];
  const values = {
    time: duration(Math.max(MINUTE_MS, item.ageMs)),
    until: showTime(end, viewer.zone, viewer.language),
    in: fromNow(end, now, viewer.language),
  };
  if (item.about === null)
    return { isOpen: false, sentence: t('Waits for {time}. Nobody can be answered.', values), after: null };
  if (end > now)
    return {
      isOpen: true,
      sentence: t('Waits for {time}; may be answered until {until} ({in}).', values),
      after: null,
    };
  return {
    isOpen: false,
    sentence: t('Waits for {time}; the 24 hours for an answer ended at {until}.', values),
    after: t('You can close it or opt them out. An answer is possible again as soon as they write.'),
  };
}

const savedFor = async ({ context }: PageCall, { about, to }: Listed) =>
  about === null ? [] : offerAnswers(context, { contact: about.contact.id, to });

/** The page of an item that is over: how it ended, and what was typed too late. */
async function showEnded(
  call: PageCall,
  { item, next, typed, fault, status }: Shown & { item: Listed | null; next: string | null },
): Promise<void> {
  const ended = item?.ended ?? null;
  const model = {
    title: call.t('This item is done'),
    heading: call.t('This item is done'),
    ...{ next, typed, fault },
    how: ended === null ? null : howEnded(call, ended),
    contact: item?.about?.contact.id ?? null,
    delivery: ended?.delivery ?? null,
  };
  await call.show('inbox-over', model, ended === null && status === 200 ? 404 : status);
}

type Ended = NonNullable<Listed['ended']>;

function howEnded(call: PageCall, ended: Ended): string {
  const { t } = call;
  const { name, at } = byAndAt(call, ended);
  switch (ended.how) {
    case 'answer':
      return t('{name} answered it at {at}.', { name, at });
    case 'opt-out':
      return t('{name} opted them out at {at}.', { name, at });
    case 'close':
      return t('{name} closed it at {at}.', { name, at });
    default:
      return ended.how satisfies never;
  }
}

const detail = definePage({
  method: 'get',
  path: '/inbox/:id',
  permission: 'reviews:read',
  handle: (call) =>
    ITEM_ID.test(String(call.request.params.id)) ? showItem(call) : call.go('/console/inbox'),
});

const TOO_LONG = 'Write at most 1,000 letters.';
const NO_FORM = 'The form could not be read. Load the page again.';

/** Fills the answer with a saved one, for browsers without script. Keeps what was typed before it. */
const fill = definePage({
  method: 'post',
  path: '/inbox/:id/fill',
  permission: 'inbox:answer',
  handle: async (call) => {
    const { context, request, t } = call;
    const id = String(request.params.id);
    const typed = typedIn(call);
    if (!ITEM_ID.test(id)) return call.go('/console/inbox');
    if ((typed.text ?? '').length > 2000)
      return showItem(call, { typed, fault: t(TOO_LONG), field: 'text', status: 422 });
    const item = await readItem(context, id);
    const offers = item === null ? [] : await savedFor(call, item);
    const chosen = offers.find((offer) => offer.id === typed.saved);
    if (chosen === undefined)
      return showItem(call, { typed, fault: t('Choose a saved answer first.'), field: 'saved', status: 422 });
    const text = withSaved(asTyped(typed.text ?? ''), chosen.text);
    await showItem(call, { typed: { ...typed, text }, fault: null, status: 200 });
  },
});

const withSaved = (typed: string, saved: string): string =>
  typed === '' || typed.endsWith(saved) ? typed || saved : `${typed}\n${saved}`;

const form = z.object({
  text: z.string().max(2000).transform(asTyped).pipe(z.string().max(1000)).prefault(''),
  reason: z.string().trim().max(REASON.most).prefault(''),
  read_until: z
    .string()
    .regex(/^[\w.]{0,100}$/)
    .prefault(''),
  wrong_number: z.literal('yes').optional(),
});
type ItemForm = z.output<typeof form>;
type Order = { item: string; actor: Actor; readUntil: string | null };
type Act = (call: PageCall, order: Order, form: ItemForm) => Promise<ItemOutcome>;

/** An answer is the same answer when the same person sends the same words to the same item again. */
const answer: Act = ({ context, options, viewer }, order, { text }) => {
  const parts = `inbox ${viewer.id} ${order.item} ${text}`;
  const digest = createHmac('sha256', options.sessionSecret).update(parts).digest('base64url').slice(0, 24);
  return answerItem(context, { ...order, text, digest });
};

const optOut: Act = ({ context }, order, { reason, wrong_number: wrong }) =>
  optOutItem(context, { ...order, reason, wrongNumber: wrong !== undefined });

const close: Act = ({ context }, order, { reason }) => closeItem(context, { ...order, reason });

type Way = 'answer' | 'close' | 'opt-out';

/** What is missing in a form, and in which field; null when it can be tried. */
function faultInForm(
  { t }: PageCall,
  way: Way,
  typed: Typed,
  data: ItemForm | undefined,
): { fault: string; field?: string } | null {
  if (way === 'answer' && asTyped(typed.text ?? '').length > 1000)
    return { fault: t(TOO_LONG), field: 'text' };
  if ((typed.reason ?? '').trim().length > REASON.most)
    return { fault: t('Write at most 200 letters.'), field: 'reason' };
  if (data === undefined) return { fault: t(NO_FORM) };
  if (way === 'answer') return data.text === '' ? { fault: t('Write an answer.'), field: 'text' } : null;
  if (way === 'close' && data.wrong_number !== undefined)
    return {
      fault: t('A person we do not mean gets no more texts. Opt them out, or take the mark away.'),
      field: 'wrong_number',
    };
  return data.reason.length < REASON.least
    ? { fault: t('Say why in a few words: it stays on record.'), field: 'reason' }
    : null;
}

/** A form that ends the item: what is missing in it, what it does, and the notice when it is done. */
function endItem(way: Way, permission: 'inbox:answer' | 'reviews:write', act: Act, done: string) {
  return definePage({
    method: 'post',
    path: `/inbox/:id/${way}`,
    permission,
    handle: async (call) => {
      const { request, viewer, t, go } = call;
      const item = String(request.params.id);
      const typed = typedIn(call);
      const { data } = form.safeParse(request.body);
      if (!ITEM_ID.test(item)) return go('/console/inbox');
      const wrongForm = faultInForm(call, way, typed, data);
      if (wrongForm !== null) return showItem(call, { typed, ...wrongForm, status: 422 });
      if (data === undefined) return go('/console/inbox');
      const order = { item, actor: actorOf(viewer), readUntil: data.read_until || null };
      const outcome = await act(call, order, data).catch(asRefusal);
      if (outcome instanceof CommandRefused)
        return showItem(call, { typed, fault: outcome.message, field: 'text', lang: 'en', status: 422 });
      if (outcome.kind !== 'ended')
        return showItem(call, { typed, fault: faultOf(call, outcome), status: 409 });
      const next = await itemAfter(call, typed);
      const last = next === null ? ` ${t('That was the last one.')}` : '';
      go(next === null ? '/console/inbox' : `/console/inbox/${next}`, {
        kind: 'good',
        text: t(done) + last,
      });
    },
  });
}

/** The item to see to next: the one that the page offered as the next, or the first one that waits. */
async function itemAfter({ context, viewer }: PageCall, { next = '' }: Typed): Promise<string | null> {
  const offered = ITEM_ID.test(next) ? await readItem(context, next) : null;
  return offered?.state === 'open' ? offered.id : nextItem(context, viewer.programs);
}

function faultOf({ t }: PageCall, outcome: Exclude<ItemOutcome, { kind: 'ended' }>): string {
  switch (outcome.kind) {
    case 'unread':
      return outcome.spared === undefined
        ? t('They wrote again while you typed, and nothing was done. Read what is new below, then send.')
        : t('They are opted out, but not of what they confirmed since, and they wrote again. Read it below.');
    case 'over':
      return outcome.ended === null
        ? t('A more urgent text of the same person is open. Nothing was sent by you.')
        : t('Somebody else was first: nothing was sent or changed by you.');
    case 'refused':
      return t('It was not sent: {reasons}', {
        reasons: outcome.reasons.map((code) => t(REASONS[code])).join(' '),
      });
    case 'former':
      return t('The person no longer has this number, so an answer would reach somebody else. Close it.');
    case 'nobody':
      return t('Nobody can be reached about this any more. Close it.');
    case 'unreadable':
      return t('This process cannot open the person. Try again in a minute.');
    case 'not-of-item':
      return t('The page was old. Read the texts below, then send.');
    case 'confirmed-since':
      return t('They confirmed all they are in after that text, so there is nothing to opt out of.');
    case 'unknown':
      return t('This item does not exist.');
    default:
      return outcome satisfies never;
  }
}

export const INBOX_PAGES = [
  list,
  detail,
  fill,
  endItem('answer', 'inbox:answer', answer, 'Your answer is on its way.'),
  endItem('close', 'reviews:write', close, 'Closed without an answer.'),
  endItem(
    'opt-out',
    'reviews:write',
    optOut,
    'Opted out. At most one text confirms it; nothing more is sent.',
  ),
];
