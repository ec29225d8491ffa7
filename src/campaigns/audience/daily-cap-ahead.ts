import type { Sender } from '../../domain/program.ts';
import { dailyCapOf } from '../../domain/sending/daily-caps.ts';
import { networkOf } from '../../domain/sending/networks.ts';
import type { Addressed } from './addressees.ts';

/** What a carrier takes in a day from the brands that some people may be written to as, and of how many of them it is the carrier. */
export type DailyCapAhead = { carrier: string; partsADay: number; people: number };

/** Null where no number of the pool names its brand, or none of the people is known to be with such a carrier. */
export function dailyCapAhead(
  going: readonly Pick<Addressed, 'stored' | 'country'>[],
  pool: readonly Sender[],
  now: Date,
): DailyCapAhead | null {
  const limits = new Map<string, number>();
  let carrier: string | null = null;
  let people = 0;
  for (const { stored, country } of going) {
    const caps = capsOf(stored.verified?.carrier ?? null, country, pool, now);
    for (const cap of caps) limits.set(cap.id, cap.limit);
    carrier = caps[0]?.carrier ?? carrier;
    if (caps.length > 0) people += 1;
  }
  if (carrier === null) return null;
  return { carrier, partsADay: [...limits.values()].reduce((sum, limit) => sum + limit, 0), people };
}

function capsOf(carrier: string | null, country: Sender['country'], pool: readonly Sender[], now: Date) {
  if (carrier === null) return [];
  const network = networkOf(carrier);
  return pool.flatMap(({ country: from, kind, brand }) => {
    if (brand === undefined || from !== country) return [];
    const cap = dailyCapOf({ carrier: network, country, kind, brand }, now);
    return cap.kind === 'counted' ? [cap] : [];
  });
}
