import { z } from 'zod';
import type { Desk } from '../../consent/desk.ts';
import type { Program } from '../../domain/program.ts';
import {
  dayAt,
  faultIn,
  latestDay,
  ownZones,
  type Period,
  periodOf,
  USUAL_DAYS,
  zoneOf,
} from '../../domain/reports/period.ts';
import { isTimeLimit } from '../../store/database-failure.ts';
import { REPORT_MS } from '../../store/reports/removals.ts';
import { type TimeLeft, timeLeft } from '../../store/reports/time-left.ts';
import { slug } from '../fields.ts';
import { type CsvRow, csv, type Forms } from '../forms.ts';
import { unusable } from '../problem.ts';
import { findProgram } from '../programs/find-program.ts';

const day = z.iso.date();

/** What every report is asked with. */
export const reportFields = {
  since: day.optional().meta({ description: `First day; usually ${USUAL_DAYS} days with the last.` }),
  until: day.optional().meta({ description: 'Last day, included; usually today, where it is furthest on.' }),
  program: slug.optional().meta({ description: 'One program alone; else all of them.' }),
  format: z.enum(['json', 'csv']).optional().meta({ description: 'Usually by the header Accept.' }),
};
const query = z.strictObject(reportFields);
export type ReportQuery = z.output<typeof query>;

/** What every report says of the days it counts. */
export const periodShape = {
  since: day,
  until: day,
  zone: z.string().meta({
    description:
      'Whose days they are: the zone of the programs, "each program\'s own" where they have several, or UTC of what is of no program.',
  }),
};

export type Asked = { programs: Program[]; zone: string; period: Period };

/** Which programs and days a request means, each program by the days of its zone. Throws a `Problem` that names the field. */
export function askedOf(desk: Desk, query: ReportQuery): Asked {
  const { book } = desk.catalog.current();
  const programs = query.program === undefined ? book.programs : [findProgram(book, query.program)];
  const period = periodAsked(query, latestDay(programs, desk.now()));
  return { programs, zone: ownZones(programs), period };
}

/** The same of what is of no program: days of the zone that all programs share, else of UTC. */
export function askedOfList(desk: Desk, query: Omit<ReportQuery, 'program'>): Asked {
  const { programs } = desk.catalog.current().book;
  const zone = zoneOf(programs);
  return { programs, zone, period: periodAsked(query, dayAt(zone, desk.now())) };
}

function periodAsked({ since, until }: Pick<ReportQuery, 'since' | 'until'>, today: string): Period {
  const period = periodOf(
    { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) },
    today,
  );
  const fault = faultIn(period, today);
  if (fault !== null) throw unusable(fault.field, fault.message);
  return period;
}

export const shownPeriod = ({ zone, period }: Asked) => ({ ...period, zone });

/**
 * A handler that says what to do where the database needs too long for all that it is asked; `todo`: where fewer days would
 * take as long.
 */
export function orFewerDays<Call extends { desk: Desk }, A>(
  handle: (call: Call, left: TimeLeft) => Promise<A>,
  todo = 'Ask for fewer, or again later.',
): (call: Call) => Promise<A> {
  return async (call) => {
    try {
      return await handle(call, timeLeft(call.desk.monotonic));
    } catch (error) {
      if (!isTimeLimit(error)) throw error;
      const why = `To count these days takes longer than ${REPORT_MS / 1000} s.`;
      throw unusable('since', `${why} ${todo}`);
    }
  };
}

/** The rows of a handler's answer as CSV. */
export function csvOfAnswer<Call, A>(
  columns: readonly string[],
  handle: (call: Call) => Promise<A>,
  rowsOf: (answer: A) => Iterable<CsvRow>,
): Forms {
  const rows = async function* (call: Call): AsyncGenerator<CsvRow> {
    yield* rowsOf(await handle(call));
  };
  return { csv: csv(columns, rows) };
}
