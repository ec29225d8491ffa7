import {
  contradiction,
  type LedgerFault,
  suppressionFault,
  unexplained,
  unfounded,
} from '../../domain/consent/ledger-faults.ts';
import { pagesOf } from '../../store/batching.ts';
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
  /** Ids of missing contacts that have ledger entries. */
  strays: string[];
  /** Other records of missing contacts. */
  missing: StrayPeople;
  /** Number of chains checked without their sealed fields, by the key that the ring lacks. */
  locked: Map<string, number>;
};

/** Counts every finding that keeps the report from being clean. A chain that was not opened was not verified. */
export function faultsOf({ faults, strays, missing, locked }: LedgerReport): number {
  const found = faults.length + strays.length + missing.contacts.length + missing.suppressions;
  return [...locked.values()].reduce((sum, count) => sum + count, found);
}

const PAGE = 500;

/** With no `blindIndexKeys`, the check whether a contact is indexed under its own number is skipped. */
export type VerificationKeys = {
  keyRing: KeyRing;
  blindIndexKeys: IndexKeys;
  ledgerKeys: Omit<LedgerKeys, 'installation'>;
};

/** What a verification works with. `indexOf`: null to skip the check of contact indexes. */
export type Verification = {
  store: Store;
  ring: KeyRing;
  ledgerKeys: LedgerKeys;
  retired: ReadonlySet<string>;
  /** A lost ledger key whose signatures are taken as valid. Null except while that key is being retired. */
  unchecked: string | null;
  indexOf: IndexOf | null;
};

/**
 * Checks every chain against the records written with it. Changes nothing. Calls `progress` after each page of
 * contacts.
 */
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
  for await (const contacts of contactPages(store)) {
    await verifyPage(how, contacts, report);
    progress(report);
  }
  report.strays = await strayChains(store);
  report.missing = await strayPeople(store, report.strays);
  return report;
}

/** All contacts, page by page. */
export const contactPages = (store: Store): AsyncGenerator<ContactDoc[]> =>
  pagesOf((after: string | null) => pageContacts(store, after, PAGE), {
    size: PAGE,
    placeOf: ({ _id }) => _id,
  });

/** Prepares the verification of one database. */
export async function openVerification(
  store: Store,
  { keyRing: ring, blindIndexKeys, ledgerKeys }: VerificationKeys,
): Promise<Verification> {
  return {
    ...{ store, ring, unchecked: null },
    retired: await retiredVersions(store),
    ledgerKeys: await readLedgerKeys(store, ledgerKeys),
    indexOf: blindIndexKeys.length === 0 ? null : (number: string) => blindIndex(blindIndexKeys, number),
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
  // The person may have texted between the reads, so only a fault that a second read confirms is reported.
  const again = await findContacts(
    how.store,
    wrong.map(({ contact }) => contact),
  );
  report.faults.push(...(await faultsAmong(how, again)).wrong);
}

/** The faults of some contacts, at most one per contact, and the number of their entries. */
export async function faultsAmong(
  how: Verification,
  contacts: readonly ContactDoc[],
): Promise<{ wrong: ContactFault[]; entries: number }> {
  const ids = contacts.map(({ _id }) => _id);
  // The records that entries explain are read first, so that the entries read later cover all of them.
  const kept = await keptBeside(how.store, contacts);
  const chains = await chainsOf(how.store, ids);
  const attestations = await attestationsOf(how.store, ids);
  const others = await chainsOf(how.store, kept.otherHolders(ids));
  const wrong = contacts.flatMap((contact): ContactFault[] => {
    const proof = { ...how, attestations: attestations.get(contact._id) ?? [] };
    const fault = faultOf(contact, chains.get(contact._id) ?? [], { proof, kept, others });
    return fault === null ? [] : [{ ...fault, contact: contact._id }];
  });
  const entries = [...chains.values()].reduce((sum, chain) => sum + chain.length, 0);
  return { wrong, entries };
}

/**
 * The fault of one contact whose whole chain was read; null when there is none. A fault may come from an act between
 * the reads.
 */
export async function faultOfContact(
  context: Omit<Verification, 'retired' | 'unchecked'>,
  contact: ContactDoc,
  events: readonly ConsentEventDoc[],
): Promise<LedgerFault | null> {
  const { store } = context;
  const kept = await keptBeside(store, [contact]);
  const attestations = (await attestationsOf(store, [contact._id])).get(contact._id) ?? [];
  const proof = { ...context, retired: await retiredVersions(store), unchecked: null, attestations };
  const others = await chainsOf(store, kept.otherHolders([contact._id]));
  return faultOf(contact, events, { proof, kept, others });
}

type Facts = {
  proof: Verification & Pick<ChainProof, 'attestations'>;
  kept: KeptBeside;
  /** Chains of other present and former holders of the same number. */
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

/** Reports an evidence key that the ring should open and cannot: the fields sealed with it were not checked. */
function closedKey(
  { ring }: Verification,
  { keys }: ContactDoc,
  evidence: Buffer | null,
): LedgerFault | null {
  const by = keys.evidence?.by;
  if (evidence !== null || by === undefined || !ring.keys.has(by)) return null;
  return { seq: 0, what: `its evidence key does not open with the key ${by} of KEYRING` };
}

/** Skips an erased number and a number that cannot be opened. */
function indexFault({ ring, indexOf }: Verification, contact: ContactDoc): LedgerFault | null {
  if (indexOf === null || contact.sealed === null) return null;
  const number = unlessClosed(() => numberOf(ring, contact));
  return number === null ? null : wrongIndex(number, contact, indexOf);
}

/**
 * Compares the suppressions of a number with the chains of all its holders; a fault is reported at the current
 * holder. Skipped when a key is lost: a hold then ends without an entry until the person writes again
 * (docs/operations/keys.md).
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

/** The keys and attestations with which a chain is checked. */
export type ChainProof = {
  /** The evidence key, which checks commitments; null when it cannot be opened or was destroyed. */
  evidence: Buffer | null;
  ledgerKeys: LedgerKeys;
  /** Retired ledger keys. Their signatures count only up to an attestation. */
  retired: ReadonlySet<string>;
  /** A lost ledger key whose signatures nobody can check; null when there is none. */
  unchecked: string | null;
  attestations: readonly AttestationDoc[];
};

/** Checks the chain of one contact against the contact's own fields. Null: no fault. */
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
 * Walks one holder's chain and names the first entry that was changed, dropped, added or moved, or that this
 * installation did not sign.
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

/**
 * The attestation under a current ledger key that covers the most entries; a fault when one was changed or recorded a
 * fault.
 */
function newestAttestation({ ledgerKeys, retired, attestations }: ChainProof): Attested | LedgerFault | null {
  let newest: AttestationDoc | null = null;
  for (const attestation of attestations) {
    // An attestation under a key that was retired since, or that we lack, was replaced by a later one.
    if (retired.has(attestation.mac?.by) || !ledgerKeys.keys.has(attestation.mac?.by)) continue;
    if (attestationState(ledgerKeys, attestation) !== 'fits')
      return {
        seq: attestation.seq,
        what: `its attestation for the ledger key ${attestation.retired} was changed`,
      };
    if (newest === null || attestation.seq > newest.seq) newest = attestation;
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

/** Why an entry is not trusted; null when its signature or an attestation covers it. */
function unsigned(
  event: ConsentEventDoc,
  { ledgerKeys, retired, unchecked, attested }: EntryProof,
): string | null {
  const { seq, hash, mac } = event;
  if (attested !== null && seq <= attested.seq) {
    // The attested hash binds all earlier entries, under any key.
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

/** A contact indexed under another number than its own: a lookup of that number would read this chain. */
const wrongIndex = (
  number: string,
  { index }: Pick<ContactDoc, 'index'>,
  indexOf: IndexOf,
): LedgerFault | null =>
  indexOf(number) === index ? null : { seq: 0, what: 'the contact is found by another number than its own' };

type IndexOf = (number: string) => string;

function brokenCommitment(event: ConsentEventDoc, key: Buffer | null): string | null {
  // Erased fields are checked with the whole chain, in `contactFault`.
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
