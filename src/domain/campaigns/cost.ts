import { mayHaveArrived } from '../hygiene/error-codes.ts';
import { findSender, type ProgramBook, type SenderKind } from '../program.ts';
import type { DELIVERY_STATES } from '../sending/delivery-sentence.ts';
import type { HowMany } from '../statistics.ts';

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

/**
 * The country, kind and medium of a message, by its sender: its recipients are in its country, since senders are chosen by
 * country. Null for a sender that is gone.
 */
export function kindOfMessage(
  book: ProgramBook,
  { sender: number, mms }: { sender: string; mms: boolean },
): Omit<Volume, 'parts'> | null {
  const sender = findSender(book, number);
  if (sender === null) return null;
  return { country: sender.country, kind: sender.kind, media: mms ? 'mms' : 'sms' };
}

/**
 * Whether a message is paid for. `open`: it has not left yet. `uncertain`: nobody knows whether it was sent. A message
 * that the carrier refused or never passed on is not billed; one that it passed on and that did not arrive is.
 */
export const BILLINGS = ['billed', 'open', 'uncertain', 'free'] as const;
export type Billing = (typeof BILLINGS)[number];

type BillingFacts = { state: (typeof DELIVERY_STATES)[number]; error?: string };

export function billingOf({ state, error }: BillingFacts): Billing {
  switch (state) {
    case 'accepted':
    case 'sent':
    case 'delivered':
    case 'undelivered':
      return 'billed';
    case 'failed':
      return mayHaveArrived(error) ? 'uncertain' : 'free';
    case 'unknown':
      return 'uncertain';
    case 'planned':
    case 'sending':
      return 'open';
    case 'skipped':
    case 'canceled':
    case 'expired':
      return 'free';
    default:
      return state satisfies never;
  }
}

/**
 * Messages of the same kind and length, one for each of some people. The number of people may be an estimate with
 * bounds.
 */
export type EqualMessages = Omit<Volume, 'parts'> & { partsEach: number; people: HowMany };

/** The cost of estimated messages: about so much, and with its bounds. */
export type EstimatedCost = Cost & { exact: boolean; between: [least: Micros, most: Micros] };

/** The cost of such messages. Its bounds add the bounds of all groups. Throws RangeError like `costOf`. */
export function estimatedCost(table: PriceTable, messages: readonly EqualMessages[]): EstimatedCost {
  const by = (people: (howMany: HowMany) => number): Cost =>
    costOf(
      table,
      messages.map(({ partsEach, people: howMany, ...kind }) => ({
        ...kind,
        parts: partsEach * people(howMany),
      })),
    );
  const { micros, unpriced } = by(({ people }) => people);
  const least = by(({ between: [low] }) => low).micros;
  const most = by(({ between: [, high] }) => high).micros;
  return { micros, unpriced, exact: messages.every(({ people }) => people.exact), between: [least, most] };
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
