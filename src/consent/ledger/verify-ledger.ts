import { type ConsentEventDoc, chainsOf, strayChains } from '../../store/consent/consent-events.ts';
import { type ContactDoc, findContacts, pageContacts } from '../../store/people/contacts.ts';
import { numberOf, unlessClosed } from '../../store/people/holder.ts';
import { blindIndex, type IndexKeys, type KeyRing, openHolderKey } from '../../store/sealing/keys.ts';
import type { Store } from '../../store/store.ts';
import { GENESIS } from './ledger.ts';
import { type Fault, faultIn, unfounded, wrongIndex } from './verify-chain.ts';

export type LedgerReport = {
  chains: number;
  entries: number;
  faults: (Fault & { contact: string })[];
  /** Contacts that do not exist and have entries. */
  strays: string[];
  /** How many chains were walked without what is sealed in them, by the key that the ring lacks. */
  locked: Map<string, number>;
};

/** How much of the report is no clean bill: a chain that was not opened was not verified. */
export function faultsOf({ faults, strays, locked }: LedgerReport): number {
  return [...locked.values()].reduce((sum, one) => sum + one, faults.length + strays.length);
}

const PAGE = 500;

/** `blindIndexKeys`: of none, whether contacts are found by their own numbers is not asked. */
export type LedgerKeys = { keyRing: KeyRing; blindIndexKeys: IndexKeys };

/** Walks every chain. Changes nothing; `progress` is called after each page of contacts. */
export async function verifyLedger(
  store: Store,
  keys: LedgerKeys,
  progress: (report: LedgerReport) => void,
): Promise<LedgerReport> {
  const report: LedgerReport = { chains: 0, entries: 0, faults: [], strays: [], locked: new Map() };
  for (let after: string | null = null; ; ) {
    const contacts: ContactDoc[] = await pageContacts(store, after, PAGE);
    await verifyPage(store, keys, contacts, report);
    progress(report);
    after = contacts.at(-1)?._id ?? null;
    if (contacts.length < PAGE) break;
  }
  report.strays = await strayChains(store);
  return report;
}

async function verifyPage(
  store: Store,
  keys: LedgerKeys,
  contacts: readonly ContactDoc[],
  report: LedgerReport,
): Promise<void> {
  const ring = keys.keyRing;
  const chains = await chainsOf(store, idsOf(contacts));
  const wrong = contacts.filter((one) => faultOf(keys, one, chains) !== null);
  report.chains += contacts.length;
  for (const chain of chains.values()) report.entries += chain.length;
  for (const { keys } of contacts) {
    const by = keys.evidence?.by;
    if (by !== undefined && !ring.keys.has(by)) report.locked.set(by, (report.locked.get(by) ?? 0) + 1);
  }
  if (wrong.length === 0) return;
  // Somebody may have texted between the two reads: what is wrong once more is a fault.
  const again = await findContacts(store, idsOf(wrong));
  const chainsNow = await chainsOf(store, idsOf(again));
  for (const contact of again) {
    const fault = faultOf(keys, contact, chainsNow);
    if (fault !== null) report.faults.push({ ...fault, contact: contact._id });
  }
}

const idsOf = (contacts: readonly ContactDoc[]): string[] => contacts.map((one) => one._id);

function faultOf(
  { keyRing: ring, blindIndexKeys }: LedgerKeys,
  contact: ContactDoc,
  chains: ReadonlyMap<string, ConsentEventDoc[]>,
): Fault | null {
  const events = chains.get(contact._id) ?? [];
  const head = events.length === 0 && contact.head.seq === 0 ? { seq: 0, hash: GENESIS } : contact.head;
  const { evidence } = contact.keys;
  const key = unlessClosed(() => openHolderKey(ring, contact._id, contact.keys, 'evidence'));
  const fault =
    faultIn(events, head, key) ?? unfounded(contact, events) ?? indexFault(ring, contact, blindIndexKeys);
  if (fault !== null || key !== null || evidence === null || !ring.keys.has(evidence.by)) return fault;
  return { seq: 0, what: `its evidence key does not open with the key ${evidence.by} of KEYRING` };
}

/** An erased number, and one that does not open, is compared with nothing. */
function indexFault(ring: KeyRing, contact: ContactDoc, keys: IndexKeys): Fault | null {
  if (keys.length === 0 || contact.sealed === null) return null;
  const number = unlessClosed(() => numberOf(ring, contact));
  return number === null ? null : wrongIndex(number, contact, (one) => blindIndex(keys, one));
}
