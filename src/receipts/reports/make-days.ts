import type { Desk } from '../../consent/desk.ts';
import { dateAfter } from '../../domain/hours/local-time.ts';
import type { Program } from '../../domain/program.ts';
import { DoneInPart } from '../../domain/reports/done-in-part.ts';
import { boundsOf, dayAt, daysOf } from '../../domain/reports/period.ts';
import { tallied } from '../../domain/reports/tally.ts';
import { firstHandedOver } from '../../store/deliveries/handed-over.ts';
import {
  type DayGroup,
  figuresId,
  type MadeDay,
  madeDays,
  writeDay,
} from '../../store/reports/daily-figures.ts';
import { GROUPINGS } from '../../store/reports/deliveries.ts';
import { byHour } from './by-hour.ts';
import { countInParts } from './count-in-parts.ts';

/** So many of the last days are made anew whatever was told of them: most receipts that are late come in this time. */
const LATE_DAYS = 4;

/** A receipt may still come for so many days of a message whose end nobody knew. */
const GIVEN_UP_DAYS = 14;

/**
 * Sums up the days that are over, of every program: each that was never made; the last few again, since receipts come
 * late; then those of which messages wait for their end, of the last two weeks also those of which it is unknown, those
 * that became stale, or that were made by another zone of the program. `goOn` false: the days that are left are the next
 * run's. A second run writes nothing. Where a day cannot be made the others are all the same, and it rejects at the end.
 */
export async function makeDays(
  desk: Desk,
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

async function dueDays(desk: Desk, program: Program): Promise<Due[]> {
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

async function makeDay(desk: Desk, { program: of, day, stale }: Due): Promise<boolean> {
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
