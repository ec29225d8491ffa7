import { ALL_PASSES } from '../domain/campaigns/noting.ts';
import { REMEMBERED_SENDS } from '../domain/segments/clauses.ts';
import type { CampaignDoc } from './campaigns.ts';
import { OF_CAMPAIGN } from './deliveries.ts';
import type { Store } from './store.ts';

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
const WITH_IT = {
  $concatArrays: [OTHERS, { $cond: [{ $eq: ['$$new.send', null] }, [], ['$$new.send']] }],
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
