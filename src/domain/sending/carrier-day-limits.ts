import { utcDay } from '../durations.ts';
import { dateAfter, instantOf, wallTimeAt } from '../hours/local-time.ts';
import type { Brand, BrandTier, SenderKind } from '../program.ts';

/** Parts that one brand may send to the customers of one carrier in a day, over all its senders and campaigns. */
type DailyCap = {
  carrier: string;
  country: 'US' | 'CA';
  kind: SenderKind;
  /** Zone whose midnight restarts the count. */
  zone: string;
  limits: Record<BrandTier, number>;
  /** ISO dates. `effectiveTo` is the first day on which the cap no longer holds; null while it holds. */
  effectiveFrom: string;
  effectiveTo: string | null;
  source: string;
};

const DAILY_CAPS: readonly DailyCap[] = [
  {
    carrier: 't-mobile',
    country: 'US',
    kind: 'long-code',
    zone: 'America/Los_Angeles',
    limits: {
      'score-75': 200_000,
      'score-50': 40_000,
      'score-1': 10_000,
      'low-volume': 2000,
      'sole-proprietor': 1000,
    },
    effectiveFrom: '2021-09-14',
    effectiveTo: null,
    source:
      'Twilio Help 1260804800549, "T-Mobile daily message limits for long code messaging with A2P 10DLC"; Twilio error dictionary, 30023',
  },
];

/** The facts about one message and its brand. */
export type CapQuestion = {
  /** Network of the recipient's number (`networkOf`); null where no Lookup was made. */
  carrier: string | null;
  country: 'US' | 'CA';
  kind: SenderKind;
  brand: Brand;
};

/** A carrier's cap, in parts a day, and when its next day begins. */
export type DailyCapHit = { carrier: string; limit: number; again: Date };

/** The cap that a message counts against. `id` names the count, which restarts when `day` changes. */
export type CapAnswer =
  | ({ kind: 'counted'; id: string; day: string } & DailyCapHit)
  | { kind: 'uncapped' }
  /** The message may be subject to a cap. It is not counted, and reported as uncounted. */
  | { kind: 'unknown-carrier' };

/** The daily cap of one message. `again`: when a message over the cap may be tried again. */
export function dailyCapOf(question: CapQuestion, now: Date): CapAnswer {
  const { carrier, country, kind, brand } = question;
  const today = utcDay(now);
  const caps = DAILY_CAPS.filter(
    (cap) =>
      cap.country === country &&
      cap.kind === kind &&
      cap.effectiveFrom <= today &&
      (cap.effectiveTo === null || today < cap.effectiveTo),
  );
  if (caps.length === 0) return { kind: 'uncapped' };
  if (carrier === null) return { kind: 'unknown-carrier' };
  const cap = caps.find((cap) => cap.carrier === carrier);
  if (cap === undefined) return { kind: 'uncapped' };
  const { date: day } = wallTimeAt(cap.zone, now);
  return {
    kind: 'counted',
    id: `${cap.carrier} ${brand.id}`,
    carrier: cap.carrier,
    day,
    limit: cap.limits[brand.tier],
    again: instantOf(cap.zone, { date: dateAfter(day, 1), minutes: 0 }),
  };
}

/**
 * Networks whose caps or block lists we know, by the names that Lookup returns ("T-Mobile USA, Inc.", "Metro by
 * T-Mobile"). Brands that use another company's network count there. Source: Twilio Docs, Lookup v2 Line Type
 * Intelligence, `carrier_name`; Twilio Help 1260804800549: T-Mobile's cap counts Sprint and MetroPCS too.
 */
const NETWORKS: readonly [network: string, name: RegExp][] = [
  ['t-mobile', /\b(t-?mobile|metro\s?pcs|metro by t|sprint\b)/i],
  ['verizon', /\bverizon\b|\bcellco\b/i],
  ['at&t', /\bat ?& ?t\b|\bcingular\b|\bcricket\b/i],
];

/**
 * The network of a carrier's name as Lookup returns it; the name itself, in lower case, where the network is none of
 * these.
 */
export function networkOf(carrier: string): string {
  return NETWORKS.find(([, name]) => name.test(carrier))?.[0] ?? carrier.trim().toLowerCase();
}
