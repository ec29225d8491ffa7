import type { Sender } from '../../domain/program.ts';
import { dailyCapOf } from '../../domain/sending/daily-caps.ts';
import { networkOf } from '../../domain/sending/networks.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';

/** What a carrier takes in a day from the brands that some people are written to as, and of how many of them it is the carrier. */
export type DailyCapAhead = { carrier: string; partsADay: number; people: number };

/** Null where no number that they are written from names its brand, or none of the people is known to be with such a carrier. */
export function dailyCapAhead(
  going: readonly { stored: ContactDoc; sender: Sender }[],
  now: Date,
): DailyCapAhead | null {
  const limits = new Map<string, number>();
  let carrier: string | null = null;
  let people = 0;
  for (const { stored, sender } of going) {
    const cap = capOf(stored.verified?.carrier ?? null, sender, now);
    if (cap === null) continue;
    limits.set(cap.id, cap.limit);
    carrier = cap.carrier;
    people += 1;
  }
  if (carrier === null) return null;
  return { carrier, partsADay: [...limits.values()].reduce((sum, limit) => sum + limit, 0), people };
}

function capOf(carrier: string | null, { country, kind, brand }: Sender, now: Date) {
  if (carrier === null || brand === undefined) return null;
  const cap = dailyCapOf({ carrier: networkOf(carrier), country, kind, brand }, now);
  return cap.kind === 'counted' ? cap : null;
}
