import type { AppContext } from '../consent/app-context.ts';
import { dateAfter, wallTimeAt } from '../domain/hours/local-time.ts';
import type { Program } from '../domain/program.ts';
import { type CountedOutcome, type DeliveryTally, sumOf, tallied } from '../domain/reports/delivery-tally.ts';
import { DoneInPart } from '../domain/reports/job-counts.ts';
import { boundsOf, dayAt, daysOf, type Period } from '../domain/reports/period.ts';
import { isTimeLimit } from '../store/database-errors.ts';
import { firstHandedOver } from '../store/deliveries/outcomes.ts';
import {
  countDeliveries,
  type DayGroup,
  type DaySpan,
  figuresId,
  GROUPINGS,
  type Grouping,
  lastDayBefore,
  type MadeDay,
  madeDays,
  makeDayStale,
  readDays,
  writeDay,
} from '../store/reports/delivery-figures.ts';
import type { TimeLeft } from '../store/reports/limits.ts';
import type { Store } from '../store/store.ts';

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
  desk: AppContext,
  programs: readonly Program[],
  period: Period,
  by: Grouping,
  count: typeof countDeliveries = countDeliveries,
): Promise<Map<string, DeliveryTally>> {
  const all: [string, DeliveryTally][] = [];
  for (const program of programs) all.push(...(await ofProgram(desk, program, period, { by, count })));
  const byKey = new Map<string, DeliveryTally[]>();
  for (const [key, tally] of all) byKey.set(key, [...(byKey.get(key) ?? []), tally]);
  return new Map([...byKey].map(([key, tallies]) => [key, sumOf(tallies)]));
}

async function ofProgram(
  desk: AppContext,
  { id, zone }: Program,
  period: Period,
  { by, count }: { by: Grouping; count: typeof countDeliveries },
): Promise<[string, DeliveryTally][]> {
  const made = await readDays(desk.store, { program: id, ...period }, by);
  const summed = made.flatMap(({ groups }) =>
    groups.map(({ key, ...of }): [string, DeliveryTally] => [key, of]),
  );
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

/** So many of the last days are made anew whatever was told of them: most receipts that are late come in this time. */
const LATE_DAYS = 4;

/** A receipt may still come for so many days of a message whose end nobody knew. */
const GIVEN_UP_DAYS = 14;

/**
 * Sums up the days that are over, of every program: each that was never made; the last few again, since receipts come
 * late; then those of which messages wait for their end, of the last two weeks also those of which it is unknown, those
 * that became stale, or that were made by another zone of the program. `mayContinue` false: the days that are left are the next
 * run's. A second run writes nothing. Where a day cannot be made the others are all the same, and it rejects at the end.
 */
export async function buildDailyFigures(
  desk: AppContext,
  goOn: () => boolean = () => true,
): Promise<{ written: number; left: number }> {
  const counts = { written: 0, left: 0 };
  const failures: unknown[] = [];
  const due: Due[] = [];
  for (const program of desk.catalog.current().book.programs) due.push(...(await dueDays(desk, program)));
  for (const one of due.sort(inTurn)) {
    if (!goOn()) counts.left += 1;
    else {
      const written = await makeDay(desk, one).catch((error: unknown) => {
        failures.push(error);
        return false;
      });
      if (written) counts.written += 1;
    }
  }
  if (failures.length > 0) throw new DoneInPart(counts, failures[0]);
  return counts;
}

/** Which days come first, whatever their program: those that no report can do without. */
const TURNS = ['never made', 'one of the last', 'anew'] as const;

/** `stale`: as it was before it is counted. */
type Due = { program: Program; day: string; turn: (typeof TURNS)[number]; stale: MadeDay['stale'] };

/** The newest days first, of all programs together. */
const inTurn = (a: Due, b: Due): number =>
  TURNS.indexOf(a.turn) - TURNS.indexOf(b.turn) || (a.day < b.day ? 1 : a.day > b.day ? -1 : 0);

async function dueDays(desk: AppContext, program: Program): Promise<Due[]> {
  const { id, zone } = program;
  const first = await firstHandedOver(desk.store, [id], { from: new Date(0), to: desk.now() });
  if (first === null) return [];
  const yesterday = dateAfter(dayAt(zone, desk.now()), -1);
  const made = await madeDays(desk.store, id);
  const late = dateAfter(yesterday, 1 - LATE_DAYS);
  const givenUp = dateAfter(yesterday, 1 - GIVEN_UP_DAYS);
  // Days of another zone may begin a day before those of this one: what they counted is taken out again.
  const [since = yesterday] = [dayAt(zone, first), ...made.keys()].sort();
  return daysOf({ since, until: yesterday }).flatMap((day): Due[] => {
    const before = made.get(day);
    if (before === undefined) return [{ program, day, turn: 'never made', stale: null }];
    const { stale } = before;
    if (day >= late) return [{ program, day, turn: 'one of the last', stale }];
    const mayChange = before.waiting > 0 || (before.unknown > 0 && day >= givenUp);
    const isDue = stale !== null || mayChange || before.zone !== zone;
    return isDue ? [{ program, day, turn: 'anew', stale }] : [];
  });
}

async function makeDay(desk: AppContext, { program: of, day, stale }: Due): Promise<boolean> {
  const { id: program, zone } = of;
  const groups: DayGroup[] = [];
  for (const by of GROUPINGS) {
    const counts = await countInParts(desk.store, { program, ...boundsOf(zone, day) }, by);
    // No message of the program on that day: there is nothing to tell apart.
    if (by === 'program' && counts.length === 0) break;
    const tallies = tallied(by === 'hour' ? byHour(counts, zone) : counts);
    for (const [key, tally] of [...tallies].sort(([a], [b]) => (a < b ? -1 : 1))) {
      groups.push({ by, key, ...tally });
    }
  }
  return writeDay(desk.store, { _id: figuresId(program, day), program, day, zone, groups }, stale);
}

/** Counts by a moment as counts by the hour that the clock of a zone showed, "09". */
const byHour = (counts: readonly CountedOutcome[], zone: string): CountedOutcome[] =>
  counts.map((one) => {
    const { minutes } = wallTimeAt(zone, new Date(one.key));
    return { ...one, key: String(Math.floor(minutes / 60)).padStart(2, '0') };
  });

/** Parts are not halved below this, ms. */
const LEAST_MS = 60_000;

/**
 * The same as `countDeliveries`, for those who can wait: a span that takes the database too long is counted by halves,
 * whose groups stand beside each other in the answer. Rejects where a minute takes too long.
 */
export async function countInParts(store: Store, span: DaySpan, by: Grouping): Promise<CountedOutcome[]> {
  try {
    return await countDeliveries(store, span, by);
  } catch (error) {
    const [from, to] = [span.from.getTime(), span.to.getTime()];
    if (!isTimeLimit(error) || to - from <= LEAST_MS) throw error;
    const middle = new Date(Math.floor((from + to) / 2));
    const first = await countInParts(store, { ...span, to: middle }, by);
    return [...first, ...(await countInParts(store, { ...span, from: middle }, by))];
  }
}

/**
 * The carrier told of a message that left at some time: where its day is over, the next run of the report sums it up anew,
 * however long ago it was.
 */
export async function markDayStale(
  desk: Pick<AppContext, 'store' | 'catalog' | 'now'>,
  { program, at }: { program: string | null; at: Date },
): Promise<void> {
  const of = desk.catalog.current().book.programs.find(({ id }) => id === program);
  if (of === undefined) return;
  const day = dayAt(of.zone, at);
  if (day < dayAt(of.zone, desk.now())) await makeDayStale(desk.store, of.id, day);
}
