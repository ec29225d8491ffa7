import { z } from 'zod';
import {
  compareCampaignGroups,
  explainRecipient,
  listRecipients,
  showCampaignCost,
} from '../campaigns/campaign-results.ts';
import { type Cost, written } from '../domain/campaigns/cost.ts';
import { VIAS } from '../domain/campaigns/results.ts';
import { campaignState, goal } from './campaign-shapes.ts';
import { campaignParams, orMissing, refuseCampaign } from './campaigns.ts';
import { deliveryState, placeConfidence, placeSource } from './deliveries.ts';
import {
  cost,
  costToCome,
  parts as partsToCome,
  people,
  shownCost as shownCostToCome,
  shownParts,
  shownPeople,
} from './figures.ts';
import { Problem } from './http/problems.ts';
import { countUnknownNumber } from './http/rate-limits.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import {
  answerPage,
  contactId,
  heldPhone,
  iso,
  isoOrNull,
  namesOnePerson,
  ONE_PERSON,
  page,
  paging,
  reason,
  reasonsOf,
  shape,
  time,
} from './http/shapes.ts';

const parts = z.number();

const costQuery = z.strictObject({});
const costAnswer = shape('CampaignCost', {
  currency: z.string().nullable(),
  prices_as_of: z.string().nullable(),
  estimate: shape('CostEstimate', {
    going: people('How many people get it, by the preview of a start now, or of the start that was ordered.'),
    judged: z.number().meta({ description: 'For how many people this was checked and their text merged.' }),
    parts: partsToCome('The parts of their messages.'),
    cost: costToCome,
  })
    .nullable()
    .meta({
      description:
        'What the preview says will be sent, until the first messages are planned; for a recurrence by its next run. While a test waits for its winner: to the people who wait for it.',
    }),
  actual: shape('SentCost', { parts, unsure_parts: parts, cost })
    .nullable()
    .meta({ description: 'What was sent. Null for a recurrence, because each run has its own cost.' }),
  ahead: shape('PlannedCost', { parts, cost })
    .nullable()
    .meta({ description: 'What is planned and not sent yet. Null for a recurrence.' }),
  last_run: z
    .string()
    .nullable()
    .meta({ description: 'The last run of a recurrence. Ask for its cost instead.' }),
});

type CampaignRequest<Q extends z.ZodType> = ApiRequest<{ params: typeof campaignParams; query: Q }>;

export async function showCost({ context, params }: CampaignRequest<typeof costQuery>) {
  const found = orMissing(await showCampaignCost(context, params.id).catch(refuseCampaign));
  const { table, estimate, actual, ahead, lastRun } = found;
  return {
    currency: table?.currency ?? null,
    prices_as_of: table?.asOf ?? null,
    estimate: estimate && {
      going: shownPeople(estimate.people),
      judged: estimate.judged,
      parts: shownParts(estimate.parts),
      cost: estimate.cost && shownCostToCome(estimate.cost),
    },
    actual: actual && { parts: actual.parts, unsure_parts: actual.unsure, cost: shownCost(actual.cost) },
    ahead: ahead && { parts: ahead.parts, cost: shownCost(ahead.cost) },
    last_run: lastRun,
  };
}

function shownCost(found: Cost | null) {
  if (found === null) return null;
  const unpriced = found.unpriced.map(({ country, kind, parts }) => ({ country, kind, parts }));
  return { amount: written(found.micros), unpriced };
}

const between = shape('Difference', { value: z.number(), low: z.number(), high: z.number() });
const via = z.enum(VIAS).meta({ id: 'AttributedBy' });

const resultsQuery = z.strictObject({
  by: goal.default('click'),
  via: via.optional().meta({
    description:
      'Limits the counted events: "click" counts only people who had opened a short link of this campaign before the event, "coupon" only events with a code of one of its messages.',
  }),
  days: z
    .string()
    .regex(/^([1-9]|[1-8]\d|90)$/, 'It must be a whole number from 1 to 90.')
    .default('7')
    .transform(Number)
    .meta({ description: 'How many days after their message the events of a person count.' }),
});
const resultsAnswer = shape('CampaignResults', {
  by: z.string(),
  via: via.nullable().meta({
    description:
      "Null: counts what people did for whatever reason; the difference to the holdout is the campaign's effect. Otherwise only what a click or a code attributes to the campaign.",
  }),
  days: z.number(),
  groups: z.array(
    shape('GroupResult', {
      group: z.string(),
      people: z.number().meta({
        description:
          'The people who got the message. With a holdout: everybody who was meant to get it, also those who did not because of a cap, a deadline or an opt-out.',
      }),
      hits: z.number(),
      amount: z.number(),
      rate: z.number(),
      low: z.number(),
      high: z.number(),
    }),
  ),
  decision: shape('TestDecision', {
    winner: z.string(),
    at: time,
    by: z.string(),
    groups: z.array(
      shape('TestGroup', {
        group: z.string(),
        people: z.number(),
        hits: z.number(),
        rate: z.number().nullable(),
        low: z.number().nullable(),
        high: z.number().nullable(),
      }),
    ),
  })
    .nullable()
    .meta({
      description:
        'The choice of the winner of a test, by the figures of that moment, which are kept as they were: the people who got each variant of the test, what they had done by then of what the test counts, and the share with its 95 % interval. The fewest opt-outs win, the most of everything else. `groups` above also has what came later, and the people who got the winner. Null without a test, and until its winner is chosen.',
    }),
  compared: z
    .array(
      shape('GroupComparison', {
        group: z.string(),
        against: z.string(),
        rate: between,
        worth: between.nullable(),
        sure: z.boolean().meta({ description: 'Whether the interval of the rate excludes 0.' }),
      }),
    )
    .meta({
      description:
        'Compares each variant with the holdout (without `via`, and not for clicks) and with the first variant: the difference with its 95 % interval, in the share of people who did it (Newcombe, method 10) and in the amount per person (Welch).',
    }),
});

async function showResults({ context, params, query }: CampaignRequest<typeof resultsQuery>) {
  const { by, via = null, days } = query;
  const comparing = compareCampaignGroups(context, params.id, { by, via, days });
  const { groups, comparisons, decision } = orMissing(await comparing.catch(refuseCampaign));
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
    decision: decision && shownDecision(decision),
    compared: comparisons.map(({ of, against, rate, worth }) => ({
      group: of,
      against,
      rate,
      worth,
      sure: rate.low > 0 || rate.high < 0,
    })),
  };
}

type Decided = NonNullable<NonNullable<Awaited<ReturnType<typeof compareCampaignGroups>>>['decision']>;

const shownDecision = ({ winner, at, by, groups }: Decided) => ({
  winner,
  at: iso(at),
  by,
  groups: groups.map(({ group, people: all, hits, rate }) => ({
    ...{ group, people: all, hits },
    rate: all === 0 ? null : hits / all,
    ...{ low: rate?.low ?? null, high: rate?.high ?? null },
  })),
});

const recipientsQuery = z.strictObject({
  state: deliveryState.optional().meta({ description: 'Lists only messages in this state.' }),
  reason: reason.shape.code.optional().meta({
    description: 'Lists only the people whose message this reason ended, such as `capped`.',
  }),
  ...paging('recipients', /^[\w-]{1,40}$/),
});
const recipientsAnswer = page(
  shape('CampaignRecipient', {
    contact: contactId,
    delivery: z.string(),
    state: deliveryState,
    group: z.string().nullable().meta({ description: 'The variant of a split, or "holdout".' }),
    reasons: z.array(reason),
    decided_at: time.nullable(),
    due_at: time.nullable().meta({ description: 'Null unless the message is planned.' }),
    error: z.string().nullable(),
  }),
);

async function showRecipients({ context, key, params, query }: CampaignRequest<typeof recipientsQuery>) {
  const { state = null, reason: code = null, cursor: after = null, limit } = query;
  const asked = { actor: actorOf(key), state, reason: code, after, limit };
  const { rows, to } = orMissing(await listRecipients(context, params.id, asked).catch(refuseCampaign));
  const items = rows.map((row) => ({
    contact: row.contact,
    delivery: row._id,
    state: row.state,
    group: row.variant ?? null,
    reasons: reasonsOf(row.decision?.reasons ?? []),
    decided_at: isoOrNull(row.decision?.at),
    due_at: row.state === 'planned' ? iso(row.dueAt) : null,
    error: row.error ?? null,
  }));
  return answerPage('recipients', { items, next: to }, (item) => item, String);
}

const whyBody = z
  .strictObject({ contact: contactId.optional(), phone: heldPhone.optional() })
  .refine(namesOnePerson, ONE_PERSON)
  .meta({ id: 'ExplainRecipientRequest' });

/** Whether a body asks about a number: then the answer tells whether the number is known here. */
const byPhone = (body: unknown): boolean => whyBody.safeParse(body).data?.phone !== undefined;

const whyAnswer = shape('RecipientExplanation', {
  sentence: z.string().meta({
    description: 'The explanation. For a recurrence: that of its last run, which the sentence names.',
  }),
  campaign_state: campaignState,
  in_audience: z.boolean().meta({
    description:
      'Whether the person is in the audience, by their message or, without one, by what is known now.',
  }),
  group: z.string().nullable().meta({
    description: 'The variant of a split, or "holdout". Null without a split, or before a winner is chosen.',
  }),
  clauses: z
    .array(shape('ExcludingClause', { clause: z.string(), how: z.enum(['must-fit', 'leaves-out']) }))
    .meta({ description: 'The clauses of the segment that exclude the person.' }),
  delivery: shape('RecipientDelivery', {
    id: z.string(),
    state: deliveryState,
    sentence: z.string(),
    due_at: time.nullable(),
    held_by: z
      .string()
      .nullable()
      .meta({ description: 'The source of the rule on hours for which the message waits.' }),
    held_where: shape('HeldWhere', {
      zone: z.string(),
      source: placeSource,
      confidence: placeConfidence,
    })
      .nullable()
      .meta({
        description:
          'The time zone by which the message waits or last waited, what places the person there, and how certain that is.',
      }),
    reasons: z.array(reason),
    decided_at: time.nullable(),
    error: z.string().nullable(),
    template: z.string(),
  })
    .nullable()
    .meta({ description: 'The message of the person. GET /deliveries/{id} has all of it.' }),
});

type Why = ApiRequest<{ params: typeof campaignParams; body: typeof whyBody }>;

async function explainWhy(call: Why) {
  const { context, key, params, body } = call;
  const who = body.phone === undefined ? { contact: body.contact ?? '' } : { phone: body.phone };
  const onLookUp = (isHeld: boolean) => countUnknownNumber(call, isHeld);
  const asked = { actor: actorOf(key), id: params.id, who, onLookUp };
  const why = await explainRecipient(context, asked).catch(refuseCampaign);
  if (why.kind === 'no-campaign') return orMissing<never>(null);
  if (why.kind === 'no-contact') throw new Problem('not-found', 'There is no contact of this id.');
  return {
    sentence: why.sentence,
    campaign_state: why.state,
    in_audience: why.inAudience,
    group: why.group,
    clauses: [...why.clauses],
    delivery: why.delivery === null ? null : shownDelivery(why.delivery),
  };
}

type Explained = Extract<Awaited<ReturnType<typeof explainRecipient>>, { kind: 'explained' }>;

function shownDelivery({ heldWhere, ...delivery }: NonNullable<Explained['delivery']>) {
  const { id, state, sentence, dueAt, heldBy, reasons, decidedAt, error, template } = delivery;
  return {
    id,
    state,
    sentence,
    due_at: isoOrNull(dueAt),
    held_by: heldBy,
    held_where: heldWhere && {
      zone: heldWhere.zone,
      source: heldWhere.source,
      confidence: heldWhere.confidence,
    },
    reasons: reasonsOf(reasons),
    decided_at: isoOrNull(decidedAt),
    error,
    template,
  };
}

/** Routes of a campaign's results and cost, and of why one person got it or did not. */
export const RESULT_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'post',
    path: '/campaigns/{id}/why',
    id: 'explainRecipient',
    returns: 'Why the person got the campaign or did not, with the facts behind it.',
    scope: 'contacts:read',
    summary: 'Explain why one person got a campaign or did not, in one sentence with the facts behind it.',
    looksUp: byPhone,
    params: campaignParams,
    body: whyBody,
    answer: whyAnswer,
    problems: ['not-found', 'not-possible'],
    handle: explainWhy,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}/cost',
    id: 'getCampaignCost',
    returns: 'What the campaign will cost, and what it has cost so far.',
    scope: 'programs:read',
    summary: 'Show what a campaign will cost, and what it has cost so far.',
    params: campaignParams,
    query: costQuery,
    answer: costAnswer,
    problems: ['not-found', 'not-possible', 'unprocessable'],
    handle: showCost,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}/results',
    id: 'getCampaignResults',
    returns: 'The groups, and how each compares with the holdout and the first variant.',
    scope: 'programs:read',
    summary: 'Compare the groups of a campaign by what people did after it, with confidence intervals.',
    params: campaignParams,
    query: resultsQuery,
    answer: resultsAnswer,
    problems: ['not-found', 'not-possible', 'unprocessable'],
    handle: showResults,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}/recipients',
    id: 'listCampaignRecipients',
    returns: 'One page of people, each with the state of their message.',
    scope: 'contacts:read',
    summary:
      'List the people of a campaign with the state of their message, and the reasons why they did not get it. A page may hold fewer people than asked for although others follow: go on until `next_cursor` is null.',
    params: campaignParams,
    query: recipientsQuery,
    answer: recipientsAnswer,
    problems: ['not-found', 'not-possible'],
    handle: showRecipients,
  }),
];
