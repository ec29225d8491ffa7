import { z } from 'zod';
import { wordsOf } from '../consent/inbound/inbound-record.ts';
import {
  decideHold,
  type EndedHold,
  HOLD_DECISIONS,
  heldContact,
  isLost,
  nameOf,
  textOf,
} from '../consent/review/decide-hold.ts';
import { statusSentence } from '../domain/consent/status-sentence.ts';
import { sourceOf } from '../domain/consent/suppression-origin.ts';
import { mask } from '../domain/numbers.ts';
import type { ProgramBook } from '../domain/program.ts';
import { optOutScore } from '../domain/words/ordinary-language.ts';
import { wordRulesAt } from '../domain/words/word-rules.ts';
import { findTaken, findUnsure, type InboundDoc } from '../store/consent/inbound-texts.ts';
import { type HoldPlace, type HoldRow, pageHolds } from '../store/consent/suppressions.ts';
import { findHolders } from '../store/contacts/contacts.ts';
import { type OpenContact, openHolder, unlessClosed } from '../store/contacts/open-contact.ts';
import { openJoined, readJoined } from '../store/contacts/person-facts.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import {
  contactId,
  iso,
  line,
  page,
  paging,
  placeOfText,
  shownText,
  TAKEN_PLACE,
  text,
  textAt,
  time,
  toPage,
} from './http/shapes.ts';
import * as inbox from './inbox.ts';
import * as acts from './inbox.ts';
import { inboxReport, inboxReportAnswer, inboxReportQuery, textId } from './inbox.ts';
import * as overturning from './opt-outs.ts';
import { howToReturn } from './opt-outs.ts';

const holdId = z
  .string()
  .regex(/^[0-9a-f]{24}\.[1-9]\d{0,8}$/, 'It is not the id of a hold, as GET /holds lists them.')
  .transform((id) => {
    const [row = '', generation = ''] = id.split('.');
    return { row, generation: Number(generation) };
  });

const hold = z.strictObject({
  id: z.string(),
  contact: z.strictObject({ id: contactId, masked: z.string() }).nullable().meta({
    description:
      'Null where nobody is held under the number any more (only the timer ends it), or they cannot be opened.',
  }),
  sentence: z.string().nullable().meta({ description: 'What support would read out about them.' }),
  held_at: time,
  ends_at: time.meta({ description: 'Undecided until then it ends in opt-out.' }),
  rule: z.string().meta({ description: 'What read their words as a possible opt-out.' }),
  score: z
    .number()
    .nullable()
    .meta({ description: 'By the rules of that day: surely an opt-out from 10 on, perhaps from 5.' }),
});

const holdsQuery = z.strictObject(paging('holds', /^\d{1,15}\.[0-9a-f]{24}$/));
const holdsAnswer = page(hold);
const holdParams = z.strictObject({ id: holdId });

/** Holds that await a decision, those whose timer ends first in front. Shows nobody's words. */
async function listHolds({ context, query }: ApiRequest<{ query: typeof holdsQuery }>) {
  const found = await pageHolds(context.store, placeAt(query.cursor), query.limit + 1);
  const { rows, next_cursor } = toPage('holds', found, query.limit, placeOf);
  const indexes = rows.map(({ index }) => index);
  const stored = (await findHolders(context.store, indexes)).filter(({ sealed }) => sealed !== null);
  const joined = await readJoined(context.store, stored);
  const holders = new Map(
    stored.map((contact) => [contact.index, unlessClosed(() => openJoined(context.ring, contact, joined))]),
  );
  const texts = await findUnsure(
    context.store,
    stored.map(({ _id }) => _id),
  );
  const items = rows.map((row) => {
    const holder = holders.get(row.index) ?? null;
    const text = textOf(
      row,
      texts.filter(({ contact }) => contact === holder?.id),
    );
    return itemOf(context, row, holder, text);
  });
  return { items, next_cursor };
}

const placeOf = ({ until, _id }: HoldRow): string => `${until?.getTime() ?? 0}.${_id}`;

function placeAt(cursor: string | undefined): HoldPlace | null {
  if (cursor === undefined) return null;
  const [until = '', id = ''] = cursor.split('.');
  return { until: new Date(Number(until)), id };
}

function itemOf(
  context: ApiRequest<object>['context'],
  row: HoldRow,
  holder: OpenContact | null,
  text: InboundDoc | null,
) {
  const { generation, since, until, origin } = row;
  return {
    id: nameOf({ row: row._id, generation }),
    contact: holder === null ? null : { id: holder.id, masked: mask(holder.number) },
    sentence:
      holder === null ? null : statusSentence(holder.person, context.catalog.current().book, context.now()),
    held_at: iso(since),
    ends_at: iso(until ?? since),
    rule: text?.reading.rule ?? sourceOf(origin),
    score: holder === null || text === null ? null : scoreOf(text, holder),
  };
}

function scoreOf(text: InboundDoc, { keys }: OpenContact): number | null {
  const words = unlessClosed(() => wordsOf(text, keys.profile));
  const sum = words === null ? 0 : optOutScore(words.body, wordRulesAt(text.receivedAt));
  // A text whose words score nothing was held because of another sign.
  return sum === 0 ? null : sum;
}

const TEXTS = 'texts-of-hold';
const holdReadQuery = z.strictObject(paging(TEXTS, TAKEN_PLACE));
const holdReadBody = z.strictObject({ reason: line(3, 200) });
const holdReadAnswer = z.strictObject({
  contact: contactId,
  texts: z.array(text).meta({ description: 'In the order in which they reached us.' }),
  next_cursor: z.string().nullable(),
});

type Reading = ApiRequest<{
  params: typeof holdParams;
  query: typeof holdReadQuery;
  body: typeof holdReadBody;
}>;

/** What the person wrote, page by page: the held text and everything after it. Each reading is audited. */
async function readHold({ context, key, params, query, body }: Reading) {
  const found = await heldContact(context, params.id.row);
  if (found === null) throw noSuchHold();
  const { contact, row } = found;
  if (await isLost(context, contact)) throw lostHold();
  const holder = openHolder(context.ring, contact, []);
  const held = textOf(row, await findUnsure(context.store, [contact._id]));
  const { cursor, limit } = query;
  const asked = { from: held ?? row.since, after: textAt(cursor), limit: limit + 1 };
  const taken = await findTaken(context.store, contact._id, asked);
  const { rows, next_cursor } = toPage(TEXTS, taken, limit, placeOfText);
  const fields = { key: key.id, contact: contact._id, hold: nameOf(params.id) };
  context.log.info({ ...fields, reasonLength: body.reason.length }, 'words of a hold were read');
  const texts = rows.map((row) => shownText(row, holder.keys.profile));
  return { contact: contact._id, texts, next_cursor };
}

const decideBody = z.strictObject({
  decision: z.enum(HOLD_DECISIONS),
  reason: line(3, 200).meta({ description: 'Kept, sealed, in the ledger.' }),
  read_until: textId.optional().meta({
    description:
      'Id of the last text that was read, of those that POST /holds/{id}/read shows; absent: the one that was held. A release is refused where words that may be an opt-out came after it; an opt-out spares what the person confirmed after it.',
  }),
  wrong_number: z
    .literal(true)
    .optional()
    .meta({ description: 'With opt-out: they say that they are not the person we mean.' }),
});

const decideAnswer = z.strictObject({
  contact: contactId,
  decision: z.enum(HOLD_DECISIONS),
  decided_by: z.string(),
  decided_at: time,
  confirmed: z.boolean().meta({ description: 'Whether a text confirms the opt-out to the person.' }),
  repeated: z.boolean().meta({ description: 'It was decided so before: nothing was changed.' }),
});

/** Ends a hold as a person decided. The decision is in force when the request is answered. */
async function answerDecideHold({
  context,
  key,
  params,
  body,
}: ApiRequest<{ params: typeof holdParams; body: typeof decideBody }>) {
  const { decision, reason, wrong_number: wrongNumber = false, read_until: readUntil = null } = body;
  if (wrongNumber && decision === 'release') {
    throw unusable(
      'wrong_number',
      'It goes with opt-out alone: who is not the person we mean gets no more texts.',
    );
  }
  const order = { hold: params.id, decision, reason, wrongNumber, readUntil, actor: `key:${key.id}` };
  const outcome = await decideHold(context, order);
  if (outcome.kind === 'unknown') throw noSuchHold();
  if (outcome.kind === 'lost') throw lostHold();
  if (outcome.kind === 'not-of-hold') {
    throw unusable('read_until', 'It is no text of this hold: POST /holds/{id}/read shows them.');
  }
  if (outcome.kind === 'unread') {
    throw new Problem('conflict', `${UNREAD} Nothing was changed.`, {
      next_step: `POST /holds/${nameOf(params.id)}/read, to its last page; then name the last text of it in read_until.`,
    });
  }
  if (outcome.kind === 'over') {
    throw new Problem('conflict', `${endOf(outcome.ended)} Nothing was changed.`, {
      next_step: nextStep(outcome.ended, context.catalog.current().book),
    });
  }
  const { contact, by, at, confirmed, repeated } = outcome;
  return { contact, decision, decided_by: by, decided_at: iso(at), confirmed, repeated };
}

const UNREAD =
  'The person wrote again what may be an opt-out, and by what was named as read nobody has read that.';

const noSuchHold = (): Problem =>
  new Problem('not-found', 'There is no hold of this id. GET /holds lists them.');

const lostHold = (): Problem =>
  new Problem(
    'not-possible',
    'The key that sealed whoever is held is lost: nobody can read what they wrote.',
    {
      next_step:
        'Where you know the number: POST /opt-outs. Else leave it: undecided it ends in opt-out by its timer.',
    },
  );

function endOf(ended: EndedHold | null): string {
  if (ended === null) return 'The hold is over.';
  const at = iso(ended.at);
  if (ended.how === 'timer') return `The hold ended in opt-out at ${at}: nobody had decided in time.`;
  if (ended.how === 'person') return `The person ended the hold at ${at} by a text of their own.`;
  if (ended.how === 'other') return `The hold ended at ${at} by ${ended.by}.`;
  const word = ended.how === 'release' ? 'released' : 'opted out';
  return `The person was ${word} at ${at} by ${ended.by}.`;
}

const OVERTURN =
  'Where their words were no opt-out: POST /contacts/{id}/overturn, with the scope consent:overturn.';

/** An opt-out that spared a program is no opt-out of everything and cannot be overturned. */
function nextStep(ended: EndedHold | null, book: ProgramBook): string {
  const how = ended?.how ?? 'other';
  const isPartial = ended?.ofAll === false && (how === 'opt-out' || how === 'timer');
  return isPartial ? howToReturn(book) : NEXT[how];
}

const NEXT: Record<EndedHold['how'], string> = {
  'opt-out': OVERTURN,
  timer: OVERTURN,
  release: 'Where they want out all the same: POST /opt-outs.',
  person: 'What the person said themselves counts.',
  other: 'GET /contacts/{id}/status shows what holds now.',
};

/** Decisions of people about words that no rule could decide. */
export const REVIEW_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/holds',
    scope: 'reviews:read',
    summary: 'List the holds that await a decision, those whose timer ends first in front.',
    query: holdsQuery,
    answer: holdsAnswer,
    handle: listHolds,
  }),
  defineRoute({
    method: 'post',
    path: '/holds/{id}/read',
    scope: 'evidence:read',
    rate: 'lookups',
    summary: 'Read the words that raised a hold, and what came since, with a reason, page by page.',
    params: holdParams,
    query: holdReadQuery,
    body: holdReadBody,
    answer: holdReadAnswer,
    problems: ['not-found', 'not-possible'],
    handle: readHold,
  }),
  defineRoute({
    method: 'post',
    path: '/holds/{id}/decide',
    scope: 'reviews:write',
    summary:
      'End a hold: in opt-out, or in release where no words up to read_until were one. In force when it answers.',
    params: holdParams,
    body: decideBody,
    answer: decideAnswer,
    problems: ['not-found', 'conflict', 'not-possible'],
    handle: answerDecideHold,
  }),
  defineRoute({
    method: 'post',
    path: '/contacts/{id}/overturn',
    scope: 'consent:overturn',
    summary: 'Take back, for compliance, an opt-out that was read out of ordinary words.',
    params: overturning.overturnParams,
    body: overturning.overturnBody,
    answer: overturning.overturnAnswer,
    problems: ['not-found', 'refused', 'not-possible'],
    handle: overturning.answerOverturn,
  }),
  defineRoute({
    method: 'get',
    path: '/inbox',
    scope: 'reviews:read',
    summary: 'List texts that no rule answered: alarms in front, then the oldest; without the words.',
    query: inbox.inboxQuery,
    answer: inbox.inboxAnswer,
    handle: inbox.listInbox,
  }),
  defineRoute({
    method: 'post',
    path: '/inbox/{id}/read',
    scope: 'evidence:read',
    rate: 'lookups',
    summary: 'Read what the person wrote, with a reason: as it reached us, page by page.',
    params: inbox.itemParams,
    query: inbox.itemReadQuery,
    body: inbox.itemReadBody,
    answer: inbox.itemReadAnswer,
    problems: ['not-found'],
    handle: inbox.readItem,
  }),
  defineRoute({
    method: 'post',
    path: '/inbox/{id}/answer',
    scope: 'messages:write',
    rate: 'messages',
    summary:
      'Answer the person. Refused with the reasons where the gate would not let it go; 409 where more came after read_until.',
    params: inbox.itemParams,
    body: acts.answerBody,
    status: 202,
    answer: acts.endAnswer,
    problems: ['not-found', 'conflict', 'refused', 'not-possible'],
    handle: acts.answerInboxItem,
  }),
  defineRoute({
    method: 'post',
    path: '/inbox/{id}/opt-out',
    scope: 'reviews:write',
    summary:
      'Opt the person out of everything but what they confirmed since: their words said so. In force when it answers.',
    params: inbox.itemParams,
    body: acts.optOutBody,
    answer: acts.endAnswer,
    problems: ['not-found', 'conflict', 'not-possible'],
    handle: acts.optOutFromInbox,
  }),
  defineRoute({
    method: 'post',
    path: '/inbox/{id}/close',
    scope: 'reviews:write',
    summary: 'Close an item that needs no answer; 409 where more came after read_until.',
    params: inbox.itemParams,
    body: acts.endBody,
    answer: acts.endAnswer,
    problems: ['not-found', 'conflict', 'not-possible'],
    handle: acts.closeInboxItem,
  }),
  defineRoute({
    method: 'get',
    path: '/reports/inbox',
    scope: 'reviews:read',
    summary: 'Show how long people waited for an answer, by program and week.',
    query: inboxReportQuery,
    answer: inboxReportAnswer,
    handle: inboxReport,
  }),
];
