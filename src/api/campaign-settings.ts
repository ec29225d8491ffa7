import { z } from 'zod';
import { BREAKER_RULES, type BreakerRule, type Limit } from '../domain/campaigns/auto-pause.ts';
import { MEDIA, type PriceTable, readMicros, written } from '../domain/campaigns/cost.ts';
import { SENDER_KINDS } from '../domain/program.ts';
import {
  type CampaignRules,
  readCampaignRules,
  readPrices,
  writeCampaignRules,
  writePrices,
} from '../store/campaigns/campaigns.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, UNUSABLE } from './http/route.ts';

const limit = z.strictObject({
  over_percent: z
    .number()
    .min(0)
    .max(100)
    .multipleOf(0.01)
    .meta({ description: 'Pauses above this share of the messages that left in the window.' }),
  least_messages: z.int().min(1).max(1_000_000),
  least_hits: z.int().min(1).max(1_000_000),
  window_minutes: z.int().min(1).max(1440),
});

export const rulesBody = z.strictObject({
  approval_over: z
    .int()
    .min(0)
    .nullable()
    .meta({ description: 'A campaign over more people needs a second person; null: none does.' }),
  breaker: z.strictObject(
    Object.fromEntries(BREAKER_RULES.map((rule) => [rule, limit])) as Record<BreakerRule, typeof limit>,
  ),
});
export const rulesAnswer = rulesBody;

export async function showRules({ context }: ApiRequest<object>) {
  return shown(await readCampaignRules(context.store));
}

/** Takes effect at the next check of each running campaign. */
export async function putRules({ context, key, body }: ApiRequest<{ body: typeof rulesBody }>) {
  const breaker = Object.fromEntries(
    BREAKER_RULES.map((rule): [BreakerRule, Limit] => {
      const { over_percent, least_messages, least_hits, window_minutes } = body.breaker[rule];
      const most = Math.round(over_percent * 100);
      return [rule, { most, least: least_messages, leastHits: least_hits, windowMinutes: window_minutes }];
    }),
  ) as Record<BreakerRule, Limit>;
  const rules: CampaignRules = { approvalOver: body.approval_over, breaker };
  await writeCampaignRules(context.store, rules, context.now());
  context.log.info({ key: key.id }, 'the rules of campaigns were saved');
  return shown(rules);
}

function shown({ approvalOver, breaker }: CampaignRules) {
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

const decimal = z
  .string()
  .refine((text) => readMicros(text) !== null, {
    message: 'It must be a decimal of at most six places, as "0.0083".',
    params: UNUSABLE,
  })
  .meta({ description: 'Of one part.', examples: ['0.0083'] });

const price = z.strictObject({
  country: z.string().regex(/^[A-Z]{2}$/, 'It must be an ISO 3166-1 code of two letters.'),
  kind: z.enum(SENDER_KINDS).nullable().meta({ description: 'Kind of our number; null: any other.' }),
  media: z.enum(MEDIA),
  price: decimal,
});

export const pricesBody = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'It must be an ISO 4217 code of three letters.'),
  as_of: z.iso.date().meta({ description: 'The day on which the contract says so.' }),
  prices: z.array(price).min(1).max(500),
});
export const pricesAnswer = pricesBody;

export async function showPrices({ context }: ApiRequest<object>) {
  const table = await readPrices(context.store);
  if (table === null) throw new Problem('not-found', 'There is no price table yet. PUT /prices saves one.');
  return shownPrices(table);
}

/** Replaces the whole price table. */
export async function putPrices({ context, key, body }: ApiRequest<{ body: typeof pricesBody }>) {
  const prices = body.prices.map(({ price: text, ...of }) => ({ ...of, micros: readMicros(text) ?? 0 }));
  const named = prices.map(({ country, kind, media }) => `${country} ${kind} ${media}`);
  if (new Set(named).size < named.length) {
    throw unusable('prices', 'Two are for the same country, kind and media.');
  }
  const table: PriceTable = { currency: body.currency, asOf: body.as_of, prices };
  await writePrices(context.store, table, context.now());
  context.log.info({ key: key.id, prices: prices.length }, 'the price table was saved');
  return shownPrices(table);
}

const shownPrices = ({ currency, asOf, prices }: PriceTable) => ({
  currency,
  as_of: asOf,
  prices: prices.map(({ micros, ...of }) => ({ ...of, price: written(micros) })),
});
