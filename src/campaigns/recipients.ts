import type { AppContext } from '../consent/app-context.ts';
import type { Filter } from '../domain/segments/clauses/clause.ts';
import { compile } from '../domain/segments/query.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { countEnds, countMissed, type Missed, missedAmong, missedPage } from '../store/campaigns/resend.ts';
import {
  type AudiencePage,
  COUNT_MS,
  contactsAmong,
  countAudience,
  readAudience,
} from '../store/contacts/audience.ts';
import { isTimeLimit } from '../store/database-errors.ts';
import type { Store } from '../store/store.ts';
import { CountTimedOut, uncounted } from './errors.ts';

type Clocked = Pick<AppContext, 'store' | 'monotonic'>;

/** Longest that somebody waits for a preview, ms. */
const PREVIEW_MS = 5000;

function timer({ monotonic }: Clocked, budgetMs: number): () => number {
  const until = monotonic() + budgetMs;
  return () => until - monotonic();
}

/**
 * How many missed a campaign that `self` makes up for, counted up to `most`; null where they are too many to be counted
 * in `budgetMs`.
 */
async function countResendRecipients(
  desk: Clocked,
  missed: Missed,
  self: string,
  { most, budgetMs }: { most: number | null; budgetMs: number },
): Promise<number | null> {
  const asked = { leftMs: timer(desk, budgetMs), most: most ?? Number.POSITIVE_INFINITY };
  const { people, whole } = await countMissed(desk.store, missed, self, asked);
  return whole ? people : null;
}

/**
 * How many missed it, by those who were counted in five seconds, `step` rows at once, where there are more; null where
 * that is nobody.
 */
export async function estimateResendRecipients(
  desk: Clocked,
  missed: Missed,
  self: string,
  step?: number,
): Promise<number | null> {
  const asked = { leftMs: timer(desk, PREVIEW_MS), ...(step === undefined ? {} : { step }) };
  const { people, rows, whole } = await countMissed(desk.store, missed, self, asked);
  if (whole) return people;
  if (rows === 0) return null;
  const all = await countEnds(desk.store, missed.of, PREVIEW_MS).catch((error: unknown) => {
    if (isTimeLimit(error)) return null;
    throw error;
  });
  return all === null ? null : Math.round((people / rows) * Math.max(all, rows));
}

/** Whoever fits its segment, or did not get the campaign it makes up for; from after its cursor on. */
export async function readRecipients(
  store: Store,
  campaign: CampaignDoc,
  limit: number,
): Promise<AudiencePage> {
  const { frozen, missed, plan } = campaign;
  if (frozen === null) throw new Error('a campaign was started without what it needs');
  const page = { after: plan.cursor, limit };
  if (missed !== undefined) return missedPage(store, missed, campaign._id, page);
  return readAudience(store, recipientFilter(frozen), page);
}

/** Whoever became a contact later is not of it: a test of two versions may wait two weeks for its winner. */
const recipientFilter = ({
  segment,
  at,
}: Pick<NonNullable<CampaignDoc['frozen']>, 'segment' | 'at'>): Filter => ({
  $and: [compile(segment, at), { createdAt: { $lte: at } }],
});

/** Whom a preview speaks of: of what was started those whom it goes to, else whoever fits its segment at a moment. */
export const previewFilter = (
  { campaign: { frozen, repeat }, segment }: { campaign: CampaignDoc; segment: Resolved },
  at: Date,
): Filter => (frozen === null || repeat !== undefined ? compile(segment, at) : recipientFilter(frozen));

/** Who of some contacts is in its audience. */
export async function recipientsAmong(
  store: Store,
  { _id, frozen, missed }: CampaignDoc,
  contacts: readonly string[],
): Promise<ReadonlySet<string>> {
  if (frozen === null) throw new Error('a campaign was started without what it needs');
  if (missed !== undefined) return missedAmong(store, missed, _id, contacts);
  return contactsAmong(store, recipientFilter(frozen), contacts);
}

/**
 * How many people a draft reaches at a moment, whether or not they may be texted; no more are counted than `most`, and
 * none up to the contact `after`, but of those who missed another. Throws `Uncounted` where that takes longer than `budgetMs`.
 */
export async function countRecipients(
  desk: AppContext,
  campaign: CampaignDoc,
  count: { segment: Resolved; at: Date; most: number | null; budgetMs?: number; after?: string | null },
): Promise<number> {
  const { _id, missed } = campaign;
  const { segment, at, most, budgetMs = COUNT_MS, after = null } = count;
  const why = uncounted({ missed: missed !== undefined, budgetMs, started: campaign.frozen !== null });
  if (missed !== undefined) {
    const people = await countResendRecipients(desk, missed, _id, { most, budgetMs });
    if (people === null) throw new CountTimedOut(why);
    return people;
  }
  const all = campaign.frozen === null ? compile(segment, at) : recipientFilter({ segment, at });
  const who = after === null ? all : { $and: [all, { _id: { $gt: after } }] };
  return countAudience(desk.store, who, { most, budgetMs }).catch((error: unknown) => {
    if (isTimeLimit(error)) throw new CountTimedOut(why, 'segment');
    throw error;
  });
}

/** People of one slice: some hundred ms of work, after which a pause or a cancel is seen. */
export const SLICE = 500;
