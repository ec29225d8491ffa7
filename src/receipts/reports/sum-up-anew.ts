import type { Desk } from '../../consent/desk.ts';
import { dayAt } from '../../domain/reports/period.ts';
import { makeDayStale } from '../../store/reports/daily-figures.ts';

/**
 * The carrier told of a message that left at some time: where its day is over, the next run of the report sums it up anew,
 * however long ago it was.
 */
export async function sumUpAnew(
  desk: Pick<Desk, 'store' | 'catalog' | 'now'>,
  { program, at }: { program: string | null; at: Date },
): Promise<void> {
  const of = desk.catalog.current().book.programs.find(({ id }) => id === program);
  if (of === undefined) return;
  const day = dayAt(of.zone, at);
  if (day < dayAt(of.zone, desk.now())) await makeDayStale(desk.store, of.id, day);
}
