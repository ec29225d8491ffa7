import type { SenderKind } from '../program.ts';

/** A millionth of the currency. Whole numbers keep sums exact. */
type Micros = number;

export const MEDIA = ['sms', 'mms'] as const;
type Media = (typeof MEDIA)[number];

/**
 * The price of one part from one kind of number in one country. `kind` null: the price for every kind without a
 * price of its own.
 */
type Price = { country: string; kind: SenderKind | null; media: Media; micros: Micros };

/** The prices of the carrier's contract on one day. `currency`: ISO 4217; `asOf`: "2026-03-01". */
export type PriceTable = { currency: string; asOf: string; prices: Price[] };

/** A number of parts to one country, from one kind of number, in one medium. */
export type Volume = { country: string; kind: SenderKind; media: Media; parts: number };

export type Cost = {
  micros: Micros;
  /** Volumes without a price in the table; the sum leaves them out. */
  unpriced: Volume[];
};

function priceOf({ prices }: PriceTable, { country, kind, media }: Volume): Micros | null {
  const fits = prices.filter((price) => price.country === country && price.media === media);
  return (
    (fits.find((price) => price.kind === kind) ?? fits.find((price) => price.kind === null))?.micros ?? null
  );
}

/**
 * Adds up the cost. Throws RangeError where the sum is too large for an exact number: nine billion of the currency.
 */
export function costOf(table: PriceTable, volumes: readonly Volume[]): Cost {
  const unpriced: Volume[] = [];
  let micros = 0;
  for (const volume of volumes) {
    const price = priceOf(table, volume);
    if (price === null) unpriced.push(volume);
    else micros += price * volume.parts;
  }
  if (!Number.isSafeInteger(micros)) throw new RangeError('the cost is beyond what is counted exactly');
  return { micros, unpriced };
}

const MICROS = 1_000_000;

/** "0.0083" as 8300. Null unless the text is a decimal with at most six places. */
export function readMicros(decimal: string): Micros | null {
  const [, whole, places = ''] = /^(\d{1,6})(?:\.(\d{1,6}))?$/.exec(decimal) ?? [];
  return whole === undefined ? null : Number(whole) * MICROS + Number(places.padEnd(6, '0'));
}

/** 8300 as "0.0083", with at least two places. */
export function written(micros: Micros): string {
  const places = String(micros % MICROS)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${Math.floor(micros / MICROS)}.${places}`;
}
