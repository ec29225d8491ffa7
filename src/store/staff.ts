import type { ClientSession, Filter, UpdateFilter } from 'mongodb';
import { z } from 'zod';
import type { Role } from '../domain/access/permissions.ts';
import type { StaffPreferences, StaffState } from '../domain/access/staff.ts';
import { type AuditEntryDoc, auditEntries } from './audit/audit-entries.ts';
import { type Database, defineCollection } from './collection.ts';
import { isDuplicateKey } from './database-errors.ts';
import type { WrappedKey } from './sealing/keys.ts';
import { defineSetting } from './settings.ts';
import { inTransaction } from './transaction.ts';

/** The authenticator of a member. */
export type StaffTotp = {
  /** Sealed by the key ring. */
  secret: WrappedKey;
  /** The newest time step whose code was used. A code is accepted once. */
  lastStep: number;
  since: Date;
};

/** A passkey of a member. */
export type StaffPasskey = {
  id: string;
  /** As the member called it. */
  name: string;
  /** The id that the authenticator gave it, base64url. */
  credential: string;
  /** COSE. */
  publicKey: Buffer;
  /** Signatures so far, as the authenticator counts them. 0 for ever where it does not count. */
  counter: number;
  transports: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
  /** When the challenge was made that was answered last. Answers to that one or an earlier one are void. */
  lastChallengeAt: Date;
};

/** Who a member is at the provider, from the first sign-in through it. */
export type StaffAtProvider = { issuer: string; subject: string; since: Date };

/** A member of staff. */
export type StaffDoc = {
  _id: string;
  name: string;
  /** In the spelling of `readEmail`. */
  email: string;
  role: Role;
  /** Programs that the member is limited to; empty: all. */
  programs: string[];
  /** argon2id; null until the invitation was accepted, and after a member left. */
  password: string | null;
  totp: StaffTotp | null;
  passkeys: StaffPasskey[];
  /** Null until the member signs in through the provider. */
  atProvider: StaffAtProvider | null;
  /** SHA-256 of recovery codes that were not used, hex. */
  recoveryCodes: string[];
  state: StaffState;
  createdAt: Date;
  lastSignInAt: Date | null;
  /** Sign-ins and links of an earlier generation are void. */
  generation: number;
  preferences: StaffPreferences;
};

export const staff = defineCollection<StaffDoc>()('staff', {
  email: { key: { email: 1 }, unique: true },
  'at-provider': {
    key: { 'atProvider.issuer': 1, 'atProvider.subject': 1 },
    unique: true,
    partialFilterExpression: { 'atProvider.subject': { $exists: true } },
  },
  // Partial, because members without passkeys would all count as having the same one.
  passkey: {
    key: { 'passkeys.credential': 1 },
    unique: true,
    partialFilterExpression: { 'passkeys.credential': { $exists: true } },
  },
});

/** Whether everybody needs a second factor. */
export const secondFactorRequired = defineSetting('second factor required', z.boolean(), false);

/** Sets whether everybody needs a second factor, in the transaction of its audit entry. */
export async function writeSecondFactorRule(
  database: Database,
  { isRequired, at }: { isRequired: boolean; at: Date },
  session: ClientSession,
): Promise<void> {
  await secondFactorRequired
    .in(database)
    .updateOne(
      { _id: secondFactorRequired.id },
      { $set: { at, value: isRequired } },
      { upsert: true, session },
    );
}

/** Counts changes of who is an admin. Transactions that raise it run one after another. */
const adminChanges = defineSetting('staff changes', z.number(), 0);

/** Most members that a list shows. */
const MOST_LISTED = 500;
const BUDGET_MS = 3000;

export const findStaff = (
  database: Database,
  id: string,
  session?: ClientSession,
): Promise<StaffDoc | null> => staff(database).findOne({ _id: id }, session === undefined ? {} : { session });

export const findStaffByEmail = (database: Database, email: string): Promise<StaffDoc | null> =>
  staff(database).findOne({ email });

export const findStaffAtProvider = (
  database: Database,
  { issuer, subject }: Omit<StaffAtProvider, 'since'>,
): Promise<StaffDoc | null> =>
  staff(database).findOne({ 'atProvider.issuer': issuer, 'atProvider.subject': subject });

/** Everybody, in the order of names. Members who left come last. */
export async function listStaff(database: Database): Promise<StaffDoc[]> {
  const rows = await staff(database).find({}).sort({ _id: 1 }).limit(MOST_LISTED).toArray();
  const isGone = ({ state }: StaffDoc): number => (state === 'left' ? 1 : 0);
  return rows.sort((a, b) => isGone(a) - isGone(b) || a.name.localeCompare(b.name));
}

/** Names and roles of members by id, of those who left too. */
export async function staffNames(
  database: Database,
): Promise<ReadonlyMap<string, { name: string; role: Role }>> {
  const rows = await staff(database)
    .find({}, { projection: { name: 1, role: 1 } })
    .limit(MOST_LISTED)
    .toArray();
  return new Map(rows.map(({ _id, name, role }) => [_id, { name, role }]));
}

/** Whether an admin can sign in. `session`: of a transaction that changes admins. */
export async function countAdmins(
  database: Database,
  { except, session }: { except?: string; session?: ClientSession } = {},
): Promise<number> {
  const filter: Filter<StaffDoc> = { role: 'admin', state: 'active' };
  if (except !== undefined) filter._id = { $ne: except };
  return staff(database).countDocuments(filter, session === undefined ? {} : { session });
}

/** The work of one change of staff. False: nothing was changed, and nothing is committed. */
export type StaffChange = (session: ClientSession) => Promise<boolean>;

/** Thrown inside the transaction, so that nothing of it is committed. */
class NothingChanged extends Error {}

/**
 * Commits a change of staff together with its audit entries. False: `change` changed nothing, or the e-mail address
 * belongs to somebody else.
 */
export async function commitStaffChange(
  database: Database,
  entries: readonly AuditEntryDoc[],
  change: StaffChange,
): Promise<boolean> {
  try {
    await inTransaction(database, BUDGET_MS, async (session) => {
      if (!(await change(session))) throw new NothingChanged();
      if (entries.length > 0) await auditEntries(database).insertMany([...entries], { session });
    });
    return true;
  } catch (error) {
    if (error instanceof NothingChanged || isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Lets transactions that change admins run one after another: each must see how many the other left. */
export async function orderAdminChanges(database: Database, session: ClientSession, at: Date): Promise<void> {
  await adminChanges
    .in(database)
    .updateOne({ _id: adminChanges.id }, { $set: { at }, $inc: { value: 1 } }, { session, upsert: true });
}

export async function insertStaff(
  database: Database,
  member: StaffDoc,
  session: ClientSession,
): Promise<boolean> {
  await staff(database).insertOne(member, { session });
  return true;
}

/** What may be expected of a member at the moment of a change. */
type Expected = Partial<Pick<StaffDoc, 'state' | 'generation'>>;

/** Changes one member who is as expected. `endSignIns`: raises the generation. */
export async function updateStaff(
  database: Database,
  id: string,
  {
    expect = {},
    set,
    endSignIns = false,
  }: { expect?: Expected; set: Partial<StaffDoc>; endSignIns?: boolean },
  session?: ClientSession,
): Promise<boolean> {
  const change: UpdateFilter<StaffDoc> = {};
  if (Object.keys(set).length > 0) change.$set = set;
  if (endSignIns) change.$inc = { generation: 1 };
  const { matchedCount } = await staff(database).updateOne(
    { _id: id, ...expect },
    change,
    session === undefined ? {} : { session },
  );
  return matchedCount === 1;
}

/** Notes that the code of a time step was used. False: that code, or a newer one, was used before. */
export async function useTimeStep(database: Database, id: string, step: number): Promise<boolean> {
  const { modifiedCount } = await staff(database).updateOne(
    { _id: id, 'totp.lastStep': { $lt: step } },
    { $set: { 'totp.lastStep': step } },
  );
  return modifiedCount === 1;
}

/** Whether a member has anything that a password alone does not replace. */
export const hasSecondFactor = ({ totp, passkeys }: Pick<StaffDoc, 'totp' | 'passkeys'>): boolean =>
  totp !== null || passkeys.length > 0;

/** Notes a signature of a passkey. False: its challenge, or a newer one, was answered before. */
export async function usePasskey(
  database: Database,
  { id, generation }: { id: string; generation: number },
  { passkey, counter, challengeAt, at }: { passkey: string; counter: number; challengeAt: Date; at: Date },
): Promise<boolean> {
  const isUnused = { id: passkey, counter: { $lte: counter }, lastChallengeAt: { $lt: challengeAt } };
  const { modifiedCount } = await staff(database).updateOne(
    { _id: id, state: 'active', generation, passkeys: { $elemMatch: isUnused } },
    {
      $set: {
        'passkeys.$.counter': counter,
        'passkeys.$.lastUsedAt': at,
        'passkeys.$.lastChallengeAt': challengeAt,
      },
    },
  );
  return modifiedCount === 1;
}

/** Uses up a recovery code. False: there is no such code. */
export async function useRecoveryCode(
  database: Database,
  id: string,
  hash: string,
  session: ClientSession,
): Promise<boolean> {
  const { modifiedCount } = await staff(database).updateOne(
    { _id: id, recoveryCodes: hash },
    { $pull: { recoveryCodes: hash } },
    { session },
  );
  return modifiedCount === 1;
}
