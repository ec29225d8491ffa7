import { Schema } from 'mongoose';
import { type LedgerKeys, type Mac, type MacState, macOf, stateOf } from '../sealing/keys.ts';
import type { Store } from '../store.ts';

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

export const attestationSchema = new Schema(
  {
    contact: { type: String, required: true },
    retired: { type: String, required: true },
    seq: { type: Number, required: true },
    hash: { type: String, required: true },
    result: { type: String, required: true },
    at: { type: Date, required: true },
    mac: { type: Schema.Types.Mixed, required: true },
  },
  { collection: 'ledgerAttestations', strict: 'throw', versionKey: false, autoIndex: false },
);
attestationSchema.index({ contact: 1, retired: 1 }, { unique: true, name: 'of-chain' });

type Unsigned = Omit<AttestationDoc, 'mac'>;

const partsOf = ({ contact, retired, seq, hash, result, at }: Unsigned) =>
  ['attestation', contact, retired, seq, hash, result, at.toISOString()] as const;

export const signAttestation = (keys: LedgerKeys, one: Unsigned): AttestationDoc => ({
  ...one,
  mac: macOf(keys, partsOf(one)),
});

export const attestationState = (keys: LedgerKeys, attestation: AttestationDoc): MacState =>
  stateOf(keys, partsOf(attestation), attestation.mac);

/** Attestations of some contacts' chains, by contact. */
export async function attestationsOf(
  store: Store,
  contacts: string[],
): Promise<ReadonlyMap<string, AttestationDoc[]>> {
  const found = new Map<string, AttestationDoc[]>();
  const rows = store.ledgerAttestations.find({ contact: { $in: contacts } }, { projection: { _id: 0 } });
  for await (const row of rows) found.set(row.contact, [...(found.get(row.contact) ?? []), row]);
  return found;
}

/** Writes attestations of one key. A chain that already has one keeps it. */
export async function insertAttestations(store: Store, rows: readonly AttestationDoc[]): Promise<void> {
  if (rows.length === 0) return;
  await store.ledgerAttestations.bulkWrite(
    rows.map(({ contact, retired, ...rest }) => ({
      updateOne: { filter: { contact, retired }, update: { $setOnInsert: rest }, upsert: true },
    })),
    { ordered: false },
  );
}
