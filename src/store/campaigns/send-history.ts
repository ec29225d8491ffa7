import type { Filter } from 'mongodb';
import { beginningOfRuns } from '../../domain/campaigns/recurrence.ts';
import { MAY_HAVE_ARRIVED } from '../../domain/hygiene/error-codes.ts';
import { REMEMBERED_SENDS } from '../../domain/segments/clauses/campaign-history.ts';
import { beginningWith } from '../../domain/segments/clauses/clause.ts';
import type { ContactDoc } from '../contacts/contacts.ts';
import { findOthers } from '../contacts/person-facts.ts';
import { type DeliveryDoc, FAILURES, MAYBE_GOT, OF_CAMPAIGN } from '../deliveries/delivery.ts';
import type { Store } from '../store.ts';
import { type CampaignDoc, NOT_ALL_PASSES } from './campaign-document.ts';
import { OPEN_STATES } from './campaigns.ts';
import { campaignRowId } from './messages.ts';

/** Who got one of these, or one of the runs of these, is left out; `by`: the campaign that leaves them out. */
export type Exclusions = { by: string; campaigns: readonly string[]; recurrences: readonly string[] };

/** Longest that one question may take in the database, ms. */
const BUDGET_MS = 10_000;

/** Rows asked for at once. */
const MOST_IDS = 20_000;

type Holder = Pick<ContactDoc, '_id' | 'index'>;
type Person = Holder & Pick<ContactDoc, 'personId' | 'sends'>;

/**
 * Of some people, who has got some campaigns, or may have, or is still to get them, on any number of theirs, by their rows: these
 * stay, while a contact remembers its newest messages alone. What waits past its deadline goes to nobody.
 */
export async function whoGot(
  store: Store,
  leavesOut: Exclusions | null,
  people: readonly Person[],
  now: Date,
): Promise<ReadonlySet<string>> {
  if (leavesOut === null) return new Set();
  const othersOf = await findOthers(store, people);
  const others = people.flatMap(({ _id }) => othersOf(_id));
  const got = new Set([
    ...(await gotOne(store, leavesOut, onceEach([...people, ...others]), now)),
    // Of runs contacts tell, and there may be hundreds: rows are asked only of what they may have forgotten, and of other numbers.
    ...(await gotRun(store, leavesOut, onceEach([...people.filter(mayForget), ...others]), now)),
  ]);
  const hasGot = ({ _id }: Person): boolean => got.has(_id) || othersOf(_id).some((one) => got.has(one._id));
  return new Set(people.filter(hasGot).map(({ _id }) => _id));
}

const onceEach = (numbers: readonly Holder[]): Holder[] => [
  ...new Map(numbers.map((one) => [one._id, one])).values(),
];

async function gotOne(
  store: Store,
  { campaigns }: Exclusions,
  numbers: readonly Holder[],
  now: Date,
): Promise<string[]> {
  const ids = campaigns.flatMap((campaign) => numbers.map(({ index }) => campaignRowId(campaign, index)));
  const got: string[] = [];
  for (let at = 0; at < ids.length; at += MOST_IDS) {
    const which = { _id: { $in: ids.slice(at, at + MOST_IDS) } };
    got.push(...(await contactsOf(store, which, { _id: 1 }, now)));
  }
  return got;
}

async function gotRun(
  store: Store,
  { by, recurrences }: Exclusions,
  numbers: readonly Holder[],
  now: Date,
): Promise<string[]> {
  if (numbers.length === 0) return [];
  const contact = { $in: numbers.map(({ _id }) => _id) };
  const got: string[] = [];
  // One by one, so that each walks the index of a campaign's people: of all other messages of theirs none is read.
  for (const recurrence of recurrences) {
    const runs = beginningWith('campaign', [beginningOfRuns(recurrence)]);
    const which = { $and: [{ contact, campaign: { $ne: by } }, runs] };
    got.push(...(await contactsOf(store, which, 'campaign-contact', now)));
  }
  return got;
}

/**
 * Whether messages were ever noted on a contact. How many stand there now does not tell whether some fell out at the end: those that
 * failed late are taken out.
 */
const mayForget = ({ sends }: Pick<ContactDoc, 'sends'>): boolean => sends !== undefined;

const GOT = ['planned', 'sending', 'accepted', 'sent', 'delivered'] as const;

async function contactsOf(
  store: Store,
  which: Filter<DeliveryDoc>,
  hint: string | { _id: 1 },
  now: Date,
): Promise<string[]> {
  const got = { $or: [{ state: { $in: [...GOT] } }, ...MAYBE_GOT] };
  const late = { $nor: [{ state: 'planned' as const, validUntil: { $lte: now } }] };
  const rows = await store.deliveries
    .find({ $and: [which, got, late] }, { projection: { contact: 1 }, hint, maxTimeMS: BUDGET_MS })
    .toArray();
  return rows.map(({ contact }) => contact);
}

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
export async function claimHistoryPass(store: Store, id: string, now: Date): Promise<boolean> {
  const free = { _id: id, $or: [{ notingUntil: null }, { notingUntil: { $lte: now } }] };
  const until = { $set: { notingUntil: new Date(now.getTime() + LEASE_MS) } };
  return (await store.campaigns.updateOne(free, until)).matchedCount === 1;
}

export async function endHistoryPass(store: Store, id: string, passes: number): Promise<void> {
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
