import { z } from 'zod';
import { costOfCampaign } from '../campaigns/cost.ts';
import { whyOf } from '../campaigns/explanation.ts';
import { resultsOf } from '../campaigns/results.ts';
import { contactById, holderOf } from '../contacts/find-contact.ts';
import { type Cost, written } from '../domain/campaigns/cost.ts';
import { CAMPAIGN_STATES } from '../domain/campaigns/lifecycle.ts';
import { VIAS, viaFault } from '../domain/campaigns/results.ts';
import { deliverySentence, lastWait, type Waits } from '../domain/sending/delivery-sentence.ts';
import type { WithStop } from '../sending/circuit-breaker.ts';
import { findCampaign } from '../store/campaigns/campaigns.ts';
import { DELIVERY_STATES } from '../store/deliveries/delivery.ts';
import { goal } from './campaign-shapes.ts';
import { type campaignParams, orMissing, refuseCampaign } from './campaigns.ts';
import { Problem, throwRefusal, unusable } from './http/problems.ts';
import { countUnknownNumber } from './http/rate-limits.ts';
import type { ApiRequest } from './http/route.ts';
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
} from './http/shapes.ts';

const amount = z.string().meta({ description: 'In the currency, as a decimal.' });
const cost = z
  .strictObject({
    amount,
    unpriced: z
      .array(z.strictObject({ country: z.string(), kind: z.string(), parts: z.number() }))
      .meta({ description: 'What the price table has no price for; the amount leaves it out.' }),
  })
  .nullable()
  .meta({ description: 'Null until there is a price table: PUT /prices.' });
const parts = z.number();

export const costQuery = z.strictObject({});
export const costAnswer = z.strictObject({
  currency: z.string().nullable(),
  prices_as_of: z.string().nullable(),
  estimate: z.strictObject({ people: z.number(), sampled: z.number(), parts, cost }).nullable().meta({
    description:
      'Until the first are planned, of a recurrence for its next run: messages written for a sample, scaled up to everyone. While a test waits for its winner, of those who wait for it, until the first of these are planned.',
  }),
  actual: z
    .strictObject({ parts, unsure_parts: parts, cost })
    .nullable()
    .meta({ description: 'Null of a recurrence: each of its runs has its own.' }),
  ahead: z
    .strictObject({ parts, cost })
    .nullable()
    .meta({ description: 'Planned, and not gone yet. Null of a recurrence as well.' }),
  last_run: z
    .string()
    .nullable()
    .meta({ description: 'Of a recurrence: its last run, of which the cost is asked instead.' }),
});

type Of<Q extends z.ZodType> = ApiRequest<{ params: typeof campaignParams; query: Q }>;

export async function showCost({ context, params }: Of<typeof costQuery>) {
  const campaign = orMissing(await findCampaign(context.store, params.id));
  const { table, estimate, actual, ahead } = await costOfCampaign(context, campaign).catch(refuseCampaign);
  return {
    currency: table?.currency ?? null,
    prices_as_of: table?.asOf ?? null,
    estimate:
      estimate === null
        ? null
        : {
            people: estimate.people,
            sampled: estimate.sampled,
            parts: estimate.parts,
            cost: shownCost(estimate.cost),
          },
    actual: actual && { parts: actual.parts, unsure_parts: actual.unsure, cost: shownCost(actual.cost) },
    ahead: ahead && { parts: ahead.parts, cost: shownCost(ahead.cost) },
    last_run: campaign.repeat?.lastRun ?? null,
  };
}

function shownCost(found: Cost | null) {
  if (found === null) return null;
  const unpriced = found.unpriced.map(({ country, kind, parts }) => ({ country, kind, parts }));
  return { amount: written(found.micros), unpriced };
}

const between = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

export const resultsQuery = z.strictObject({
  by: goal.default('click'),
  via: z.enum(VIAS).optional().meta({
    description:
      'Of an event: "click" counts it only of who had opened a short link of this campaign before, "coupon" only where it came with a code of one of its messages.',
  }),
  days: z
    .string()
    .regex(/^([1-9]|[1-8]\d|90)$/, 'It must be 1 to 90.')
    .default('7')
    .transform(Number),
});
export const resultsAnswer = z.strictObject({
  by: z.string(),
  via: z.enum(VIAS).nullable().meta({
    description:
      "Null: whatever people did, however they came by it; what differs from the holdout is the campaign's effect. Else only what is its own by a click or a code.",
  }),
  days: z.number(),
  groups: z.array(
    z.strictObject({
      group: z.string(),
      people: z.number().meta({
        description:
          'Who got it; where some are held out, whoever was to get it, also whom a cap, a deadline or an opt-out kept it from.',
      }),
      hits: z.number(),
      amount: z.number(),
      rate: z.number(),
      low: z.number(),
      high: z.number(),
    }),
  ),
  compared: z
    .array(
      z.strictObject({
        group: z.string(),
        against: z.string(),
        rate: between,
        worth: between.nullable(),
        sure: z.boolean().meta({ description: 'The interval of the rate does not contain 0.' }),
      }),
    )
    .meta({
      description:
        'Each variant against the holdout (without via, and not by clicks), and against the first variant: difference with its 95 % interval, of the share of people who did it (Newcombe, method 10) and of the amount a person (Welch).',
    }),
});

export async function showResults({ context, params, query }: Of<typeof resultsQuery>) {
  const campaign = orMissing(await findCampaign(context.store, params.id));
  const { by, via = null, days } = query;
  const fault = viaFault(by, via);
  if (fault !== null) throw unusable('via', fault);
  const { groups, comparisons } = await resultsOf(context, campaign, { by, via, days }).catch(throwRefusal);
  return {
    by,
    via,
    days,
    groups: groups.map(({ group, people, hits, sum, rate }) => ({
      group,
      people,
      hits,
      amount: sum,
      rate: hits / people,
      ...rate,
    })),
    compared: comparisons.map(({ of, against, rate, worth }) => ({
      group: of,
      against,
      rate,
      worth,
      sure: rate.low > 0 || rate.high < 0,
    })),
  };
}

export const whyBody = z
  .strictObject({ contact: contactId.optional(), phone: heldPhone.optional() })
  .refine(namesOnePerson, ONE_PERSON);

/** Whether a body asks about a number: then the answer tells whether the number is known here. */
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

type Why = ApiRequest<{ params: typeof campaignParams; body: typeof whyBody }>;

/** Answers "why did I get this?" and "why didn't I?" in one sentence, with the facts. Changes nothing. */
export async function explainWhy(call: Why) {
  const { context, key, params, body } = call;
  const campaign = orMissing(await findCampaign(context.store, params.id));
  const contact = await contactOf(context, body);
  if (body.phone !== undefined) await countUnknownNumber(call, contact !== null);
  const why = await whyOf(context, campaign, contact).catch(refuseCampaign);
  context.log.info({ key: key.id, campaign: campaign._id, contact }, 'a campaign was explained');
  return {
    sentence: why.sentence,
    campaign_state: campaign.state,
    in_audience: why.inAudience,
    group: why.group,
    clauses: [...why.clauses],
    delivery: why.row === null ? null : shownRow(why.row, context.now()),
  };
}

async function contactOf(
  context: ApiRequest<object>['context'],
  { contact, phone: number }: z.output<typeof whyBody>,
): Promise<string | null> {
  if (number !== undefined) return (await holderOf(context, number)).contact?.id ?? null;
  const found = await contactById(context, contact ?? '');
  if (found === null) throw new Problem('not-found', 'There is no contact of this id.');
  return found.id;
}

/** The shape that the API documents. */
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
