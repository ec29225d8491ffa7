import { type Figures, shareOf } from '../../domain/campaigns/breaker.ts';
import { OUTCOMES } from '../../domain/reports/tally.ts';
import { type DeliveryDoc, type DeliveryState, FAILURES, OF_CAMPAIGN } from '../deliveries/deliveries.ts';
import type { Store } from '../store.ts';
import { campaignRowId } from './row.ts';

/** States of what was handed over, or may have been. */
export const LEFT = OUTCOMES;

/** Longest that one figure may take in the database, ms. */
const BUDGET_MS = 5000;

/** Documents that one question reads at most, the newest: what there is beyond them is taken to be as they are. */
const MOST = 20_000;

/**
 * What became of the messages of a campaign that were decided since a moment: counts from index keys, and codes and
 * opt-outs from what is read at most.
 */
export async function figuresSince(
  store: Store,
  campaign: string,
  since: Date,
  most = MOST,
): Promise<Figures> {
  const [newest, lost, optOuts, complaints] = await Promise.all([
    Promise.all(FAILURES.map((state) => newestByCode(store, { campaign, state, since, most }))),
    countLost(store, campaign, since),
    countOptOuts(store, campaign, since, most),
    countComplaints(store, campaign, since),
  ]);
  // Last: else one that leaves meanwhile, and fails, would be a hit of no message.
  const left = await countLeft(store, campaign, since);
  const failed = failedByCode(newest, left, most);
  const all = lost + LEFT.reduce((sum, state) => sum + (left.get(state) ?? 0), 0);
  const failures = FAILURES.reduce((sum, state) => sum + (left.get(state) ?? 0), 0);
  const unknown = (left.get('unknown') ?? 0) + lost;
  return { left: all, failures, failed, unknown, optOuts: Math.min(optOuts, all), complaints };
}

const counted = { hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS };

async function countLeft(store: Store, campaign: string, since: Date): Promise<Map<DeliveryState, number>> {
  const match = { campaign, state: { $in: [...LEFT] }, 'decision.at': { $gte: since } };
  const rows = await store.deliveries
    .aggregate<{ _id: DeliveryState; count: number }>(
      [{ $match: match }, { $group: { _id: '$state', count: { $sum: 1 } } }],
      counted,
    )
    .toArray();
  return new Map(rows.map(({ _id, count }) => [_id, count]));
}

type Failed = { state: DeliveryState; read: number; codes: Map<string, number> };
type Sample = { campaign: string; state: DeliveryState; since: Date; most: number };

async function newestByCode(store: Store, { campaign, state, since, most }: Sample): Promise<Failed> {
  const rows = await store.deliveries
    .aggregate<{ _id: string | null; count: number }>(
      [
        { $match: { campaign, state, 'decision.at': { $gte: since } } },
        { $sort: { 'decision.at': -1 } },
        { $limit: most },
        { $group: { _id: '$error', count: { $sum: 1 } } },
      ],
      counted,
    )
    .toArray();
  const read = rows.reduce((sum, { count }) => sum + count, 0);
  return { state, read, codes: new Map(rows.map(({ _id, count }) => [_id ?? 'none', count])) };
}

/** Each state by its own rows: what a carrier refuses at once and what it filters later have other codes. */
function failedByCode(
  newest: readonly Failed[],
  left: ReadonlyMap<DeliveryState, number>,
  most: number,
): Map<string, number> {
  const failed = new Map<string, number>();
  for (const { state, read, codes } of newest) {
    const all = read < most ? read : Math.max(read, left.get(state) ?? 0);
    for (const [code, count] of codes) failed.set(code, (failed.get(code) ?? 0) + shareOf(all, count, read));
  }
  return failed;
}

/** Rows whose process died before it could write its decision: they are dated by their lease. */
async function countLost(store: Store, campaign: string, since: Date): Promise<number> {
  return store.deliveries.countDocuments(
    { campaign, state: 'unknown', decision: null, leaseUntil: { $gte: since } },
    { hint: OF_CAMPAIGN, limit: MOST, maxTimeMS: BUDGET_MS },
  );
}

/** Of the whole house, since an opt-out names no campaign: those beyond what is read are as often of this one. */
async function countOptOuts(store: Store, campaign: string, since: Date, most: number): Promise<number> {
  const those = { kind: 'opt-out' as const, since: { $gte: since } };
  const rows = await store.suppressions
    .find(those, { projection: { _id: 0, index: 1, since: 1 }, limit: most, maxTimeMS: BUDGET_MS })
    .sort({ since: -1 })
    .toArray();
  const latest = new Map<string, Date>();
  for (const row of rows.reverse()) latest.set(campaignRowId(campaign, row.index), row.since);
  const ids = [...latest.keys()];
  const texted = await leftAmong(store, { _id: { $in: ids } }, since, { _id: 1 });
  const hits = texted.filter((row) => after(row, latest.get(row._id))).length;
  if (rows.length < most) return hits;
  const all = await store.suppressions.countDocuments(those, { maxTimeMS: BUDGET_MS });
  return shareOf(all, hits, rows.length);
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
