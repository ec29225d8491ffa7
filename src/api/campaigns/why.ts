import { z } from 'zod';
import { whyOf } from '../../campaigns/why.ts';
import { contactById, holderOf } from '../../contacts/find-contact.ts';
import { CAMPAIGN_STATES } from '../../domain/campaigns/moves.ts';
import { deliverySentence, lastWait, type Waits } from '../../domain/sending/delivery-sentence.ts';
import type { WithStop } from '../../sending/with-stop.ts';
import { findCampaign } from '../../store/campaigns/campaigns.ts';
import { DELIVERY_STATES } from '../../store/deliveries/deliveries.ts';
import { countIfUnknown } from '../contacts/lookup-quota.ts';
import {
  contactId,
  heldPhone,
  iso,
  isoOrNull,
  namesOnePerson,
  ONE_PERSON,
  reason,
  reasonsOf,
  time,
} from '../fields.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';
import { type campaignParams, orMissing, refuseCampaign } from './campaigns.ts';

export const whyBody = z
  .strictObject({ contact: contactId.optional(), phone: heldPhone.optional() })
  .refine(namesOnePerson, ONE_PERSON);

/** Whether a body asks about a number, so that the answer tells if it is known here. */
export const byPhone = (body: unknown): boolean => whyBody.safeParse(body).data?.phone !== undefined;

export const whyAnswer = z.strictObject({
  sentence: z.string().meta({ description: 'Of a recurrence that of its last run, which it names.' }),
  campaign_state: z.enum(CAMPAIGN_STATES),
  in_audience: z.boolean().meta({ description: 'By their row; without one, by what is known of them now.' }),
  group: z.string().nullable().meta({
    description: 'Variant of a split, or "holdout"; null without one, or before a winner is chosen.',
  }),
  clauses: z
    .array(z.strictObject({ clause: z.string(), how: z.enum(['must-fit', 'leaves-out']) }))
    .meta({ description: 'What of the segment keeps them out.' }),
  delivery: z
    .strictObject({
      id: z.string(),
      state: z.enum(DELIVERY_STATES),
      sentence: z.string(),
      due_at: time.nullable(),
      held_by: z.string().nullable().meta({ description: 'Source of the rule on hours it waits for.' }),
      held_where: z
        .strictObject({
          zone: z.string(),
          source: z.enum(['declared', 'zip', 'area-code', 'none']),
          confidence: z.enum(['sure', 'weak']),
        })
        .nullable()
        .meta({
          description: 'On whose clock it waits or last waited, what says that they may be there, how sure.',
        }),
      reasons: z.array(reason),
      decided_at: time.nullable(),
      error: z.string().nullable(),
      template: z.string(),
    })
    .nullable()
    .meta({ description: 'Their message, in full at GET /deliveries/{id}.' }),
});

type Why = Call<{ params: typeof campaignParams; body: typeof whyBody }>;

/** "Why did I get this?", "why didn't I?", in one sentence and the facts behind it. Changes nothing. */
export async function explainWhy(call: Why) {
  const { desk, key, params, body } = call;
  const campaign = orMissing(await findCampaign(desk.store, params.id));
  const contact = await contactOf(desk, body);
  if (body.phone !== undefined) await countIfUnknown(call, contact !== null);
  const why = await whyOf(desk, campaign, contact).catch(refuseCampaign);
  desk.log.info({ key: key.id, campaign: campaign._id, contact }, 'a campaign was explained');
  return {
    sentence: why.sentence,
    campaign_state: campaign.state,
    in_audience: why.inAudience,
    group: why.group,
    clauses: [...why.clauses],
    delivery: why.row === null ? null : shownRow(why.row, desk.now()),
  };
}

async function contactOf(
  desk: Call<object>['desk'],
  { contact, phone: number }: z.output<typeof whyBody>,
): Promise<string | null> {
  if (number !== undefined) return (await holderOf(desk, number)).contact?.id ?? null;
  const found = await contactById(desk, contact ?? '');
  if (found === null) throw new Problem('not-found', 'There is no contact of this id.');
  return found.id;
}

/** In the shape that is promised. */
function whereOf({ heldWhere }: Waits) {
  if (heldWhere === undefined) return null;
  const { zone, source, confidence } = heldWhere;
  return { zone, source, confidence };
}

const shownRow = (row: WithStop, now: Date) => ({
  id: row._id,
  state: row.state,
  sentence: deliverySentence(row, now),
  due_at: row.state === 'planned' ? iso(row.dueAt) : null,
  held_by: lastWait(row).heldBy ?? null,
  held_where: whereOf(lastWait(row)),
  reasons: reasonsOf(row.decision?.reasons ?? []),
  decided_at: isoOrNull(row.decision?.at),
  error: row.error ?? null,
  template: row.template,
});
