import type { Figures } from '../domain/campaigns/breaker.ts';
import { OUTCOMES } from '../domain/reports/tally.ts';
import { campaignRowId } from './campaign-row.ts';
import { type DeliveryDoc, type DeliveryState, OF_CAMPAIGN } from './deliveries.ts';
import type { Store } from './store.ts';

/** States of what was handed over, or may have been. */
export const LEFT = OUTCOMES;

/** Longest that one figure may take in the database, ms. */
const BUDGET_MS = 5000;

/** People of one look: beyond, a rule has spoken long since. */
const MOST = 20_000;

/** What became of the messages of a campaign that were decided since a moment: index keys, and the rows that failed. */
export async function figuresSince(store: Store, campaign: string, since: Date): Promise<Figures> {
  const [left, failed, lost, optOuts, complaints] = await Promise.all([
    countLeft(store, campaign, since),
    failedByCode(store, campaign, since),
    countLost(store, campaign, since),
    countOptOuts(store, campaign, since),
    countComplaints(store, campaign, since),
  ]);
  return { left: left.all + lost, failed, unknown: left.unknown + lost, optOuts, complaints };
}

const counted = { hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS };

async function countLeft(store: Store, campaign: string, since: Date) {
  const match = { campaign, state: { $in: [...LEFT] }, 'decision.at': { $gte: since } };
  const rows = await store.deliveries
    .aggregate<{ _id: DeliveryState; count: number }>(
      [{ $match: match }, { $group: { _id: '$state', count: { $sum: 1 } } }],
      counted,
    )
    .toArray();
  const all = rows.reduce((sum, { count }) => sum + count, 0);
  return { all, unknown: rows.find(({ _id }) => _id === 'unknown')?.count ?? 0 };
}

async function failedByCode(store: Store, campaign: string, since: Date): Promise<Map<string, number>> {
  const state = { $in: ['failed' as const, 'undelivered' as const] };
  const rows = await store.deliveries
    .aggregate<{ _id: string | null; count: number }>(
      [
        { $match: { campaign, state, 'decision.at': { $gte: since } } },
        { $limit: MOST },
        { $group: { _id: '$error', count: { $sum: 1 } } },
      ],
      counted,
    )
    .toArray();
  return new Map(rows.map(({ _id, count }) => [_id ?? 'none', count]));
}

/** Rows whose process died before it could write its decision: they are dated by their lease. */
async function countLost(store: Store, campaign: string, since: Date): Promise<number> {
  return store.deliveries.countDocuments(
    { campaign, state: 'unknown', decision: null, leaseUntil: { $gte: since } },
    { hint: OF_CAMPAIGN, limit: MOST, maxTimeMS: BUDGET_MS },
  );
}

async function countOptOuts(store: Store, campaign: string, since: Date): Promise<number> {
  const rows = await store.suppressions
    .find(
      { kind: 'opt-out', since: { $gte: since } },
      { projection: { _id: 0, index: 1, since: 1 }, limit: MOST, maxTimeMS: BUDGET_MS },
    )
    .toArray();
  const latest = new Map<string, Date>();
  for (const row of rows) latest.set(campaignRowId(campaign, row.index), row.since);
  const ids = [...latest.keys()];
  const texted = await leftAmong(store, { _id: { $in: ids } }, since, { _id: 1 });
  return texted.filter((row) => after(row, latest.get(row._id))).length;
}

async function countComplaints(store: Store, campaign: string, since: Date): Promise<number> {
  const texts = await store.inbound
    .find(
      { complaint: true, receivedAt: { $gte: since } },
      { projection: { contact: 1, receivedAt: 1 }, limit: MOST, maxTimeMS: BUDGET_MS },
    )
    .sort({ receivedAt: 1 })
    .toArray();
  const latest = new Map(texts.map((text) => [text.contact ?? '', text.receivedAt]));
  const contacts = { contact: { $in: [...latest.keys()] }, campaign };
  const texted = await leftAmong(store, contacts, since, 'of-contact');
  return new Set(texted.filter((row) => after(row, latest.get(row.contact))).map((row) => row.contact)).size;
}

type Texted = Pick<DeliveryDoc, '_id' | 'contact' | 'decision'>;

const after = ({ decision }: Texted, at: Date | undefined): boolean =>
  decision !== null && at !== undefined && at >= decision.at;

async function leftAmong(store: Store, which: object, since: Date, hint: string | object): Promise<Texted[]> {
  return store.deliveries
    .find(
      { ...which, state: { $in: [...LEFT] }, 'decision.at': { $gte: since } },
      { projection: { contact: 1, decision: 1 }, hint: hint as string, maxTimeMS: BUDGET_MS },
    )
    .toArray();
}
