import type { SenderKind } from '../program.ts';

/** A millionth of the currency: whole numbers, so that sums are exact. */
type Micros = number;

export const MEDIA = ['sms', 'mms'] as const;
type Media = (typeof MEDIA)[number];

/** What one part costs from one kind of number in one country. `kind` null: any kind without a row of its own. */
type Price = { country: string; kind: SenderKind | null; media: Media; micros: Micros };

/** Prices as the carrier's contract says them on one day. `currency`: ISO 4217; `asOf`: "2026-03-01". */
export type PriceTable = { currency: string; asOf: string; prices: Price[] };

/** Parts of one country, kind of number and medium. */
export type Volume = { country: string; kind: SenderKind; media: Media; parts: number };

export type Cost = {
  micros: Micros;
  /** What the table has no price for; the sum leaves it out. */
  unpriced: Volume[];
};

function priceOf({ prices }: PriceTable, { country, kind, media }: Volume): Micros | null {
  const fits = prices.filter((one) => one.country === country && one.media === media);
  return (fits.find((one) => one.kind === kind) ?? fits.find((one) => one.kind === null))?.micros ?? null;
}

/** Throws RangeError where the sum is beyond what a number holds exactly: nine billion of the currency. */
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

/** "0.0083" as 8300; null where it is no decimal of at most six places. */
export function readMicros(decimal: string): Micros | null {
  const [, whole, places = ''] = /^(\d{1,6})(?:\.(\d{1,6}))?$/.exec(decimal) ?? [];
  return whole === undefined ? null : Number(whole) * MICROS + Number(places.padEnd(6, '0'));
}

/** 8300 as "0.0083", with two places at least. */
export function written(micros: Micros): string {
  const places = String(micros % MICROS)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${Math.floor(micros / MICROS)}.${places}`;
}
