import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { asRefusal, CommandRefused } from '../../consent/command-refused.ts';
import { answerItem, closeItem, type ItemOutcome, optOutItem } from '../../contacts/inbox.ts';
import { listInbox, readItemTexts } from '../../contacts/inbox-list.ts';
import { actorText } from '../../domain/access/actor.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { REASONS } from '../../domain/sending/send-rules.ts';
import { duration } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { personName, shownTexts } from './holds.ts';

const PER_PAGE = 50;
const MOST_TEXTS = 50;
const ITEM_ID = /^[\w.]{1,100}$/;

type Listed = Awaited<ReturnType<typeof listInbox>>['items'][number];

function shownItem({ viewer, t }: PageCall, { id, about, receivedAt, ageMs, alarm, texts, to }: Listed) {
  return {
    id,
    person: personName(about) ?? t('a number that is not known any more'),
    contact: about?.contact.id ?? null,
    sentence: about?.sentence ?? null,
    receivedAt: showTime(receivedAt, viewer.zone, viewer.language),
    waits: duration(ageMs),
    isLate: ageMs > 24 * 3_600_000,
    alarm: alarm === null ? null : t(`alarm: ${alarm.kind}`),
    texts,
    to,
  };
}

const openItems = ({ context }: PageCall, limit: number) =>
  listInbox(context, { state: 'open', after: null, limit });

const list = definePage({
  method: 'get',
  path: '/inbox',
  permission: 'reviews:read',
  handle: async (call) => {
    const { items, next } = await openItems(call, PER_PAGE);
    const longest = items.reduce((most, { ageMs }) => Math.max(most, ageMs), 0);
    await call.show('inbox', {
      title: call.t('Inbox'),
      items: items.map((item) => shownItem(call, item)),
      longest: duration(longest),
      isMore: next !== null,
    });
  },
});

type Shown = { typed: Record<string, string>; fault: string | null; status: number };
const FRESH: Shown = { typed: {}, fault: null, status: 200 };

async function showItem(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { context, viewer, t, request } = call;
  const id = String(request.params.id);
  const { items } = await openItems(call, PER_PAGE);
  const at = items.findIndex((item) => item.id === id);
  const item = items[at];
  if (item === undefined) {
    return call.show('inbox-over', { title: t('This item is done'), next: items[0]?.id ?? null, fault }, 404);
  }
  const found = may(viewer.role, 'evidence:read')
    ? await readItemTexts(context, {
        item: id,
        reason: t('to answer'),
        actor: actorOf(viewer),
        after: null,
        limit: MOST_TEXTS,
      })
    : null;
  const texts = found?.texts.items ?? [];
  const shown = {
    title: t('Inbox'),
    item: shownItem(call, item),
    place: t('{place} of {count}', { place: at + 1, count: items.length }),
    next: items[at + 1]?.id ?? null,
    before: items[at - 1]?.id ?? null,
    mayRead: found !== null,
    mayAnswer: may(viewer.role, 'messages:write'),
    mayEnd: may(viewer.role, 'reviews:write'),
    texts: shownTexts(call, texts),
    readUntil: texts.at(-1)?.id ?? '',
    typed,
    fault,
  };
  await call.show('inbox-item', shown, status);
}

const detail = definePage({
  method: 'get',
  path: '/inbox/:id',
  permission: 'reviews:read',
  handle: (call) =>
    ITEM_ID.test(String(call.request.params.id)) ? showItem(call) : call.go('/console/inbox'),
});

const form = z.object({
  text: z.string().trim().max(1000).prefault(''),
  reason: z.string().trim().max(200).prefault(''),
  read_until: z
    .string()
    .regex(/^[\w.]{0,100}$/)
    .prefault(''),
  wrong_number: z.literal('yes').optional(),
});
type ItemForm = z.output<typeof form>;
type Order = { item: string; actor: string; readUntil: string | null };
type Act = (call: PageCall, order: Order, form: ItemForm) => Promise<ItemOutcome>;

/** An answer is the same answer when the same person sends the same words to the same item again. */
const answer: Act = ({ context, options, viewer }, order, { text }) => {
  const parts = `inbox ${viewer.id} ${order.item} ${text}`;
  const digest = createHmac('sha256', options.sessionSecret).update(parts).digest('base64url').slice(0, 24);
  return answerItem(context, { ...order, text, digest });
};

const optOut: Act = ({ context, t }, order, { reason, wrong_number: wrong }) =>
  optOutItem(context, {
    ...order,
    reason: reason || t('read as an opt-out'),
    wrongNumber: wrong !== undefined,
  });

const close: Act = ({ context, t }, { item, actor, readUntil }, { reason }) =>
  closeItem(context, { item, readUntil, reason: reason || t('needs no answer'), key: actor });

/** A form that ends the item: what is missing in it, what it does, and the notice when it is done. */
function endItem(way: string, permission: 'messages:write' | 'reviews:write', act: Act, done: string) {
  return definePage({
    method: 'post',
    path: `/inbox/:id/${way}`,
    permission,
    handle: async (call) => {
      const { request, viewer, t, go } = call;
      const item = String(request.params.id);
      const typed = request.body as Record<string, string>;
      const { data } = form.safeParse(request.body);
      const refused = (fault: string, status: number) => showItem(call, { typed, fault, status });
      if (data === undefined || !ITEM_ID.test(item))
        return refused(t('The form could not be read. Write at most 1,000 letters.'), 422);
      if (way === 'answer' && data.text === '') return refused(t('Write an answer.'), 422);
      const order = { item, actor: actorText(actorOf(viewer)), readUntil: data.read_until || null };
      const outcome = await act(call, order, data).catch(asRefusal);
      if (outcome instanceof CommandRefused) return refused(outcome.message, 422);
      if (outcome.kind !== 'ended') return refused(faultOf(call, outcome), 409);
      const [next] = (await openItems(call, 1)).items;
      const last = next === undefined ? ` ${t('That was the last one.')}` : '';
      go(next === undefined ? '/console/inbox' : `/console/inbox/${next.id}`, {
        kind: 'good',
        text: t(done) + last,
      });
    },
  });
}

function faultOf({ t, viewer }: PageCall, outcome: Exclude<ItemOutcome, { kind: 'ended' }>): string {
  switch (outcome.kind) {
    case 'unread':
      return t('They wrote again while you typed. Read it below, then send.');
    case 'over':
      return outcome.ended === null
        ? t('A more urgent text of the same person is open. Nothing was sent by you.')
        : t('{by} ended it at {at}. Nothing was sent by you.', {
            by: outcome.ended.by,
            at: showTime(outcome.ended.at, viewer.zone, viewer.language),
          });
    case 'refused':
      return t('It was not sent: {reasons}', {
        reasons: outcome.reasons.map((code) => REASONS[code]).join(' '),
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
  endItem('answer', 'messages:write', answer, 'Your answer is on its way.'),
  endItem('opt-out', 'reviews:write', optOut, 'Opted out. Nothing more is sent to them.'),
  endItem('close', 'reviews:write', close, 'Closed without an answer.'),
];
