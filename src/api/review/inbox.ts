import { z } from 'zod';
import { unreadableWords } from '../../consent/inbound/words.ts';
import { endReason } from '../../contacts/inbox/end-reason.ts';
import { statusSentence } from '../../domain/consent/inquiries/status-sentence.ts';
import { INBOX_STATES } from '../../domain/inbox/entering.ts';
import { mask } from '../../domain/numbers.ts';
import { ALARM_KINDS } from '../../domain/words/word-files.ts';
import { findInbound, findTaken, type InboundDoc } from '../../store/consent/inbound.ts';
import { type InboxPlace, pageInbox, startsOf, textsSince } from '../../store/consent/inbox.ts';
import { findContacts } from '../../store/people/contacts.ts';
import { type Holder, unlessClosed } from '../../store/people/holder.ts';
import { openJoined, readJoined } from '../../store/people/joined.ts';
import { contactId, iso, line, time } from '../fields.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';
import { placeOfText, shownText, TAKEN_PLACE, text, textAt } from '../texts.ts';

/** The carrier's; or ours where it gave none, with how often the same one counted. */
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

/** Open items: the most urgent in front, then the oldest. Those that ended: the newest in front. Without the words. */
export async function listInbox({ desk, query }: Call<{ query: typeof inboxQuery }>) {
  const { state, cursor, limit } = query;
  const found = await pageInbox(desk.store, state, placeAt(cursor), limit + 1);
  const { rows, next_cursor } = cut('inbox', found, limit, placeOf);
  const holders = await holdersOf(desk, rows);
  const counts = await textsSince(desk.store, rows);
  // Where something more urgent of the same person is open, that stands for both.
  const items = rows.filter((row) => {
    const current = holders.get(row.contact ?? '')?.stored?.inboxItem?.text;
    return state !== 'open' || current === undefined || current === row._id;
  });
  return {
    items: items.map((row) => ({
      ...itemOf(desk, row, holders.get(row.contact ?? '') ?? null),
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
  desk: Call<object>['desk'],
  rows: readonly InboundDoc[],
): Promise<Map<string, Holder>> {
  const ids = [...new Set(rows.flatMap(({ contact }) => contact ?? []))];
  const stored = (await findContacts(desk.store, ids)).filter(({ sealed }) => sealed !== null);
  const joined = await readJoined(desk.store, stored);
  const opened = stored.flatMap((one) => unlessClosed(() => openJoined(desk.ring, one, joined)) ?? []);
  return new Map(opened.map((one) => [one.id, one]));
}

function itemOf(desk: Call<object>['desk'], row: InboundDoc, holder: Holder | null) {
  const { alarm, receivedAt } = row;
  const until = row.ended?.at ?? desk.now();
  return {
    id: row._id,
    state: row.inbox ?? 'open',
    alarm: alarm === undefined ? null : { kind: alarm.kind, rule: alarm.rule },
    contact: holder === null ? null : { id: holder.id, masked: mask(holder.number) },
    sentence: holder === null ? null : statusSentence(holder.person, desk.catalog.current().book, desk.now()),
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

type Reading = Call<{
  params: typeof itemParams;
  query: typeof itemReadQuery;
  body: typeof itemReadBody;
}>;

/** What the person wrote since the item begins, page by page. Each reading is on record. */
export async function readItem({ desk, key, params, query, body }: Reading) {
  const [row] = await findInbound(desk.store, [params.id]);
  if (row?.inbox === undefined) throw noSuchItem();
  const fields = { key: key.id, contact: row.contact, item: row._id, reasonLength: body.reason.length };
  desk.log.info(fields, 'words of the inbox were read');
  const holder = (await holdersOf(desk, [row])).get(row.contact ?? '');
  if (row.contact === null || holder === undefined) {
    const words = unreadableWords(row, desk.ring);
    const shown = { words: words?.body ?? null, pictures: words?.pictures ?? 0 };
    const { _id: id, to, reading } = row;
    return {
      contact: row.contact,
      texts: [{ id, to, rule: reading.rule, received_at: iso(row.receivedAt), ...shown }],
      end_reason: endReason(desk.ring, row, null),
      next_cursor: null,
    };
  }
  const { cursor, limit } = query;
  const from = (await startsOf(desk.store, [row]))(row);
  const found = await findTaken(desk.store, row.contact, { from, after: textAt(cursor), limit: limit + 1 });
  const { rows, next_cursor } = cut(TEXTS, found, limit, placeOfText);
  const texts = rows.map((one) => shownText(one, holder.keys.profile));
  return { contact: row.contact, texts, end_reason: endReason(desk.ring, row, holder), next_cursor };
}

export const noSuchItem = (): Problem =>
  new Problem('not-found', 'There is no item of this id. GET /inbox lists them.');
