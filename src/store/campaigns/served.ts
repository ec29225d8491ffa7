import type { Filter } from 'mongodb';
import { type DeliveryDoc, type DeliveryState, OF_CAMPAIGN } from '../deliveries/deliveries.ts';
import { HELD_OUT } from '../deliveries/held-out.ts';
import { MAYBE_GOT } from '../deliveries/maybe-got.ts';
import type { ContactDoc } from '../people/contacts.ts';
import type { Store } from '../store.ts';
import { LEFT } from './figures.ts';
import type { Missed } from './missed.ts';
import { campaignRowId } from './row.ts';

/** Longest that one question may take in the database, ms. */
const BUDGET_MS = 10_000;

const HAS: DeliveryState[] = ['planned', 'sending', 'accepted', 'sent', 'delivered'];

/** What tells whether somebody has got it since. */
export type Holder = Pick<ContactDoc, '_id' | 'index' | 'personId'>;
export const HOLDER = { index: 1, personId: 1 } as const;

/**
 * Of some people, those who have, are about to get, or were held out of the campaign that they missed, or of another resend of it, on
 * any number of theirs. Whom one held out that was canceled before anybody got it is compared with nobody: they may get the next.
 */
export async function servedAmong(
  store: Store,
  { of, unknownToo }: Missed,
  self: string,
  people: readonly Holder[],
  budgetMs = BUDGET_MS,
): Promise<ReadonlySet<string>> {
  const campaigns = await store.campaigns
    .find({ 'missed.of': of, _id: { $ne: self } }, { projection: { state: 1 } })
    .toArray();
  const persons = people.flatMap(({ personId }) => personId ?? []);
  const numbers = persons.length === 0 ? people : [...people, ...(await numbersOf(store, persons, budgetMs))];
  const ids = [of, ...campaigns.map(({ _id }) => _id)].flatMap((campaign) =>
    numbers.map(({ index }) => campaignRowId(campaign, index)),
  );
  const canceled = campaigns.filter(({ state }) => state === 'canceled').map(({ _id }) => _id);
  const heldOut = { ...HELD_OUT, campaign: { $nin: await unreached(store, canceled, budgetMs) } };
  const had: Filter<DeliveryDoc>[] = [{ state: { $in: HAS } }, heldOut, ...(unknownToo ? [] : MAYBE_GOT)];
  const rows = await store.deliveries
    .find(
      { _id: { $in: ids }, $or: had },
      { projection: { contact: 1 }, hint: { _id: 1 }, maxTimeMS: budgetMs },
    )
    .toArray();
  const contacts = new Set(rows.map((row) => row.contact));
  const who = ({ _id, personId }: Holder): string => personId ?? _id;
  const served = new Set(numbers.filter(({ _id }) => contacts.has(_id)).map(who));
  return new Set(people.filter((one) => served.has(who(one))).map(({ _id }) => _id));
}

/** Those of some canceled campaigns of which nothing left, nor may yet. */
async function unreached(store: Store, canceled: readonly string[], maxTimeMS: number): Promise<string[]> {
  const options = { projection: { _id: 0, state: 1 }, hint: OF_CAMPAIGN, maxTimeMS };
  const reached = await Promise.all(
    canceled.map((campaign) =>
      store.deliveries.findOne({ campaign, state: { $in: ['sending', ...LEFT] } }, options),
    ),
  );
  return canceled.filter((_, at) => reached[at] === null);
}

function numbersOf(store: Store, persons: string[], budgetMs: number): Promise<Holder[]> {
  return store.contacts
    .find<Holder>({ personId: { $in: persons } }, { projection: HOLDER, maxTimeMS: budgetMs })
    .toArray();
}
