import { createHash } from 'node:crypto';
import type { Store } from '../../src/store/store.ts';

const OF_CONSENT = ['suppressions', 'consentEvents', 'deliveries', 'inbound', 'disclosures', 'programs'];
const NOT_OF_PROFILES = { profile: 0, profileSealed: 0, profileRev: 0 };

/** A digest of all records of consent: each of their collections, and these contacts without their profiles. */
export async function consentPrint(store: Store, contacts: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of OF_CONSENT) {
    hash.update(JSON.stringify([name, await store.db.collection(name).find().sort({ _id: 1 }).toArray()]));
  }
  const filter = { _id: { $in: [...contacts] } };
  const rows = await store.contacts.find(filter, { projection: NOT_OF_PROFILES }).sort({ _id: 1 }).toArray();
  return hash.update(JSON.stringify(rows)).digest('hex');
}
