import type { AppContext } from '../consent/app-context.ts';
import { dateAfter, wallTimeAt } from '../domain/hours/local-time.ts';
import type { Program } from '../domain/program.ts';
import { errorLines } from '../domain/reports/carrier-errors.ts';
import {
  type CountedOutcome,
  type DeliveryTally,
  sharesOf,
  sumOf,
  tallied,
} from '../domain/reports/delivery-tally.ts';
import { DoneInPart } from '../domain/reports/job-counts.ts';
import { boundsOf, dayAt, daysOf, type Period, periodBefore } from '../domain/reports/period.ts';
import type { Database } from '../store/collection.ts';
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
import { REPORT_MS, type TimeLeft, timeLeft } from '../store/reports/limits.ts';
import { readClassedCodes } from '../store/senders/error-codes.ts';

/**
 * How days that no job has summed up yet are counted from deliveries. `mostDays`: the most per program; with more, the
 * figures are refused.
 */
type LiveCount = { count: typeof countDeliveries; mostDays: number };

/** Most such days where nothing else limits how long they take. */
export const MOST_LIVE_DAYS = 8;

/** The database needs longer for a report than one may take, which is so many seconds. */
export class ReportTimedOut extends Error {
  override name = 'ReportTimedOut';
  readonly seconds = REPORT_MS / 1000;
}

/** Makes a report, all of whose queries together have `REPORT_MS`. Throws `ReportTimedOut`. */
export async function withinReportTime<T>(
  { monotonic }: Pick<AppContext, 'monotonic'>,
  report: (left: TimeLeft) => Promise<T>,
): Promise<T> {
  try {
    return await report(timeLeft(monotonic));
  } catch (error) {
    throw isTimeLimit(error) ? new ReportTimedOut() : error;
  }
}

/** The programs of a report, and its days. */
type ReportSpan = { programs: readonly Program[]; period: Period };

/** What became of the messages of some days, grouped by one property. Throws `NotSummedUp`. */
export function reportDeliverability(
  context: Pick<AppContext, 'now' | 'store'>,
  { programs, period, by }: ReportSpan & { by: Grouping },
  left: TimeLeft,
): Promise<Map<string, DeliveryTally>> {
  return figuresOf(context, programs, period, by, countWithin(left));
}

type CarrierErrors = {
  handedOver: number;
  before: Period & { handedOver: number };
  rows: ReturnType<typeof errorLines>;
};

/**
 * Why messages failed, most frequent first, with what to do, compared with as many days before. Throws
 * `NotSummedUp`.
 */
export async function reportCarrierErrors(
  context: Pick<AppContext, 'now' | 'store'>,
  { programs, period, most }: ReportSpan & { most: number },
  left: TimeLeft,
): Promise<CarrierErrors> {
  const count = countWithin(left);
  const failures = async (days: Period) => {
    const byCode = await figuresOf(context, programs, days, 'error', count);
    const all = await figuresOf(context, programs, days, 'program', count);
    return { byCode, handedOver: sharesOf(sumOf([...all.values()])).handedOver };
  };
  const earlier = periodBefore(period);
  const [now, before] = [await failures(period), await failures(earlier)];
  return {
    handedOver: now.handedOver,
    before: { ...earlier, handedOver: before.handedOver },
    rows: errorLines(now, before, await readClassedCodes(context.store), most),
  };
}

/** Counts as many days as fit into the time that is left of a request. */
export const countWithin = (left: TimeLeft): LiveCount => ({
  count: (store, span, by) => countDeliveries(store, span, by, left()),
  mostDays: Number.POSITIVE_INFINITY,
});

/**
 * Too many days of a period are not summed up yet, or counting one takes too long. `last`: the last summed-up day
 * before them.
 */
export class NotSummedUp extends Error {
  override name = 'NotSummedUp';
  readonly days: number;
  readonly last: string | null;
  /** `cause`: the database error, when it took too long for one day. */
  constructor(days: number, last: string | null, cause?: unknown) {
    const why = cause === undefined ? '' : '; counting them now would take too long';
    super(`these days are not summed up yet: ${days}${why}`, { cause });
    this.days = days;
    this.last = last;
  }
}

/**
 * What became of the messages of some programs in a period, grouped by one property. Past days come from their
 * sums; today, and days that no job has summed up yet, are counted from deliveries as `live` says. Throws
 * `NotSummedUp`.
 */
export async function figuresOf(
  context: Pick<AppContext, 'now' | 'store'>,
  programs: readonly Program[],
  period: Period,
  by: Grouping,
  live: LiveCount,
): Promise<Map<string, DeliveryTally>> {
  const all: [string, DeliveryTally][] = [];
  for (const program of programs) all.push(...(await ofProgram(context, program, period, { by, live })));
  const byKey = new Map<string, DeliveryTally[]>();
  for (const [key, tally] of all) byKey.set(key, [...(byKey.get(key) ?? []), tally]);
  return new Map([...byKey].map(([key, tallies]) => [key, sumOf(tallies)]));
}

async function ofProgram(
  context: Pick<AppContext, 'now' | 'store'>,
  { id, zone }: Program,
  period: Period,
  { by, live: { count, mostDays } }: { by: Grouping; live: LiveCount },
): Promise<[string, DeliveryTally][]> {
  const made = await readDays(context.store, { program: id, ...period }, by);
  const summed = made.flatMap(({ groups }) =>
    groups.map(({ key, ...tally }): [string, DeliveryTally] => [key, tally]),
  );
  const first = await firstHandedOver(context.store, [id], { from: new Date(0), to: context.now() });
  if (first === null) return summed;
  const [began, known] = [dayAt(zone, first), new Set(made.map(({ day }) => day))];
  const today = dayAt(zone, context.now());
  const live = daysOf(period).filter((day) => day >= began && day <= today && !known.has(day));
  const tooLong = async (cause?: unknown) =>
    new NotSummedUp(live.length, await lastDayBefore(context.store, id, live[0] ?? today), cause);
  if (live.length > mostDays) throw await tooLong();
  for (const day of live) {
    const span = { program: id, ...boundsOf(zone, day) };
    const counts = await count(context.store, span, by).catch(async (error: unknown) => {
      throw isTimeLimit(error) ? await tooLong(error) : error;
    });
    summed.push(...tallied(by === 'hour' ? byHour(counts, zone) : counts));
  }
  return summed;
}

/** The last days that are always summed up anew: most late delivery reports come within this time. */
const LATE_DAYS = 4;

/** For this many days a delivery report may still come for a message of unknown outcome. */
const GIVEN_UP_DAYS = 14;

/**
 * Sums up past days of every program, in this order: days never summed up; the last few days again, since delivery
 * reports come late; then days with unfinished messages, days of the last two weeks with unknown outcomes, stale
 * days, and days summed up in another zone of the program. When `goOn` returns false, the next run does the rest. A
 * second run writes nothing. When a day fails, the others are still summed up, and the promise rejects at the end.
 */
export async function buildDailyFigures(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  goOn: () => boolean = () => true,
): Promise<{ written: number; left: number }> {
  const counts = { written: 0, left: 0 };
  const failures: unknown[] = [];
  const due: Due[] = [];
  for (const program of context.catalog.current().book.programs)
    due.push(...(await dueDays(context, program)));
  for (const dueDay of due.sort(byUrgency)) {
    if (!goOn()) counts.left += 1;
    else {
      const written = await makeDay(context, dueDay).catch((error: unknown) => {
        failures.push(error);
        return false;
      });
      if (written) counts.written += 1;
    }
  }
  if (failures.length > 0) throw new DoneInPart(counts, failures[0]);
  return counts;
}

/** The order of days over all programs: first those without which no report works. */
const DUE_REASONS = ['never made', 'one of the last', 'anew'] as const;

/** `stale`: the day's stale mark as read before counting. */
type Due = { program: Program; day: string; turn: (typeof DUE_REASONS)[number]; stale: MadeDay['stale'] };

/** Newest days first, over all programs. */
const byUrgency = (a: Due, b: Due): number =>
  DUE_REASONS.indexOf(a.turn) - DUE_REASONS.indexOf(b.turn) || (a.day < b.day ? 1 : a.day > b.day ? -1 : 0);

async function dueDays(context: Pick<AppContext, 'now' | 'store'>, program: Program): Promise<Due[]> {
  const { id, zone } = program;
  const first = await firstHandedOver(context.store, [id], { from: new Date(0), to: context.now() });
  if (first === null) return [];
  const yesterday = dateAfter(dayAt(zone, context.now()), -1);
  const made = await madeDays(context.store, id);
  const late = dateAfter(yesterday, 1 - LATE_DAYS);
  const givenUp = dateAfter(yesterday, 1 - GIVEN_UP_DAYS);
  // Days of a former zone may begin one day earlier than those of this zone; their counts must be removed.
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

async function makeDay(
  context: Pick<AppContext, 'store'>,
  { program: of, day, stale }: Due,
): Promise<boolean> {
  const { id: program, zone } = of;
  const groups: DayGroup[] = [];
  for (const by of GROUPINGS) {
    const counts = await countInParts(context.store, { program, ...boundsOf(zone, day) }, by);
    // The program sent no message on that day, so the other groupings have nothing to count.
    if (by === 'program' && counts.length === 0) break;
    const tallies = tallied(by === 'hour' ? byHour(counts, zone) : counts);
    for (const [key, tally] of [...tallies].sort(([a], [b]) => (a < b ? -1 : 1))) {
      groups.push({ by, key, ...tally });
    }
  }
  return writeDay(context.store, { _id: figuresId(program, day), program, day, zone, groups }, stale);
}

/** Groups counts by the hour that the clock of a zone showed, "09". */
const byHour = (counts: readonly CountedOutcome[], zone: string): CountedOutcome[] =>
  counts.map((count) => {
    const { minutes } = wallTimeAt(zone, new Date(count.key));
    return { ...count, key: String(Math.floor(minutes / 60)).padStart(2, '0') };
  });

/** Shortest part that is counted, ms; shorter parts are not halved. */
const LEAST_MS = 60_000;

/**
 * Like `countDeliveries`, for callers that can wait: halves a span for which the database needs too long. The
 * answer then has the groups of both halves, not merged. Rejects when one minute takes too long.
 */
export async function countInParts(
  database: Database,
  span: DaySpan,
  by: Grouping,
): Promise<CountedOutcome[]> {
  try {
    return await countDeliveries(database, span, by);
  } catch (error) {
    const [from, to] = [span.from.getTime(), span.to.getTime()];
    if (!isTimeLimit(error) || to - from <= LEAST_MS) throw error;
    const middle = new Date(Math.floor((from + to) / 2));
    const first = await countInParts(database, { ...span, to: middle }, by);
    return [...first, ...(await countInParts(database, { ...span, from: middle }, by))];
  }
}

/**
 * The carrier reported about a message late: when the day of the message is over, the next run sums that day up
 * anew, however long ago it was.
 */
export async function markDayStale(
  context: Pick<AppContext, 'store' | 'catalog' | 'now'>,
  { program, at }: { program: string | null; at: Date },
): Promise<void> {
  const found = context.catalog.current().book.programs.find(({ id }) => id === program);
  if (found === undefined) return;
  const day = dayAt(found.zone, at);
  if (day < dayAt(found.zone, context.now())) await makeDayStale(context.store, found.id, day);
}
