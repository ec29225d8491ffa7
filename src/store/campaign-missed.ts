import type { Filter } from 'mongodb';
import type { AudiencePage } from './audience.ts';
import { campaignRowId } from './campaign-row.ts';
import type { CampaignDoc } from './campaigns.ts';
import { type ContactDoc, findContacts, findNumbers } from './contacts.ts';
import { type DeliveryDoc, type DeliveryState, OF_CAMPAIGN } from './deliveries.ts';
import type { Store } from './store.ts';

/** A planned send to those who did not get another. */
export type Missed = NonNullable<CampaignDoc['missed']>;

/** Longest that a page may take in the database, ms. */
const BUDGET_MS = 10_000;

/** Ends after which somebody surely has not got it. */
const MISSED = ['failed', 'undelivered', 'expired'] as const;

/** Skipped for want of words, of a code or of a number, not because somebody must not be texted. */
const CAPABILITY = ['no-text', 'no-coupon', 'no-sender'] as const;

const HAS: DeliveryState[] = ['planned', 'sending', 'accepted', 'sent', 'delivered'];

function missedFilter({ of: campaign, unknownToo }: Missed): Filter<DeliveryDoc> {
  const ends = unknownToo ? [...MISSED, 'unknown' as const] : [...MISSED];
  return {
    campaign,
    $or: [
      { state: { $in: ends } },
      // Every reason is one of these: whoever opted out, or was held out, did not miss it.
      { state: 'skipped', 'decision.reasons': { $not: { $elemMatch: { $nin: [...CAPABILITY] } } } },
    ],
  };
}

/** People who missed a campaign and have got none of those that made up for it, in the order of their ids. */
export async function missedPage(
  store: Store,
  missed: Missed,
  self: string,
  page: { after: string | null; limit: number },
): Promise<AudiencePage> {
  const rows = await store.deliveries
    .find(
      { ...missedFilter(missed), ...(page.after === null ? {} : { contact: { $gt: page.after } }) },
      { projection: { contact: 1 }, hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS },
    )
    .sort({ contact: 1 })
    .limit(page.limit)
    .toArray();
  return {
    people: await unserved(
      store,
      missed,
      self,
      rows.map((row) => row.contact),
    ),
    to: rows.at(-1)?.contact ?? page.after,
    complete: rows.length < page.limit,
  };
}

/** Who of some contacts missed it, and has got none of those that made up for it. */
export async function missedAmong(
  store: Store,
  missed: Missed,
  self: string,
  contacts: readonly string[],
): Promise<Set<string>> {
  const people = await findContacts(store, [...contacts]);
  const ids = people.map(({ index }) => campaignRowId(missed.of, index));
  const rows = await store.deliveries
    .find(
      { $and: [missedFilter(missed), { _id: { $in: ids } }] },
      { projection: { contact: 1 }, hint: { _id: 1 } },
    )
    .toArray();
  const served = await servedAmong(store, missed, self, people);
  return new Set(rows.map(({ contact }) => contact).filter((one) => !served.has(one)));
}

/** People of one look at who has got it since. */
const COUNTED_AT_ONCE = 2000;

/** How many missed a campaign and have got none of those that made up for it. */
export async function countMissed(store: Store, missed: Missed, self: string): Promise<number> {
  const rows = store.deliveries.find(missedFilter(missed), {
    projection: { contact: 1 },
    hint: OF_CAMPAIGN,
    maxTimeMS: BUDGET_MS,
  });
  let [people, some]: [number, string[]] = [0, []];
  const count = async (): Promise<void> => {
    people += (await unserved(store, missed, self, some)).length;
    some = [];
  };
  for await (const { contact } of rows) {
    some.push(contact);
    if (some.length === COUNTED_AT_ONCE) await count();
  }
  await count();
  return people;
}

/** Of some contacts, in the order of their ids, those who hold their number and have not got it since. */
async function unserved(
  store: Store,
  missed: Missed,
  self: string,
  contacts: readonly string[],
): Promise<ContactDoc[]> {
  const found = await findContacts(store, [...new Set(contacts)]);
  const living = found.filter((one) => one.current && one.sealed !== null);
  const served = await servedAmong(store, missed, self, living);
  return living.filter((one) => !served.has(one._id)).sort((a, b) => (a._id < b._id ? -1 : 1));
}

/** Of some people, those who have, or are about to get, one of the other campaigns of the same root, on any number of theirs. */
async function servedAmong(
  store: Store,
  { root, unknownToo }: Missed,
  self: string,
  people: readonly ContactDoc[],
): Promise<ReadonlySet<string>> {
  const campaigns = await store.campaigns
    .find({ 'missed.root': root, _id: { $ne: self } }, { projection: { _id: 1 } })
    .toArray();
  const persons = people.flatMap(({ personId }) => personId ?? []);
  const numbers = persons.length === 0 ? people : [...people, ...(await findNumbers(store, persons))];
  const ids = [root, ...campaigns.map(({ _id }) => _id)].flatMap((campaign) =>
    numbers.map(({ index }) => campaignRowId(campaign, index)),
  );
  const has = unknownToo ? HAS : [...HAS, 'unknown' as const];
  const rows = await store.deliveries
    .find({ _id: { $in: ids }, state: { $in: has } }, { projection: { contact: 1 }, hint: { _id: 1 } })
    .toArray();
  const contacts = new Set(rows.map((row) => row.contact));
  const who = ({ _id, personId }: ContactDoc): string => personId ?? _id;
  const served = new Set(numbers.filter(({ _id }) => contacts.has(_id)).map(who));
  return new Set(people.filter((one) => served.has(who(one))).map(({ _id }) => _id));
}

/** The row of one contact in one campaign. */
export async function rowOfCampaign(
  store: Store,
  campaign: string,
  contact: string,
): Promise<DeliveryDoc | null> {
  return store.deliveries.findOne({ contact, campaign }, { hint: 'of-contact', maxTimeMS: BUDGET_MS });
}

/** Whether one contact missed a campaign, with its row there. */
export async function missedRow(
  store: Store,
  missed: Missed,
  contact: string,
): Promise<{ missed: boolean; row: DeliveryDoc | null }> {
  const row = await rowOfCampaign(store, missed.of, contact);
  if (row === null) return { missed: false, row };
  const found = await store.deliveries.findOne(
    { $and: [missedFilter(missed), { _id: row._id }] },
    { projection: { _id: 1 }, hint: { _id: 1 } },
  );
  return { missed: found !== null, row };
}
