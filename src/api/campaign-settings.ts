import { z } from 'zod';
import { type CampaignSettings, saveCampaignSettings, showCampaignSettings } from '../campaigns/approval.ts';
import { savePriceTable, showPriceTable } from '../campaigns/cost.ts';
import { BREAKER_RULES, type BreakerRule, type Limit } from '../domain/campaigns/auto-pause.ts';
import { MEDIA, type PriceTable, readMicros, written } from '../domain/campaigns/cost.ts';
import { SENDER_KINDS } from '../domain/program.ts';
import { Problem, throwRefusal } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute, UNUSABLE } from './http/route.ts';
import { shape } from './http/shapes.ts';

const limit = shape('BreakerLimit', {
  over_percent: z.number().min(0).max(100).multipleOf(0.01).meta({
    description: 'A campaign pauses above this share of the messages that were sent in the window.',
  }),
  least_messages: z
    .int()
    .min(1)
    .max(1_000_000)
    .meta({ description: 'A campaign does not pause before so many messages were sent in the window.' }),
  least_hits: z
    .int()
    .min(1)
    .max(1_000_000)
    .meta({ description: 'A campaign does not pause below so many messages with this fault in the window.' }),
  window_minutes: z.int().min(1).max(1440).meta({ description: 'How many minutes the window goes back.' }),
}).meta({ description: 'When this fault pauses a campaign.' });

const rulesBody = shape('CampaignRules', {
  approval_over: z.int().min(0).nullable().meta({
    description:
      'A campaign to more people than this needs the approval of a second person. Null: no campaign needs one.',
  }),
  breaker: shape(
    'BreakerLimits',
    Object.fromEntries(BREAKER_RULES.map((rule) => [rule, limit])) as Record<BreakerRule, typeof limit>,
  ).meta({ description: 'When a campaign pauses automatically, by fault.' }),
});
async function putRules({ context, key, body }: ApiRequest<{ body: typeof rulesBody }>) {
  const breaker = Object.fromEntries(
    BREAKER_RULES.map((rule): [BreakerRule, Limit] => {
      const { over_percent, least_messages, least_hits, window_minutes } = body.breaker[rule];
      const most = Math.round(over_percent * 100);
      return [rule, { most, least: least_messages, leastHits: least_hits, windowMinutes: window_minutes }];
    }),
  ) as Record<BreakerRule, Limit>;
  const settings = { approvalOver: body.approval_over, breaker };
  await saveCampaignSettings(context, { actor: actorOf(key), settings });
  return shown(settings);
}

function shown({ approvalOver, breaker }: CampaignSettings) {
  return {
    approval_over: approvalOver,
    breaker: Object.fromEntries(
      BREAKER_RULES.map((rule) => {
        const { most, least, leastHits, windowMinutes } = breaker[rule];
        const over_percent = most / 100;
        return [
          rule,
          { over_percent, least_messages: least, least_hits: leastHits, window_minutes: windowMinutes },
        ];
      }),
    ) as z.output<typeof rulesBody>['breaker'],
  };
}

export const decimal = z
  .string()
  .refine((text) => readMicros(text) !== null, {
    message: 'It must be a decimal of at most six places, such as "0.0083".',
    params: UNUSABLE,
  })
  .meta({ description: 'The price of one part.', examples: ['0.0083'] });

const price = shape('PartPrice', {
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'It must be an ISO 3166-1 code of two capital letters, such as US.')
    .meta({ description: 'The country of the person, as an ISO 3166-1 code of two letters.' }),
  kind: z
    .enum(SENDER_KINDS)
    .nullable()
    .meta({ description: 'The kind of our number. Null: every kind without a price of its own.' }),
  media: z.enum(MEDIA).meta({ description: 'The medium of the message.' }),
  price: decimal,
});

const pricesBody = shape('PriceTable', {
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'It must be an ISO 4217 code of three capital letters, such as USD.')
    .meta({ description: 'The currency of all prices, as an ISO 4217 code of three letters.' }),
  as_of: z.iso.date().meta({ description: 'The day from which the contract has these prices.' }),
  prices: z.array(price).min(1).max(500).meta({ description: 'All prices; a price left out is gone.' }),
});
async function putPrices({ context, key, body }: ApiRequest<{ body: typeof pricesBody }>) {
  const prices = body.prices.map(({ price: text, ...of }) => ({ ...of, micros: readMicros(text) ?? 0 }));
  const table: PriceTable = { currency: body.currency, asOf: body.as_of, prices };
  await savePriceTable(context, { actor: actorOf(key), table }).catch(throwRefusal);
  return shownPrices(table);
}

const shownPrices = ({ currency, asOf, prices }: PriceTable) => ({
  currency,
  as_of: asOf,
  prices: prices.map(({ micros, ...of }) => ({ ...of, price: written(micros) })),
});

/** Routes of the rules and prices that apply to all campaigns. */
export const SETTING_ROUTES: Record<'rules' | 'prices', readonly ApiRoute[]> = {
  rules: [
    defineRoute({
      method: 'get',
      path: '/campaign-rules',
      id: 'getCampaignRules',
      returns: 'What pauses campaigns automatically, and from how many people on they need approval.',
      scope: 'programs:read',
      summary: 'Show what pauses campaigns automatically, and which campaigns need a second person.',
      answer: rulesBody,
      handle: async ({ context }) => shown(await showCampaignSettings(context)),
    }),
    defineRoute({
      method: 'put',
      path: '/campaign-rules',
      id: 'updateCampaignRules',
      returns: 'The rules as they were saved.',
      scope: 'campaigns:limit',
      summary: 'Save what pauses campaigns automatically, and which campaigns need a second person.',
      body: rulesBody,
      answer: rulesBody,
      handle: putRules,
    }),
  ],
  prices: [
    defineRoute({
      method: 'get',
      path: '/prices',
      id: 'getPrices',
      returns: 'The price table.',
      scope: 'programs:read',
      summary: 'Show the price table.',
      answer: pricesBody,
      problems: ['not-found'],
      handle: async ({ context }) => {
        const table = await showPriceTable(context);
        if (table === null)
          throw new Problem('not-found', 'There is no price table yet. PUT /prices saves one.');
        return shownPrices(table);
      },
    }),
    defineRoute({
      method: 'put',
      path: '/prices',
      id: 'updatePrices',
      returns: 'The price table as it was saved.',
      scope: 'programs:write',
      summary: 'Save what one part costs, by country, kind of number and medium.',
      body: pricesBody,
      answer: pricesBody,
      handle: putPrices,
    }),
  ],
};
