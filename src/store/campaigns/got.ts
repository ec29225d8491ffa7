import type { Filter } from 'mongodb';
import { beginningOfRuns } from '../../domain/campaigns/run-id.ts';
import { REMEMBERED_SENDS } from '../../domain/segments/clauses.ts';
import { beginningWith } from '../../domain/segments/compile/filter.ts';
import type { DeliveryDoc } from '../deliveries/deliveries.ts';
import { MAYBE_GOT } from '../deliveries/maybe-got.ts';
import type { ContactDoc } from '../people/contacts.ts';
import type { Store } from '../store.ts';
import { campaignRowId } from './row.ts';

/** Who got one of these, or one of the runs of these, is left out; `by`: the campaign that leaves them out. */
export type LeavesOut = { by: string; campaigns: readonly string[]; recurrences: readonly string[] };

/** Longest that one question may take in the database, ms. */
const BUDGET_MS = 10_000;

/** Rows asked for at once. */
const MOST_IDS = 20_000;

type Holder = Pick<ContactDoc, '_id' | 'index' | 'personId'>;
type Person = Holder & Pick<ContactDoc, 'sends'>;

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
  const others = await otherNumbers(store, people);
  const numbers = [...people, ...others];
  const got = new Set([
    ...(await gotOne(store, leavesOut, numbers, now)),
    // Of runs contacts tell, and there may be hundreds: rows are asked only of what they may have forgotten, and of other numbers.
    ...(await gotRun(store, leavesOut, [...people.filter(mayForget), ...others], now)),
  ]);
  const who = ({ _id, personId }: Holder): string => personId ?? _id;
  const persons = new Set(numbers.filter(({ _id }) => got.has(_id)).map(who));
  return new Set(people.filter((one) => persons.has(who(one))).map(({ _id }) => _id));
}

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
  if (recurrences.length === 0 || numbers.length === 0) return [];
  const runs = beginningWith('campaign', recurrences.map(beginningOfRuns));
  const contact = { $in: numbers.map(({ _id }) => _id) };
  return contactsOf(store, { $and: [{ contact, campaign: { $ne: by } }, runs] }, 'of-contact', now);
}

/** Whether as many messages stand on a contact as it remembers, of those that went or of those that may have. */
function mayForget({ sends = [] }: Pick<ContactDoc, 'sends'>): boolean {
  const unsure = sends.filter(({ unknown }) => unknown).length;
  return Math.max(unsure, sends.length - unsure) >= REMEMBERED_SENDS;
}

/** Numbers of those of some people who have several; the same of some of them again. */
async function otherNumbers(store: Store, people: readonly Holder[]): Promise<Holder[]> {
  const persons = [...new Set(people.flatMap(({ personId }) => personId ?? []))];
  if (persons.length === 0) return [];
  return store.contacts
    .find<Holder>(
      { personId: { $in: persons } },
      { projection: { index: 1, personId: 1 }, hint: 'of-person', maxTimeMS: BUDGET_MS },
    )
    .toArray();
}

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
