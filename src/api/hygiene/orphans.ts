import { z } from 'zod';
import { isCarrierOptOut } from '../../domain/consent/carrier-opting-out.ts';
import { keptDays } from '../../domain/retention.ts';
import { countOrphans, type OrphanCount, waitingReceipts } from '../../store/deliveries/orphans.ts';
import type { Call } from '../route.ts';

const count = z.int().min(0);

export const orphansAnswer = z.strictObject({
  waiting: count.meta({ description: 'Receipts that still look for their delivery, for a week at most.' }),
  kept_days: count,
  days: z.array(
    z.strictObject({
      day: z.iso.date().meta({ description: 'On which they came, in UTC.' }),
      orphans: count,
      opt_outs: count.meta({ description: 'Of them, those whose error says that the person opted out.' }),
      statuses: z.record(z.string(), count).meta({ description: "By the carrier's own word." }),
    }),
  ),
});

/** Receipts that found no delivery, in numbers, the newest day first. */
export async function listOrphans({ desk }: Call<object>) {
  const [waiting, counts] = await Promise.all([waitingReceipts(desk.store), countOrphans(desk.store)]);
  const days = [...new Set(counts.map(({ day }) => day))];
  const dayOf = (day: string) =>
    ofDay(
      day,
      counts.filter((one) => one.day === day),
    );
  return { waiting, kept_days: keptDays('receipts'), days: days.map(dayOf) };
}

function ofDay(day: string, counts: readonly OrphanCount[]): z.input<typeof orphansAnswer>['days'][number] {
  const statuses: Record<string, number> = {};
  const sum = { orphans: 0, opt_outs: 0 };
  for (const { status, error, count: some } of counts) {
    statuses[status] = (statuses[status] ?? 0) + some;
    sum.orphans += some;
    if (error !== null && isCarrierOptOut(error)) sum.opt_outs += some;
  }
  return { day, ...sum, statuses };
}
