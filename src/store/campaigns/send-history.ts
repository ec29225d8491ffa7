import type { Filter } from 'mongodb';
import { beginningOfRuns } from '../../domain/campaigns/recurrence.ts';
import { MAY_HAVE_ARRIVED } from '../../domain/hygiene/error-codes.ts';
import { beginningWith } from '../../domain/segments/clauses/clause.ts';
import { REMEMBERED_SENDS } from '../../domain/segments/clauses/shapes.ts';
import type { Database } from '../collection.ts';
import { type ContactDoc, contacts } from '../contacts/contacts.ts';
import { findOthers } from '../contacts/person-facts.ts';
import { type DeliveryDoc, deliveries, FAILURES, MAYBE_GOT, OF_CAMPAIGN } from '../deliveries/delivery.ts';
import { clicks } from '../templates/links.ts';
import { type CampaignDoc, campaigns, NOT_ALL_PASSES, OPEN_STATES } from './campaign-document.ts';
import { campaignRowId } from './messages.ts';

/** The campaigns, and recurrences, whose recipients are excluded. `by`: the campaign that excludes them. */
export type Exclusions = { by: string; campaigns: readonly string[]; recurrences: readonly string[] };

/** Time limit of one query, ms. */
const BUDGET_MS = 10_000;

/** The most deliveries that one query asks for. */
const MOST_IDS = 20_000;

type Holder = Pick<ContactDoc, '_id' | 'index'>;
type Person = Holder & Pick<ContactDoc, 'personId' | 'sends'>;

/**
 * Those of the people who got one of the campaigns, may have got one, or are still to get one, on any of their
 * numbers. Deliveries tell that, because they are kept, while a send history holds only the newest messages. A
 * planned message past its deadline does not count.
 */
export async function whoGot(
  database: Database,
  leavesOut: Exclusions | null,
  people: readonly Person[],
  now: Date,
): Promise<ReadonlySet<string>> {
  if (leavesOut === null) return new Set();
  const othersOf = await findOthers(database, people);
  const others = people.flatMap(({ _id }) => othersOf(_id));
  const got = new Set([
    ...(await gotOne(database, leavesOut, onceEach([...people, ...others]), now)),
    // Send histories show runs, of which there may be hundreds. Deliveries are read only for contacts whose history
    // may have lost some, and for other numbers.
    ...(await gotRun(database, leavesOut, onceEach([...people.filter(mayForget), ...others]), now)),
  ]);
  const hasGot = ({ _id }: Person): boolean =>
    got.has(_id) || othersOf(_id).some((otherContact) => got.has(otherContact._id));
  return new Set(people.filter(hasGot).map(({ _id }) => _id));
}

const onceEach = (numbers: readonly Holder[]): Holder[] => [
  ...new Map(numbers.map((number) => [number._id, number])).values(),
];

async function gotOne(
  database: Database,
  { campaigns }: Exclusions,
  numbers: readonly Holder[],
  now: Date,
): Promise<string[]> {
  const ids = campaigns.flatMap((campaign) => numbers.map(({ index }) => campaignRowId(campaign, index)));
  const got: string[] = [];
  for (let at = 0; at < ids.length; at += MOST_IDS) {
    const which = { _id: { $in: ids.slice(at, at + MOST_IDS) } };
    got.push(...(await contactsOf(database, which, { _id: 1 }, now)));
  }
  return got;
}

async function gotRun(
  database: Database,
  { by, recurrences }: Exclusions,
  numbers: readonly Holder[],
  now: Date,
): Promise<string[]> {
  if (numbers.length === 0) return [];
  const contact = { $in: numbers.map(({ _id }) => _id) };
  const got: string[] = [];
  // One query per recurrence, so that each uses the index of campaign and contact and reads no other messages.
  for (const recurrence of recurrences) {
    const runs = beginningWith('campaign', [beginningOfRuns(recurrence)]);
    const which = { $and: [{ contact, campaign: { $ne: by } }, runs] };
    got.push(...(await contactsOf(database, which, 'campaign-contact', now)));
  }
  return got;
}

/**
 * True where a contact has a send history, which may have lost its oldest messages. Its present length does not
 * show that, since messages that fail late are removed.
 */
const mayForget = ({ sends }: Pick<ContactDoc, 'sends'>): boolean => sends !== undefined;

const GOT = ['planned', 'sending', 'accepted', 'sent', 'delivered'] as const;

async function contactsOf(
  database: Database,
  which: Filter<DeliveryDoc>,
  hint: string | { _id: 1 },
  now: Date,
): Promise<string[]> {
  const got = { $or: [{ state: { $in: [...GOT] } }, ...MAYBE_GOT] };
  const late = { $nor: [{ state: 'planned' as const, validUntil: { $lte: now } }] };
  const rows = await deliveries(database)
    .find({ $and: [which, got, late] }, { projection: { contact: 1 }, hint, maxTimeMS: BUDGET_MS })
    .toArray();
  return rows.map(({ contact }) => contact);
}

const OVER = { $in: ['finished' as const, 'canceled' as const] };

type Unnoted = Pick<CampaignDoc, '_id' | 'state' | 'endedAt' | 'passes'>;

/**
 * Campaigns that are over and completely sent, with passes left to make; those without any pass first, because
 * other campaigns may wait for them.
 */
export async function findUnnoted(database: Database): Promise<Unnoted[]> {
  const unswept = { state: 'canceled' as const, 'plan.leaseUntil': { $ne: null } };
  return campaigns(database)
    .find(
      { state: OVER, passes: NOT_ALL_PASSES, $nor: [unswept] },
      { projection: { state: 1, endedAt: 1, passes: 1 } },
    )
    .sort({ passes: 1 })
    .toArray();
}

/** The fields of a campaign that show whether its recipients are known. */
export type Started = Pick<
  CampaignDoc,
  '_id' | 'state' | 'startAt' | 'deadline' | 'plan' | 'awaitsWinner' | 'winner' | 'runOf' | 'passes'
>;

const STARTED = {
  ...{ state: 1, startAt: 1, deadline: 1, plan: 1, awaitsWinner: 1, winner: 1 },
  ...{ runOf: 1, passes: 1 },
} as const;

/**
 * The campaigns with these ids, and the runs of recurrences with these ids, that are under way, or over but not in
 * the send histories yet. `anyUntil`: adds every campaign, whatever its id, that was over by then; null: adds none.
 */
export async function findAskedAbout(
  database: Database,
  { named, anyUntil }: { named: readonly string[]; anyUntil: Date | null },
): Promise<Started[]> {
  const started = { repeat: { $exists: false }, frozen: { $ne: null } };
  const asked: Filter<CampaignDoc> = { $or: [{ _id: { $in: [...named] } }, { runOf: { $in: [...named] } }] };
  const over = { ...started, state: OVER, passes: { $not: { $gte: 1 } } };
  const any: Filter<CampaignDoc>[] = anyUntil === null ? [] : [{ endedAt: { $lte: anyUntil } }];
  const find = (filter: Filter<CampaignDoc>, hint: string): Promise<Started[]> =>
    campaigns(database).find<Started>(filter, { projection: STARTED, hint }).toArray();
  // Open campaigns first: a campaign that ends in between is then found as over. The hints are needed, because
  // MongoDB sometimes chooses to read all runs.
  const open = await find({ ...started, ...asked, state: { $in: [...OPEN_STATES] } }, 'by-state');
  const ended = await find({ ...over, $or: [asked, ...any] }, 'by-passes');
  return [...new Map([...open, ...ended].map((campaign) => [campaign._id, campaign])).values()];
}

/**
 * Campaigns under way, recurrences included, with their segments. Resends are left out, since they use no segment.
 */
export async function findAskingUnderWay(database: Database): Promise<Pick<CampaignDoc, '_id' | 'frozen'>[]> {
  const asking = { state: { $in: [...OPEN_STATES] }, missed: { $exists: false }, frozen: { $ne: null } };
  return campaigns(database)
    .find(asking, { projection: { 'frozen.segment': 1 } })
    .toArray();
}

/** Lease of a pass, ms. Millions of deliveries take some minutes. Longer than the lock of the pass's job. */
const LEASE_MS = 15 * 60_000;

/** Claims a pass over a campaign. False where another process has the claim. */
export async function claimHistoryPass(database: Database, id: string, now: Date): Promise<boolean> {
  const free = { _id: id, $or: [{ notingUntil: null }, { notingUntil: { $lte: now } }] };
  const until = { $set: { notingUntil: new Date(now.getTime() + LEASE_MS) } };
  return (await campaigns(database).updateOne(free, until)).matchedCount === 1;
}

export async function endHistoryPass(database: Database, id: string, passes: number): Promise<void> {
  await campaigns(database).updateOne({ _id: id }, { $set: { passes, notingUntil: null } });
}

const TAKEN = ['accepted', 'sent', 'delivered'] as const;

const FAILED = { $in: ['$state', [...FAILURES]] };
const MAYBE = { $in: [{ $ifNull: ['$error', null] }, MAY_HAVE_ARRIVED] };

/**
 * The outcome is uncertain: the carrier may not have accepted the message, or the failure code does not rule out
 * delivery. A message that the carrier certainly accepted is not uncertain, even if its outcome is unknown.
 */
const UNSURE = { $or: [FAILED, { $and: [{ $eq: ['$state', 'unknown'] }, { $not: ['$acceptedAt'] }] }] };

/** Null for a message that certainly failed: it is removed from the history if an earlier pass recorded it. */
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
    as: 'send',
    cond: { $ne: ['$$send.campaign', '$$new.campaign'] },
  },
};
/** Keeps a click that was recorded earlier. A missing field in `$mergeObjects` adds nothing. */
const RENEWED = {
  $let: {
    vars: {
      before: {
        $first: { $filter: { ...OTHERS.$filter, cond: { $eq: ['$$send.campaign', '$$new.campaign'] } } },
      },
    },
    in: { $mergeObjects: [{ clicked: '$$before.clicked' }, '$$new.send'] },
  },
};
const WITH_IT = {
  $concatArrays: [OTHERS, { $cond: [{ $eq: ['$$new.send', null] }, [], [RENEWED]] }],
};
const newest = (cond: object) => {
  const input = { $filter: { input: '$$all', as: 'send', cond } };
  return { $slice: [{ $sortArray: { input, sortBy: { at: -1 } } }, REMEMBERED_SENDS] };
};
/** Puts uncertain messages last, where they push out no certain one, because `ignored` counts positions. */
const NEWEST = {
  $let: {
    vars: { all: WITH_IT },
    in: {
      $concatArrays: [newest({ $ne: ['$$send.unknown', true] }), newest({ $eq: ['$$send.unknown', true] })],
    },
  },
};

/**
 * Writes a campaign's messages into the `sends` of its contacts. MongoDB does all the work, and no delivery passes
 * through this process. A repeated run changes nothing. Erased contacts get nothing. `rev` stays, since no consent
 * decision reads `sends`.
 */
export async function noteSends(database: Database, campaign: string): Promise<void> {
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
  await deliveries(database).aggregate(stages, { hint: OF_CAMPAIGN }).toArray();
}

/** Marks the recorded messages of a campaign whose links a person opened. Clicks of bots do not count. */
export async function noteClicks(database: Database, campaign: string): Promise<void> {
  const clicked = { $eq: ['$$send.campaign', '$$new.campaign'] };
  const noted = { $cond: [clicked, { $mergeObjects: ['$$send', { clicked: true }] }, '$$send'] };
  const sends = { $map: { input: '$sends', as: 'send', in: noted } };
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
  await clicks(database)
    .aggregate(stages, { hint: clicks.hint('of-campaign') })
    .toArray();
}

/** Marks one person's message as clicked. Does nothing while the campaign's messages are not recorded. */
export async function noteClick(database: Database, contact: string, campaign: string): Promise<void> {
  const unnoted = { _id: contact, sends: { $elemMatch: { campaign, clicked: { $ne: true as const } } } };
  await contacts(database).updateOne(unnoted, { $set: { 'sends.$.clicked': true } }, { hint: { _id: 1 } });
}
