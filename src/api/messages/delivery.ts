import { z } from 'zod';
import { deliverySentence } from '../../domain/sending/delivery-sentence.ts';
import { FLAG_LEASE_MS } from '../../sending/gate.ts';
import { withStop } from '../../sending/with-stop.ts';
import { clicksOfDelivery } from '../../store/campaigns/clicks.ts';
import { type DeliveryDoc, findDeliveries } from '../../store/deliveries/deliveries.ts';
import { findContact } from '../../store/people/contacts.ts';
import { type Holder, openHolder, unlessClosed } from '../../store/people/holder.ts';
import { iso, isoOrNull, time } from '../fields.ts';
import { Problem } from '../problem.ts';
import { capped, cappedOf } from '../programs/cap-shape.ts';
import type { Call } from '../route.ts';
import { delivery, itemOf } from './deliveries.ts';

export const deliveryParams = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{2}[\w-]{24}$/, 'It is not the id of a delivery.')
    .meta({ description: 'Id of a delivery, from POST /messages, POST /opt-ins or GET /deliveries.' }),
});

/** What a row's times stand for, in the order in which a message passes them. */
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

/** Everything a row knows of one message, and what it means in one sentence. */
export async function showDelivery({ desk, key, params }: Call<{ params: typeof deliveryParams }>) {
  const [row] = await findDeliveries(desk.store, [params.id]);
  if (row === undefined) throw new Problem('not-found', 'There is no delivery of this id.');
  const mayRead = key.scopes.has('evidence:read');
  if (mayRead) desk.log.info({ key: key.id, delivery: row._id }, 'evidence was read');
  const { answers } = row;
  const { person: people, bot: bots, test: tests, first } = await clicksOfDelivery(desk.store, row._id);
  return {
    ...itemOf(row, mayRead ? await holderOf(desk, row) : null),
    sentence: deliverySentence(await withStop(desk.store, row), desk.now()),
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

/** Null where the person was erased, or no key here opens them: what was said to them can be read no more. */
async function holderOf({ store, ring }: Call<object>['desk'], row: DeliveryDoc): Promise<Holder | null> {
  const stored = await findContact(store, row.contact);
  return stored === null || stored.sealed === null ? null : unlessClosed(() => openHolder(ring, stored, []));
}

function timelineOf(row: DeliveryDoc) {
  const { leaseUntil } = row;
  const times: Record<(typeof MOMENTS)[number], Date | null | undefined> = {
    planned: row.createdAt,
    decided: row.decision?.at,
    flagged: leaseUntil === null ? null : new Date(leaseUntil.getTime() - FLAG_LEASE_MS),
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
