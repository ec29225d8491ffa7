import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { openEntry } from '../consent/ledger/ledger.ts';
import { faultOfContact } from '../consent/ledger/verify-ledger.ts';
import { contactById, type OpenedContact } from '../contacts/find-contact.ts';
import { ACT_CHANNELS } from '../domain/consent/channels.ts';
import { EVENT_KINDS } from '../domain/consent/decision.ts';
import { mask } from '../domain/numbers.ts';
import {
  type ConsentEventDoc,
  chainOf,
  chainsOf,
  PERSONAL_FIELDS,
  type PersonalField,
} from '../store/consent/consent-events.ts';
import { unlessClosed } from '../store/contacts/open-contact.ts';
import { Problem } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { contactId, iso, page, paging, time, toPage } from './http/shapes.ts';

const words = z.string().optional();
const entry = z.strictObject({
  seq: z.number(),
  kind: z.enum(EVENT_KINDS),
  program: z.string().nullable(),
  topics: z.array(z.string()),
  scope: z.string().nullable(),
  reason: z.string().nullable(),
  disclosure: z.strictObject({ touchpoint: z.string(), version: z.number() }).nullable(),
  channel: z.enum(ACT_CHANNELS),
  sender: z.string().nullable(),
  actor: z.string(),
  rules: z.string(),
  answers: z.number().nullable(),
  acted_at: time,
  recorded_at: time,
  commitments: z.partialRecord(z.enum(PERSONAL_FIELDS), z.string()),
  prev: z.string(),
  hash: z.string(),
  personal: z
    .strictObject({ number: words, words, shown: words, messageSid: words, origin: words })
    .nullable()
    .meta({ description: 'Only with the scope evidence:read, until it is erased. The number is masked.' }),
  salts: z.strictObject({ words, shown: words, messageSid: words, origin: words }).nullable().meta({
    description:
      'As `personal`: the commitment of a field is the SHA-256 of its salt and its value (docs/evidence.md). The number has none: with it the masked digits could be tried out.',
  }),
});

export const consentRecordsQuery = z.strictObject({
  contact: contactId,
  ...paging('consent-records', /^\d{1,9}$/),
});

export const consentRecordsAnswer = page(entry).extend({
  verified: z.boolean().meta({
    description:
      "Whether the contact's whole chain was found unbroken and signed by this installation just now, says all that the contact is subscribed to, and fits the texts, messages and opt-outs on record.",
  }),
  fault: z.strictObject({ seq: z.number(), what: z.string() }).nullable(),
});

/** The ledger of one contact, oldest first. Every page verifies the whole chain: a page alone proves nothing. */
export async function listConsentRecords({
  context,
  key,
  query,
}: ApiRequest<{ query: typeof consentRecordsQuery }>) {
  const { contact, events, fault } = await readVerified(context, query.contact);
  const evidence = contact.keys.evidence;
  const after = Number(query.cursor ?? 0);
  const later = events.filter((event) => event.seq > after);
  const { rows, next_cursor } = toPage('consent-records', later, query.limit, (row) => String(row.seq));
  const mayRead = key.scopes.has('evidence:read');
  if (mayRead) context.log.info({ key: key.id, contact: contact.id }, 'evidence was read');
  const items = rows.map((event) => itemOf(event, mayRead ? evidence : null));
  return { items, next_cursor, verified: fault === null, fault };
}

async function readVerified(context: AppContext, id: string) {
  const read = async () => {
    const { contact, events } = await readWhole(context, id);
    return { contact, events, fault: await faultOfContact(context, contact.stored, events) };
  };
  const first = await read();
  // The person may have texted between the reads. A fault that a second read also finds is a real one.
  return first.fault === null ? first : read();
}

/**
 * Reads the entries before the contact: an entry beyond the contact's head was then not written in between, and is
 * a fault.
 */
async function readWhole(
  context: AppContext,
  id: string,
): Promise<{ contact: OpenedContact; events: ConsentEventDoc[] }> {
  const before = (await chainsOf(context.store, [id])).get(id) ?? [];
  const contact = await contactById(context, id);
  if (contact === null) throw new Problem('not-found', 'There is no contact of this id.');
  const last = before.at(-1)?.seq ?? 0;
  const { seq } = contact.stored.head;
  if (seq <= last) return { contact, events: before };
  const since = await chainOf(context.store, id, { after: last, limit: seq - last });
  return { contact, events: [...before, ...since.filter((consentEvent) => consentEvent.seq <= seq)] };
}

function itemOf(event: ConsentEventDoc, evidence: Buffer | null) {
  const { contact: _, sealed: __, mac: ___, actedAt, recordedAt, ...open } = event;
  // `fault` reports an entry that does not open.
  const opened = evidence === null ? null : unlessClosed(() => openEntry(event, evidence));
  return {
    ...open,
    acted_at: iso(actedAt),
    recorded_at: iso(recordedAt),
    personal: opened === null ? null : personalOf(opened),
    salts: opened === null ? null : saltsOf(opened),
  };
}

type Opened = NonNullable<ReturnType<typeof openEntry>>;

function personalOf(opened: Opened): Partial<Record<PersonalField, string>> {
  const values = Object.entries(opened).map(([field, [, value]]) => [
    field,
    field === 'number' ? mask(value) : value,
  ]);
  return Object.fromEntries(values);
}

function saltsOf({ number: _, ...others }: Opened): Partial<Record<PersonalField, string>> {
  return Object.fromEntries(Object.entries(others).map(([field, [salt]]) => [field, salt]));
}
