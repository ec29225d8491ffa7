import type { Filter } from 'mongodb';
import { MAY_HAVE_ARRIVED } from '../../domain/hygiene/error-codes.ts';
import { REMEMBERED_SENDS } from '../../domain/segments/clauses.ts';
import { FAILURES, OF_CAMPAIGN } from '../deliveries/deliveries.ts';
import type { Store } from '../store.ts';
import { type CampaignDoc, NOT_ALL_PASSES, OPEN_STATES } from './campaigns.ts';

const OVER = { $in: ['finished' as const, 'canceled' as const] };

type Unnoted = Pick<CampaignDoc, '_id' | 'state' | 'endedAt' | 'passes'>;

/**
 * Campaigns that ended, of which nothing is under way any more, and of which not every pass was made; first those of which
 * none was: who got them is asked for, and waited for.
 */
export async function findUnnoted(store: Store): Promise<Unnoted[]> {
  const unswept = { state: 'canceled' as const, 'plan.leaseUntil': { $ne: null } };
  return store.campaigns
    .find(
      { state: OVER, passes: NOT_ALL_PASSES, $nor: [unswept] },
      { projection: { state: 1, endedAt: 1, passes: 1 } },
    )
    .sort({ passes: 1 })
    .toArray();
}

/** What of a campaign tells whether it is known who got it. */
export type Started = Pick<
  CampaignDoc,
  '_id' | 'state' | 'startAt' | 'deadline' | 'plan' | 'awaitsWinner' | 'winner' | 'runOf' | 'passes'
>;

const STARTED = {
  ...{ state: 1, startAt: 1, deadline: 1, plan: 1, awaitsWinner: 1, winner: 1 },
  ...{ runOf: 1, passes: 1 },
} as const;

/**
 * Of the campaigns with some ids, and the runs of recurrences with them, those that are under way, and those that are over
 * and not noted yet; `anyUntil`: these whatever their id, where they were over by then; null: of no other.
 */
export async function findAskedAbout(
  store: Store,
  { named, anyUntil }: { named: readonly string[]; anyUntil: Date | null },
): Promise<Started[]> {
  const one = { repeat: { $exists: false }, frozen: { $ne: null } };
  const asked: Filter<CampaignDoc> = { $or: [{ _id: { $in: [...named] } }, { runOf: { $in: [...named] } }] };
  const over = { ...one, state: OVER, passes: { $not: { $gte: 1 } } };
  const any: Filter<CampaignDoc>[] = anyUntil === null ? [] : [{ endedAt: { $lte: anyUntil } }];
  const find = (filter: Filter<CampaignDoc>, hint: string): Promise<Started[]> =>
    store.campaigns.find<Started>(filter, { projection: STARTED, hint }).toArray();
  // In this order: what ends in between is found as over. Each by its index: left the choice, the database at times reads all runs.
  const open = await find({ ...one, ...asked, state: { $in: [...OPEN_STATES] } }, 'by-state');
  const ended = await find({ ...over, $or: [asked, ...any] }, 'by-passes');
  return [...new Map([...open, ...ended].map((campaign) => [campaign._id, campaign])).values()];
}

/** Campaigns that were started and are not over, recurrences too, with what they ask; but resends, which ask nothing. */
export async function findAskingUnderWay(store: Store): Promise<Pick<CampaignDoc, '_id' | 'frozen'>[]> {
  const asking = { state: { $in: [...OPEN_STATES] }, missed: { $exists: false }, frozen: { $ne: null } };
  return store.campaigns.find(asking, { projection: { 'frozen.segment': 1 } }).toArray();
}

/** How long a pass may take, ms: some minutes for millions of rows. Longer than the lock of its job. */
const LEASE_MS = 15 * 60_000;

/** Takes a pass, so that no other process makes it meanwhile; false where one does. */
export async function claimPass(store: Store, id: string, now: Date): Promise<boolean> {
  const free = { _id: id, $or: [{ notingUntil: null }, { notingUntil: { $lte: now } }] };
  const until = { $set: { notingUntil: new Date(now.getTime() + LEASE_MS) } };
  return (await store.campaigns.updateOne(free, until)).matchedCount === 1;
}

export async function countPass(store: Store, id: string, passes: number): Promise<void> {
  await store.campaigns.updateOne({ _id: id }, { $set: { passes, notingUntil: null } });
}

const TAKEN = ['accepted', 'sent', 'delivered'] as const;

const FAILED = { $in: ['$state', [...FAILURES]] };
const MAYBE = { $in: [{ $ifNull: ['$error', null] }, MAY_HAVE_ARRIVED] };

/**
 * Nobody knows whether it went: the carrier may not have taken it, or told a failure that does not rule it out. Of what it surely
 * took it may be unknown how it ended.
 */
const UNSURE = { $or: [FAILED, { $and: [{ $eq: ['$state', 'unknown'] }, { $not: ['$acceptedAt'] }] }] };

/** Null for a message that surely failed: it is taken out where it was noted before. */
const SEND = {
  $cond: [
    { $and: [FAILED, { $not: [MAYBE] }] },
    null,
    {
      campaign: '$campaign',
      at: { $ifNull: ['$acceptedAt', '$createdAt'] },
      delivered: { $eq: ['$state', 'delivered'] },
      unknown: { $cond: [UNSURE, true, '$$REMOVE'] },
    },
  ],
};

const OTHERS = {
  $filter: {
    input: { $ifNull: ['$sends', []] },
    as: 'one',
    cond: { $ne: ['$$one.campaign', '$$new.campaign'] },
  },
};
/** A click that was noted before stays noted: fields that are nowhere make none. */
const RENEWED = {
  $let: {
    vars: {
      before: {
        $first: { $filter: { ...OTHERS.$filter, cond: { $eq: ['$$one.campaign', '$$new.campaign'] } } },
      },
    },
    in: { $mergeObjects: [{ clicked: '$$before.clicked' }, '$$new.send'] },
  },
};
const WITH_IT = {
  $concatArrays: [OTHERS, { $cond: [{ $eq: ['$$new.send', null] }, [], [RENEWED]] }],
};
const newest = (cond: object) => {
  const input = { $filter: { input: '$$all', as: 'one', cond } };
  return { $slice: [{ $sortArray: { input, sortBy: { at: -1 } } }, REMEMBERED_SENDS] };
};
/** What may not have gone comes behind, and in nobody's place: `ignored` counts places. */
const NEWEST = {
  $let: {
    vars: { all: WITH_IT },
    in: {
      $concatArrays: [newest({ $ne: ['$$one.unknown', true] }), newest({ $eq: ['$$one.unknown', true] })],
    },
  },
};

/**
 * Writes a campaign's messages into its contacts' `sends`, inside the database: no row passes this process. The same
 * again changes nothing. Whoever was erased gets nothing; `rev` stays, since no decision about consent reads it.
 */
export async function noteSends(store: Store, campaign: string): Promise<void> {
  const erased = { $eq: ['$sealed', null] };
  const stages = [
    { $match: { campaign, state: { $in: [...TAKEN, ...FAILURES, 'unknown'] } } },
    { $project: { _id: '$contact', campaign: 1, send: SEND } },
    {
      $merge: {
        into: 'contacts',
        on: '_id',
        whenMatched: [{ $set: { sends: { $cond: [erased, '$$REMOVE', NEWEST] } } }],
        whenNotMatched: 'discard',
      },
    },
  ];
  await store.deliveries.aggregate(stages, { hint: OF_CAMPAIGN }).toArray();
}

/** Notes on the messages of a campaign that were noted already who opened a link of theirs. Machines are nobody. */
export async function noteClicks(store: Store, campaign: string): Promise<void> {
  const clicked = { $eq: ['$$one.campaign', '$$new.campaign'] };
  const noted = { $cond: [clicked, { $mergeObjects: ['$$one', { clicked: true }] }, '$$one'] };
  const sends = { $map: { input: '$sends', as: 'one', in: noted } };
  const stages = [
    { $match: { campaign, kind: 'person' } },
    { $group: { _id: '$contact', campaign: { $first: '$campaign' } } },
    {
      $merge: {
        into: 'contacts',
        on: '_id',
        whenMatched: [{ $set: { sends: { $cond: [{ $isArray: '$sends' }, sends, '$$REMOVE'] } } }],
        whenNotMatched: 'discard',
      },
    },
  ];
  await store.clicks.aggregate(stages, { hint: 'of-campaign' }).toArray();
}

/** The same of one person's click, once the campaign's messages are noted; before that it changes nothing. */
export async function noteClick(store: Store, contact: string, campaign: string): Promise<void> {
  const unnoted = { _id: contact, sends: { $elemMatch: { campaign, clicked: { $ne: true as const } } } };
  await store.contacts.updateOne(unnoted, { $set: { 'sends.$.clicked': true } }, { hint: { _id: 1 } });
}
