import { utcDay } from '../durations.ts';
import { dateAfter, instantOf, wallTimeAt } from '../hours/local-time.ts';
import type { SenderKind } from '../program.ts';

/** How the campaign registry ranks a brand. Edges of the scores differ by document; the tier is what the registry shows. */
export const BRAND_TIERS = ['score-75', 'score-50', 'score-1', 'low-volume', 'sole-proprietor'] as const;
export type BrandTier = (typeof BRAND_TIERS)[number];

/** A brand in the campaign registry: all its senders share one count. */
export type Brand = { id: string; tier: BrandTier };

/** Parts that one brand may send to the people of one carrier in a day, over all its senders and campaigns. */
type DailyCap = {
  carrier: string;
  country: 'US' | 'CA';
  kind: SenderKind;
  /** Zone whose midnight starts the count again. */
  zone: string;
  limits: Record<BrandTier, number>;
  /** ISO dates; `effectiveTo` is the first day it no longer holds, null while it does. */
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

/** What is known of one message and its brand. */
export type CapQuestion = {
  /** Network of the recipient's number (`networkOf`); null where nobody looked. */
  carrier: string | null;
  country: 'US' | 'CA';
  kind: SenderKind;
  brand: Brand;
};

/** A cap of a carrier, parts a day, and when its next day begins. */
export type DailyCapHit = { carrier: string; limit: number; again: Date };

/** What a message counts against: `id` names the count, which begins again when `day` changes. */
export type CapAnswer =
  | ({ kind: 'counted'; id: string; day: string } & DailyCapHit)
  | { kind: 'uncapped' }
  /** It may be subject to a cap; it is not counted, and told of as such. */
  | { kind: 'unknown-carrier' };

/** The daily cap of one message. `again`: when one over the cap may be tried once more. */
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
  const cap = caps.find((one) => one.carrier === carrier);
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
