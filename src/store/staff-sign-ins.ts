import type { ClientSession } from 'mongodb';
import { FIRST_WAIT_MS, TRY_MEMORY_MS, type TryRule } from '../domain/access/staff.ts';
import { type Database, defineCollection } from './collection.ts';
import { isDuplicateKey } from './database-errors.ts';

/** One device on which a member is signed in. The cookie's session names it; it is no secret by itself. */
export type StaffSignInDoc = {
  _id: string;
  staff: string;
  generation: number;
  /** "Firefox, Linux". */
  family: string;
  createdAt: Date;
  lastSeenAt: Date;
  expires: Date;
};

export const staffSignIns = defineCollection<StaffSignInDoc>()('staffSignIns', {
  expires_1: { key: { expires: 1 }, expireAfterSeconds: 0 },
  'of-staff': { key: { staff: 1, lastSeenAt: -1 } },
});

/** Most devices that a list shows. */
const MOST_LISTED = 100;

export async function insertSignIn(
  database: Database,
  signIn: StaffSignInDoc,
  session: ClientSession,
): Promise<boolean> {
  await staffSignIns(database).insertOne(signIn, { session });
  return true;
}

export const findSignIn = (database: Database, id: string): Promise<StaffSignInDoc | null> =>
  staffSignIns(database).findOne({ _id: id });

/** The devices of a member, the one used last first. */
export const listSignIns = (
  database: Database,
  { staff, generation, now }: { staff: string; generation: number; now: Date },
): Promise<StaffSignInDoc[]> =>
  staffSignIns(database)
    .find({ staff, generation, expires: { $gt: now } })
    .sort({ lastSeenAt: -1 })
    .limit(MOST_LISTED)
    .toArray();

export async function touchSignIn(
  database: Database,
  id: string,
  { at, expires }: { at: Date; expires: Date },
): Promise<void> {
  await staffSignIns(database).updateOne({ _id: id }, { $set: { lastSeenAt: at, expires } });
}

/** Ends one sign-in of a member. False: the member has no such sign-in. */
export async function removeSignIn(
  database: Database,
  { id, staff }: { id: string; staff: string },
  session: ClientSession,
): Promise<boolean> {
  const { deletedCount } = await staffSignIns(database).deleteOne({ _id: id, staff }, { session });
  return deletedCount === 1;
}

/** Tries to sign in that share an address, an account or a device. */
export type SignInTriesDoc = {
  /** Scope, and one of a fixed number of places that address, account or device fall into. */
  _id: string;
  tries: number;
  lastAt: Date;
  /** The next try counts from here on. Null: at once. */
  until: Date | null;
  expires: Date;
};

export const signInTries = defineCollection<SignInTriesDoc>()('signInTries', {
  expires_1: { key: { expires: 1 }, expireAfterSeconds: 0 },
});

/**
 * Counts a try before its password is checked, so that many at once are counted one by one. Resolves to the moment
 * from which a try is allowed when this one is not; such a try is not counted. Null: it is allowed.
 */
export async function takeTry(
  database: Database,
  id: string,
  { free, longestMs }: TryRule,
  now: Date,
): Promise<Date | null> {
  const isBlocked = { $gt: ['$until', now] };
  const isOld = { $lte: ['$lastAt', new Date(now.getTime() - TRY_MEMORY_MS)] };
  const tries = {
    $cond: [isBlocked, '$tries', { $cond: [isOld, 1, { $add: [{ $ifNull: ['$tries', 0] }, 1] }] }],
  };
  // The exponent is bounded: a number beyond 2^1023 is an error in the database.
  const doubled = { $pow: [2, { $min: [30, { $subtract: ['$tries', free] }] }] };
  const wait = { $min: [longestMs, { $multiply: [FIRST_WAIT_MS, doubled] }] };
  const until = { $cond: [{ $lt: ['$tries', free] }, null, { $add: [now, wait] }] };
  const change = [
    { $set: { tries, wasBlocked: isBlocked } },
    {
      $set: {
        until: { $cond: ['$wasBlocked', '$until', until] },
        lastAt: { $cond: ['$wasBlocked', '$lastAt', now] },
        expires: { $cond: ['$wasBlocked', '$expires', new Date(now.getTime() + TRY_MEMORY_MS)] },
      },
    },
    { $unset: 'wasBlocked' },
  ];
  const take = () =>
    signInTries(database).findOneAndUpdate({ _id: id }, change, { upsert: true, returnDocument: 'before' });
  // Two first tries at once may both insert the row; the second then finds it.
  const before = await take().catch((error: unknown) => {
    if (!isDuplicateKey(error)) throw error;
    return take();
  });
  const blocked = before?.until ?? null;
  return blocked !== null && blocked > now ? blocked : null;
}

/** Forgets the tries of one scope, after a sign-in that succeeded. */
export async function forgetTries(database: Database, ids: readonly string[]): Promise<void> {
  await signInTries(database).deleteMany({ _id: { $in: [...ids] } });
}

/** Gives one try back that succeeded, in a scope that others share. */
export async function returnTry(database: Database, id: string): Promise<void> {
  await signInTries(database).updateOne({ _id: id, tries: { $gt: 0 } }, { $inc: { tries: -1 } });
}
