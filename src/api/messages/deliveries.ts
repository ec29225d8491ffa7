import { z } from 'zod';
import { LANGUAGES } from '../../domain/program.ts';
import { MESSAGE_CLASSES } from '../../domain/sending/classes.ts';
import { DELIVERY_STATES, type DeliveryDoc, pageDeliveries } from '../../store/deliveries/deliveries.ts';
import { openWords } from '../../store/deliveries/new-delivery.ts';
import { findContact } from '../../store/people/contacts.ts';
import { type Holder, openHolder, unlessClosed } from '../../store/people/holder.ts';
import { contactId, iso, isoOrNull, reason, reasonsOf, time } from '../fields.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';

export const delivery = z.strictObject({
  id: z.string(),
  contact: contactId,
  class: z.enum(MESSAGE_CLASSES),
  program: z.string().nullable(),
  topic: z.string().nullable(),
  template: z.string(),
  language: z.enum(LANGUAGES),
  sender: z.string(),
  parts: z.number().meta({ description: 'What it takes of the speed of its sender; an MMS is one.' }),
  media: z.number().meta({ description: 'How many pictures it shows; an SMS shows none.' }),
  test: z.boolean().meta({ description: 'A test to staff.' }),
  state: z.enum(DELIVERY_STATES),
  created_at: time,
  accepted_at: time.nullable(),
  carrier_id: z.string().nullable(),
  error: z.string().nullable(),
  decision: z.strictObject({ allowed: z.boolean(), at: time, reasons: z.array(reason) }).nullable(),
  look_ups: z.array(z.strictObject({ at: time, found: z.number() })).meta({
    description: "Where the outcome was lost: searches of the carrier's list, and how many could be it.",
  }),
  text: z.string().nullable().meta({
    description: 'Only with the scope evidence:read, until it is erased; null in a list over many people.',
  }),
});

export const deliveriesQuery = z
  .strictObject({
    contact: contactId.optional().meta({ description: 'Whose; with a state it may be left out.' }),
    state: z.enum(['unknown']).optional().meta({
      description:
        'Only messages of which nobody knows whether they left: look_ups says what was tried. Not those that the carrier took and never told the end of.',
    }),
    ...paging('deliveries', /^\d{1,15} [\w-]{10,60}$/),
  })
  .refine((query) => query.contact !== undefined || query.state !== undefined, {
    path: ['contact'],
    error: 'Name a contact, a state, or both.',
  });

export const deliveriesAnswer = page(delivery);

/** What was sent to one contact, and what was not and why; or whatever nobody knows to have left or not. Newest first. */
export async function listDeliveries({ desk, key, query }: Call<{ query: typeof deliveriesQuery }>) {
  const contact = query.contact === undefined ? null : await findContact(desk.store, query.contact);
  if (query.contact !== undefined && (contact === null || contact.sealed === null))
    throw new Problem('not-found', 'There is no contact of this id.');
  const [at, id] = query.cursor?.split(' ') ?? [];
  const before = at === undefined || id === undefined ? null : { at: new Date(Number(at)), id };
  const found = await pageDeliveries(
    desk.store,
    { ...(contact && { contact: contact._id }), lost: query.state === 'unknown' },
    { before, limit: query.limit + 1 },
  );
  const { rows, next_cursor } = cut(
    'deliveries',
    found,
    query.limit,
    (row) => `${+row.createdAt} ${row._id}`,
  );
  const mayRead = contact !== null && key.scopes.has('evidence:read');
  const holder = mayRead ? unlessClosed(() => openHolder(desk.ring, contact, [])) : null;
  if (holder !== null) desk.log.info({ key: key.id, contact: holder.id }, 'evidence was read');
  return { items: rows.map((row) => itemOf(row, holder)), next_cursor };
}

/** Holder: whose key opens the words; null where they are not to be read. */
export function itemOf(row: DeliveryDoc, holder: Holder | null) {
  const { decision } = row;
  return {
    id: row._id,
    contact: row.contact,
    class: row.class,
    program: row.program,
    topic: row.topic,
    template: row.template,
    language: row.language,
    sender: row.sender,
    parts: row.parts,
    media: row.media ?? 0,
    test: row.test === true,
    state: row.state,
    created_at: iso(row.createdAt),
    accepted_at: isoOrNull(row.acceptedAt),
    carrier_id: row.carrierSid ?? null,
    error: row.error ?? null,
    decision:
      decision === null
        ? null
        : { allowed: decision.allowed, at: iso(decision.at), reasons: reasonsOf(decision.reasons) },
    look_ups: (row.lookups ?? []).map(({ at, found }) => ({ at: iso(at), found })),
    text: holder === null ? null : (openWords(holder, row)?.text ?? null),
  };
}
