import type { Filter } from 'mongodb';
import { beginningOfRuns } from '../../domain/campaigns/run-id.ts';
import { beginningWith } from '../../domain/segments/compile/filter.ts';
import type { DeliveryDoc } from '../deliveries/deliveries.ts';
import { MAYBE_GOT } from '../deliveries/maybe-got.ts';
import type { ContactDoc } from '../people/contacts.ts';
import { findOthers } from '../people/joined.ts';
import type { Store } from '../store.ts';
import { campaignRowId } from './row.ts';

/** Who got one of these, or one of the runs of these, is left out; `by`: the campaign that leaves them out. */
export type LeavesOut = { by: string; campaigns: readonly string[]; recurrences: readonly string[] };

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
export async function gotAmong(
  store: Store,
  leavesOut: LeavesOut | null,
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
  { campaigns }: LeavesOut,
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
  { by, recurrences }: LeavesOut,
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
