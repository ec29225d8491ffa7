import { z } from 'zod';
import {
  exportSent,
  listSent,
  type MessageCost,
  SENT_PLACE,
  type SentCost,
  type SentRow,
} from '../contacts/sent-messages.ts';
import type { Actor } from '../domain/access/actor.ts';
import { BILLINGS, written } from '../domain/campaigns/cost.ts';
import { DELIVERY_STATES } from '../domain/sending/delivery-sentence.ts';
import { readStates, type SentQuery, sentQueryFault } from '../domain/sending/sent-query.ts';
import { campaignId } from './campaign-shapes.ts';
import { deliveryState, messageClass, namedRef } from './deliveries.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { contactId, count, iso, page, paging, plainPage, shape, slug, time } from './http/shapes.ts';
import { csvOf } from './http/streaming.ts';

const named = namedRef.nullable();
const amount = z.string().meta({ description: 'A decimal in the currency of the price table.' });

const sentRow = shape('SentMessage', {
  id: z.string(),
  contact: contactId,
  ending: z.string().nullable().meta({ description: 'The last four digits of the number.' }),
  handle: z.string().meta({ description: 'Four signs that tell people apart whose numbers end alike.' }),
  state: deliveryState,
  at: time.meta({ description: 'When it ended, was accepted or was planned: the last that is known.' }),
  sentence: z.string(),
  first_reason: z.string().nullable().meta({ description: 'The reason that the message is counted under.' }),
  class: messageClass,
  program: z.string().nullable(),
  topic: z.string().nullable(),
  campaign: named,
  journey: named,
  parts: z.number(),
  cost: shape('SentMessageCost', {
    currency: z.string(),
    amount,
    billing: z.enum(BILLINGS).meta({
      description:
        'billed: the carrier took it. open: it has not left yet. uncertain: nobody knows whether it was sent, so it may have cost this. free: it was refused or never left.',
    }),
  })
    .nullable()
    .meta({ description: 'Null where the price table has no price for it.' }),
});

const day = z.iso
  .date()
  .refine((text) => text.startsWith('20'), 'It must be a day from 2000-01-01 to 2099-12-31.');

const states = z
  .string()
  .max(120)
  .transform((text, context) => {
    const read = readStates(text);
    if (read !== null) return read;
    const message = `It must be states, separated by commas, each once: ${DELIVERY_STATES.join(', ')}.`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .meta({ examples: ['failed,undelivered'] });

const OF_WHAT = {
  campaign: campaignId.optional().meta({ description: 'Only messages of the campaign with this id.' }),
  contact: contactId.optional().meta({ description: 'Only messages to the contact with this id.' }),
  journey: slug.optional().meta({ description: 'Only messages of the journey with this id.' }),
  program: slug.optional().meta({ description: 'Only messages of the program with this id.' }),
  state: states.optional().meta({ description: 'One or several states, separated by commas.' }),
  first_reason: z
    .string()
    .regex(/^[\w .,:;/'()-]{1,200}$/, 'It must be a reason as by_first_reason names it.')
    .optional()
    .meta({ description: 'Only messages under this first reason, as by_first_reason names it.' }),
  since: day.optional().meta({
    description: 'The first day on which the message was planned, in the zone that the answer names.',
  }),
  until: day.optional().meta({ description: 'The last such day.' }),
};

type Given = z.output<z.ZodObject<typeof OF_WHAT>>;

/** The query of a list, from what an address or a request gives. */
export const sentQueryOf = (given: Given): SentQuery => ({
  campaign: given.campaign ?? null,
  contact: given.contact ?? null,
  journey: given.journey ?? null,
  program: given.program ?? null,
  states: given.state ?? null,
  reason: given.first_reason ?? null,
  since: given.since ?? null,
  until: given.until ?? null,
});

function refuseFaults(given: Given, context: z.RefinementCtx): void {
  const fault = sentQueryFault(sentQueryOf(given));
  if (fault !== null) context.addIssue({ code: 'custom', path: [fault.field], message: fault.message });
}

/** The query fields that narrow a list of sent messages. */
export const sentFields = z.strictObject(OF_WHAT).superRefine(refuseFaults);

const sentQuery = z
  .strictObject({
    ...OF_WHAT,
    format: z
      .enum(['json', 'csv', 'ndjson'])
      .optional()
      .meta({ description: 'As CSV or NDJSON: all rows of the filter, not one page.' }),
    ...paging('sent', SENT_PLACE),
  })
  .superRefine(refuseFaults);

const sentAnswer = shape('SentMessagePage', {
  ...page(sentRow).shape,
  zone: z.string().meta({ description: 'The zone by whose clock days begin: that of the program.' }),
  total: count,
  total_is_exact: z.boolean().meta({ description: 'False when there are more messages than were counted.' }),
  by_state: z.array(shape('SentByState', { state: deliveryState, count })),
  by_first_reason: z
    .array(shape('SentByReason', { reason: z.string(), sentence: z.string(), next_step: z.string(), count }))
    .meta({ description: 'Each message under its first reason. With without_reason they add up to total.' }),
  without_reason: count.meta({
    description: 'Messages that arrived, or still may: nothing speaks against them.',
  }),
  parts: count,
  cost: shape('SentMessagesCost', {
    currency: z.string(),
    prices_as_of: z.string(),
    amount: amount.meta({ description: 'The cost of what the carrier took, by the price table.' }),
    expected_amount: amount.meta({ description: 'The cost of what has not left yet.' }),
    uncertain_amount: amount.meta({
      description: 'What may have been spent on messages of which nobody knows whether they were sent.',
    }),
    free_messages: count.meta({ description: 'Messages that cost nothing: refused, or never sent.' }),
    unpriced_parts: count.meta({ description: 'Parts without a price. The amounts leave them out.' }),
  })
    .nullable()
    .meta({ description: 'Null until there is a price table: PUT /prices.' }),
});

type Ask = ApiRequest<{ query: typeof sentQuery }>;

const shownCost = (cost: MessageCost | null): z.input<typeof sentRow>['cost'] =>
  cost && { currency: cost.currency, amount: written(cost.micros), billing: cost.billing };

const shownSum = (cost: SentCost | null): z.input<typeof sentAnswer>['cost'] =>
  cost && {
    currency: cost.currency,
    prices_as_of: cost.asOf,
    amount: written(cost.billed),
    expected_amount: written(cost.expected),
    uncertain_amount: written(cost.uncertain),
    free_messages: cost.free,
    unpriced_parts: cost.unpricedParts,
  };

const shown = ({ at, reason, cost, what: _, ...row }: SentRow): z.input<typeof sentRow> => ({
  ...row,
  at: iso(at),
  first_reason: reason,
  cost: shownCost(cost),
});

const COLUMNS = [
  ...['id', 'contact', 'ending', 'handle', 'state', 'at', 'sentence', 'first_reason', 'class'],
  ...['program', 'topic', 'campaign', 'campaign_name', 'journey', 'journey_name'],
  ...['parts', 'cost', 'billing', 'currency'],
];

async function* csvRows(rows: AsyncIterable<SentRow>) {
  for await (const row of rows) {
    const { campaign, journey, cost, ...rest } = shown(row);
    yield {
      ...rest,
      ...{ campaign: campaign?.id ?? null, campaign_name: campaign?.name ?? null },
      ...{ journey: journey?.id ?? null, journey_name: journey?.name ?? null },
      ...{ cost: cost?.amount ?? null, currency: cost?.currency ?? null },
      billing: cost?.billing ?? null,
    };
  }
}

async function* ndjson(rows: AsyncIterable<SentRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(shown(row))}\n`;
}

/** The forms of an export of exactly the rows of a list. */
export const SENT_EXPORTS = {
  csv: { type: 'text/csv', write: (rows: AsyncIterable<SentRow>) => csvOf(COLUMNS, csvRows(rows)) },
  ndjson: { type: 'application/x-ndjson', write: ndjson },
} as const;
export type SentExport = keyof typeof SENT_EXPORTS;

type Exporter = { query: SentQuery; actor: Actor; format: SentExport };

/** An export as it is written, row by row. */
const writeSent = (
  context: Parameters<typeof exportSent>[0],
  { query, actor, format }: Exporter,
): AsyncGenerator<string | Buffer> =>
  SENT_EXPORTS[format].write(exportSent(context, query, { actor, format }));

const formOf = (format: SentExport) => ({
  type: SENT_EXPORTS[format].type,
  write: ({ context, query, key }: Ask) =>
    writeSent(context, { query: sentQueryOf(query), actor: actorOf(key), format }),
});

/** The messages behind every figure. */
export const SENT_ROUTE: ApiRoute = defineRoute({
  method: 'get',
  path: '/sent',
  id: 'listSentMessages',
  returns: 'One page of messages, and counts of all that the filter finds.',
  scope: 'contacts:read',
  summary:
    'List messages of a campaign, journey, program or to a contact, by state, first reason and day, with counts that add up.',
  query: sentQuery,
  answer: sentAnswer,
  forms: { csv: formOf('csv'), ndjson: formOf('ndjson') },
  handle: async ({ context, query }) => {
    const { cursor: after = null, limit } = query;
    const { rows, next, counts, zone } = await listSent(context, sentQueryOf(query), { after, limit });
    return {
      ...plainPage('sent', { items: rows, next }, shown),
      zone,
      total: counts.total,
      total_is_exact: !counts.hasMore,
      by_state: counts.byState,
      by_first_reason: counts.byReason.map(({ nextStep: next_step, ...reason }) => ({
        ...reason,
        next_step,
      })),
      without_reason: counts.withoutReason,
      parts: counts.parts,
      cost: shownSum(counts.cost),
    };
  },
});
