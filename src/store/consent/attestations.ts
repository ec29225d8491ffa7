import { type Database, defineCollection } from '../collection.ts';
import { type LedgerKeys, type Mac, type MacState, macOf, stateOf } from '../sealing/keys.ts';

/**
 * Replaces the signatures of a retired ledger key for one contact's chain: states the result of its check at that
 * time, signed by the key that took over. The hash covers all entries up to `seq`.
 */
export type AttestationDoc = {
  contact: string;
  /** Version of the key that was retired. */
  retired: string;
  seq: number;
  hash: string;
  /**
   * `whole`: all signatures were valid. `unsigned`: the key was lost, so only the chain itself was checked. Any
   * other value says what was wrong.
   */
  result: string;
  at: Date;
  mac: Mac;
};

export const WHOLE = 'whole';
export const UNSIGNED = 'unsigned';

export const ledgerAttestations = defineCollection<AttestationDoc>()('ledgerAttestations', {
  'of-chain': { key: { contact: 1, retired: 1 }, unique: true },
});

type Unsigned = Omit<AttestationDoc, 'mac'>;

const partsOf = ({ contact, retired, seq, hash, result, at }: Unsigned) =>
  ['attestation', contact, retired, seq, hash, result, at.toISOString()] as const;

export const signAttestation = (keys: LedgerKeys, statement: Unsigned): AttestationDoc => ({
  ...statement,
  mac: macOf(keys, partsOf(statement)),
});

export const attestationState = (keys: LedgerKeys, attestation: AttestationDoc): MacState =>
  stateOf(keys, partsOf(attestation), attestation.mac);

/** Attestations of some contacts' chains, by contact. */
export async function attestationsOf(
  database: Database,
  contacts: string[],
): Promise<ReadonlyMap<string, AttestationDoc[]>> {
  const found = new Map<string, AttestationDoc[]>();
  const rows = ledgerAttestations(database).find({ contact: { $in: contacts } }, { projection: { _id: 0 } });
  for await (const row of rows) found.set(row.contact, [...(found.get(row.contact) ?? []), row]);
  return found;
}

/** Writes attestations of one key. A chain that already has one keeps it. */
export async function insertAttestations(database: Database, rows: readonly AttestationDoc[]): Promise<void> {
  if (rows.length === 0) return;
  await ledgerAttestations(database).bulkWrite(
    rows.map(({ contact, retired, ...rest }) => ({
      updateOne: { filter: { contact, retired }, update: { $setOnInsert: rest }, upsert: true },
    })),
    { ordered: false },
  );
}
