import type { Desk } from '../../consent/desk.ts';
import { DAY_MS, utcDay } from '../../domain/durations.ts';
import { ruleOf } from '../../domain/quality/rules.ts';
import { makeStale } from '../../store/reports/daily-figures.ts';
import { readThresholds } from '../../store/reports/quality.ts';

/** A day on either side, whatever the zone. */
const BESIDE_DAYS = 2;

/**
 * What failures mean is said otherwise, or was while fewer days were looked at: sums of days that are over are made anew by
 * the next run of the report, as far back as the score looks, and a month at least. `lookBack`: where it is only about to
 * look back so many days.
 */
export async function countBouncesAnew(
  { store, now }: Pick<Desk, 'store' | 'now'>,
  lookBack?: number,
): Promise<void> {
  const set = lookBack ?? (await readThresholds(store)).get('bounces')?.days ?? 0;
  const days = Math.max(set, ruleOf('bounces').usual.days ?? 0) + BESIDE_DAYS;
  await makeStale(store, utcDay(new Date(now().getTime() - days * DAY_MS)));
}
