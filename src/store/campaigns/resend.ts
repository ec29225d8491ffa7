import type { Filter } from 'mongodb';
import { MAY_HAVE_ARRIVED, mayHaveArrived } from '../../domain/hygiene/error-codes.ts';
import { HANDED_OVER_STATES } from '../../domain/reports/delivery-tally.ts';
import type { Database } from '../collection.ts';
import { type AudiencePage, spreadSample } from '../contacts/audience.ts';
import { type ContactDoc, contacts, findContacts } from '../contacts/contacts.ts';
import { isTimeLimit } from '../database-errors.ts';
import {
  type DeliveryDoc,
  type DeliveryState,
  deliveries,
  IN_HOLDOUT,
  MAY_HAVE_MISSED,
  MAYBE_GOT,
  NOT_GOT,
  OF_CAMPAIGN,
} from '../deliveries/delivery.ts';
import { type CampaignDoc, campaigns } from './campaign-document.ts';
import { campaignRowId } from './messages.ts';

/** The campaign that a resend makes up for. */
export type Missed = NonNullable<CampaignDoc['missed']>;

/** Time limit of one page in the database, ms. */
const BUDGET_MS = 10_000;

/** Final states in which a person has not got the message. */
const MISSED = ['failed', 'undelivered', 'expired'] as const;

/**
 * Reasons to skip a person that only say that no message could be made or sent at the time: no words, no coupon
 * code, no sender, no topic, no permitted hour. None of them says that the person must not be texted.
 */
const CAPABILITY = ['no-text', 'no-coupon', 'no-sender', 'topic-gone', 'quiet-hours'] as const;

function missedFilter({ of: campaign, unknownToo }: Missed): Filter<DeliveryDoc> {
  const surely = { state: { $in: [...MISSED] }, error: { $nin: [...MAY_HAVE_ARRIVED] } };
  return {
    campaign,
    $or: [
      unknownToo ? { state: { $in: [...MISSED, 'unknown'] } } : surely,
      // Every reason must be one of these. A person who opted out, or is in the holdout, did not miss the message.
      { state: 'skipped', 'decision.reasons': { $not: { $elemMatch: { $nin: [...CAPABILITY] } } } },
    ],
  };
}

/** Deliveries that one step of a page reads, and the most steps. */
const STEP = 5000;
const MOST_STEPS = 10;

/**
 * A page of the people who missed a campaign and were not reached, or held out, by another resend, in id order. A
 * page reads a bounded number of deliveries, so it may contain fewer people than requested, or none, although
 * others follow.
 */
export async function missedPage(
  database: Database,
  missed: Missed,
  self: string,
  page: { after: string | null; limit: number },
): Promise<AudiencePage> {
  const contacts: string[] = [];
  let [to, complete] = [page.after, false];
  for (let step = 0; step < MOST_STEPS && !complete && contacts.length < page.limit; step += 1) {
    const rows = await endsAfter(database, missed.of, to, { limit: STEP, budgetMs: BUDGET_MS });
    for (const row of rows) {
      if (contacts.length === page.limit) break;
      to = row.contact;
      if (isMissed(row, missed)) contacts.push(row.contact);
    }
    complete = rows.length < STEP && to === (rows.at(-1)?.contact ?? to);
  }
  return { people: await unserved(database, missed, self, contacts), to, complete };
}

type End = Pick<DeliveryDoc, 'contact' | 'state' | 'decision' | 'error'>;

/** Deliveries of a campaign that may have been missed, ordered by contact; read from an index of these alone. */
function endsAfter(
  database: Database,
  campaign: string,
  after: string | null,
  { limit, budgetMs }: { limit: number; budgetMs: number },
): Promise<End[]> {
  return deliveries(database)
    .find<End>(endsFilter(campaign, after), {
      projection: { contact: 1, state: 1, decision: 1, error: 1 },
      hint: NOT_GOT,
      maxTimeMS: budgetMs,
    })
    .sort({ contact: 1 })
    .limit(limit)
    .toArray();
}

/** The same condition as `missedFilter`, for a delivery in memory. */
function isMissed({ state, decision, error }: End, { unknownToo }: Missed): boolean {
  if (state === 'skipped') {
    const reasons: readonly string[] = decision?.reasons ?? [];
    return reasons.every((reason) => CAPABILITY.some((able) => able === reason));
  }
  if (state === 'unknown') return unknownToo;
  return MISSED.some((missed) => missed === state) && (unknownToo || !mayHaveArrived(error));
}

/** Which of these contacts missed the campaign and were not reached, or held out, by another resend. */
export async function missedAmong(
  database: Database,
  missed: Missed,
  self: string,
  contacts: readonly string[],
): Promise<Set<string>> {
  const people = await findContacts(database, [...contacts]);
  const _id = { $in: people.map(({ index }) => campaignRowId(missed.of, index)) };
  const rows = await deliveries(database)
    .find({ $and: [missedFilter(missed), { _id }] }, { projection: { contact: 1 }, hint: { _id: 1 } })
    .toArray();
  const served = await reachedByResend(database, missed, self, people);
  return new Set(rows.map(({ contact }) => contact).filter((contact) => !served.has(contact)));
}

/**
 * Limits of a count: it begins after the contact `after`, and stops at `most` people, or when `leftMs` says that no
 * time is left, ms. `step`: deliveries per query. `some`: how many of the people to return, a spread sample.
 */
type Counting = {
  leftMs: () => number;
  after?: string | null;
  most?: number;
  step?: number;
  some?: number;
};

/**
 * The people counted, ids of some of them, and the deliveries read for it. `whole`: the count covers all deliveries,
 * or reached `most`.
 */
type CountedMissed = { people: number; ids: string[]; rows: number; whole: boolean };

/**
 * Counts the people who missed a campaign and were not reached, or held out, by another resend. It reads in id
 * order; ids are random, so an incomplete count is a fair sample.
 */
export async function countMissed(
  database: Database,
  missed: Missed,
  self: string,
  { leftMs, after: begin = null, most = Number.POSITIVE_INFINITY, step = STEP, some = 0 }: Counting,
): Promise<CountedMissed> {
  const so: CountedMissed = { people: 0, ids: [], rows: 0, whole: false };
  // MongoDB reads a limit of zero as no limit.
  const budget = (): number => Math.max(1, Math.min(BUDGET_MS, Math.floor(leftMs())));
  for (let after = begin; !so.whole && leftMs() > 0; ) {
    try {
      const rows = await endsAfter(database, missed.of, after, { limit: step, budgetMs: budget() });
      const contacts = rows.filter((row) => isMissed(row, missed)).map(({ contact }) => contact);
      const holders = await holdersAmong(database, contacts, budget());
      const served = await reachedByResend(database, missed, self, holders, budget());
      const people = holders.map(({ _id }) => _id).filter((id) => !served.has(id));
      so.people += people.length;
      if (some > 0) so.ids = spreadSample([...so.ids, ...people], some);
      so.rows += rows.length;
      so.whole = rows.length < step || so.people >= most;
      after = rows.at(-1)?.contact ?? after;
    } catch (error) {
      if (isTimeLimit(error)) break;
      throw error;
    }
  }
  return so;
}

/**
 * The number of deliveries that a complete count reads after the contact `after`, from an index of these alone.
 * Rejects on the time limit.
 */
export async function countEnds(
  database: Database,
  campaign: string,
  { after, budgetMs }: { after: string | null; budgetMs: number },
): Promise<number> {
  return deliveries(database).countDocuments(endsFilter(campaign, after), {
    hint: NOT_GOT,
    maxTimeMS: budgetMs,
  });
}

const endsFilter = (campaign: string, after: string | null): Filter<DeliveryDoc> => ({
  campaign,
  state: { $in: [...MAY_HAVE_MISSED] },
  ...(after === null ? {} : { contact: { $gt: after } }),
});

/** Those of the contacts who hold their number, each once. */
async function holdersAmong(
  database: Database,
  contactIds: readonly string[],
  budgetMs: number,
): Promise<Holder[]> {
  return contacts(database)
    .find<Holder>(
      { _id: { $in: [...contactIds] }, current: true, sealed: { $ne: null } },
      { projection: HOLDER, hint: { _id: 1 }, maxTimeMS: budgetMs },
    )
    .toArray();
}

/** Those of the contacts, in id order, who hold their number and were not reached by another resend. */
async function unserved(
  database: Database,
  missed: Missed,
  self: string,
  contacts: readonly string[],
): Promise<ContactDoc[]> {
  const found = await findContacts(database, [...new Set(contacts)]);
  const living = found.filter((contact) => contact.current && contact.sealed !== null);
  const served = await reachedByResend(database, missed, self, living);
  return living.filter((contact) => !served.has(contact._id)).sort((a, b) => (a._id < b._id ? -1 : 1));
}

/** The delivery of one contact in one campaign. */
export async function rowOfCampaign(
  database: Database,
  campaign: string,
  contact: string,
): Promise<DeliveryDoc | null> {
  return deliveries(database).findOne(
    { contact, campaign },
    { hint: deliveries.hint('of-contact'), maxTimeMS: BUDGET_MS },
  );
}

/**
 * Whether a contact missed a campaign, with the contact's delivery there. `served`: another resend reached the
 * contact, or held them out.
 */
export async function missedRow(
  database: Database,
  missed: Missed,
  self: string,
  contact: string,
): Promise<{ missed: boolean; served: boolean; row: DeliveryDoc | null }> {
  const row = await rowOfCampaign(database, missed.of, contact);
  const did = row !== null && isMissed(row, missed);
  const served = did && !(await missedAmong(database, missed, self, [contact])).has(contact);
  return { missed: did, served, row };
}

/** Time limit of one query, ms. */
const SERVED_BUDGET_MS = 10_000;

const HAS: DeliveryState[] = ['planned', 'sending', 'accepted', 'sent', 'delivered'];

/** The part of a contact that shows whether a resend reached the person. */
type Holder = Pick<ContactDoc, '_id' | 'index' | 'personId'>;
const HOLDER = { index: 1, personId: 1 } as const;

/**
 * Those of the people who got the missed campaign or another resend of it, are about to get it, or were held out of
 * it, on any of their numbers. A holdout of a resend that was canceled before anybody got it measures nothing, so
 * its people may get the next resend.
 */
async function reachedByResend(
  database: Database,
  { of, unknownToo }: Missed,
  self: string,
  people: readonly Holder[],
  budgetMs = SERVED_BUDGET_MS,
): Promise<ReadonlySet<string>> {
  const resends = await campaigns(database)
    .find({ 'missed.of': of, _id: { $ne: self } }, { projection: { state: 1 } })
    .toArray();
  const persons = people.flatMap(({ personId }) => personId ?? []);
  const numbers =
    persons.length === 0 ? people : [...people, ...(await numbersOf(database, persons, budgetMs))];
  const ids = [of, ...resends.map(({ _id }) => _id)].flatMap((campaign) =>
    numbers.map(({ index }) => campaignRowId(campaign, index)),
  );
  const canceled = resends.filter(({ state }) => state === 'canceled').map(({ _id }) => _id);
  const heldOut = { ...IN_HOLDOUT, campaign: { $nin: await unreached(database, canceled, budgetMs) } };
  const had: Filter<DeliveryDoc>[] = [{ state: { $in: HAS } }, heldOut, ...(unknownToo ? [] : MAYBE_GOT)];
  const rows = await deliveries(database)
    .find(
      { _id: { $in: ids }, $or: had },
      { projection: { contact: 1 }, hint: { _id: 1 }, maxTimeMS: budgetMs },
    )
    .toArray();
  const contacts = new Set(rows.map((row) => row.contact));
  const who = ({ _id, personId }: Holder): string => personId ?? _id;
  const served = new Set(numbers.filter(({ _id }) => contacts.has(_id)).map(who));
  return new Set(people.filter((person) => served.has(who(person))).map(({ _id }) => _id));
}

/** Those of the canceled campaigns of which nothing was or will be sent. */
async function unreached(
  database: Database,
  canceled: readonly string[],
  maxTimeMS: number,
): Promise<string[]> {
  const options = { projection: { _id: 0, state: 1 }, hint: OF_CAMPAIGN, maxTimeMS };
  const reached = await Promise.all(
    canceled.map((campaign) =>
      deliveries(database).findOne({ campaign, state: { $in: ['sending', ...HANDED_OVER_STATES] } }, options),
    ),
  );
  return canceled.filter((_, at) => reached[at] === null);
}

function numbersOf(database: Database, persons: string[], budgetMs: number): Promise<Holder[]> {
  return contacts(database)
    .find<Holder>({ personId: { $in: persons } }, { projection: HOLDER, maxTimeMS: budgetMs })
    .toArray();
}
