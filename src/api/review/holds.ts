import { z } from 'zod';
import { wordsOf } from '../../consent/inbound/words.ts';
import {
  decideHold,
  type Ended,
  HOLD_DECISIONS,
  heldContact,
  nameOf,
  textOf,
} from '../../consent/review/holds.ts';
import { statusSentence } from '../../domain/consent/inquiries/status-sentence.ts';
import { mask } from '../../domain/numbers.ts';
import { ruleSetAt } from '../../domain/words/rule-sets.ts';
import { weightOf } from '../../domain/words/score.ts';
import { type HoldPlace, type HoldRow, pageHolds } from '../../store/consent/holds.ts';
import { findTexts, findUnsure, type InboundDoc } from '../../store/consent/inbound.ts';
import { findHolders } from '../../store/people/contacts.ts';
import { type Holder, openHolder, unlessClosed } from '../../store/people/holder.ts';
import { openJoined, readJoined } from '../../store/people/joined.ts';
import { contactId, iso, line, time } from '../fields.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';
import { shownText, text } from '../texts.ts';

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

export const holdsQuery = z.strictObject(paging('holds', /^\d{1,15}\.[0-9a-f]{24}$/));
export const holdsAnswer = page(hold);
export const holdParams = z.strictObject({ id: holdId });

/** Holds that await a decision, those whose timer ends first in front; without anybody's words. */
export async function listHolds({ desk, query }: Call<{ query: typeof holdsQuery }>) {
  const found = await pageHolds(desk.store, placeAt(query.cursor), query.limit + 1);
  const { rows, next_cursor } = cut('holds', found, query.limit, placeOf);
  const indexes = rows.map(({ index }) => index);
  const stored = (await findHolders(desk.store, indexes)).filter(({ sealed }) => sealed !== null);
  const joined = await readJoined(desk.store, stored);
  const holders = new Map(
    stored.map((one) => [one.index, unlessClosed(() => openJoined(desk.ring, one, joined))]),
  );
  const texts = await findUnsure(
    desk.store,
    stored.map(({ _id }) => _id),
  );
  const items = rows.map((row) => {
    const holder = holders.get(row.index) ?? null;
    const text = textOf(
      row,
      texts.filter(({ contact }) => contact === holder?.id),
    );
    return itemOf(desk, row, holder, text);
  });
  return { items, next_cursor };
}

const placeOf = ({ until, _id }: HoldRow): string => `${until?.getTime() ?? 0}.${_id}`;

function placeAt(cursor: string | undefined): HoldPlace | null {
  if (cursor === undefined) return null;
  const [until = '', id = ''] = cursor.split('.');
  return { until: new Date(Number(until)), id };
}

function itemOf(desk: Call<object>['desk'], row: HoldRow, holder: Holder | null, text: InboundDoc | null) {
  const { generation, since, until, source } = row;
  return {
    id: nameOf({ row: row._id, generation }),
    contact: holder === null ? null : { id: holder.id, masked: mask(holder.number) },
    sentence: holder === null ? null : statusSentence(holder.person, desk.catalog.current().book, desk.now()),
    held_at: iso(since),
    ends_at: iso(until ?? since),
    rule: text?.reading.rule ?? source,
    score: holder === null || text === null ? null : scoreOf(text, holder),
  };
}

function scoreOf(text: InboundDoc, { keys }: Holder): number | null {
  const words = unlessClosed(() => wordsOf(text, keys.profile));
  const sum = words === null ? 0 : weightOf(words.body, ruleSetAt(text.receivedAt));
  // A sign that forbids has no score.
  return sum === 0 ? null : sum;
}

export const holdReadBody = z.strictObject({ reason: line(3, 200) });
export const holdReadAnswer = z.strictObject({ contact: contactId, texts: z.array(text) });

/** Most texts that are shown of one conversation. */
const MOST_TEXTS = 20;

/** What the person wrote: the text that was held, and whatever came after it. Each reading is on record. */
export async function readHold({
  desk,
  key,
  params,
  body,
}: Call<{ params: typeof holdParams; body: typeof holdReadBody }>) {
  const found = await heldContact(desk, params.id.row);
  if (found === null) throw noSuchHold();
  const { contact, row } = found;
  const holder = openHolder(desk.ring, contact, []);
  const since = textOf(row, await findUnsure(desk.store, [contact._id]))?.receivedAt ?? row.since;
  const texts = await findTexts(desk.store, contact._id, { since, limit: MOST_TEXTS });
  const fields = { key: key.id, contact: contact._id, hold: nameOf(params.id) };
  desk.log.info({ ...fields, reasonLength: body.reason.length }, 'words of a hold were read');
  return { contact: contact._id, texts: texts.map((one) => shownText(one, holder.keys.profile)) };
}

export const decideBody = z.strictObject({
  decision: z.enum(HOLD_DECISIONS),
  reason: line(3, 200).meta({ description: 'Kept, sealed, in the ledger.' }),
  wrong_number: z
    .literal(true)
    .optional()
    .meta({ description: 'With opt-out: they say that they are not the person we mean.' }),
});

export const decideAnswer = z.strictObject({
  contact: contactId,
  decision: z.enum(HOLD_DECISIONS),
  decided_by: z.string(),
  decided_at: time,
  confirmed: z.boolean().meta({ description: 'Whether a text confirms the opt-out to the person.' }),
  repeated: z.boolean().meta({ description: 'It was decided so before: nothing was changed.' }),
});

/** Ends a hold as a person decided. In force when it answers. */
export async function decideOne({
  desk,
  key,
  params,
  body,
}: Call<{ params: typeof holdParams; body: typeof decideBody }>) {
  const { decision, reason, wrong_number: wrongNumber = false } = body;
  const actor = `key:${key.id}`;
  const outcome = await decideHold(desk, { hold: params.id, decision, reason, wrongNumber, actor });
  if (outcome.kind === 'unknown') throw noSuchHold();
  if (outcome.kind === 'over') {
    throw new Problem('conflict', `${endOf(outcome.ended)} Nothing was changed.`, {
      next_step: NEXT[outcome.ended?.how ?? 'other'],
    });
  }
  const { contact, by, at, confirmed, repeated } = outcome;
  return { contact, decision, decided_by: by, decided_at: iso(at), confirmed, repeated };
}

const noSuchHold = (): Problem =>
  new Problem('not-found', 'There is no hold of this id. GET /holds lists them.');

function endOf(ended: Ended | null): string {
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
const NEXT: Record<Ended['how'], string> = {
  'opt-out': OVERTURN,
  timer: OVERTURN,
  release: 'Where they want out all the same: POST /opt-outs.',
  person: 'What the person said themselves counts.',
  other: 'GET /contacts/{id}/status shows what holds now.',
};
