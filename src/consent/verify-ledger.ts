import { chainOf, strayChains } from '../store/consent-events.ts';
import { type ContactDoc, pageContacts } from '../store/contacts.ts';
import { KeyMissing, type KeyRing, openHolderKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { GENESIS } from './ledger.ts';
import { type Fault, faultIn } from './verify-chain.ts';

export type LedgerReport = {
  chains: number;
  entries: number;
  faults: (Fault & { contact: string })[];
  /** Chains of contacts that do not exist. */
  strays: number;
};

const PAGE = 500;

/** Walks every chain. Changes nothing; `progress` is called after each page of contacts. */
export async function verifyLedger(
  store: Store,
  ring: KeyRing,
  progress: (report: LedgerReport) => void,
): Promise<LedgerReport> {
  const report: LedgerReport = { chains: 0, entries: 0, faults: [], strays: 0 };
  for (let after: string | null = null; ; ) {
    const contacts: ContactDoc[] = await pageContacts(store, after, PAGE);
    for (const contact of contacts) await verifyOne(store, ring, contact, report);
    progress(report);
    after = contacts.at(-1)?._id ?? null;
    if (contacts.length < PAGE) break;
  }
  report.strays = await strayChains(store);
  return report;
}

async function verifyOne(
  store: Store,
  ring: KeyRing,
  contact: ContactDoc,
  report: LedgerReport,
): Promise<void> {
  const events = await chainOf(store, contact._id);
  report.chains += 1;
  report.entries += events.length;
  const head = events.length === 0 && contact.head.seq === 0 ? { seq: 0, hash: GENESIS } : contact.head;
  const fault = faultIn(events, head, evidenceKey(ring, contact));
  if (fault !== null) report.faults.push({ ...fault, contact: contact._id });
}

function evidenceKey(ring: KeyRing, contact: ContactDoc): Buffer | null {
  try {
    return openHolderKey(ring, contact._id, contact.keys, 'evidence');
  } catch (error) {
    if (error instanceof KeyMissing) return null;
    throw error;
  }
}
