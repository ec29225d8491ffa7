import { z } from 'zod';
import { MEDIA, type PriceTable, readMicros, written } from '../../domain/campaigns/price.ts';
import { SENDER_KINDS } from '../../domain/program.ts';
import { readPrices, writePrices } from '../../store/campaigns/rules.ts';
import { Problem, unusable } from '../problem.ts';
import { UNUSABLE } from '../read-request.ts';
import type { Call } from '../route.ts';

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

export async function showPrices({ desk }: Call<object>) {
  const table = await readPrices(desk.store);
  if (table === null) throw new Problem('not-found', 'There is no price table yet. PUT /prices saves one.');
  return shown(table);
}

/** Saves the price table whole. */
export async function putPrices({ desk, key, body }: Call<{ body: typeof pricesBody }>) {
  const prices = body.prices.map(({ price: text, ...of }) => ({ ...of, micros: readMicros(text) ?? 0 }));
  const named = prices.map(({ country, kind, media }) => `${country} ${kind} ${media}`);
  if (new Set(named).size < named.length) {
    throw unusable('prices', 'Two are for the same country, kind and media.');
  }
  const table: PriceTable = { currency: body.currency, asOf: body.as_of, prices };
  await writePrices(desk.store, table, desk.now());
  desk.log.info({ key: key.id, prices: prices.length }, 'the price table was saved');
  return shown(table);
}

const shown = ({ currency, asOf, prices }: PriceTable) => ({
  currency,
  as_of: asOf,
  prices: prices.map(({ micros, ...of }) => ({ ...of, price: written(micros) })),
});
