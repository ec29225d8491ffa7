import {
  contradiction,
  type LedgerFault,
  suppressionFault,
  unexplained,
  unfounded,
} from '../../domain/consent/ledger-faults.ts';
import {
  type AttestationDoc,
  attestationState,
  attestationsOf,
  UNSIGNED,
  WHOLE,
} from '../../store/consent/attestations.ts';
import {
  type ConsentEventDoc,
  chainsOf,
  PERSONAL_FIELDS,
  strayChains,
} from '../../store/consent/consent-events.ts';
import {
  type KeptBeside,
  keptBeside,
  type StrayPeople,
  strayPeople,
} from '../../store/consent/kept-beside.ts';
import { type ContactDoc, findContacts, pageContacts } from '../../store/contacts/contacts.ts';
import { numberOf, unlessClosed } from '../../store/contacts/open-contact.ts';
import {
  blindIndex,
  type IndexKeys,
  type KeyRing,
  type LedgerKeys,
  macStateOf,
  openHolderKey,
} from '../../store/sealing/keys.ts';
import { readLedgerKeys, retiredVersions } from '../../store/startup-checks.ts';
import type { Store } from '../../store/store.ts';
import { commitmentTo, GENESIS, hashOf, openEntry } from './ledger.ts';

type ContactFault = LedgerFault & { contact: string };

export type LedgerReport = {
  chains: number;
  entries: number;
  faults: ContactFault[];
  /** Contacts that do not exist and have entries. */
  strays: string[];
  /** What else is on record of people who do not exist. */
  missing: StrayPeople;
  /** How many chains were walked without what is sealed in them, by the key that the ring lacks. */
  locked: Map<string, number>;
};

/** How much of the report is no clean bill: a chain that was not opened was not verified. */
export function faultsOf({ faults, strays, missing, locked }: LedgerReport): number {
  const found = faults.length + strays.length + missing.contacts.length + missing.suppressions;
  return [...locked.values()].reduce((sum, one) => sum + one, found);
}

const PAGE = 500;

/** `blindIndexKeys`: of none, whether contacts are found by their own numbers is not asked. */
export type VerificationKeys = {
  keyRing: KeyRing;
  blindIndexKeys: IndexKeys;
  ledgerKeys: Omit<LedgerKeys, 'installation'>;
};

/** What a walk works with. `indexOf`: null where it is not asked by which number a contact is found. */
export type Verification = {
  store: Store;
  ring: KeyRing;
  ledgerKeys: LedgerKeys;
  retired: ReadonlySet<string>;
  /** A ledger key that is lost: what it signed is taken for signed. Null: none, as everywhere but where a key is retired. */
  unchecked: string | null;
  indexOf: IndexOf | null;
};

/** Walks every chain and compares it with what came with it. Changes nothing; `progress` is called after each page of contacts. */
export async function verifyLedger(
  store: Store,
  keys: VerificationKeys,
  progress: (report: LedgerReport) => void,
): Promise<LedgerReport> {
  const how = await openVerification(store, keys);
  const report: LedgerReport = {
    ...{ chains: 0, entries: 0, faults: [], strays: [], locked: new Map() },
    missing: { contacts: [], suppressions: 0 },
  };
  for (let after: string | null = null; ; ) {
    const contacts: ContactDoc[] = await pageContacts(store, after, PAGE);
    await verifyPage(how, contacts, report);
    progress(report);
    after = contacts.at(-1)?._id ?? null;
    if (contacts.length < PAGE) break;
  }
  report.strays = await strayChains(store);
  report.missing = await strayPeople(store, report.strays);
  return report;
}

/** What a walk over the ledger of a database works with. */
export async function openVerification(
  store: Store,
  { keyRing: ring, blindIndexKeys, ledgerKeys }: VerificationKeys,
): Promise<Verification> {
  return {
    ...{ store, ring, unchecked: null },
    retired: await retiredVersions(store),
    ledgerKeys: await readLedgerKeys(store, ledgerKeys),
    indexOf: blindIndexKeys.length === 0 ? null : (one: string) => blindIndex(blindIndexKeys, one),
  };
}

async function verifyPage(
  how: Verification,
  contacts: readonly ContactDoc[],
  report: LedgerReport,
): Promise<void> {
  const { wrong, entries } = await faultsAmong(how, contacts);
  report.chains += contacts.length;
  report.entries += entries;
  for (const { keys } of contacts) {
    const by = keys.evidence?.by;
    if (by !== undefined && !how.ring.keys.has(by)) report.locked.set(by, (report.locked.get(by) ?? 0) + 1);
  }
  if (wrong.length === 0) return;
  // Somebody may have texted between the reads: what is wrong once more is a fault.
  const again = await findContacts(
    how.store,
    wrong.map(({ contact }) => contact),
  );
  report.faults.push(...(await faultsAmong(how, again)).wrong);
}

/** Faults of some contacts, one for each at most, and how many entries they have. */
export async function faultsAmong(
  how: Verification,
  contacts: readonly ContactDoc[],
): Promise<{ wrong: ContactFault[]; entries: number }> {
  const ids = contacts.map(({ _id }) => _id);
  // What came with entries is read before them: they then have all of it.
  const kept = await keptBeside(how.store, contacts);
  const chains = await chainsOf(how.store, ids);
  const attestations = await attestationsOf(how.store, ids);
  const others = await chainsOf(how.store, kept.otherHolders(ids));
  const wrong = contacts.flatMap((contact): ContactFault[] => {
    const proof = { ...how, attestations: attestations.get(contact._id) ?? [] };
    const fault = faultOf(contact, chains.get(contact._id) ?? [], { proof, kept, others });
    return fault === null ? [] : [{ ...fault, contact: contact._id }];
  });
  const entries = [...chains.values()].reduce((sum, one) => sum + one.length, 0);
  return { wrong, entries };
}

/** The fault of one contact whose whole chain was read; null: none. It may be of an act that came between the reads. */
export async function faultOfContact(
  desk: Omit<Verification, 'retired' | 'unchecked'>,
  contact: ContactDoc,
  events: readonly ConsentEventDoc[],
): Promise<LedgerFault | null> {
  const { store } = desk;
  const kept = await keptBeside(store, [contact]);
  const attestations = (await attestationsOf(store, [contact._id])).get(contact._id) ?? [];
  const proof = { ...desk, retired: await retiredVersions(store), unchecked: null, attestations };
  const others = await chainsOf(store, kept.otherHolders([contact._id]));
  return faultOf(contact, events, { proof, kept, others });
}

type Facts = {
  proof: Verification & Pick<ChainProof, 'attestations'>;
  kept: KeptBeside;
  /** Chains of those who have, or had, the same number. */
  others: ReadonlyMap<string, ConsentEventDoc[]>;
};

function faultOf(
  contact: ContactDoc,
  events: readonly ConsentEventDoc[],
  { proof, kept, others }: Facts,
): LedgerFault | null {
  const evidence = unlessClosed(() => openHolderKey(proof.ring, contact._id, contact.keys, 'evidence'));
  const ofNumber = [events, ...kept.holdersOf(contact).flatMap(({ _id }) => [others.get(_id) ?? []])];
  return (
    contactFault(contact, events, { ...proof, evidence }) ??
    indexFault(proof, contact) ??
    closedKey(proof, contact, evidence) ??
    contradiction(contact, events, kept.surroundingsOf(contact)) ??
    optOutFault(kept, contact, { ofNumber, ring: proof.ring })
  );
}

/** A key that the ring has and that does not open: what it sealed was not looked at. */
function closedKey(
  { ring }: Verification,
  { keys }: ContactDoc,
  evidence: Buffer | null,
): LedgerFault | null {
  const by = keys.evidence?.by;
  if (evidence !== null || by === undefined || !ring.keys.has(by)) return null;
  return { seq: 0, what: `its evidence key does not open with the key ${by} of KEYRING` };
}

/** An erased number, and one that does not open, is compared with nothing. */
function indexFault({ ring, indexOf }: Verification, contact: ContactDoc): LedgerFault | null {
  if (indexOf === null || contact.sealed === null) return null;
  const number = unlessClosed(() => numberOf(ring, contact));
  return number === null ? null : wrongIndex(number, contact, indexOf);
}

/**
 * The opt-outs of a number are those of all who had it: the newest of them answers for it. Where a key is lost a hold ends without
 * an entry until they write again (docs/operations.md, Keys): nothing is compared then.
 */
function optOutFault(
  kept: KeptBeside,
  contact: ContactDoc,
  { ofNumber, ring }: { ofNumber: readonly (readonly ConsentEventDoc[])[]; ring: KeyRing },
): LedgerFault | null {
  const holders = [contact, ...kept.holdersOf(contact)];
  const isLost = holders.some(({ keys }) => keys.evidence !== null && !ring.keys.has(keys.evidence.by));
  if (!contact.current || isLost) return null;
  const what = suppressionFault(kept.suppressionsOf(contact), ofNumber);
  return what === null ? null : { seq: ofNumber[0]?.length ?? 0, what };
}

/** What a chain is checked with. */
export type ChainProof = {
  /** The evidence key, with which commitments are checked too; null where it does not open or was destroyed. */
  evidence: Buffer | null;
  ledgerKeys: LedgerKeys;
  /** Ledger keys that were retired: what they signed counts up to an attestation. */
  retired: ReadonlySet<string>;
  /** A ledger key that is lost, whose signatures nobody can check; null: none. */
  unchecked: string | null;
  attestations: readonly AttestationDoc[];
};

/** The chain of one contact against what the contact says of it. Null: whole. */
export function contactFault(
  contact: Pick<ContactDoc, 'head' | 'keys' | 'subscriptions'>,
  events: readonly ConsentEventDoc[],
  proof: ChainProof,
): LedgerFault | null {
  const head = events.length === 0 && contact.head.seq === 0 ? { seq: 0, hash: GENESIS } : contact.head;
  return (
    faultIn(events, head, proof) ??
    unexplained(events, contact.keys.evidence === null) ??
    unfounded(contact, events)
  );
}

/**
 * Walks one holder's chain and names the first entry that was changed, dropped, added or moved, or that this installation
 * did not sign.
 */
function faultIn(
  events: readonly ConsentEventDoc[],
  head: { seq: number; hash: string },
  proof: ChainProof,
): LedgerFault | null {
  const attested = newestAttestation(proof);
  if (attested !== null && 'what' in attested) return attested;
  let prev = GENESIS;
  let expected = 1;
  for (const event of events) {
    const { seq, hash } = event;
    if (seq > expected) return { seq: expected, what: 'the entry is missing' };
    if (seq < expected) return { seq, what: 'the entry stands twice' };
    const what = wrongEntry(event, prev, { ...proof, attested });
    if (what !== null) return { seq, what };
    prev = hash;
    expected += 1;
  }
  const last = Math.max(head.seq, attested?.seq ?? 0);
  if (last >= expected) return { seq: expected, what: 'the entry is missing at the end' };
  if (head.hash !== prev) return { seq: head.seq, what: 'the head of the chain is another entry' };
  return null;
}

type Attested = { seq: number; hash: string };

/** The attestation that covers most of those that a key of today signed; a fault where one was changed, or found one. */
function newestAttestation({ ledgerKeys, retired, attestations }: ChainProof): Attested | LedgerFault | null {
  let newest: AttestationDoc | null = null;
  for (const one of attestations) {
    // What another retirement has replaced since says nothing any more.
    if (retired.has(one.mac?.by) || !ledgerKeys.keys.has(one.mac?.by)) continue;
    if (attestationState(ledgerKeys, one) !== 'fits')
      return { seq: one.seq, what: `its attestation for the ledger key ${one.retired} was changed` };
    if (newest === null || one.seq > newest.seq) newest = one;
  }
  if (newest === null || newest.result === WHOLE || newest.result === UNSIGNED) return newest;
  const { seq, result, retired: key } = newest;
  return { seq, what: `when the ledger key ${key} was retired, the chain had this fault: ${result}` };
}

type EntryProof = ChainProof & { attested: Attested | null };

function wrongEntry(event: ConsentEventDoc, prev: string, proof: EntryProof): string | null {
  const { sealed: _, mac: __, hash, ...open } = event;
  if (event.prev !== prev) return 'the entry does not follow the one before it';
  if (hashOf(open) !== hash) return 'the entry was changed';
  return unsigned(event, proof) ?? brokenCommitment(event, proof.evidence);
}

/** Why nothing vouches for an entry; null where its signature or an attestation does. */
function unsigned(
  event: ConsentEventDoc,
  { ledgerKeys, retired, unchecked, attested }: EntryProof,
): string | null {
  const { seq, hash, mac } = event;
  if (attested !== null && seq <= attested.seq) {
    // The hash binds all entries before it, whoever signed them.
    const isAnother = seq === attested.seq && hash !== attested.hash;
    return isAnother ? 'the entry is another than was attested' : null;
  }
  const state = macStateOf(ledgerKeys, event);
  if (state === 'missing') return 'the entry has neither a signature of this installation nor an attestation';
  if (state === 'wrong') return 'this installation did not sign the entry';
  if (retired.has(mac.by))
    return `the entry was signed by the ledger key ${mac.by}, which was retired before`;
  return state === 'fits' || mac.by === unchecked
    ? null
    : `LEDGER_KEY lacks the key ${mac.by}, which signed the entry`;
}

/** A contact that is found by another number than its own: who looks for that number would read this chain. */
const wrongIndex = (
  number: string,
  { index }: Pick<ContactDoc, 'index'>,
  indexOf: IndexOf,
): LedgerFault | null =>
  indexOf(number) === index ? null : { seq: 0, what: 'the contact is found by another number than its own' };

type IndexOf = (number: string) => string;

function brokenCommitment(event: ConsentEventDoc, key: Buffer | null): string | null {
  // What was erased is asked about where the whole chain is there.
  if (key === null || event.sealed === null) return null;
  let opened: ReturnType<typeof openEntry>;
  try {
    opened = openEntry(event, key);
  } catch {
    return 'the sealed fields were changed';
  }
  for (const field of PERSONAL_FIELDS) {
    const pair = opened?.[field];
    const commitment = event.commitments[field];
    if (pair === undefined && commitment === undefined) continue;
    if (pair === undefined || commitmentTo(...pair) !== commitment) return `its ${field} does not match`;
  }
  return null;
}
