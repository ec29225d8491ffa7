import { isListedAt } from '../src/domain/consent/carrier-block.ts';
import type { OptedOutPerson } from '../src/simulator/options.ts';
import { readPrograms } from '../src/store/consent/programs.ts';
import { pageSuppressions, type SuppressionDoc } from '../src/store/consent/suppressions.ts';
import { findHolders } from '../src/store/contacts/contacts.ts';
import { numberOf, unlessClosed } from '../src/store/contacts/open-contact.ts';
import type { KeyRing } from '../src/store/sealing/keys.ts';
import { DATABASE, openStore, type Store } from '../src/store/store.ts';

const PAGE = 1000;

/**
 * Returns the people who, as far as the gateway knows, are on the opt-out lists of the carrier. A simulator starts with empty lists,
 * so it would not answer their START. People whose numbers cannot be decrypted any more are left out.
 */
export async function stoppedAtCarrier(
  uri: string,
  ring: KeyRing,
  database = DATABASE,
): Promise<OptedOutPerson[]> {
  const store = await openStore({ uri, database });
  try {
    const { senders } = await readPrograms(store);
    const stopped: OptedOutPerson[] = [];
    for await (const rows of carrierRows(store)) {
      const numbers = await numbersOf(store, ring, rows);
      for (const row of rows) {
        const person = numbers.get(row.index);
        if (person === undefined) continue;
        const to = senders.filter((sender) => isListedAt(row, sender));
        stopped.push(...to.map(({ number }) => ({ number, person })));
      }
    }
    return stopped;
  } finally {
    await store.close();
  }
}

async function* carrierRows(store: Store): AsyncIterable<SuppressionDoc[]> {
  for (let after: string | null = null; ; ) {
    const rows = await pageSuppressions(store, { after, limit: PAGE, kind: 'carrier', scope: null });
    yield rows;
    const last = rows.at(-1);
    if (rows.length < PAGE || last === undefined) return;
    after = last._id;
  }
}

/** Returns the numbers by blind index. */
async function numbersOf(
  store: Store,
  ring: KeyRing,
  rows: readonly SuppressionDoc[],
): Promise<Map<string, string>> {
  const holders = await findHolders(store, [...new Set(rows.map(({ index }) => index))]);
  const numbers = new Map<string, string>();
  for (const stored of holders) {
    const number = stored.sealed === null ? null : unlessClosed(() => numberOf(ring, stored));
    if (number !== null) numbers.set(stored.index, number);
  }
  return numbers;
}
