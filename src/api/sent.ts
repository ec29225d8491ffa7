import { z } from 'zod';
import { allSent, listSent, type SentRow } from '../contacts/sent-messages.ts';
import { DELIVERY_STATES } from '../domain/sending/delivery-sentence.ts';
import { campaignId } from './campaign-shapes.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { contactId, iso, page, paging, plainPage, time } from './http/shapes.ts';
import { csv } from './http/streaming.ts';

const DELIVERY_ID = /^[0-9a-f]{2}[\w-]{24}$/;

const sentRow = z.strictObject({
  id: z.string(),
  contact: contactId,
  ending: z.string().nullable().meta({ description: 'The last four digits of the number.' }),
  handle: z.string().meta({ description: 'Four signs that tell people apart whose numbers end alike.' }),
  state: z.enum(DELIVERY_STATES),
  at: time.meta({ description: 'When it ended, was accepted or was planned: the last that is known.' }),
  sentence: z.string(),
  first_reason: z.string().nullable().meta({ description: 'The reason that the message is counted under.' }),
  parts: z.number(),
});

const sentQuery = z
  .strictObject({
    campaign: campaignId.optional(),
    contact: contactId.optional(),
    state: z.enum(DELIVERY_STATES).optional(),
    first_reason: z
      .string()
      .regex(/^[\w .,'()-]{1,200}$/, 'It must be a reason as by_first_reason names it.')
      .optional(),
    format: z
      .enum(['json', 'csv'])
      .optional()
      .meta({ description: 'As CSV: all rows of the filter, not one page.' }),
    ...paging('sent', DELIVERY_ID),
  })
  .refine((query) => (query.campaign === undefined) !== (query.contact === undefined), {
    path: ['campaign'],
    error: 'Give either a campaign or a contact.',
  });

const sentAnswer = page(sentRow).extend({
  total: z.number(),
  by_state: z.array(z.strictObject({ state: z.enum(DELIVERY_STATES), count: z.number() })),
  by_first_reason: z
    .array(z.strictObject({ reason: z.string(), sentence: z.string(), count: z.number() }))
    .meta({ description: 'Each message under its first reason. With without_reason they add up to total.' }),
  without_reason: z
    .number()
    .meta({ description: 'Messages that arrived, or still may: nothing speaks against them.' }),
});

type Query = z.output<typeof sentQuery>;

const filterOf = ({ campaign, contact, state, first_reason: reason }: Query) => ({
  ...(campaign === undefined ? { contact: contact ?? '' } : { campaign }),
  state: state ?? null,
  reason: reason ?? null,
});

const shown = ({ at, reason, ...row }: SentRow) => ({ ...row, at: iso(at), first_reason: reason });

const COLUMNS = ['id', 'contact', 'ending', 'handle', 'state', 'at', 'sentence', 'first_reason', 'parts'];

async function* csvRows({ context, key, query }: ApiRequest<{ query: typeof sentQuery }>) {
  for await (const row of allSent(context, filterOf(query), actorOf(key))) yield shown(row);
}

/** The messages behind every figure. */
export const SENT_ROUTE: ApiRoute = defineRoute({
  method: 'get',
  path: '/sent',
  scope: 'contacts:read',
  summary:
    'List the messages of a campaign or to a contact, by state and first reason, with counts that add up.',
  query: sentQuery,
  answer: sentAnswer,
  forms: { csv: csv<ApiRequest<{ query: typeof sentQuery }>>(COLUMNS, csvRows) },
  handle: async ({ context, query }) => {
    const { cursor: after = null, limit } = query;
    const { rows, next, counts } = await listSent(context, filterOf(query), { after, limit });
    return {
      ...plainPage('sent', { items: rows, next }, shown),
      total: counts.total,
      by_state: counts.byState,
      by_first_reason: counts.byReason,
      without_reason: counts.withoutReason,
    };
  },
});
