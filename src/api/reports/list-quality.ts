import { z } from 'zod';
import { CONSENT_END_REASONS, type ConsentEndReason } from '../../domain/consent/consent-state.ts';
import type { JobCounts } from '../../domain/reports/job-counts.ts';
import type { CleanDay } from '../../domain/reports/list-hygiene.ts';
import { incidentsDuring } from '../../receipts/incidents.ts';
import {
  HOW_REMOVED,
  listQuality,
  type Removed,
  removedNumbers,
  spanOf,
} from '../../reports/cleanup-report.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from '../http/route.ts';
import { contactId, iso, page, paging, shape, time, toPage } from '../http/shapes.ts';
import { type CsvRow, csv } from '../http/streaming.ts';
import { incidentsAnswer, shownIncident } from '../incidents.ts';
import {
  askedOfList,
  csvOfAnswer,
  orFewerDays,
  type PeriodQuery,
  periodShape,
  reportFields,
  shownPeriod,
} from './deliverability.ts';

const REASONS = Object.keys(CONSENT_END_REASONS) as [ConsentEndReason, ...ConsentEndReason[]];
const byRule = z.array(shape('CountByRule', { rule: z.string(), count: z.number() }));
const byReason = Object.fromEntries(REASONS.map((reason) => [reason, z.number()])) as Record<
  ConsentEndReason,
  z.ZodNumber
>;
const figures = {
  suppressed: z
    .number()
    .meta({ description: 'Numbers that can receive no texts for now. Their consent stays.' }),
  suppressed_by: byRule,
  restored: z.number().meta({ description: 'Numbers that were found to receive texts again.' }),
  restored_by: byRule,
  suppressed_for_sender: z.number().meta({
    description:
      'Numbers that can receive no texts from one of our senders for now. Other senders still text them.',
  }),
  restored_for_sender: z.number(),
  carrier_blocked: z.number().meta({
    description: 'Numbers for which a receipt says that the carrier blocks one of our senders or services.',
  }),
  carrier_blocked_by: byRule,
  carrier_opted_out: z.number().meta({
    description:
      'People whose opt-out never reached us, as a receipt reports. The opt-out ends everything except what the person confirmed after it.',
  }),
  carrier_opted_out_by: byRule,
  jobs: z.record(z.string(), z.record(z.string(), z.number())).meta({
    description:
      'For each job, the sums of what its runs did that ended on the day. What a run left undone, or checks anew each night, is not included.',
  }),
  consents_ended: shape('ConsentsEnded', byReason).meta({
    description: 'Consents that ended without an opt-out, by reason: one for each program of the person.',
  }),
};

/**
 * Most incidents that the report shows. Without Lookup, each area code that a network serves is an incident of its
 * own.
 */
const INCIDENTS_SHOWN = 100;

const { program: _, ...wholeList } = reportFields;
const listQualityQuery = z.strictObject(wholeList);
const listQualityAnswer = shape('ListQualityReport', {
  ...periodShape,
  totals: shape('ListQualityTotals', figures),
  incidents: incidentsAnswer.shape.items.meta({
    description:
      'The newest incidents with an hour in these days, each as a whole. Their failures counted against no number, except in hours that a person dismissed.',
  }),
  incidents_left: z.number().meta({
    description: `The number of older incidents with an hour in these days, when there are more than ${INCIDENTS_SHOWN}. Ask for fewer days to see them.`,
  }),
  days: z.array(shape('ListQualityDay', { day: z.iso.date(), ...figures })),
});

type Ask = ApiRequest<{ query: typeof listQualityQuery }>;

/** The numbers that list clean-up removed each day, counted from the ledger. */
export const showListQuality = orFewerDays(async ({ context, query }: Ask, left) => {
  const asked = askedOfList(context, query);
  const { days, totals } = await listQuality(context, asked, left);
  const incidents = await incidentsDuring(context, spanOfAsked(asked));
  return {
    ...shownPeriod(asked),
    totals: figuresOf(totals),
    incidents: incidents.slice(0, INCIDENTS_SHOWN).map(shownIncident),
    incidents_left: Math.max(0, incidents.length - INCIDENTS_SHOWN),
    days: days.map((day) => ({ day: day.day, ...figuresOf(day) })),
  };
});

const figuresOf = (of: Omit<CleanDay, 'day'> & { jobs: JobCounts }) => ({
  suppressed: of.suppressed,
  suppressed_by: of.suppressedBy,
  restored: of.restored,
  restored_by: of.restoredBy,
  suppressed_for_sender: of.suppressedForSender,
  restored_for_sender: of.restoredForSender,
  carrier_blocked: of.carrierBlocked,
  carrier_blocked_by: of.carrierBlockedBy,
  carrier_opted_out: of.carrierOptedOut,
  carrier_opted_out_by: of.carrierOptedOutBy,
  consents_ended: of.ended,
  jobs: of.jobs,
});

const listQualityForms = csvOfAnswer(
  [
    ...['day', 'suppressed', 'restored', 'suppressed_for_sender', 'restored_for_sender'],
    ...REASONS.map((reason) => `ended_${reason.replace('-', '_')}`),
    ...['carrier_blocked', 'carrier_opted_out'],
  ],
  showListQuality,
  ({ days }) =>
    days.map((day) => ({
      day: day.day,
      suppressed: day.suppressed,
      restored: day.restored,
      suppressed_for_sender: day.suppressed_for_sender,
      restored_for_sender: day.restored_for_sender,
      carrier_blocked: day.carrier_blocked,
      carrier_opted_out: day.carrier_opted_out,
      ...Object.fromEntries(
        REASONS.map((reason) => [`ended_${reason.replace('-', '_')}`, day.consents_ended[reason]]),
      ),
    })),
);

const receipt = shape('ReceiptRef', {
  delivery: z.string(),
  code: z.string().nullable(),
  at: time,
});
const removed = shape('RemovedNumber', {
  contact: contactId,
  masked: z.string().nullable().meta({ description: 'The masked number. Null once the person is erased.' }),
  entry: z
    .number()
    .meta({ description: 'The place of the entry in the ledger of the contact, /consent-records.' }),
  at: time,
  what: z.enum(HOW_REMOVED).meta({
    description:
      '`suppressed-for-sender`: only one sender may not text the number. `blocked` and `opted-out`: at the carrier, as a receipt reported; an `opted-out` opt-out had not reached us.',
  }),
  program: z
    .string()
    .nullable()
    .meta({ description: 'The program whose consent ended. Null: the entry is about no single program.' }),
  reason: z.string(),
  sentence: z.string(),
  rule: z.string().nullable(),
  receipts: z
    .array(receipt)
    .meta({ description: 'The receipts on which the rule rests. Empty once the evidence is erased.' }),
});

const removedQuery = z.strictObject({
  ...wholeList,
  ...paging('removed', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [0-9a-f]{24}$/),
});
const removedAnswer = page(removed);

type AskRemoved = ApiRequest<{ query: typeof removedQuery }>;

/** Every number that left the active list, oldest first, with the rule and the delivery reports that removed it. */
const listRemoved = orFewerDays(async ({ context, query }: AskRemoved) => {
  const { cursor, limit } = query;
  const [at, id] = cursor?.split(' ') ?? [];
  const after = at === undefined || id === undefined ? null : { at: new Date(at), id };
  const found = await removedNumbers(context, {
    ...spanOfAsked(askedOfList(context, query)),
    after,
    limit: limit + 1,
  });
  const { rows, next_cursor } = toPage('removed', found, limit, ({ place }) => placeIn(place));
  return { items: rows.map(shown), next_cursor };
});

type RemovalPlace = Removed['place'];

const spanOfAsked = ({ zone, period }: PeriodQuery) => spanOf(zone, period);
const placeIn = ({ at, id }: RemovalPlace): string => `${iso(at)} ${id}`;

function shown({ evidence, at, seq, place: _, ...entry }: Removed) {
  const receipts = (evidence?.receipts ?? []).map((each) => ({ ...each, at: iso(each.at) }));
  return { ...entry, entry: seq, at: iso(at), rule: evidence?.rule ?? null, receipts };
}

const PAGE = 500;

/** All of them, page by page: the list may not fit into memory. */
async function* removedRows({ context, query }: AskRemoved): AsyncGenerator<CsvRow> {
  const span = spanOfAsked(askedOfList(context, query));
  for (let after: RemovalPlace | null = null; ; ) {
    const found: Removed[] = await removedNumbers(context, { ...span, after, limit: PAGE });
    for (const removed of found) {
      const { receipts, ...row } = shown(removed);
      yield {
        ...row,
        receipts: receipts.map(({ delivery, code, at }) => `${delivery} ${code} ${at}`).join('; '),
      };
    }
    after = found.at(-1)?.place ?? null;
    if (found.length < PAGE) return;
  }
}

const removedForms = {
  csv: csv(
    ['at', 'contact', 'masked', 'entry', 'what', 'program', 'reason', 'sentence', 'rule', 'receipts'],
    removedRows,
  ),
};

/** Routes of the reports on list clean-up, as JSON or CSV. */
export const LIST_QUALITY_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/reports/list-quality',
    id: 'getListQualityReport',
    returns: 'What the clean-up did, in all and day by day, with the incidents of these days.',
    scope: 'reports:read',
    summary: 'Show day by day what the clean-up did to the list.',
    query: listQualityQuery,
    answer: listQualityAnswer,
    problems: ['unprocessable'],
    forms: listQualityForms,
    handle: showListQuality,
  }),
  defineRoute({
    method: 'get',
    path: '/reports/list-quality/removed',
    id: 'listRemovedNumbers',
    returns: 'One page of removed numbers, the oldest first.',
    scope: 'contacts:read',
    summary: 'List every number that the clean-up or a receipt took off, with the rule and the receipts.',
    query: removedQuery,
    answer: removedAnswer,
    problems: ['unprocessable'],
    forms: removedForms,
    handle: listRemoved,
  }),
];
