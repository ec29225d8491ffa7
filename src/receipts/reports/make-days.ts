import type { Desk } from '../../consent/desk.ts';
import { dateAfter } from '../../domain/hours/local-time.ts';
import type { Program } from '../../domain/program.ts';
import { DoneInPart } from '../../domain/reports/done-in-part.ts';
import { boundsOf, dayAt, daysOf } from '../../domain/reports/period.ts';
import { tallied } from '../../domain/reports/tally.ts';
import { type DayGroup, figuresId, madeDays, writeDay } from '../../store/reports/daily-figures.ts';
import { firstHandedOver, GROUPINGS } from '../../store/reports/deliveries.ts';
import { byHour } from './by-hour.ts';
import { countInParts } from './count-in-parts.ts';

/** Receipts come so many days late at most, as far as days are made anew for them. */
const LATE_DAYS = 4;

/**
 * Sums up the days that are over, of every program: each that was never made, or by another zone of the program, and the
 * last few again, since receipts come late. `goOn` false: the days that are left are the next run's. A second run writes nothing. Where a day cannot be made
 * the others are all the same, and it rejects at the end.
 */
export async function makeDays(
  desk: Desk,
  goOn: () => boolean = () => true,
): Promise<{ written: number; left: number }> {
  const counts = { written: 0, left: 0 };
  const failures: unknown[] = [];
  for (const program of desk.catalog.current().book.programs) {
    for (const day of await dueDays(desk, program)) {
      if (!goOn()) counts.left += 1;
      else {
        const written = await makeDay(desk, program, day).catch((error: unknown) => {
          failures.push(error);
          return false;
        });
        if (written) counts.written += 1;
      }
    }
  }
  if (failures.length > 0) throw new DoneInPart(counts, failures[0]);
  return counts;
}

async function dueDays(desk: Desk, { id, zone }: Program): Promise<string[]> {
  const first = await firstHandedOver(desk.store, id);
  if (first === null) return [];
  const yesterday = dateAfter(dayAt(zone, desk.now()), -1);
  const made = await madeDays(desk.store, id);
  const late = dateAfter(yesterday, 1 - LATE_DAYS);
  const days = daysOf({ since: dayAt(zone, first), until: yesterday });
  return days.filter((day) => day >= late || made.get(day) !== zone);
}

async function makeDay(desk: Desk, { id: program, zone }: Program, day: string): Promise<boolean> {
  const groups: DayGroup[] = [];
  for (const by of GROUPINGS) {
    const counts = await countInParts(desk.store, { program, ...boundsOf(zone, day) }, by);
    const tallies = tallied(by === 'hour' ? byHour(counts, zone) : counts);
    for (const [key, tally] of [...tallies].sort(([a], [b]) => (a < b ? -1 : 1))) {
      groups.push({ by, key, ...tally });
    }
  }
  return writeDay(desk.store, { _id: figuresId(program, day), program, day, zone, groups });
}
