import { z } from 'zod';
import { LANGUAGES } from '../domain/program.ts';
import { DELIVERY_STATES, deliverySentence } from '../domain/sending/delivery-sentence.ts';
import { MESSAGE_CLASSES } from '../domain/sending/lanes.ts';
import { withSenderStop } from '../sending/circuit-breaker.ts';
import { CLAIM_LEASE_MS } from '../sending/gate.ts';
import { findContact } from '../store/contacts/contacts.ts';
import { type OpenContact, openHolder, unlessClosed } from '../store/contacts/open-contact.ts';
import { type DeliveryDoc, findDeliveries, pageDeliveries } from '../store/deliveries/delivery.ts';
import { openContent } from '../store/deliveries/new-delivery.ts';
import { clicksOfDelivery } from '../store/templates/links.ts';
import { Problem } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import {
  capped,
  cappedOf,
  contactId,
  iso,
  isoOrNull,
  page,
  paging,
  reason,
  reasonsOf,
  time,
  toPage,
} from './http/shapes.ts';

const delivery = z.strictObject({
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

/** What was sent to one contact, and what was not and why; or every delivery of unknown outcome. Newest first. */
export async function listDeliveries({ context, key, query }: ApiRequest<{ query: typeof deliveriesQuery }>) {
  const contact = query.contact === undefined ? null : await findContact(context.store, query.contact);
  if (query.contact !== undefined && (contact === null || contact.sealed === null))
    throw new Problem('not-found', 'There is no contact of this id.');
  const [at, id] = query.cursor?.split(' ') ?? [];
  const before = at === undefined || id === undefined ? null : { at: new Date(Number(at)), id };
  const found = await pageDeliveries(
    context.store,
    { ...(contact && { contact: contact._id }), lost: query.state === 'unknown' },
    { before, limit: query.limit + 1 },
  );
  const { rows, next_cursor } = toPage(
    'deliveries',
    found,
    query.limit,
    (row) => `${+row.createdAt} ${row._id}`,
  );
  const mayRead = contact !== null && key.scopes.has('evidence:read');
  const holder = mayRead ? unlessClosed(() => openHolder(context.ring, contact, [])) : null;
  if (holder !== null) context.log.info({ key: key.id, contact: holder.id }, 'evidence was read');
  return { items: rows.map((row) => itemOf(row, holder)), next_cursor };
}

/** `holder`: the contact whose key opens the words; null when the words must not be read. */
function itemOf(row: DeliveryDoc, holder: OpenContact | null) {
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
    text: holder === null ? null : (openContent(holder, row)?.text ?? null),
  };
}

export const deliveryParams = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{2}[\w-]{24}$/, 'It is not the id of a delivery.')
    .meta({ description: 'Id of a delivery, from POST /messages, POST /opt-ins or GET /deliveries.' }),
});

/** The times of a delivery, in the order in which a message passes them. */
const MOMENTS = ['planned', 'decided', 'flagged', 'accepted', 'sent', 'ended'] as const;

export const deliveryAnswer = delivery.extend({
  sentence: z.string(),
  timeline: z.array(z.strictObject({ what: z.enum(MOMENTS), at: time })),
  due_at: time.nullable().meta({ description: 'Not before then; null once it is no longer planned.' }),
  valid_until: time.nullable(),
  where: z
    .strictObject({
      zones: z.array(z.string()),
      jurisdictions: z.array(z.string()).meta({ description: 'Whose rules on hours were kept.' }),
      source: z.enum(['declared', 'zip', 'area-code', 'none']),
      confidence: z.enum(['sure', 'weak']),
      version: z.string().meta({ description: 'Of the table of hours.' }),
    })
    .nullable()
    .meta({
      description:
        'Where the person was taken to be when it was allowed, as far as that was kept; null also where no hours bind it, it was not allowed, or not yet, and where whoever handed it over died before it wrote that down.',
    }),
  capped: capped.meta({ description: 'The cap that it waits for, or that ended it.' }),
  tries: z.number().meta({ description: 'How often it was taken up to be handed over.' }),
  clicks: z
    .strictObject({ people: z.number(), bots: z.number(), tests: z.number(), first_at: time.nullable() })
    .meta({ description: 'How often its links were opened, and when by a person first.' }),
  extra_carrier_ids: z
    .array(z.string())
    .meta({ description: 'Further messages that the carrier made of it, one too many each.' }),
  answers: z
    .strictObject({ received_at: time, message_sid: z.string().nullable() })
    .nullable()
    .meta({ description: "The person's text that it answers; its id only with the scope evidence:read." }),
});

/** Everything stored about one delivery, and what it means in one sentence. */
export async function showDelivery({ context, key, params }: ApiRequest<{ params: typeof deliveryParams }>) {
  const [row] = await findDeliveries(context.store, [params.id]);
  if (row === undefined) throw new Problem('not-found', 'There is no delivery of this id.');
  const mayRead = key.scopes.has('evidence:read');
  if (mayRead) context.log.info({ key: key.id, delivery: row._id }, 'evidence was read');
  const { answers } = row;
  const { person: people, bot: bots, test: tests, first } = await clicksOfDelivery(context.store, row._id);
  return {
    ...itemOf(row, mayRead ? await holderOf(context, row) : null),
    sentence: deliverySentence(await withSenderStop(context.store, row), context.now()),
    timeline: timelineOf(row),
    due_at: row.state === 'planned' ? iso(row.dueAt) : null,
    valid_until: isoOrNull(row.validUntil),
    where: row.decision?.where ?? null,
    capped: isCapped(row) ? cappedOf(row.cappedBy) : null,
    tries: row.epoch,
    clicks: { people, bots, tests, first_at: isoOrNull(first) },
    extra_carrier_ids: row.extraSids ?? [],
    answers:
      answers === null
        ? null
        : { received_at: iso(answers.receivedAt), message_sid: mayRead ? answers.sid : null },
  };
}

const isCapped = ({ state, decision }: DeliveryDoc): boolean =>
  state === 'planned' || (decision?.reasons ?? []).includes('capped');

/** Null when the person was erased or no key here opens the contact: the words can no longer be read. */
async function holderOf(
  { store, ring }: ApiRequest<object>['context'],
  row: DeliveryDoc,
): Promise<OpenContact | null> {
  const stored = await findContact(store, row.contact);
  return stored === null || stored.sealed === null ? null : unlessClosed(() => openHolder(ring, stored, []));
}

function timelineOf(row: DeliveryDoc) {
  const { leaseUntil } = row;
  const times: Record<(typeof MOMENTS)[number], Date | null | undefined> = {
    planned: row.createdAt,
    decided: row.decision?.at,
    flagged: leaseUntil === null ? null : new Date(leaseUntil.getTime() - CLAIM_LEASE_MS),
    accepted: row.acceptedAt,
    sent: row.sentAt,
    ended: row.finalAt,
  };
  return MOMENTS.flatMap((what) => {
    const at = times[what];
    return at == null ? [] : [{ what, at }];
  })
    .sort((a, b) => +a.at - +b.at)
    .map(({ what, at }) => ({ what, at: iso(at) }));
}
