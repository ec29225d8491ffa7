import type { Desk } from '../../consent/desk.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { makeStale } from '../../store/reports/daily-figures.ts';

/** The month that the score looks at, and a day on either side, whatever the zone. */
const DAYS = 32;

/** What failures mean is said otherwise: sums of days that are over are made anew by the next run of the report. */
export async function countBouncesAnew({ store, now }: Pick<Desk, 'store' | 'now'>): Promise<void> {
  await makeStale(store, new Date(now().getTime() - DAYS * DAY_MS).toISOString().slice(0, 10));
}
