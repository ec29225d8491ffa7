import { z } from 'zod';
import {
  readSenderWebhooks,
  type SenderHealth,
  type SenderWebhooks,
  STOPPED_BY_STAFF,
  senderId,
  senderOfId,
  setSenderWebhooks,
  showSender,
  stopSenderByStaff,
} from '../../consent/programs/sender-health.ts';
import { resumeStoppedSender } from '../../consent/programs/senders.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { mayHoldNumber } from '../../domain/numbers.ts';
import { type Handling, type Sender, type SenderKind, senderRate } from '../../domain/program.ts';
import type { LaneKind } from '../../domain/sending/lanes.ts';
import { actorName } from '../actor-name.ts';
import { duration } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';

const KINDS: Readonly<Record<SenderKind, string>> = {
  'short-code': 'Short code',
  'long-code': 'Long code',
  'toll-free': 'Toll-free number',
};

export const HANDLING_NAMES: Readonly<Record<Handling, string>> = {
  own: 'We answer STOP, HELP and START',
  advanced: 'The carrier’s Messaging Service answers STOP, HELP and START (Advanced Opt-Out)',
  default: 'The carrier answers STOP and HELP, and blocks',
  network: 'The toll-free network answers STOP and HELP, and blocks',
};

const LANES: Readonly<Record<LaneKind, string>> = {
  answers: 'Answers to people',
  orders: 'Transactional messages',
  offers: 'Marketing',
};

const timeOf = ({ viewer }: Pick<PageCall, 'viewer'>, at: Date): string =>
  showTime(at, viewer.zone, viewer.language);

type Standing = { sign: 'good' | 'wait' | 'stop'; word: string; sentence: string; cause: string };

const figure = (count: number): string => count.toLocaleString('en-US');

const partsWord = (parts: number): string => (parts === 1 ? '1 part' : `${figure(parts)} parts`);

/** "28555 works: 100 parts a second, nothing waits.", or what keeps the number from sending. */
function standingOf(call: Pick<PageCall, 'context' | 't' | 'viewer'>, health: SenderHealth): Standing {
  const { t, context } = call;
  const { sender, stopped, pausedUntil, due, hasMoreDue } = health;
  const { number } = sender;
  const parts = partsWord(senderRate(sender));
  if (stopped !== null)
    return {
      ...{ sign: 'stop', word: t('Stopped') },
      sentence: t('{number} is stopped since {at}. Nothing is sent from it.', {
        number,
        at: timeOf(call, stopped.at),
      }),
      cause:
        stopped.code === STOPPED_BY_STAFF
          ? stopped.why
          : t('{why} (error {code})', { why: stopped.why, code: stopped.code }),
    };
  if (pausedUntil !== null && pausedUntil > context.now())
    return {
      ...{ sign: 'wait', word: t('Paused') },
      sentence: t('{number} pauses: the carrier failed. It tries again at {at}.', {
        number,
        at: timeOf(call, pausedUntil),
      }),
      cause: t('There is nothing to do. What waits leaves by itself once the carrier answers.'),
    };
  const messages = due.reduce((sum, lane) => sum + lane.messages, 0);
  const waits = hasMoreDue
    ? t('more than {count} messages wait', { count: figure(messages) })
    : waitWords(t, messages);
  const oldest = due.length === 0 ? null : new Date(Math.min(...due.map((lane) => lane.oldest.getTime())));
  return {
    ...{ sign: 'good', word: t('Works') },
    sentence: t('{number} works: {parts} a second, {waits}.', { number, parts, waits }),
    cause: oldest === null ? '' : t('The oldest is due since {at}.', { at: timeOf(call, oldest) }),
  };
}

const waitWords = (t: PageCall['t'], count: number): string =>
  count === 0
    ? t('nothing waits')
    : t('1 message waits || {figure} messages wait', { count, figure: figure(count) });

const list = definePage({
  method: 'get',
  path: '/numbers',
  permission: 'jobs:read',
  handle: async (call) => {
    const { context, viewer, t, show } = call;
    const { senders } = context.catalog.current().book;
    const healths = await Promise.all(senders.map((sender) => showSender(context, sender)));
    const rows = healths.map((health) => {
      const { sign, word } = standingOf(call, health);
      const { sender, due, programs } = health;
      return {
        ...{ id: senderId(sender), number: sender.number, sign, word, programs: programs.join(', ') },
        kind: t(KINDS[sender.kind]),
        rate: senderRate(sender),
        due: figure(due.reduce((sum, lane) => sum + lane.messages, 0)),
      };
    });
    const working = rows.filter(({ sign }) => sign === 'good').length;
    await show('numbers', { title: t('Numbers'), rows, working, mayManage: may(viewer.role, 'jobs:manage') });
  },
});

type Refused = { fault: string; typed: string };

function factsOf(call: PageCall, health: SenderHealth) {
  const { t } = call;
  const { sender, due, failures, waitingAtCarrier, programs } = health;
  const now = call.context.now().getTime();
  return {
    facts: [
      [t('Kind'), `${t(KINDS[sender.kind])}, ${sender.country}`],
      [t('Opt-outs'), t(HANDLING_NAMES[sender.handling])],
      [t('Speed'), t('{parts} a second', { parts: partsWord(senderRate(sender)) })],
      [t('Programs'), programs.length === 0 ? t('none') : programs.join(', ')],
      [
        t('At the carrier'),
        t('{parts} accepted and not passed on yet', { parts: partsWord(waitingAtCarrier) }),
      ],
      [
        t('Delivery reports'),
        sender.receipts === false ? t('The carrier posts none for this number') : t('Posted by the carrier'),
      ],
    ],
    lanes: due.map(({ kind, messages, oldest }) => ({
      name: t(LANES[kind]),
      messages: figure(messages),
      oldest: timeOf(call, oldest),
      since: duration(now - oldest.getTime()),
    })),
    failures: failures.map(({ sentence, todo, code, messages, last }) => ({
      ...{ sentence, todo, code },
      messages: figure(messages),
      last: timeOf(call, last),
    })),
  };
}

/** An address may have a user and a password, which pages do not show. */
const withoutSecret = (address: string): string => address.replace(/\/\/[^/@]*@/, '//…@');

function shownWebhooks(call: PageCall, webhooks: SenderWebhooks) {
  if (webhooks.kind !== 'read') return webhooks;
  const { before, rows } = webhooks;
  return {
    ...webhooks,
    rows: rows.map((row) => ({ ...row, found: withoutSecret(row.found) })),
    wrong: rows.filter(({ isRight }) => !isRight).length,
    before: before === null ? null : shownBefore(call, before),
  };
}

/**
 * The number as a whole: where its texts may be lost, that comes before how it sends. A number that is stopped stays so.
 */
function answerOf(
  { t }: Pick<PageCall, 't'>,
  { number }: Sender,
  { sign, sentence, cause }: Standing,
  webhooks: ReturnType<typeof shownWebhooks>,
) {
  const lost = textsLost(t, number, webhooks);
  if (lost === null || sign === 'stop') return { sign, sentence, cause };
  return { sign: 'stop', sentence: lost, cause: `${sentence} ${cause}`.trim() };
}

function textsLost(
  t: PageCall['t'],
  number: string,
  webhooks: ReturnType<typeof shownWebhooks>,
): string | null {
  if (webhooks.kind === 'unknown')
    return t('Texts to {number} never arrive: the account at the carrier has no such number.', { number });
  if (webhooks.kind !== 'read' || webhooks.isRight) return null;
  return t(
    'Texts to {number} may be lost: 1 setting at the carrier differs. || Texts to {number} may be lost: {count} settings at the carrier differ.',
    { number, count: webhooks.wrong },
  );
}

type Earlier = NonNullable<Extract<SenderWebhooks, { kind: 'read' }>['before']>;

const shownBefore = (call: PageCall, { at, by, addresses }: Earlier) => ({
  ...addresses,
  inboundUrl: withoutSecret(addresses.inboundUrl),
  fallbackUrl: withoutSecret(addresses.fallbackUrl),
  at: timeOf(call, at),
  by: actorName(by, call),
});

async function showNumber(call: PageCall, refused: Refused | null = null): Promise<void> {
  const { context, viewer, t, show } = call;
  const sender = senderHere(call);
  if (sender === null) return nothingHere(call);
  const [health, webhooks] = await Promise.all([
    showSender(context, sender),
    readSenderWebhooks(context, sender),
  ]);
  const standing = standingOf(call, health);
  const shown = shownWebhooks(call, webhooks);
  const model = {
    ...factsOf(call, health),
    title: t('Number {number}', { number: sender.number }),
    standing: { ...standing, answer: answerOf(call, sender, standing, shown) },
    number: sender.number,
    address: `/console/numbers/${senderId(sender)}`,
    isHeld: standing.sign !== 'good',
    isStopped: standing.sign === 'stop',
    webhooks: shown,
    mayManage: may(viewer.role, 'jobs:manage'),
    ...(refused ?? { fault: null, typed: '' }),
  };
  await show('number', model, refused === null ? 200 : 422);
}

const senderHere = ({ context, request }: PageCall): Sender | null =>
  senderOfId(context, String(request.params.id));

const nothingHere = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

const page = definePage({
  method: 'get',
  path: '/numbers/:id',
  permission: 'jobs:read',
  handle: (call) => showNumber(call),
});

const reasonForm = z.object({
  reason: z
    .string()
    .trim()
    .min(3)
    .max(200)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u)
    .refine((text) => !mayHoldNumber(text)),
});

/** An act on one number that needs a reason. `act` says what was done. */
const actWithReason = (
  path: string,
  act: (call: PageCall, sender: Sender, reason: string) => Promise<string>,
) =>
  definePage({
    method: 'post',
    path: `/numbers/:id/${path}`,
    permission: 'jobs:manage',
    handle: async (call) => {
      const sender = senderHere(call);
      if (sender === null) return nothingHere(call);
      const { data } = reasonForm.safeParse(call.request.body);
      if (data === undefined) {
        const { reason } = (call.request.body ?? {}) as Record<string, unknown>;
        const typed = typeof reason === 'string' ? reason.slice(0, 200) : '';
        const fault = call.t('Say why, in one line of 3 to 200 letters, without a phone number.');
        return showNumber(call, { fault, typed });
      }
      const text = await act(call, sender, data.reason);
      call.go(`/console/numbers/${senderId(sender)}`, { kind: 'good', text });
    },
  });

const stop = actWithReason('stop', async ({ context, viewer, t }, sender, reason) => {
  const isNew = await stopSenderByStaff(context, sender, { actor: actorOf(viewer), reason });
  return isNew
    ? t(
        'Stopped within a second. What the carrier has accepted already still arrives. “Let it send again” undoes it.',
      )
    : t('It was stopped already; the first reason stays.');
});

const resume = actWithReason('resume', async ({ context, viewer, t }, sender, reason) => {
  await resumeStoppedSender(context, sender.number, { actor: actorOf(viewer), reason });
  return t('It sends again.');
});

const setting = (path: 'webhooks' | 'webhooks-back', to: 'wanted' | 'before') =>
  definePage({
    method: 'post',
    path: `/numbers/:id/${path}`,
    permission: 'jobs:manage',
    freshSignIn: true,
    handle: async (call) => {
      const { context, viewer, t, go } = call;
      const sender = senderHere(call);
      if (sender === null) return nothingHere(call);
      const outcome = await setSenderWebhooks(context, sender, { actor: actorOf(viewer), to });
      const address = `/console/numbers/${senderId(sender)}`;
      if (outcome.kind === 'failed')
        return go(address, {
          kind: 'stop',
          text: t('Nothing is known to have changed. {why}', { why: outcome.why }),
        });
      if (outcome.kind === 'unchanged')
        return go(address, { kind: 'good', text: t('Nothing had to be changed.') });
      if (!outcome.isRight)
        return go(address, {
          kind: 'wait',
          text: t('The carrier took them, and shows other ones. Look again below.'),
        });
      const text =
        to === 'wanted'
          ? t('Set at the carrier, and read again. What was there before stands below and can be put back.')
          : t('Put back at the carrier.');
      go(address, { kind: 'good', text });
    },
  });

export const NUMBER_PAGES = [
  list,
  page,
  stop,
  resume,
  setting('webhooks', 'wanted'),
  setting('webhooks-back', 'before'),
];
