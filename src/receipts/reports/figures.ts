import type { Desk } from '../../consent/desk.ts';
import type { Program } from '../../domain/program.ts';
import { boundsOf, dayAt, daysOf, type Period } from '../../domain/reports/period.ts';
import { sumOf, type Tally, tallied } from '../../domain/reports/tally.ts';
import { isTimeLimit } from '../../store/database-failure.ts';
import { firstHandedOver } from '../../store/deliveries/handed-over.ts';
import { lastDayBefore, readDays } from '../../store/reports/daily-figures.ts';
import { countDeliveries, type Grouping } from '../../store/reports/deliveries.ts';
import type { TimeLeft } from '../../store/reports/time-left.ts';
import { byHour } from './by-hour.ts';

/** Most days of one program that are counted from the deliveries themselves, beside those that are summed up. */
const MOST_LIVE_DAYS = 8;

/** Counts within what is left of a question's time. */
export const countWithin =
  (left: TimeLeft): typeof countDeliveries =>
  (store, span, by) =>
    countDeliveries(store, span, by, left());

/** Days of a period that are not summed up yet are too many to count, or take too long; `last`: the last that is summed up before them. */
export class NotSummedUp extends Error {
  override name = 'NotSummedUp';
  readonly days: number;
  readonly last: string | null;
  /** `cause`: the database took too long for one of them. */
  constructor(days: number, last: string | null, cause?: unknown) {
    const why = cause === undefined ? '' : '; to count them takes too long';
    super(`days that are not summed up yet: ${days}${why}`, { cause });
    this.days = days;
    this.last = last;
  }
}

/**
 * What became of the messages of some programs in a period, by one thing: of days that are over from their sums, of
 * today, and of days that no job has made yet, from the deliveries, by `count`. Throws `NotSummedUp`.
 */
export async function figuresOf(
  desk: Desk,
  programs: readonly Program[],
  period: Period,
  by: Grouping,
  count: typeof countDeliveries = countDeliveries,
): Promise<Map<string, Tally>> {
  const all: [string, Tally][] = [];
  for (const program of programs) all.push(...(await ofProgram(desk, program, period, { by, count })));
  const byKey = new Map<string, Tally[]>();
  for (const [key, tally] of all) byKey.set(key, [...(byKey.get(key) ?? []), tally]);
  return new Map([...byKey].map(([key, tallies]) => [key, sumOf(tallies)]));
}

async function ofProgram(
  desk: Desk,
  { id, zone }: Program,
  period: Period,
  { by, count }: { by: Grouping; count: typeof countDeliveries },
): Promise<[string, Tally][]> {
  const made = await readDays(desk.store, { program: id, ...period }, by);
  const summed = made.flatMap(({ groups }) => groups.map(({ key, ...of }): [string, Tally] => [key, of]));
  const first = await firstHandedOver(desk.store, [id], { from: new Date(0), to: desk.now() });
  if (first === null) return summed;
  const [began, known] = [dayAt(zone, first), new Set(made.map(({ day }) => day))];
  const today = dayAt(zone, desk.now());
  const live = daysOf(period).filter((day) => day >= began && day <= today && !known.has(day));
  const tooLong = async (cause?: unknown) =>
    new NotSummedUp(live.length, await lastDayBefore(desk.store, id, live[0] ?? today), cause);
  if (live.length > MOST_LIVE_DAYS) throw await tooLong();
  for (const day of live) {
    const span = { program: id, ...boundsOf(zone, day) };
    const counts = await count(desk.store, span, by).catch(async (error: unknown) => {
      throw isTimeLimit(error) ? await tooLong(error) : error;
    });
    summed.push(...tallied(by === 'hour' ? byHour(counts, zone) : counts));
  }
  return summed;
}
