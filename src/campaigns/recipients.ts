import type { AppContext } from '../consent/app-context.ts';
import type { Filter } from '../domain/segments/clauses/clause.ts';
import { compile } from '../domain/segments/query.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { type Population, wholePopulation } from '../domain/statistics.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { countEnds, countMissed, type Missed, missedAmong, missedPage } from '../store/campaigns/resend.ts';
import {
  type AudiencePage,
  COUNT_MS,
  contactsAmong,
  countAudience,
  type Gathered,
  readAudience,
} from '../store/contacts/audience.ts';
import { isTimeLimit } from '../store/database-errors.ts';
import type { Store } from '../store/store.ts';
import { CountTimedOut, uncounted } from './errors.ts';

type Clocked = Pick<AppContext, 'store' | 'monotonic'>;

/** The longest time that a person waits for a preview, ms. */
const PREVIEW_MS = 5000;

function timer({ monotonic }: Clocked, budgetMs: number): () => number {
  const until = monotonic() + budgetMs;
  return () => until - monotonic();
}

/**
 * Counts the people who missed the campaign that the resend `self` makes up for, up to `most`; null where the count
 * takes longer than `budgetMs`.
 */
async function countResendRecipients(
  context: Clocked,
  missed: Missed,
  self: string,
  { most, budgetMs }: { most: number | null; budgetMs: number },
): Promise<number | null> {
  const asked = { leftMs: timer(context, budgetMs), most: most ?? Number.POSITIVE_INFINITY };
  const { people, whole } = await countMissed(context.store, missed, self, asked);
  return whole ? people : null;
}

/**
 * Estimates how many people after the contact `after` missed the campaign, from those counted in five seconds, `step`
 * deliveries per query; null where nothing was counted.
 */
export async function estimateResendRecipients(
  context: Clocked,
  missed: Missed,
  self: string,
  { after = null, ...steps }: { after?: string | null; step?: number } = {},
): Promise<Population | null> {
  const asked = { leftMs: timer(context, PREVIEW_MS), after, ...steps };
  const { people, rows, whole } = await countMissed(context.store, missed, self, asked);
  if (whole) return wholePopulation(people);
  if (rows === 0) return null;
  const limits = { after, budgetMs: PREVIEW_MS };
  const all = await countEnds(context.store, missed.of, limits).catch((error: unknown) => {
    if (isTimeLimit(error)) return null;
    throw error;
  });
  return all === null ? null : { fitting: people, sample: rows, all: Math.max(all, rows) };
}

/**
 * Counts the people who missed the campaign, with the ids of `some` of them, a sample that is spread over the whole
 * range of ids; null where the count takes longer than five seconds.
 */
export async function gatherResendRecipients(
  context: Clocked,
  missed: Missed,
  self: string,
  some: number,
): Promise<Gathered | null> {
  const asked = { leftMs: timer(context, PREVIEW_MS), some };
  const { people, ids, whole } = await countMissed(context.store, missed, self, asked);
  return whole ? { people, ids } : null;
}

/**
 * A page of the campaign's audience, from after its cursor on: the matches of its segment, or, for a resend, the
 * people who missed the other campaign.
 */
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

/**
 * People who became contacts later are left out. Otherwise an A/B test, which may wait two weeks for its winner,
 * would send to people who never belonged to its audience.
 */
const recipientFilter = ({
  segment,
  at,
}: Pick<NonNullable<CampaignDoc['frozen']>, 'segment' | 'at'>): Filter => ({
  $and: [compile(segment, at), { createdAt: { $lte: at } }],
});

/**
 * The audience of a preview: for a started campaign its own audience, otherwise the matches of its segment at `at`.
 */
export const previewFilter = (
  { campaign: { frozen, repeat }, segment }: { campaign: CampaignDoc; segment: Resolved },
  at: Date,
): Filter => (frozen === null || repeat !== undefined ? compile(segment, at) : recipientFilter(frozen));

/** Those of the contacts who are in the campaign's audience. */
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
 * Counts the audience of a campaign at a moment, whether or not its people may be texted, up to `most`, and only
 * after the contact `after` (which a resend ignores). Throws `CountTimedOut` where the count takes longer than
 * `budgetMs`.
 */
export async function countRecipients(
  context: Pick<AppContext, 'monotonic' | 'store'>,
  campaign: CampaignDoc,
  count: { segment: Resolved; at: Date; most: number | null; budgetMs?: number; after?: string | null },
): Promise<number> {
  const { _id, missed } = campaign;
  const { segment, at, most, budgetMs = COUNT_MS, after = null } = count;
  const why = uncounted({ missed: missed !== undefined, budgetMs, started: campaign.frozen !== null });
  if (missed !== undefined) {
    const people = await countResendRecipients(context, missed, _id, { most, budgetMs });
    if (people === null) throw new CountTimedOut(why);
    return people;
  }
  const all = campaign.frozen === null ? compile(segment, at) : recipientFilter({ segment, at });
  const recipients = after === null ? all : { $and: [all, { _id: { $gt: after } }] };
  return countAudience(context.store, recipients, { most, budgetMs }).catch((error: unknown) => {
    if (isTimeLimit(error)) throw new CountTimedOut(why, 'segment');
    throw error;
  });
}

/** People in one batch: some hundred ms of work, after which a pause or a cancel takes effect. */
export const BATCH_SIZE = 500;
