import { ALL_PASSES } from '../../domain/campaigns/noting.ts';
import { REMEMBERED_SENDS } from '../../domain/segments/clauses.ts';
import { OF_CAMPAIGN } from '../deliveries/deliveries.ts';
import type { Store } from '../store.ts';
import type { CampaignDoc } from './campaigns.ts';

/** Campaigns that ended and of which not every pass was made. */
export async function findUnnoted(store: Store): Promise<Pick<CampaignDoc, '_id' | 'endedAt' | 'passes'>[]> {
  const filter = {
    state: { $in: ['finished' as const, 'canceled' as const] },
    passes: { $not: { $gte: ALL_PASSES } },
  };
  return store.campaigns.find(filter, { projection: { endedAt: 1, passes: 1 } }).toArray();
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
const FAILED = ['undelivered', 'failed'] as const;

/** Null for a message that failed: it is taken out where it was noted before. */
const SEND = {
  $cond: [
    { $in: ['$state', TAKEN] },
    {
      campaign: '$campaign',
      at: { $ifNull: ['$acceptedAt', '$createdAt'] },
      delivered: { $eq: ['$state', 'delivered'] },
    },
    null,
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
const NEWEST = { $slice: [{ $sortArray: { input: WITH_IT, sortBy: { at: -1 } } }, REMEMBERED_SENDS] };

/**
 * Writes a campaign's messages into its contacts' `sends`, inside the database: no row passes this process. The same
 * again changes nothing. Whoever was erased gets nothing; `rev` stays, since no decision about consent reads it.
 */
export async function noteSends(store: Store, campaign: string): Promise<void> {
  const erased = { $eq: [{ $ifNull: ['$sealed', null] }, null] };
  const stages = [
    { $match: { campaign, state: { $in: [...TAKEN, ...FAILED] } } },
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
