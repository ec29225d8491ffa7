import { Schema } from 'mongoose';
import { StaleRead } from '../consent/commit.ts';
import { isDuplicateKey, isDuplicatesOnly } from '../database-errors.ts';
import type { Store } from '../store.ts';

/** One code of a pool, and the one delivery that has it. */
export type CouponCodeDoc = {
  /** "<pool>/<code>": no code twice in a pool. */
  _id: string;
  pool: string;
  code: string;
  /** Present and true while nobody has it; the partial index of free ones filters on it. */
  free?: true;
  /** Id of the delivery that has it, for good. */
  delivery?: string;
  claimedAt?: Date;
  createdAt: Date;
};

export const couponCodeSchema = new Schema(
  {
    _id: String,
    pool: { type: String, required: true },
    code: { type: String, required: true },
    free: Boolean,
    delivery: String,
    claimedAt: Date,
    createdAt: { type: Date, required: true },
  },
  { collection: 'couponCodes', strict: 'throw', versionKey: false, autoIndex: false },
);
/** The index of free ones, as a command that changes one of them takes a hint. */
const FREE = { pool: 1, _id: 1 } as const;
couponCodeSchema.index(FREE, { partialFilterExpression: { free: true }, name: 'free' });
// The promise of one code a delivery, kept by the database itself.
couponCodeSchema.index(
  { pool: 1, delivery: 1 },
  { unique: true, partialFilterExpression: { delivery: { $exists: true } }, name: 'claim' },
);

export const codeId = (pool: string, code: string): string => `${pool}/${code}`;

/** Adds codes; returns the places of those that the pool has already, which stay as they are. */
export async function insertCodes(
  store: Store,
  pool: string,
  codes: readonly string[],
  at: Date,
): Promise<number[]> {
  const rows = codes.map(
    (code): CouponCodeDoc => ({ _id: codeId(pool, code), pool, code, free: true, createdAt: at }),
  );
  try {
    await store.couponCodes.insertMany(rows, { ordered: false });
    return [];
  } catch (error) {
    return placesOfDuplicates(error);
  }
}

/** Takes codes out of a pool that no delivery has. How many, and which of them a delivery has: these stay. */
export async function removeCodes(
  store: Store,
  pool: string,
  codes: readonly string[],
): Promise<{ removed: number; claimed: ReadonlySet<string> }> {
  const _id = { $in: codes.map((code) => codeId(pool, code)) };
  const { deletedCount } = await store.couponCodes.deleteMany({ _id, free: true }, { hint: { _id: 1 } });
  // Read after it: what was claimed a moment before is told as claimed.
  const had = { _id, delivery: { $exists: true } };
  const kept = await store.couponCodes.find(had, { projection: { code: 1 }, hint: { _id: 1 } }).toArray();
  return { removed: deletedCount, claimed: new Set(kept.map(({ code }) => code)) };
}

/** Longest that one count of codes may take, ms. */
const COUNT_MS = 5000;

/** Rejects where the database needs longer than it may, as `countFree` does. */
export async function countCodes(store: Store, pool: string): Promise<{ free: number; claimed: number }> {
  const given = { pool, delivery: { $exists: true } };
  const [free, claimed] = await Promise.all([
    countFree(store, pool),
    store.couponCodes.countDocuments(given, { hint: 'claim', maxTimeMS: COUNT_MS }),
  ]);
  return { free, claimed };
}

/** How many codes of a pool nobody has. */
export async function countFree(store: Store, pool: string): Promise<number> {
  return store.couponCodes.countDocuments({ pool, free: true }, { hint: 'free', maxTimeMS: COUNT_MS });
}

/** Codes that others took between a look and the claim are looked for again so often at most. */
const ROUNDS = 20;

/** So few are claimed one by one, by what is free at that moment: all who read at once read the same codes first. */
const FEW = 10;

/**
 * One code for each delivery, the one it has where it has one: a planner that died after it claimed, and the next that
 * plans the same, give the same. A delivery that is missing in the answer found the pool empty. Written to a majority
 * before it answers. Throws `StaleRead` where others were faster again and again.
 */
export async function claimCodes(
  store: Store,
  pool: string,
  deliveries: readonly string[],
  at: Date,
): Promise<Map<string, string>> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const claimed = await claimsOf(store, pool, deliveries);
    const without = deliveries.filter((one) => !claimed.has(one));
    if (without.length === 0) return claimed;
    const claim = without.length > FEW ? claimTogether : claimEach;
    // Whoever plans the same at this moment may have had the last ones.
    if (!(await claim(store, pool, without, at))) return claimsOf(store, pool, deliveries);
  }
  throw new StaleRead('coupon codes were taken by others again and again');
}

const claimOf = (delivery: string, at: Date) => ({
  $set: { delivery, claimedAt: at },
  $unset: { free: '' as const },
});

/** False where no code is left. Some of those that were read may be taken by now. */
async function claimTogether(
  store: Store,
  pool: string,
  deliveries: readonly string[],
  at: Date,
): Promise<boolean> {
  const free = await store.couponCodes
    .find({ pool, free: true }, { projection: { _id: 1 }, hint: 'free' })
    .limit(deliveries.length)
    .toArray();
  if (free.length === 0) return false;
  const writes = free.map(({ _id }, place) => ({
    updateOne: { filter: { _id, free: true as const }, update: claimOf(deliveries[place] ?? '', at) },
  }));
  // Another planner may have claimed for the same delivery meanwhile: the next look finds what it has.
  await store.couponCodes.bulkWrite(writes, { ordered: false }).catch(placesOfDuplicates);
  return true;
}

/** The same, each from those that nobody has as it is claimed. */
async function claimEach(
  store: Store,
  pool: string,
  deliveries: readonly string[],
  at: Date,
): Promise<boolean> {
  for (const delivery of deliveries) {
    const options = { hint: FREE, projection: { _id: 1 } };
    const taken = await store.couponCodes
      .findOneAndUpdate({ pool, free: true }, claimOf(delivery, at), options)
      .catch((error: unknown) => {
        if (!isDuplicateKey(error)) throw error;
        return undefined;
      });
    if (taken === null) return false;
  }
  return true;
}

/** The delivery that has a code; null where nobody has it, or the pool has no such code. */
export async function holderOfCode(store: Store, pool: string, code: string): Promise<string | null> {
  const row = await store.couponCodes.findOne({ _id: codeId(pool, code) }, { projection: { delivery: 1 } });
  return row?.delivery ?? null;
}

async function claimsOf(
  store: Store,
  pool: string,
  deliveries: readonly string[],
): Promise<Map<string, string>> {
  const rows = await store.couponCodes
    .find({ pool, delivery: { $in: [...deliveries] } }, { hint: 'claim' })
    .toArray();
  return new Map(rows.map(({ delivery = '', code }) => [delivery, code]));
}

/** Places of the writes that met a unique key; rethrows whatever else went wrong. */
function placesOfDuplicates(error: unknown): number[] {
  if (!isDuplicatesOnly(error)) throw error;
  return [error.writeErrors].flat().map(({ index }) => index);
}

/** A heap of codes of which each delivery takes one. */
export type CouponPoolDoc = {
  _id: string;
  name: string;
  /** Characters of the longest code that was ever added; 0 before the first. */
  longest: number;
  createdAt: Date;
  updatedAt: Date;
};

export const couponPoolSchema = new Schema(
  {
    _id: String,
    name: { type: String, required: true },
    longest: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { collection: 'couponPools', strict: 'throw', versionKey: false, autoIndex: false },
);

/** All, in the order of their ids: there are some dozens. */
export async function readCouponPools(store: Store): Promise<CouponPoolDoc[]> {
  return store.models.couponPools.find().sort({ _id: 1 }).lean<CouponPoolDoc[]>();
}

export async function findCouponPool(store: Store, id: string): Promise<CouponPoolDoc | null> {
  return store.models.couponPools.findById(id).lean<CouponPoolDoc>();
}

export async function writeCouponPool(
  store: Store,
  { id, name }: { id: string; name: string },
  at: Date,
): Promise<CouponPoolDoc> {
  return store.models.couponPools
    .findOneAndUpdate(
      { _id: id },
      { $set: { name, updatedAt: at }, $setOnInsert: { createdAt: at, longest: 0 } },
      { upsert: true, returnDocument: 'after', runValidators: true },
    )
    .lean<CouponPoolDoc>()
    .orFail();
}

/** Raised before codes of this length are added, so that no text is measured too short. */
export async function raiseLongest(store: Store, id: string, longest: number): Promise<void> {
  await store.models.couponPools.updateOne({ _id: id }, { $max: { longest } });
}
