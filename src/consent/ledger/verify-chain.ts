import { type Fault, unexplained, unfounded } from '../../domain/consent/ledger-faults.ts';
import { type AttestationDoc, attestationState, UNSIGNED, WHOLE } from '../../store/consent/attestations.ts';
import { type ConsentEventDoc, PERSONAL_FIELDS } from '../../store/consent/consent-events.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { type LedgerKeys, macStateOf } from '../../store/sealing/entry-mac.ts';
import { commitmentTo, GENESIS, hashOf, openEntry } from './ledger.ts';

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
): Fault | null {
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
): Fault | null {
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
function newestAttestation({ ledgerKeys, retired, attestations }: ChainProof): Attested | Fault | null {
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
export const wrongIndex = (
  number: string,
  { index }: Pick<ContactDoc, 'index'>,
  indexOf: IndexOf,
): Fault | null =>
  indexOf(number) === index ? null : { seq: 0, what: 'the contact is found by another number than its own' };

export type IndexOf = (number: string) => string;

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
