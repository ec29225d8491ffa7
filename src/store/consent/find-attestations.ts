import type { Store } from '../store.ts';
import type { AttestationDoc } from './attestations.ts';

/** Attestations of some chains, by contact. */
export async function attestationsOf(
  store: Store,
  contacts: string[],
): Promise<ReadonlyMap<string, AttestationDoc[]>> {
  const found = new Map<string, AttestationDoc[]>();
  const rows = store.ledgerAttestations.find({ contact: { $in: contacts } }, { projection: { _id: 0 } });
  for await (const one of rows) found.set(one.contact, [...(found.get(one.contact) ?? []), one]);
  return found;
}

/** Writes attestations of one key; chains that have one keep it. */
export async function insertAttestations(store: Store, rows: readonly AttestationDoc[]): Promise<void> {
  if (rows.length === 0) return;
  await store.ledgerAttestations.bulkWrite(
    rows.map(({ contact, retired, ...rest }) => ({
      updateOne: { filter: { contact, retired }, update: { $setOnInsert: rest }, upsert: true },
    })),
    { ordered: false },
  );
}
