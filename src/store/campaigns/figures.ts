import { type Figures, shareOf } from '../../domain/campaigns/auto-pause.ts';
import { HANDED_OVER_STATES } from '../../domain/reports/delivery-tally.ts';
import { DELIVERY_STATES } from '../../domain/sending/delivery-sentence.ts';
import { type Lane, laneOf } from '../../domain/sending/lanes.ts';
import type { Database } from '../collection.ts';
import { inbound } from '../consent/inbound-texts.ts';
import { suppressions } from '../consent/suppressions.ts';
import {
  type DeliveryDoc,
  type DeliveryState,
  deliveries,
  FAILURES,
  OF_CAMPAIGN,
  QUEUE,
} from '../deliveries/delivery.ts';
import { closedJourneyLanes } from '../journeys/runs.ts';

import { pausedLanes } from './ending.ts';
import { campaignRowId } from './messages.ts';

/** Time limit of one figure in the database, ms. */
const BUDGET_MS = 5000;

/** The most documents that one query reads, the newest ones. Counts beyond them are scaled up. */
const MOST = 20_000;

/**
 * The outcomes of a campaign's messages decided since a moment. Counts come from index keys; error codes and
 * opt-outs from at most `most` documents.
 */
export async function figuresSince(
  database: Database,
  campaign: string,
  since: Date,
  most = MOST,
): Promise<Figures> {
  const [newest, lost, optOuts, complaints] = await Promise.all([
    Promise.all(FAILURES.map((state) => newestByCode(database, { campaign, state, since, most }))),
    countLost(database, campaign, since),
    countOptOuts(database, campaign, since, most),
    countComplaints(database, campaign, since),
  ]);
  // Counted last. Otherwise a message that is sent and fails meanwhile would be a hit without a message.
  const left = await countLeft(database, campaign, since);
  const failed = failedByCode(newest, left, most);
  const all = lost + HANDED_OVER_STATES.reduce((sum, state) => sum + (left.get(state) ?? 0), 0);
  const failures = FAILURES.reduce((sum, state) => sum + (left.get(state) ?? 0), 0);
  const unknown = (left.get('unknown') ?? 0) + lost;
  return { left: all, failures, failed, unknown, optOuts: Math.min(optOuts, all), complaints };
}

const counted = { hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS };

async function countLeft(
  database: Database,
  campaign: string,
  since: Date,
): Promise<Map<DeliveryState, number>> {
  const match = { campaign, state: { $in: [...HANDED_OVER_STATES] }, 'decision.at': { $gte: since } };
  const rows = await deliveries(database)
    .aggregate<{ _id: DeliveryState; count: number }>(
      [{ $match: match }, { $group: { _id: '$state', count: { $sum: 1 } } }],
      counted,
    )
    .toArray();
  return new Map(rows.map(({ _id, count }) => [_id, count]));
}

type Failed = { state: DeliveryState; read: number; codes: Map<string, number> };
type Sample = { campaign: string; state: DeliveryState; since: Date; most: number };

async function newestByCode(database: Database, { campaign, state, since, most }: Sample): Promise<Failed> {
  const rows = await deliveries(database)
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

/** Scales each state by its own sample: failures at once and failures later have different codes. */
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

/** Counts deliveries whose process died before it saved its decision. The lease dates them. */
async function countLost(database: Database, campaign: string, since: Date): Promise<number> {
  return deliveries(database).countDocuments(
    { campaign, state: 'unknown', decision: null, leaseUntil: { $gte: since } },
    { hint: OF_CAMPAIGN, limit: MOST, maxTimeMS: BUDGET_MS },
  );
}

/**
 * Reads the opt-outs of the whole installation, since an opt-out names no campaign. Beyond the sample, this
 * campaign's share is taken to be the same.
 */
async function countOptOuts(
  database: Database,
  campaign: string,
  since: Date,
  most: number,
): Promise<number> {
  const those = { kind: 'opt-out' as const, since: { $gte: since } };
  const rows = await suppressions(database)
    .find(those, { projection: { _id: 0, index: 1, since: 1 }, limit: most, maxTimeMS: BUDGET_MS })
    .sort({ since: -1 })
    .toArray();
  const latest = new Map<string, Date>();
  for (const row of rows.reverse()) latest.set(campaignRowId(campaign, row.index), row.since);
  const ids = [...latest.keys()];
  const texted = await leftAmong(database, { _id: { $in: ids } }, since, { _id: 1 });
  const hits = texted.filter((row) => after(row, latest.get(row._id))).length;
  if (rows.length < most) return hits;
  const all = await suppressions(database).countDocuments(those, { maxTimeMS: BUDGET_MS });
  return shareOf(all, hits, rows.length);
}

async function countComplaints(database: Database, campaign: string, since: Date): Promise<number> {
  const texts = await inbound(database)
    .find(
      { complaint: true, receivedAt: { $gte: since } },
      { projection: { contact: 1, receivedAt: 1 }, limit: MOST, maxTimeMS: BUDGET_MS },
    )
    .sort({ receivedAt: 1 })
    .toArray();
  const latest = new Map(texts.map((text) => [text.contact ?? '', text.receivedAt]));
  const contacts = { contact: { $in: [...latest.keys()] }, campaign };
  const texted = await leftAmong(database, contacts, since, 'of-contact');
  return new Set(texted.filter((row) => after(row, latest.get(row.contact))).map((row) => row.contact)).size;
}

type Texted = Pick<DeliveryDoc, '_id' | 'contact' | 'decision'>;

const after = ({ decision }: Texted, at: Date | undefined): boolean =>
  decision !== null && at !== undefined && at >= decision.at;

async function leftAmong(
  database: Database,
  which: object,
  since: Date,
  hint: string | object,
): Promise<Texted[]> {
  return deliveries(database)
    .find(
      { ...which, state: { $in: [...HANDED_OVER_STATES] }, 'decision.at': { $gte: since } },
      { projection: { contact: 1, decision: 1 }, hint: hint as string, maxTimeMS: BUDGET_MS },
    )
    .toArray();
}

/** Time limit of the sums in the database, ms. */
const PARTS_BUDGET_MS = 20_000;

/**
 * Parts of one sender and medium. `left`: sent, so billed; `unknown`: of unknown outcome; `planned`: still to be
 * sent.
 */
type PartsOf = { sender: string; mms: boolean; left: number; unknown: number; planned: number };

/** The carrier had accepted the message before it failed or its outcome became unknown. */
const HAS_TAKEN = { $gt: ['$acceptedAt', null] };
const WAS_TAKEN = { $and: [{ $in: ['$state', ['failed', 'unknown']] }, HAS_TAKEN] };

/**
 * Parts of a campaign by sender. Messages that the carrier refused at once are not billed. Messages that it
 * accepted and could not deliver, or never reported on, are billed.
 */
export async function partsBySender(database: Database, campaign: string): Promise<PartsOf[]> {
  const where = (holds: object): object => ({ $sum: { $cond: [holds, '$parts', 0] } });
  const states = (...of: string[]): object => ({ $in: ['$state', of] });
  const rows = await deliveries(database)
    .aggregate<Omit<PartsOf, 'sender' | 'mms'> & { _id: { sender: string; mms: boolean } }>(
      [
        { $match: { campaign, state: { $nin: ['skipped', 'canceled', 'expired'] } } },
        {
          $group: {
            _id: { sender: '$sender', mms: { $gt: ['$media', 0] } },
            left: where({ $or: [states('accepted', 'sent', 'delivered', 'undelivered'), WAS_TAKEN] }),
            unknown: where({ $and: [states('unknown'), { $not: [HAS_TAKEN] }] }),
            planned: where(states('planned', 'sending')),
          },
        },
      ],
      { hint: OF_CAMPAIGN, maxTimeMS: PARTS_BUDGET_MS },
    )
    .toArray();
  return rows.map(({ _id, ...parts }) => ({ ..._id, ...parts }));
}

/** Time limit of a count, ms. */
const COUNT_MS = 10_000;

/**
 * Counts the people of a campaign by the state of their delivery. Rejects where the count exceeds its time limit.
 */
export async function countRows(
  database: Database,
  campaign: string,
): Promise<Record<DeliveryState, number>> {
  const stages = [{ $match: { campaign } }, { $group: { _id: '$state', people: { $sum: 1 } } }];
  const found = await deliveries(database)
    .aggregate<{ _id: DeliveryState; people: number }>(stages, {
      hint: OF_CAMPAIGN,
      maxTimeMS: COUNT_MS,
    })
    .toArray();
  const counts = new Map(found.map(({ _id, people }) => [_id, people]));
  const entries = DELIVERY_STATES.map((state) => [state, counts.get(state) ?? 0]);
  return Object.fromEntries(entries) as Record<DeliveryState, number>;
}

/** The most messages of another lane that are counted. */
const MOST_FIRST = 100_000;
/** How many deliveries are read to average their parts. */
const SAMPLE = 500;
const QUEUE_BUDGET_MS = 5000;

const planned = (sender: string) => ({ sender, state: 'planned' as const });
const countedInQueue = { hint: QUEUE, maxTimeMS: QUEUE_BUDGET_MS };

/**
 * The planned messages of a campaign that wait for one sender, and the messages that are sent before them or take
 * turns with them. Reads keys of one index.
 */
export async function readQueue(database: Database, sender: string, campaign: string, now: Date) {
  const lane = laneOf('marketing', campaign);
  const mine = { ...planned(sender), lane };
  const own = await deliveries(database).countDocuments(mine, countedInQueue);
  if (own === 0) return { own, later: 0, latest: null, parts: 1, others: 0 };
  const later = await deliveries(database).countDocuments({ ...mine, dueAt: { $gt: now } }, countedInQueue);
  const rows = await deliveries(database)
    .find(mine, { projection: { parts: 1, dueAt: 1 }, ...countedInQueue })
    .sort({ sender: -1, lane: -1, dueAt: -1 })
    .limit(SAMPLE)
    .toArray();
  const parts = rows.reduce((sum, row) => sum + row.parts, 0) / Math.max(1, rows.length);
  const shut = new Set([...(await pausedLanes(database)), ...(await closedJourneyLanes(database))]);
  let others = 0;
  for (const other of await lanesOf(database, sender)) {
    // Marketing lanes take turns, so no other lane sends more messages meanwhile than this campaign has itself.
    const limit = other.startsWith('2-') ? own : MOST_FIRST;
    if (other !== lane && !shut.has(other)) {
      others += await deliveries(database).countDocuments(
        { ...planned(sender), lane: other, dueAt: { $lte: now } },
        { ...countedInQueue, limit },
      );
    }
  }
  return { own, later, latest: later > 0 ? (rows[0]?.dueAt ?? null) : null, parts, others };
}

async function lanesOf(database: Database, sender: string): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (;;) {
    const last = lanes.at(-1);
    const row = await deliveries(database).findOne(
      { ...planned(sender), ...(last === undefined ? {} : { lane: { $gt: last } }) },
      { sort: { lane: 1 }, projection: { _id: 0, lane: 1 }, ...countedInQueue },
    );
    if (row === null) return lanes;
    lanes.push(row.lane);
  }
}
