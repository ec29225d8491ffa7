import type { AppContext } from '../consent/app-context.ts';
import { openEntry } from '../consent/ledger/ledger.ts';
import type { Witness } from '../consent/maintenance/number-findings.ts';
import { carrierRule } from '../domain/consent/ledger-reasons.ts';
import { grouped } from '../domain/grouped.ts';
import { mask } from '../domain/numbers.ts';
import { type JobCounts, sumOfJobs } from '../domain/reports/job-counts.ts';
import {
  type CleanDay,
  cleanDays,
  cleanTotals,
  isOfSender,
  type LeavingKind,
  whyItLeft,
} from '../domain/reports/list-hygiene.ts';
import { boundsOf, dayAt, daysOf, type Period } from '../domain/reports/period.ts';
import { type ContactDoc, findContacts } from '../store/contacts/contacts.ts';
import { numberOf, unlessClosed } from '../store/contacts/open-contact.ts';
import { readJobDays } from '../store/jobs.ts';
import { WHOLE_TIME } from '../store/reports/limits.ts';
import {
  countHygiene,
  pageRemovals,
  type Removal,
  type RemovalPlace,
} from '../store/reports/list-hygiene.ts';
import { openHolderKey } from '../store/sealing/keys.ts';

export const spanOf = (zone: string, { since, until }: Period): { from: Date; to: Date } => ({
  from: boundsOf(zone, since).from,
  to: boundsOf(zone, until).to,
});

/** The list clean-up of one day, and what the job runs did that ended on that day. */
type Day = CleanDay & { jobs: JobCounts };

/**
 * What list clean-up did, day by day. Numbers are counted from the ledger itself; everything else is what the jobs
 * reported.
 */
export async function listQuality(
  context: Pick<AppContext, 'store'>,
  { period, zone }: { period: Period; zone: string },
  left = WHOLE_TIME,
): Promise<{ days: Day[]; totals: Omit<Day, 'day'> }> {
  const found = await countHygiene(context.store, spanOf(zone, period), left());
  const counts = found.map(({ at, ...count }) => ({ ...count, day: dayAt(zone, at) }));
  const runs = await readJobDays(context.store, period, left());
  const byDay = grouped(runs, ({ day }) => day);
  const days = cleanDays(daysOf(period), counts).map((day) => ({
    ...day,
    jobs: sumOfJobs(byDay.get(day.day) ?? []),
  }));
  return { days, totals: { ...cleanTotals(counts), jobs: sumOfJobs(runs) } };
}

/**
 * How a number left the active list, by the kind of its ledger entry. A number closed to one sender only did not
 * leave.
 */
const LEFT_BY = {
  'number-suppressed': 'suppressed',
  ended: 'ended',
  'carrier-blocked': 'blocked',
  withdrawn: 'opted-out',
} as const satisfies Record<LeavingKind, string>;
const CLOSED_TO_SENDER = 'suppressed-for-sender';
export const HOW_REMOVED = [...Object.values(LEFT_BY), CLOSED_TO_SENDER] as const;

/** One number that left the active list, with its ledger entry, rule and delivery reports. */
export type Removed = {
  contact: string;
  /** Null when the person is erased or cannot be opened. */
  masked: string | null;
  seq: number;
  what: (typeof HOW_REMOVED)[number];
  program: string | null;
  at: Date;
  reason: string;
  sentence: string;
  /** Null when the evidence is erased. */
  evidence: { rule: string; receipts: Witness[] } | null;
  place: RemovalPlace;
};

export async function removedNumbers(
  context: Pick<AppContext, 'ring' | 'store'>,
  page: { from: Date; to: Date; after: RemovalPlace | null; limit: number },
): Promise<Removed[]> {
  const entries = await pageRemovals(context.store, page);
  const contacts = await findContacts(context.store, [...new Set(entries.map(({ contact }) => contact))]);
  const holders = new Map(contacts.map((contact) => [contact._id, contact]));
  return entries.map((entry) => removedBy(context, entry, holders.get(entry.contact)));
}

function removedBy(
  context: Pick<AppContext, 'ring'>,
  entry: Removal,
  holder: ContactDoc | undefined,
): Removed {
  const { contact, seq, program, scope, recordedAt: at, place } = entry;
  const [reason, kind] = [entry.reason ?? '', entry.kind as LeavingKind];
  const living = holder !== undefined && holder.sealed !== null;
  return {
    contact,
    seq,
    program,
    at,
    reason,
    place,
    masked: living ? unlessClosed(() => mask(numberOf(context.ring, holder))) : null,
    what: kind === 'number-suppressed' && isOfSender(scope) ? CLOSED_TO_SENDER : LEFT_BY[kind],
    sentence: whyItLeft(kind, reason, scope),
    evidence: holder === undefined ? null : unlessClosed(() => evidenceOf(context, entry, holder)),
  };
}

/**
 * The JSON in the ledger: the evidence of a rule, which may rest on no delivery report, or the one report with
 * which the carrier said so.
 */
type Evidence =
  | { rule: string; receipts?: (Omit<Witness, 'at'> & { at: string })[] }
  | { delivery: string; code: string; at: string };

function evidenceOf(
  context: Pick<AppContext, 'ring'>,
  entry: Removal,
  { _id, keys }: ContactDoc,
): Removed['evidence'] {
  if (entry.sealed === null || keys.evidence === null) return null;
  const opened = openEntry(entry, openHolderKey(context.ring, _id, keys, 'evidence'));
  const origin = opened?.origin?.[1];
  if (origin === undefined) return null;
  const evidence = JSON.parse(origin) as Evidence;
  if ('delivery' in evidence) {
    const { delivery, code, at } = evidence;
    return { rule: carrierRule(code), receipts: [{ delivery, code, at: new Date(at) }] };
  }
  const { rule, receipts = [] } = evidence;
  return { rule, receipts: receipts.map((receipt) => ({ ...receipt, at: new Date(receipt.at) })) };
}
