import { z } from 'zod';
import type { AppContext } from '../../consent/app-context.ts';
import { ATTRIBUTION_HOURS, type Growth, OPT_OUT_SOURCES } from '../../domain/reports/growth.ts';
import { growthOf, optOutsOf } from '../../reports/growth.ts';
import { NotCounted } from '../../reports/subscriber-moves.ts';
import { Problem } from '../http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from '../http/route.ts';
import { shape } from '../http/shapes.ts';
import {
  askedOf,
  csvOfAnswer,
  orFewerDays,
  periodShape,
  reportFields,
  shownPeriod,
  summed,
  whoMakes,
} from './deliverability.ts';

const count = z.number();
const figures = {
  asked: count.meta({ description: 'Prompts that were sent.' }),
  confirmed: count,
  opted_out: count,
  ended: count.meta({
    description:
      'Consents that ended without an opt-out, because the number no longer works or has a new holder.',
  }),
  lapsed: count.meta({ description: 'Consents that became too old and were not renewed.' }),
  overturned: count.meta({
    description: 'Opt-outs that were read from ordinary words by mistake, and taken back.',
  }),
  net: count,
};
const growthQuery = z.strictObject(reportFields);
const growthAnswer = shape('GrowthReport', {
  ...periodShape,
  programs: z.array(
    shape('ProgramGrowth', {
      program: z.string(),
      at_beginning: count,
      totals: shape('GrowthTotals', {
        ...figures,
        churn: z
          .number()
          .nullable()
          .meta({ description: 'The share of people who left, of those subscribed at the beginning.' }),
      }),
      days: z.array(shape('GrowthDay', { day: z.iso.date(), ...figures, subscribed: count })),
    }),
  ),
});

type Ask = ApiRequest<{ query: typeof growthQuery }>;

/**
 * How people joined and left each program, day by day, counted from the ledger. The ledger is read from its first
 * day, whatever period is asked for.
 */
export const showGrowth = orFewerDays(async ({ context, query }: Ask, left) => {
  const asked = askedOf(context, query);
  const found = await counted(context, () => growthOf(context, asked.programs, asked.period, left));
  return {
    ...shownPeriod(asked),
    programs: found.map(({ program, atBeginning, totals: { churn, ...totals }, days }) => ({
      program,
      at_beginning: atBeginning,
      totals: { ...shown(totals), churn },
      days: days.map(({ day, subscribed, ...growth }) => ({ day, ...shown(growth), subscribed })),
    })),
  };
}, 'Ask again later.');

const shown = ({ 'opted-out': opted_out, ...growth }: Growth & { net: number }) => ({ ...growth, opted_out });

const growthForms = csvOfAnswer(
  ['program', 'day', ...Object.keys(figures), 'subscribed'],
  showGrowth,
  ({ programs }) => programs.flatMap(({ program, days }) => days.map((day) => ({ program, ...day }))),
);

async function counted<T>(context: Pick<AppContext, 'store'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NotCounted)) throw error;
    const detail = `The counts are behind the ledger. ${await whoMakes(context, 'count-moves')} Ask again in some minutes.`;
    throw new Problem('unavailable', detail, {}, { 'Retry-After': '300' });
  }
}

const bySource = Object.fromEntries(OPT_OUT_SOURCES.map((source) => [source, count])) as Record<
  (typeof OPT_OUT_SOURCES)[number],
  typeof count
>;
const optOutsQuery = z.strictObject(reportFields);
const optOutsAnswer = shape('OptOutReport', {
  ...periodShape,
  attribution_hours: z.number().meta({
    description:
      'An opt-out counts for the campaign with the last message in so many hours before the opt-out.',
  }),
  rows: z.array(
    shape('OptOutReportRow', {
      campaign: z
        .string()
        .nullable()
        .meta({ description: 'Null: no campaign texted these people in those hours.' }),
      delivered: count,
      opted_out: count,
      per_thousand: z
        .number()
        .nullable()
        .meta({ description: 'Opt-outs per thousand messages delivered in the same days.' }),
      by_source: shape('OptOutsBySource', bySource),
      complaints: count.meta({
        description:
          'People, subscribed or not, whose texts had words of complaint within `attribution_hours` after a message.',
      }),
    }),
  ),
});

type AskOptOuts = ApiRequest<{ query: typeof optOutsQuery }>;

/** Opt-outs of subscribed people, by the campaign before them and by what caused them. */
export const showOptOuts = orFewerDays(async ({ context, query }: AskOptOuts, left) => {
  const asked = askedOf(context, query);
  const found = await counted(context, () =>
    summed(context, () => optOutsOf(context, asked.programs, asked.period, left)),
  );
  return {
    ...shownPeriod(asked),
    attribution_hours: ATTRIBUTION_HOURS,
    rows: found.map(({ campaign, delivered, optedOut, perThousand, bySource: sources, complaints }) => ({
      campaign,
      delivered,
      opted_out: optedOut,
      per_thousand: perThousand,
      by_source: Object.fromEntries(
        OPT_OUT_SOURCES.map((source) => [source, sources.get(source) ?? 0]),
      ) as Record<(typeof OPT_OUT_SOURCES)[number], number>,
      complaints,
    })),
  };
});

const optOutsForms = csvOfAnswer(
  ['campaign', 'delivered', 'opted_out', 'per_thousand', ...OPT_OUT_SOURCES, 'complaints'],
  showOptOuts,
  ({ rows }) => rows.map(({ by_source, ...row }) => ({ ...row, ...by_source })),
);

/** How people came and left, as JSON or CSV. */
export const GROWTH_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/reports/growth',
    id: 'getGrowthReport',
    returns: 'How many people came to each program and left it, in all and day by day.',
    scope: 'reports:read',
    summary: 'Show how people came to each program and left it, day by day.',
    query: growthQuery,
    answer: growthAnswer,
    problems: ['unprocessable'],
    forms: growthForms,
    handle: showGrowth,
  }),
  defineRoute({
    method: 'get',
    path: '/reports/opt-outs',
    id: 'getOptOutReport',
    returns: 'The opt-outs and complaints after each campaign.',
    scope: 'reports:read',
    summary: 'Show opt-outs per campaign and per thousand delivered, what brought them, and complaints.',
    query: optOutsQuery,
    answer: optOutsAnswer,
    problems: ['unprocessable'],
    forms: optOutsForms,
    handle: showOptOuts,
  }),
];
