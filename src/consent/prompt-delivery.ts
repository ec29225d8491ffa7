import type { ConsentState } from '../domain/consent/consent-state.ts';
import { countsAsConfirmed, type Scope, type Suppression } from '../domain/consent/suppression.ts';
import { neverLeft } from '../domain/sending/unknown-outcome.ts';
import { findConfirmations } from '../store/deliveries/history.ts';
import type { Store } from '../store/store.ts';

/**
 * What of an earlier opt-out of some people was confirmed by a message that never left; every other person is given back as
 * they are. `standing`: the rows of those who text what may be an opt-out. Where none of them names its confirmation it asks
 * nothing. An opt-out never fails for this look: where it does, the earlier one counts as confirmed.
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
