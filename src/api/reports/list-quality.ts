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
import type { RemovalPlace } from '../../store/reports/list-hygiene.ts';
import type { ApiRequest } from '../http/route.ts';
import { contactId, iso, page, paging, time, toPage } from '../http/shapes.ts';
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
const byRule = z.array(z.strictObject({ rule: z.string(), count: z.number() }));
const figures = {
  suppressed: z.number().meta({ description: 'Numbers that take no texts for now. Consent stays.' }),
  suppressed_by: byRule,
  restored: z.number().meta({ description: 'Numbers that were seen to take texts again.' }),
  restored_by: byRule,
  suppressed_for_sender: z.number().meta({
    description: 'Numbers that take no texts of one sender of ours for now; others go on texting them.',
  }),
  restored_for_sender: z.number(),
  carrier_blocked: z.number().meta({
    description: 'Numbers to which a receipt said that the carrier blocks a sender or service of ours.',
  }),
  carrier_blocked_by: byRule,
  carrier_opted_out: z.number().meta({
    description:
      'People of whom a receipt told an opt-out that never reached us, from everything but what they confirmed since.',
  }),
  carrier_opted_out_by: byRule,
  jobs: z.record(z.string(), z.record(z.string(), z.number())).meta({
    description:
      'By job, the sums of what its runs did that ended on the day. What a run left, or looks at anew each night, is in none.',
  }),
  consents_ended: z.record(z.enum(REASONS), z.number()).meta({
    description: 'Without an opt-out, by why; one for each program that the person was in.',
  }),
};

/**
 * Most incidents that the report shows. Without Lookup, each area code that a network serves is an incident of its
 * own.
 */
const INCIDENTS_SHOWN = 100;

const { program: _, ...wholeList } = reportFields;
export const listQualityQuery = z.strictObject(wholeList);
export const listQualityAnswer = z.strictObject({
  ...periodShape,
  totals: z.strictObject(figures),
  incidents: incidentsAnswer.shape.items.meta({
    description:
      'With an hour in these days, each whole, the newest. Their failures were held against no number, but for hours that a person dismissed.',
  }),
  incidents_left: z.number().meta({
    description: `Older ones with an hour in these days, where there are more than ${INCIDENTS_SHOWN}: ask for fewer days.`,
  }),
  days: z.array(z.strictObject({ day: z.iso.date(), ...figures })),
});

type Ask = ApiRequest<{ query: typeof listQualityQuery }>;

/** What list clean-up did, day by day, counted from the ledger. */
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

export const listQualityForms = csvOfAnswer(
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
        REASONS.map((one) => [`ended_${one.replace('-', '_')}`, day.consents_ended[one]]),
      ),
    })),
);

const receipt = z.strictObject({ delivery: z.string(), code: z.string().nullable(), at: time });
const removed = z.strictObject({
  contact: contactId,
  masked: z.string().nullable().meta({ description: 'Null once the person is erased.' }),
  entry: z.number().meta({ description: 'Its place in the ledger of the contact, /consent-records.' }),
  at: time,
  what: z.enum(HOW_REMOVED).meta({
    description:
      '`suppressed-for-sender`: closed to one sender alone. `blocked` and `opted-out`: at the carrier, as a receipt told; of the last we had not heard.',
  }),
  program: z.string().nullable().meta({ description: 'Whose consent ended; null: of no one program.' }),
  reason: z.string(),
  sentence: z.string(),
  rule: z.string().nullable(),
  receipts: z
    .array(receipt)
    .meta({ description: 'What the rule rests on. Gone once the evidence is erased.' }),
});

export const removedQuery = z.strictObject({
  ...wholeList,
  ...paging('removed', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [0-9a-f]{24}$/),
});
export const removedAnswer = page(removed);

type AskRemoved = ApiRequest<{ query: typeof removedQuery }>;

/** Every number that left the active list, oldest first, with the rule and the delivery reports that removed it. */
export const listRemoved = orFewerDays(async ({ context, query }: AskRemoved) => {
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

const spanOfAsked = ({ zone, period }: PeriodQuery) => spanOf(zone, period);
const placeIn = ({ at, id }: RemovalPlace): string => `${iso(at)} ${id}`;

function shown({ evidence, at, seq, place: _, ...one }: Removed) {
  const receipts = (evidence?.receipts ?? []).map((each) => ({ ...each, at: iso(each.at) }));
  return { ...one, entry: seq, at: iso(at), rule: evidence?.rule ?? null, receipts };
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

export const removedForms = {
  csv: csv(
    ['at', 'contact', 'masked', 'entry', 'what', 'program', 'reason', 'sentence', 'rule', 'receipts'],
    removedRows,
  ),
};
