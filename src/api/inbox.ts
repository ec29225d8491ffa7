import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { lookAt, type OtherLook } from '../consent/review/looks.ts';
import { answerItem, closeItem, type ItemOutcome, optOutItem } from '../contacts/inbox.ts';
import { listInbox, nextItem, readItemTexts, reportInbox } from '../contacts/inbox-list.ts';
import { INBOX_STATES } from '../domain/inbox.ts';
import { ALARM_KINDS } from '../domain/words/word-files.ts';
import { contactRef } from './contact-ref.ts';
import { ifTooLong, Problem, throwRefusal, unreadable, unusable } from './http/problems.ts';
import { type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import {
  answerPage,
  contactId,
  iso,
  isoOrNull,
  line,
  page,
  paging,
  reasonsOf,
  shape,
  text,
  textAt,
  textPage,
  textPaging,
  time,
  wordsToSend,
} from './http/shapes.ts';

/** The carrier's id, or ours for a text without one, with a counter when the same form counted again. */
const TEXT_ID = /^([A-Z]{2}[0-9a-fA-F]{32}|(unnamed|uncertain)\.[0-9a-f]{64}(\.\d{1,15})?)$/;
const itemParams = z.strictObject({
  id: z
    .string()
    .regex(TEXT_ID, 'It must be the id of an item of the inbox, as GET /inbox lists it.')
    .meta({ description: "The carrier's id of the text that opened the item, as GET /inbox lists it." }),
});
export const textId = z
  .string()
  .regex(TEXT_ID, 'It must be the id of a text, as POST /inbox/{id}/read shows it.');

/** Who else reads the words of an item or of a hold now. */
export const openedBy = shape('OpenedBy', { by: z.string(), since: time }).nullable().meta({
  description:
    'Somebody else who opened it in the last five minutes and may be about to decide. It locks nothing: whoever decides first wins.',
});

export const shownLook = (look: OtherLook | null) =>
  look === null ? null : { by: look.by, since: iso(look.since) };

const inboxState = z.enum(INBOX_STATES).meta({ id: 'InboxState' });

const ended = shape('InboxItemEnd', {
  how: z.enum(['answer', 'opt-out', 'close']).meta({ id: 'InboxItemEnding' }),
  by: z.string(),
  at: time,
  delivery: z.string().nullable().meta({ description: 'The delivery of the answer: GET /deliveries/{id}.' }),
  spared: z.array(z.string()).meta({
    description:
      'For an opt-out: programs that the person confirmed after the text in which the opt-out was read. The person stays in them.',
  }),
});

type ItemEnd = Extract<ItemOutcome, { kind: 'ended' }>['ended'];

const shownEnd = ({ how, by, at, delivery, spared = [] }: ItemEnd) => ({
  how,
  by,
  delivery,
  spared,
  at: iso(at),
});

const item = shape('InboxItem', {
  id: z.string(),
  state: inboxState,
  alarm: shape('InboxAlarm', { kind: z.enum(ALARM_KINDS), rule: z.string() }).nullable(),
  contact: contactRef.nullable().meta({
    description:
      'Null when the form names no sender, when the contact was erased, and when the keys of this process cannot open it.',
  }),
  sentence: z.string().nullable().meta({ description: 'What support would read out about the contact.' }),
  to: z.string().meta({ description: 'Our number to which the person wrote.' }),
  rule: z.string().meta({ description: 'The rule that read the text.' }),
  in_doubt: z.enum(['denied', 'unsettled']).nullable().meta({
    description:
      "For a text whose form may have been cut out of another form: the carrier's record shows no such text (`denied`), or gave no answer about it within an hour (`unsettled`). The opt-out that was read in the text stays in force until a person decides.",
  }),
  received_at: time,
  age_seconds: z.number().meta({ description: 'Until now; for an ended item, until it ended.' }),
  texts: z.number().meta({ description: 'Number of texts of the person since the first text of the item.' }),
  ended: ended.nullable(),
});

type ListedItem = Awaited<ReturnType<typeof listInbox>>['items'][number];

const shownItem = (listed: ListedItem) => ({
  id: listed.id,
  state: listed.state,
  alarm: listed.alarm,
  contact: listed.about?.contact ?? null,
  sentence: listed.about?.sentence ?? null,
  to: listed.to,
  rule: listed.rule,
  in_doubt: listed.inDoubt,
  received_at: iso(listed.receivedAt),
  age_seconds: Math.round(listed.ageMs / 1000),
  ended: listed.ended === null ? null : shownEnd(listed.ended),
  texts: listed.texts,
});

function itemAt(cursor: string | undefined) {
  if (cursor === undefined) return null;
  const [urgency, at, ...id] = cursor.split(' ');
  return { urgency: Number(urgency), receivedAt: new Date(Number(at)), id: id.join(' ') };
}

const TEXTS = 'texts-of-item';

const readTextsBody = shape('ReadInboxItemRequest', {
  reason: line(3, 200).meta({
    description: 'Why the words are read. It is kept with the record of reading them.',
  }),
});

const noSuchItem = (): Problem =>
  new Problem('not-found', 'There is no item of this id. GET /inbox lists the items.');

const LAST_READ =
  'Id of the last text that was read, as POST /inbox/{id}/read shows the texts. When absent: the text that opened the item.';
const readUntil = textId.optional().meta({
  description: `${LAST_READ} The request is refused when an alarm, or words that no rule answered, came after that text.`,
});

const endReason = line(3, 200).meta({ description: 'Kept sealed, and shown where the words are read.' });
const endAnswer = shape('EndedInboxItem', {
  ...ended.shape,
  item: z.string(),
  repeated: z.boolean().meta({
    description:
      'Whether this key ended the item in the same way before. Then nothing was changed, and nothing was sent again.',
  }),
  next: z.string().nullable().meta({ description: 'The open item to see to now; null when none is left.' }),
});

const actOnItem = {
  method: 'post',
  params: itemParams,
  answer: endAnswer,
} as const;

async function answerOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'ring' | 'store'>,
  item: string,
  outcome: ItemOutcome,
) {
  if (outcome.kind !== 'ended') throw problemOf(item, outcome);
  const { ended: end, repeated } = outcome;
  return { item, ...shownEnd(end), repeated, next: await nextItem(context) };
}

const CLOSE = { next_step: 'Close it: POST /inbox/{id}/close.' };

const NOBODY = 'The item belongs to no person who is known, so nothing can be sent.';

function problemOf(item: string, outcome: Exclude<ItemOutcome, { kind: 'ended' }>): Problem {
  switch (outcome.kind) {
    case 'unknown':
      return noSuchItem();
    case 'nobody':
      return new Problem('not-possible', NOBODY, CLOSE);
    case 'unreadable':
      return unreadable('The keys of this process cannot open the person of this item.');
    case 'former':
      return new Problem(
        'not-possible',
        'The person who wrote this no longer has the number: it would reach the new holder of the number.',
        CLOSE,
      );
    case 'not-of-item':
      return unusable('read_until', 'It is no text of this item: POST /inbox/{id}/read shows its texts.');
    case 'unread':
      return unread(item, outcome);
    case 'confirmed-since':
      return new Problem(
        'conflict',
        'There is nothing to opt the person out of: they confirmed every program that they are in after that text.',
        {
          next_step:
            'Read what the person wrote since, and name the last text of it in read_until; or close the item: POST /inbox/{id}/close.',
        },
      );
    case 'refused':
      return new Problem('refused', 'The answer was not sent, and the item stays open.', {
        reasons: reasonsOf(outcome.reasons),
        next_step: 'Close the item, or reach the person in another way.',
      });
    case 'over':
      return overtaken(outcome);
    default:
      return outcome satisfies never;
  }
}

const UNREAD =
  'After the text named as read, the person wrote an alarm, or words that no rule answered, and nobody has read them.';

/** `spared`: for an opt-out, which is in force all the same. */
function unread(item: string, { newest, spared }: Extract<ItemOutcome, { kind: 'unread' }>): Problem {
  const rest = `POST /inbox/${item}/read, to its last page; then name the last text of it in read_until`;
  if (spared === undefined) {
    const extras = newest === undefined ? {} : { newest_text: newest };
    return new Problem('conflict', `${UNREAD} Nothing was changed.`, { next_step: `${rest}.`, ...extras });
  }
  const done = `The person is opted out of all programs except those that they confirmed since (${spared.join(', ')}); the item stays open.`;
  return new Problem('conflict', `${UNREAD} ${done}`, {
    next_step: `${rest} of POST /inbox/{id}/close, or of another opt-out if the person asks for one.`,
  });
}

function overtaken({ ended: end, by }: Extract<ItemOutcome, { kind: 'over' }>): Problem {
  if (end === null) {
    return new Problem('conflict', 'A more urgent item of the same person is open and represents both.', {
      next_step: by === null ? 'GET /inbox lists that item.' : `See to the item ${by}.`,
    });
  }
  const word = { answer: 'answered', 'opt-out': 'ended in an opt-out', close: 'closed' }[end.how];
  return new Problem(
    'conflict',
    `The item was ${word} at ${iso(end.at)} by ${end.by}. Nothing was changed.`,
    {
      next_step: 'GET /deliveries shows what was sent to the person.',
      decided: { how: end.how, by: end.by, at: iso(end.at) },
    },
  );
}

const uncounted = ifTooLong('Counting the open items of the inbox took too long.', 'Ask again later.');

/** Texts that no rule could answer, and how staff ends them. */
export const INBOX_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/inbox',
    id: 'listInboxItems',
    returns: 'One page of items without the words, alarms first, then the oldest.',
    scope: 'reviews:read',
    summary: 'List texts that no rule answered, without the words: alarms first, then the oldest.',
    query: z.strictObject({
      state: inboxState.prefault('open').meta({ description: 'Lists the items in this state.' }),
      ...paging('inbox', /^\d \d{1,15} [\w.]{1,100}$/),
    }),
    answer: page(item),
    handle: async ({ context, query: { state, cursor, limit } }) => {
      const found = await listInbox(context, { state, after: itemAt(cursor), limit });
      return answerPage(
        'inbox',
        found,
        shownItem,
        ({ urgency, receivedAt, id }) => `${urgency} ${receivedAt.getTime()} ${id}`,
      );
    },
  }),
  defineRoute({
    method: 'post',
    path: '/inbox/{id}/read',
    id: 'readInboxItem',
    returns: 'One page of the texts, in the order in which they reached us.',
    scope: 'evidence:read',
    rate: 'lookups',
    summary: 'Read what the person wrote, as it reached us, page by page. The request needs a reason.',
    params: itemParams,
    query: z.strictObject(textPaging(TEXTS)),
    body: readTextsBody,
    answer: shape('InboxItemTexts', {
      contact: contactId.nullable(),
      texts: z.array(text).meta({ description: 'In the order in which they reached us.' }),
      end_reason: z.string().nullable().meta({
        description: 'Why the item was closed. Null when it was not closed, and once its words are deleted.',
      }),
      opened_by: openedBy,
      next_cursor: z.string().nullable(),
    }),
    problems: ['not-found'],
    handle: async ({ context, key, params, query: { cursor, limit }, body }) => {
      const request = {
        item: params.id,
        reason: body.reason,
        actor: actorOf(key),
        after: textAt(cursor),
        limit,
      };
      const found = await readItemTexts(context, request);
      if (found === null) throw noSuchItem();
      const { items: texts, next_cursor } = textPage(TEXTS, found.texts);
      const look = await lookAt(context, { of: params.id, actor: actorOf(key) });
      const { contact, endReason: end_reason } = found;
      return { contact, texts, end_reason, opened_by: shownLook(look), next_cursor };
    },
  }),
  defineRoute({
    ...actOnItem,
    path: '/inbox/{id}/answer',
    id: 'answerInboxItem',
    returns: 'How the item ended, and the delivery of the answer.',
    scope: 'inbox:answer',
    rate: 'messages',
    summary:
      'Answer the newest text of the person, if it came in the last 24 hours. Refused with the reasons when the gate would not let the answer go; 409 when more came after read_until.',
    body: shape('AnswerInboxItemRequest', {
      text: wordsToSend.meta({
        description: 'The answer as it is to arrive. It may sell nothing.',
        examples: ['Fernway: your order left today. Reply STOP to end.'],
      }),
      read_until: readUntil,
      despite_newer: z.literal(true).optional().meta({
        description: 'Sends the answer although the person wrote more after read_until that nobody has read.',
      }),
    }),
    status: 202,
    problems: ['not-found', 'conflict', 'refused', 'not-possible'],
    handle: async ({ context, key, params, body }) => {
      const { text, read_until: readUntil = null, despite_newer: despiteNewer = false } = body;
      const digest = key.keyedHash(`inbox ${params.id} ${text}`).slice(0, 24);
      const answer = { item: params.id, actor: actorOf(key), text, readUntil, digest, despiteNewer };
      return answerOf(context, params.id, await answerItem(context, answer).catch(throwRefusal));
    },
  }),
  defineRoute({
    ...actOnItem,
    path: '/inbox/{id}/opt-out',
    id: 'optOutInboxItem',
    returns: 'How the item ended, and the programs in which the person stays.',
    scope: 'reviews:write',
    summary:
      'Opt the person out of everything except what they confirmed since, because their words ask for it. The opt-out is in force when the request is answered.',
    body: shape('OptOutInboxItemRequest', {
      reason: endReason,
      read_until: textId.optional().meta({
        description: `${LAST_READ} The person stays in the programs that they confirmed after that text.`,
      }),
      wrong_number: z
        .literal(true)
        .optional()
        .meta({ description: 'The person says that they are not the person we mean.' }),
    }),
    problems: ['not-found', 'conflict', 'not-possible'],
    handle: async ({ context, key, params, body }) => {
      const { reason, wrong_number: wrongNumber = false, read_until: readUntil = null } = body;
      const order = { item: params.id, actor: actorOf(key), reason, wrongNumber, readUntil };
      return answerOf(context, params.id, await optOutItem(context, order));
    },
  }),
  defineRoute({
    ...actOnItem,
    path: '/inbox/{id}/close',
    id: 'closeInboxItem',
    returns: 'How the item ended, and the open item to see to now.',
    scope: 'reviews:write',
    summary: 'Close an item that needs no answer; 409 when more came after read_until.',
    body: shape('CloseInboxItemRequest', { reason: endReason, read_until: readUntil }),
    problems: ['not-found', 'conflict', 'not-possible'],
    handle: async ({ context, key, params, body: { reason, read_until: readUntil = null } }) => {
      const request = { item: params.id, actor: actorOf(key), reason, readUntil };
      return answerOf(context, params.id, await closeItem(context, request));
    },
  }),
];

/** How long people waited for an answer of staff, by program and by the week in which they wrote. */
export const INBOX_REPORT_ROUTE: ApiRoute = defineRoute({
  method: 'get',
  path: '/reports/inbox',
  id: 'getInboxReport',
  returns: 'The open items, and how long people waited, by program and week.',
  scope: 'reviews:read',
  summary: 'Show how long people waited for an answer, by program and week.',
  answer: shape('InboxReport', {
    open: z.number().meta({ description: 'Number of open items.' }),
    oldest: time
      .nullable()
      .meta({ description: 'When the oldest of the texts came that wait in an open item.' }),
    weeks: z.array(
      shape('InboxWeek', {
        program: z.string().nullable(),
        week: z.iso.date().meta({ description: 'The Monday of the week, in UTC.' }),
        answered: z.number(),
        median_seconds: z.number(),
        p90_seconds: z.number(),
      }),
    ),
  }),
  handle: async ({ context }) => {
    const { open, oldest, weeks } = await reportInbox(context).catch(uncounted);
    return {
      open,
      oldest: isoOrNull(oldest),
      weeks: weeks.map(({ median, p90, ...rest }) => ({ ...rest, median_seconds: median, p90_seconds: p90 })),
    };
  },
});
