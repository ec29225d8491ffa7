import { z } from 'zod';
import { unreadableWords } from '../consent/inbound/inbound-record.ts';
import { answerItem, closeItem, endReason, type ItemOutcome, optOutItem } from '../contacts/inbox.ts';
import { statusSentence } from '../domain/consent/status-sentence.ts';
import { DAY_MS } from '../domain/durations.ts';
import { answerTimes, INBOX_STATES } from '../domain/inbox.ts';
import { mask } from '../domain/numbers.ts';
import { ALARM_KINDS } from '../domain/words/word-files.ts';
import { findInbound, findTaken, type InboundDoc } from '../store/consent/inbound-texts.ts';
import {
  answeredSince,
  firstTextsOf,
  type InboxPlace,
  openItems,
  pageInbox,
  textsSince,
} from '../store/consent/inbox.ts';
import { findContacts } from '../store/contacts/contacts.ts';
import { type OpenContact, unlessClosed } from '../store/contacts/open-contact.ts';
import { openJoined, readJoined } from '../store/contacts/person-facts.ts';
import { ifTooLong, Problem, unreadable, unusable } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import {
  contactId,
  iso,
  isoOrNull,
  line,
  page,
  paging,
  placeOfText,
  reasonsOf,
  shownText,
  TAKEN_PLACE,
  text,
  textAt,
  time,
  toPage,
  wordsToSend,
} from './http/shapes.ts';

/** The carrier's id, or ours for a text without one, with a counter when the same form counted again. */
const TEXT_ID = /^([A-Z]{2}[0-9a-fA-F]{32}|(unnamed|uncertain)\.[0-9a-f]{64}(\.\d{1,15})?)$/;
const itemId = z
  .string()
  .regex(TEXT_ID, 'It is not the id of an item of the inbox.')
  .meta({ description: "The carrier's id of the text that opened the item, as GET /inbox lists it." });
export const textId = z.string().regex(TEXT_ID, 'It is not the id of a text.');

export const ended = z.strictObject({
  how: z.enum(['answer', 'opt-out', 'close']),
  by: z.string(),
  at: time,
  delivery: z.string().nullable().meta({ description: 'Of the answer: GET /deliveries/{id}.' }),
  spared: z.array(z.string()).meta({
    description:
      'Of an opt-out: programs that they confirmed after the text it was read out of. They stay in them.',
  }),
});

const item = z.strictObject({
  id: z.string(),
  state: z.enum(INBOX_STATES),
  alarm: z.strictObject({ kind: z.enum(ALARM_KINDS), rule: z.string() }).nullable(),
  contact: z
    .strictObject({ id: contactId, masked: z.string() })
    .nullable()
    .meta({ description: 'Null of a form that names no sender, of who was erased, or cannot be opened.' }),
  sentence: z.string().nullable().meta({ description: 'What support would read out about them.' }),
  to: z.string().meta({ description: 'Our number they wrote to.' }),
  rule: z.string().meta({ description: 'What read it.' }),
  in_doubt: z.enum(['denied', 'unsettled']).nullable().meta({
    description:
      'Of a text whose form may have been cut out of another one: the record of the carrier shows no such text (`denied`), or told nothing of it in an hour (`unsettled`). What it opted out of stands until a person decides.',
  }),
  received_at: time,
  age_seconds: z.number().meta({ description: 'Until now, or until it ended.' }),
  texts: z.number().meta({ description: 'How many they sent since it begins.' }),
  ended: ended.nullable(),
});

export const inboxQuery = z.strictObject({
  state: z.enum(INBOX_STATES).prefault('open'),
  ...paging('inbox', /^\d \d{1,15} [\w.]{1,100}$/),
});
export const inboxAnswer = page(item);
export const itemParams = z.strictObject({ id: itemId });

/** Open items, most urgent first and then oldest first; or ended items, newest first. Shows no words. */
export async function listInbox({ context, query }: ApiRequest<{ query: typeof inboxQuery }>) {
  const { state, cursor, limit } = query;
  const found = await pageInbox(context.store, state, placeAt(cursor), limit + 1);
  const { rows, next_cursor } = toPage('inbox', found, limit, placeOf);
  const holders = await holdersOf(context, rows);
  const counts = await textsSince(context.store, rows);
  // When a more urgent item of the same person is open, it represents both.
  const items = rows.filter((row) => {
    const current = holders.get(row.contact ?? '')?.stored?.inboxItem?.text;
    return state !== 'open' || current === undefined || current === row._id;
  });
  return {
    items: items.map((row) => ({
      ...itemOf(context, row, holders.get(row.contact ?? '') ?? null),
      texts: row.contact === null ? 1 : (counts.get(row._id) ?? 1),
    })),
    next_cursor,
  };
}

const placeOf = ({ urgency, receivedAt, _id }: InboundDoc): string =>
  `${urgency ?? 0} ${receivedAt.getTime()} ${_id}`;

function placeAt(cursor: string | undefined): InboxPlace | null {
  if (cursor === undefined) return null;
  const [urgency, at, ...id] = cursor.split(' ');
  return { urgency: Number(urgency), receivedAt: new Date(Number(at)), id: id.join(' ') };
}

async function holdersOf(
  context: ApiRequest<object>['context'],
  rows: readonly InboundDoc[],
): Promise<Map<string, OpenContact>> {
  const ids = [...new Set(rows.flatMap(({ contact }) => contact ?? []))];
  const stored = (await findContacts(context.store, ids)).filter(({ sealed }) => sealed !== null);
  const joined = await readJoined(context.store, stored);
  const opened = stored.flatMap(
    (contact) => unlessClosed(() => openJoined(context.ring, contact, joined)) ?? [],
  );
  return new Map(opened.map((openContact) => [openContact.id, openContact]));
}

function itemOf(context: ApiRequest<object>['context'], row: InboundDoc, holder: OpenContact | null) {
  const { alarm, receivedAt } = row;
  const until = row.ended?.at ?? context.now();
  return {
    id: row._id,
    state: row.inbox ?? 'open',
    alarm: alarm === undefined ? null : { kind: alarm.kind, rule: alarm.rule },
    contact: holder === null ? null : { id: holder.id, masked: mask(holder.number) },
    sentence:
      holder === null ? null : statusSentence(holder.person, context.catalog.current().book, context.now()),
    to: row.to,
    rule: row.reading.rule,
    in_doubt: row.inDoubt ?? null,
    received_at: iso(receivedAt),
    age_seconds: Math.max(0, Math.round((until.getTime() - receivedAt.getTime()) / 1000)),
    ended: row.ended === undefined ? null : endOf(row.ended),
  };
}

export const endOf = ({ how, by, at, delivery, spared = [] }: NonNullable<InboundDoc['ended']>) => ({
  how,
  by,
  delivery,
  spared,
  at: iso(at),
});

const TEXTS = 'texts-of-item';
export const itemReadQuery = z.strictObject(paging(TEXTS, TAKEN_PLACE));
export const itemReadBody = z.strictObject({ reason: line(3, 200) });
export const itemReadAnswer = z.strictObject({
  contact: contactId.nullable(),
  texts: z.array(text).meta({ description: 'In the order in which they reached us.' }),
  end_reason: z.string().nullable().meta({
    description: 'Why it was closed. Null of one that was not, and once its words are kept no more.',
  }),
  next_cursor: z.string().nullable(),
});

type Reading = ApiRequest<{
  params: typeof itemParams;
  query: typeof itemReadQuery;
  body: typeof itemReadBody;
}>;

/** What the person wrote since the item's first text, page by page. Each reading is audited. */
export async function readItem({ context, key, params, query, body }: Reading) {
  const [row] = await findInbound(context.store, [params.id]);
  if (row?.inbox === undefined) throw noSuchItem();
  const fields = { key: key.id, contact: row.contact, item: row._id, reasonLength: body.reason.length };
  context.log.info(fields, 'words of the inbox were read');
  const holder = (await holdersOf(context, [row])).get(row.contact ?? '');
  if (row.contact === null || holder === undefined) {
    const words = unreadableWords(row, context.ring);
    const shown = { words: words?.body ?? null, pictures: words?.pictures ?? 0 };
    const { _id: id, to, reading } = row;
    return {
      contact: row.contact,
      texts: [{ id, to, rule: reading.rule, received_at: iso(row.receivedAt), ...shown }],
      end_reason: endReason(context.ring, row, null),
      next_cursor: null,
    };
  }
  const { cursor, limit } = query;
  const from = (await firstTextsOf(context.store, [row]))(row);
  const found = await findTaken(context.store, row.contact, {
    from,
    after: textAt(cursor),
    limit: limit + 1,
  });
  const { rows, next_cursor } = toPage(TEXTS, found, limit, placeOfText);
  const texts = rows.map((row) => shownText(row, holder.keys.profile));
  return { contact: row.contact, texts, end_reason: endReason(context.ring, row, holder), next_cursor };
}

export const noSuchItem = (): Problem =>
  new Problem('not-found', 'There is no item of this id. GET /inbox lists them.');

const LAST_READ =
  'Id of the last text that was read, of those that POST /inbox/{id}/read shows; absent: the one that opened the item.';
const readUntil = textId.optional().meta({
  description: `${LAST_READ} Refused where an alarm, or words that no rule answered, came after it.`,
});

export const answerBody = z.strictObject({
  text: wordsToSend.meta({
    description: 'The answer as it is to arrive. It may sell nothing.',
    examples: ['Fernway: your order left today. Reply STOP to end.'],
  }),
  read_until: readUntil,
});
export const endBody = z.strictObject({
  reason: line(3, 200).meta({ description: 'Kept, sealed; shown where the words are read.' }),
  read_until: readUntil,
});
export const optOutBody = endBody.extend({
  read_until: textId.optional().meta({
    description: `${LAST_READ} What the person confirmed after it is spared.`,
  }),
  wrong_number: z
    .literal(true)
    .optional()
    .meta({ description: 'They say that they are not the person we mean.' }),
});
export const endAnswer = ended.extend({
  item: z.string(),
  repeated: z.boolean().meta({
    description: 'It was ended so before by this key: nothing was changed, and nothing sent again.',
  }),
});

type Asked<B extends z.ZodType> = ApiRequest<{ params: typeof itemParams; body: B }>;

/** Sends an answer of staff to the person's newest text, if that came in the last 24 hours. */
export async function answerInboxItem({ context, key, params, body }: Asked<typeof answerBody>) {
  const digest = key.keyedHash(`inbox ${params.id} ${body.text}`).slice(0, 24);
  const { text, read_until: readUntil = null } = body;
  const order = { item: params.id, actor: `key:${key.id}`, text, readUntil, digest };
  return told(params.id, await answerItem(context, order));
}

/**
 * Opts the person out of everything except what they confirmed since, because staff read an opt-out in their words.
 * In force when the request is answered.
 */
export async function optOutFromInbox({ context, key, params, body }: Asked<typeof optOutBody>) {
  const { reason, wrong_number: wrongNumber = false, read_until: readUntil = null } = body;
  const order = { item: params.id, actor: `key:${key.id}`, reason, wrongNumber, readUntil };
  return told(params.id, await optOutItem(context, order));
}

/** Ends an item that needs no answer. */
export async function closeInboxItem({ context, key, params, body }: Asked<typeof endBody>) {
  const { reason, read_until: readUntil = null } = body;
  const order = { item: params.id, actor: `key:${key.id}`, reason, readUntil };
  const answer = told(params.id, await closeItem(context, order));
  const fields = { key: key.id, item: params.id, reasonLength: reason.length };
  if (!answer.repeated) context.log.info(fields, 'an item was closed');
  return answer;
}

function told(item: string, outcome: ItemOutcome) {
  if (outcome.kind === 'ended') return { item, ...endOf(outcome.ended), repeated: outcome.repeated };
  throw problemOf(item, outcome);
}

const CLOSE = { next_step: 'Close it: POST /inbox/{id}/close.' };

const NOBODY = 'Nobody is known behind this item, so nothing can be sent to them.';

function problemOf(item: string, outcome: Exclude<ItemOutcome, { kind: 'ended' }>): Problem {
  switch (outcome.kind) {
    case 'unknown':
      return noSuchItem();
    case 'nobody':
      return new Problem('not-possible', NOBODY, CLOSE);
    case 'unreadable':
      return unreadable('Whoever is behind this item cannot be opened here.');
    case 'former':
      return new Problem(
        'not-possible',
        'The person who wrote this no longer has the number; this would reach its new holder.',
        CLOSE,
      );
    case 'not-of-item':
      return unusable('read_until', 'It is no text of this item: POST /inbox/{id}/read shows them.');
    case 'unread':
      return unread(item, outcome.spared);
    case 'confirmed-since':
      return new Problem(
        'conflict',
        'Nothing to opt out of: they confirmed every program they are in after that text.',
        {
          next_step:
            'Read what they wrote since, and name the last of it in read_until; or close it: POST /inbox/{id}/close.',
        },
      );
    case 'refused':
      return new Problem('refused', 'The answer was not sent, and the item stays open.', {
        reasons: reasonsOf(outcome.reasons),
        next_step: 'Close it, or reach the person by another way.',
      });
    case 'over':
      return overtaken(outcome);
    default:
      return outcome satisfies never;
  }
}

const UNREAD =
  'The person wrote again what no rule answered, or an alarm, and by what was named as read nobody has read that.';

/** `spared`: for an opt-out, which is in force all the same. */
function unread(item: string, spared: string[] | undefined): Problem {
  const rest = `POST /inbox/${item}/read, to its last page; then name the last text of it in read_until`;
  if (spared === undefined) {
    return new Problem('conflict', `${UNREAD} Nothing was changed.`, { next_step: `${rest}.` });
  }
  const done = `They are opted out of all but what they confirmed since (${spared.join(', ')}); the item stays open.`;
  return new Problem('conflict', `${UNREAD} ${done}`, {
    next_step: `${rest}: of POST /inbox/{id}/close, or of another opt-out where they ask for that.`,
  });
}

function overtaken({ ended: end, by }: Extract<ItemOutcome, { kind: 'over' }>): Problem {
  if (end === null) {
    return new Problem('conflict', 'Something more urgent of the same person is open; it stands for both.', {
      next_step: by === null ? 'GET /inbox lists it.' : `See to the item ${by}.`,
    });
  }
  const word = { answer: 'answered', 'opt-out': 'ended in an opt-out', close: 'closed' }[end.how];
  return new Problem('conflict', `It was ${word} at ${iso(end.at)} by ${end.by}. Nothing was changed.`, {
    next_step: 'GET /deliveries shows what was sent to them.',
  });
}

const WEEK_MS = 7 * DAY_MS;
/** Weeks that the report covers, and most items that it reads. */
const WEEKS = 8;
const MOST_ITEMS = 50_000;

export const inboxReportQuery = z.strictObject({});
export const inboxReportAnswer = z.strictObject({
  open: z.number(),
  oldest: time.nullable().meta({ description: 'When the oldest words came that wait in an open item.' }),
  weeks: z.array(
    z.strictObject({
      program: z.string().nullable(),
      week: z.iso.date().meta({ description: 'Its Monday, in UTC.' }),
      answered: z.number(),
      median_seconds: z.number(),
      p90_seconds: z.number(),
    }),
  ),
});

const uncounted = ifTooLong('Counting the open items of the inbox took too long.', 'Ask again later.');

/** How long people waited for an answer of staff, by program and by the week in which they wrote. */
export async function inboxReport({ context }: ApiRequest<object>) {
  const since = new Date(context.now().getTime() - WEEKS * WEEK_MS);
  const [{ count, oldest }, rows] = await Promise.all([
    openItems(context.store),
    answeredSince(context.store, since, MOST_ITEMS),
  ]).catch(uncounted);
  const answered = rows.map(({ receivedAt, ended: { program, at } }) => ({
    program,
    receivedAt,
    answeredAt: at,
  }));
  const weeks = answerTimes(answered).map(({ median, p90, ...rest }) => ({
    ...rest,
    median_seconds: median,
    p90_seconds: p90,
  }));
  return { open: count, oldest: isoOrNull(oldest), weeks };
}
