import {
  attestationsOf,
  insertAttestations,
  signAttestation,
  UNSIGNED,
  WHOLE,
} from '../../store/consent/attestations.ts';
import { type ContactDoc, findContacts } from '../../store/contacts/contacts.ts';
import type { LedgerKeys } from '../../store/sealing/keys.ts';
import { markRetired, retiredVersions } from '../../store/startup-checks.ts';
import type { Store } from '../../store/store.ts';
import {
  contactPages,
  faultsAmong,
  openVerification,
  type Verification,
  type VerificationKeys,
} from './verify-ledger.ts';

/** The key cannot be retired now. The message says what to do first. */
export class RetirementRefused extends Error {
  override name = 'RetirementRefused';
}

type Retiring = {
  /** Version of the key. */
  version: string;
  /** The key is lost, so its signatures cannot be checked. */
  lost: boolean;
  now: () => Date;
  progress: (done: Retired) => void;
};

/** `faulty`: chains with a fault; retiring the key does not clear it. */
export type Retired = { chains: number; faulty: { contact: string; seq: number; what: string }[] };

/**
 * Retires a ledger key: writes an attestation for each chain with the result of its verification, signed by the key
 * now in use. Anything the retired key signs beyond that is a fault. Safe to run again after an interruption. Throws
 * `RetirementRefused`.
 */
export async function retireLedgerKey(
  store: Store,
  keys: VerificationKeys,
  { version, lost, now, progress }: Retiring,
): Promise<Retired> {
  await refuseRetirement(store, keys.ledgerKeys, { version, lost });
  const how = { ...(await openVerification(store, keys)), unchecked: lost ? version : null };
  const done: Retired = { chains: 0, faulty: [] };
  for await (const contacts of contactPages(store)) {
    await attestPage(how, contacts, { version, now, done });
    progress(done);
  }
  await markRetired(store, version, now());
  return done;
}

type Page = { version: string; now: () => Date; done: Retired };

async function attestPage(
  how: Verification,
  contacts: readonly ContactDoc[],
  { version, now, done }: Page,
): Promise<void> {
  const { store } = how;
  const standing = await attestationsOf(
    store,
    contacts.map(({ _id }) => _id),
  );
  const isAttested = ({ _id }: ContactDoc): boolean =>
    standing.get(_id)?.some(({ retired }) => retired === version) === true;
  const left = contacts.filter((contact) => contact.head.seq > 0 && !isAttested(contact));
  done.chains += contacts.filter(({ head }) => head.seq > 0).length;
  const first = await faultsAmong(how, left);
  const doubtful = first.wrong.map(({ contact }) => contact);
  // The person may have texted between the reads, so only a fault that a second read confirms is reported.
  const again = await findContacts(store, doubtful);
  const { wrong } = await faultsAmong(how, again);
  const faults = new Map(wrong.map((contactFault) => [contactFault.contact, contactFault]));
  const at = now();
  const rows = [...left.filter(({ _id }) => !doubtful.includes(_id)), ...again].map(({ _id, head }) => {
    const fault = faults.get(_id);
    const result = fault === undefined ? soundResult(how) : `entry ${fault.seq}: ${fault.what}`;
    return signAttestation(how.ledgerKeys, { contact: _id, retired: version, ...head, result, at });
  });
  await insertAttestations(store, rows);
  done.faulty.push(...wrong);
}

const soundResult = ({ unchecked }: Verification): string => (unchecked === null ? WHOLE : UNSIGNED);

async function refuseRetirement(
  store: Store,
  { active, keys }: Omit<LedgerKeys, 'installation'>,
  { version, lost }: Pick<Retiring, 'version' | 'lost'>,
): Promise<void> {
  if (version === active)
    throw new RetirementRefused(
      `The key ${version} is the first of LEDGER_KEY, which signs. Put a new key before it and restart every process; then retire it.`,
    );
  if (!(await hasSigned(store, version)))
    throw new RetirementRefused(`No entry was signed by a ledger key named ${version}.`);
  if ((await retiredVersions(store)).has(version))
    throw new RetirementRefused(
      `The key ${version} was retired before. Take it out of LEDGER_KEY everywhere.`,
    );
  if (!lost && !keys.has(version))
    throw new RetirementRefused(
      `LEDGER_KEY lacks the key ${version}: append it, so that what it signed can be checked. Where it is lost for good, add --lost.`,
    );
  if (lost && keys.has(version))
    throw new RetirementRefused(
      `LEDGER_KEY has the key ${version}, so it is not lost: leave --lost out, and what it signed is checked.`,
    );
}

/**
 * Whether an entry, or an attestation for an older key, was signed by this key. Reads the whole ledger when none was.
 */
async function hasSigned(store: Store, version: string): Promise<boolean> {
  const by = { 'mac.by': version };
  const found = (await store.consentEvents.findOne(by)) ?? (await store.ledgerAttestations.findOne(by));
  return found !== null;
}
