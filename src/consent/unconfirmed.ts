import { countsAsConfirmed } from '../domain/consent/opting-out.ts';
import type { Person } from '../domain/consent/person.ts';
import type { Scope } from '../domain/consent/suppression.ts';
import { neverLeft } from '../domain/sending/never-left.ts';
import type { SuppressionDoc } from '../store/consent/suppressions.ts';
import { findConfirmation } from '../store/deliveries/confirmations.ts';
import type { ContactDoc } from '../store/people/contacts.ts';
import type { Store } from '../store/store.ts';

/** Somebody who texts what may be an opt-out, and what stands for their number. */
type Asking = { contact: ContactDoc; rows: readonly SuppressionDoc[] };

/**
 * What of an earlier opt-out of some people was confirmed by a message that never left; every other person is given back as
 * they are. Without an opt-out that counts as confirmed it asks nothing. An opt-out never fails for this look: where it
 * does, the earlier one counts as confirmed.
 */
export async function readUnconfirmed(
  store: Store,
  asking: readonly Asking[],
  now: Date,
): Promise<(person: Person, stored: ContactDoc) => Person> {
  const looks = asking.flatMap(({ contact, rows }) =>
    rows.filter(countsAsConfirmed).map(async ({ scope, since }) => {
      const row = await findConfirmation(store, contact._id, since).catch(() => null);
      return { contact: contact._id, scope, lost: row !== null && neverLeft(row, now) };
    }),
  );
  const lost = (await Promise.all(looks)).filter((one) => one.lost);
  return (person, { _id }) => {
    const unconfirmed: Scope[] = lost.filter((one) => one.contact === _id).map(({ scope }) => scope);
    return unconfirmed.length === 0 ? person : { ...person, unconfirmed };
  };
}
