import type { ConsentState } from '../domain/consent/consent-state.ts';
import { countsAsConfirmed, type Scope, type Suppression } from '../domain/consent/suppression.ts';
import { neverLeft } from '../domain/sending/unknown-outcome.ts';
import { findConfirmations } from '../store/deliveries/history.ts';
import type { Store } from '../store/store.ts';

/**
 * Finds opt-out confirmations that were never sent. The returned function adds the scopes of those opt-outs to a
 * person; other persons are returned unchanged. `standing`: suppressions of people who text a possible opt-out. Reads
 * nothing when none of them names a confirmation. A failed read must not fail the opt-out: the earlier one then
 * counts as confirmed.
 */
export async function loadUndeliveredConfirmations(
  store: Store,
  standing: readonly Suppression[],
  now: Date,
): Promise<(person: ConsentState) => ConsentState> {
  const ids = standing.flatMap((row) => confirmationOf(row) ?? []);
  const rows = ids.length === 0 ? [] : await findConfirmations(store, ids).catch(() => []);
  const lost = new Set(rows.filter((row) => neverLeft(row, now)).map(({ _id }) => _id));
  return (person) => {
    const unconfirmed = person.suppressions.flatMap((row): Scope[] =>
      lost.has(confirmationOf(row) ?? '') ? [row.scope] : [],
    );
    return unconfirmed.length === 0 ? person : { ...person, unconfirmed };
  };
}

const confirmationOf = (row: Suppression): string | undefined =>
  countsAsConfirmed(row) ? row.confirmation : undefined;
