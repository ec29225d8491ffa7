import { z } from 'zod';
import type { AppContext } from '../../consent/app-context.ts';
import type { Program } from '../../domain/program.ts';
import { type DeliveryTally, medianSeconds, sharesOf, sumOf } from '../../domain/reports/delivery-tally.ts';
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
import { showJob } from '../../jobs/job-control.ts';
import {
  NotSummedUp,
  ReportTimedOut,
  reportCarrierErrors,
  reportDeliverability,
  withinReportTime,
} from '../../reports/daily-figures.ts';
import { errorClass } from '../error-codes.ts';
import { unusable } from '../http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from '../http/route.ts';
import { iso, shape, slug } from '../http/shapes.ts';
import { type CsvRow, csv, type Forms } from '../http/streaming.ts';
import { findProgram } from '../programs.ts';

const BY = ['program', 'sender', 'hour', 'campaign', 'carrier', 'source'] as const;

const number = z.number();
const share = z.number().nullable();
const figures = {
  handed_over: number,
  waiting: number.meta({ description: 'Messages of which the carrier has not reported the end.' }),
  delivered: number,
  undelivered: number,
  failed: number,
  unknown: number,
  sample: number.meta({ description: 'Messages that ended. The shares are shares of these.' }),
  delivered_share: share,
  delivered_low: share.meta({ description: '95 % interval of the share (Wilson).' }),
  delivered_high: share,
  undelivered_share: share,
  failed_share: share,
  unknown_share: share,
  median_seconds: z.number().nullable().meta({
    description: 'The median time from acceptance by the carrier to its receipt, exact to a tenth.',
  }),
};

const day = z.iso.date();

/** The query fields of every report. */
export const reportFields = {
  since: day
    .optional()
    .meta({ description: `The first day. When left out, the report has ${USUAL_DAYS} days.` }),
  until: day.optional().meta({
    description:
      'The last day, included. When left out, it is today in the easternmost zone of the programs.',
  }),
  program: slug.optional().meta({ description: 'Reports only this program. All programs when left out.' }),
  format: z
    .enum(['json', 'csv'])
    .optional()
    .meta({ description: 'The form of the answer. When left out, the header Accept decides.' }),
};

const by = z.enum(BY).meta({ id: 'DeliverabilityGrouping' });
const deliverabilityQuery = z.strictObject({
  ...reportFields,
  by: by.default('program').meta({ description: 'By which property the messages are grouped.' }),
});

/** The fields with which each report names the days that it counts. */
export const periodShape = {
  since: day,
  until: day,
  zone: z.string().meta({
    description:
      'The time zone of the days: the zone of the programs, "each program\'s own" when they have several, or UTC for what belongs to no program.',
  }),
};

const deliverabilityAnswer = shape('DeliverabilityReport', {
  ...periodShape,
  by,
  totals: shape('DeliverabilityTotals', figures),
  rows: z.array(
    shape('DeliverabilityRow', {
      key: z
        .string()
        .nullable()
        .meta({ description: 'Null: unknown, or messages that belong to no campaign.' }),
      ...figures,
    }),
  ),
});

type AskDeliverability = ApiRequest<{ query: typeof deliverabilityQuery }>;

/** The outcomes of sent messages, grouped by one property. Answers to texts are not counted. */
export const showDeliverability = orFewerDays(async ({ context, query }: AskDeliverability, left) => {
  const asked = askedOf(context, query);
  const found = await summed(context, () => reportDeliverability(context, { ...asked, by: query.by }, left));
  const rows = [...found].map(([key, tally]) => ({ key: key === '' ? null : key, ...shown(tally) }));
  const first =
    query.by === 'hour' ? byKey : (a: Row, b: Row) => b.handed_over - a.handed_over || byKey(a, b);
  return {
    ...shownPeriod(asked),
    by: query.by,
    totals: shown(sumOf([...found.values()])),
    rows: rows.sort(first),
  };
});

type Row = { key: string | null; handed_over: number };
const byKey = (a: Row, b: Row): number => ((a.key ?? '') < (b.key ?? '') ? -1 : 1);

function shown(tally: DeliveryTally) {
  const { handedOver, waiting, settled, share } = sharesOf(tally);
  const { delivered, undelivered, failed, unknown, steps } = tally;
  return {
    handed_over: handedOver,
    waiting,
    delivered,
    undelivered,
    failed,
    unknown,
    sample: settled,
    delivered_share: share?.delivered ?? null,
    delivered_low: share?.interval.low ?? null,
    delivered_high: share?.interval.high ?? null,
    undelivered_share: share?.undelivered ?? null,
    failed_share: share?.failed ?? null,
    unknown_share: share?.unknown ?? null,
    median_seconds: medianSeconds(steps),
  };
}

const deliverabilityForms = csvOfAnswer(
  ['key', ...Object.keys(figures)],
  showDeliverability,
  ({ rows }) => rows,
);

/** Says which job makes the figures, and what to do until then, when days that are not summed up take too long. */
export async function summed<T>(context: Pick<AppContext, 'store'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NotSummedUp)) throw error;
    const days = error.days === 1 ? 'One day of it is' : `${error.days} days of it are`;
    const why = `${days} not summed up yet, and counting them now takes too long. ${await whoMakes(context, 'report')}`;
    const last = error.last === null ? '' : ` for days until ${error.last}, which are summed up, or`;
    throw unusable('until', `${why} Ask${last} later.`);
  }
}

/** Which job makes figures that are missing, when it runs next, and how to run it now. */
export async function whoMakes(
  context: Pick<AppContext, 'store'>,
  name: 'report' | 'count-moves' | 'quality',
): Promise<string> {
  const { nextRunAt, paused, runningSince } = await showJob(context, name);
  const job = `The job "${name}" makes these figures`;
  if (runningSince !== null) return `${job}; it is running now, since ${iso(runningSince)}.`;
  if (paused !== null)
    return `${job}, but somebody paused it: ${paused.reason} POST /jobs/${name}/resume lets it run again.`;
  const next =
    nextRunAt === null ? 'it runs once a worker has started' : `its next run is at ${iso(nextRunAt)}`;
  return `${job}; ${next}. POST /jobs/${name}/run runs it now.`;
}

const part = { count: number, share };
const errorsQuery = z.strictObject(reportFields);
const errorsAnswer = shape('ErrorReport', {
  ...periodShape,
  handed_over: number,
  before: shape('PeriodBefore', { since: z.iso.date(), until: z.iso.date(), handed_over: number }).meta({
    description: 'As many days before, with which the rows are compared.',
  }),
  rows: z.array(
    shape('ErrorReportRow', {
      code: z.string().meta({ description: "The carrier's code; `none` when the carrier gave no code." }),
      class: errorClass,
      sentence: z.string(),
      todo: z.string(),
      ...part,
      before: shape('ErrorShare', part),
      trend: z.enum(['rising', 'falling', 'steady', 'new', 'few']),
    }),
  ),
});

const MOST_CODES = 50;

type AskErrors = ApiRequest<{ query: typeof errorsQuery }>;

/** Why messages failed, most frequent first, and what to do; compared with as many days before. */
const showErrors = orFewerDays(async ({ context, query }: AskErrors, left) => {
  const asked = askedOf(context, query);
  const found = await summed(context, () =>
    reportCarrierErrors(context, { ...asked, most: MOST_CODES }, left),
  );
  const { handedOver, ...before } = found.before;
  return {
    ...shownPeriod(asked),
    handed_over: found.handedOver,
    before: { ...before, handed_over: handedOver },
    rows: found.rows,
  };
});

const errorsForms = csvOfAnswer(
  ['code', 'class', 'count', 'share', 'before_count', 'before_share', 'trend', 'sentence', 'todo'],
  showErrors,
  ({ rows }) =>
    rows.map(({ before, ...row }) => ({ ...row, before_count: before.count, before_share: before.share })),
);

const query = z.strictObject(reportFields);
type ReportQuery = z.output<typeof query>;

export type PeriodQuery = { programs: Program[]; zone: string; period: Period };

/**
 * The programs and days that a request means, each program by the days of its own zone. Throws a `Problem` that
 * names the field.
 */
export function askedOf(context: Pick<AppContext, 'catalog' | 'now'>, query: ReportQuery): PeriodQuery {
  const { book } = context.catalog.current();
  const programs = query.program === undefined ? book.programs : [findProgram(book, query.program)];
  const period = periodAsked(query, latestDay(programs, context.now()));
  return { programs, zone: ownZones(programs), period };
}

/** The same for reports without a program: days of the zone that all programs share, otherwise of UTC. */
export function askedOfList(
  context: Pick<AppContext, 'catalog' | 'now'>,
  query: Omit<ReportQuery, 'program'>,
): PeriodQuery {
  const { programs } = context.catalog.current().book;
  const zone = zoneOf(programs);
  return { programs, zone, period: periodAsked(query, dayAt(zone, context.now())) };
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

export const shownPeriod = ({ zone, period }: PeriodQuery) => ({ ...period, zone });

/**
 * Wraps a handler: when the database takes too long, the answer says what to do. `todo`: the advice when fewer days
 * would take as long.
 */
export function orFewerDays<Call extends { context: AppContext }, A>(
  handle: (call: Call, left: () => number) => Promise<A>,
  todo = 'Ask for fewer, or again later.',
): (call: Call) => Promise<A> {
  return async (call) => {
    try {
      return await withinReportTime(call.context, (left) => handle(call, left));
    } catch (error) {
      if (!(error instanceof ReportTimedOut)) throw error;
      const why = `Counting these days takes longer than ${error.seconds} s.`;
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

/** Routes of the reports on the outcomes of messages, as JSON or CSV. */
export const DELIVERABILITY_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/reports/deliverability',
    id: 'getDeliverabilityReport',
    returns: 'The outcomes of the messages, in all and by group.',
    scope: 'reports:read',
    summary: 'Show what became of the messages by carrier, sender, program, hour, campaign or source.',
    query: deliverabilityQuery,
    answer: deliverabilityAnswer,
    problems: ['unprocessable'],
    forms: deliverabilityForms,
    handle: showDeliverability,
  }),
  defineRoute({
    method: 'get',
    path: '/reports/errors',
    id: 'getErrorReport',
    returns: 'The most frequent errors, compared with as many days before.',
    scope: 'reports:read',
    summary: 'Show why messages failed, most frequent first, with what to do.',
    query: errorsQuery,
    answer: errorsAnswer,
    problems: ['unprocessable'],
    forms: errorsForms,
    handle: showErrors,
  }),
];
