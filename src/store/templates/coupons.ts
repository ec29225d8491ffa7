import { Schema } from 'mongoose';
import { type Database, defineCollection, defineModel, STRICT_SCHEMA } from '../collection.ts';
import { StaleRead } from '../consent/commit.ts';
import { isDuplicateKey, isDuplicatesOnly } from '../database-errors.ts';

/** One code of a pool, and the one delivery that claimed it. */
export type CouponCodeDoc = {
  /** "<pool>/<code>", so no code is twice in a pool. */
  _id: string;
  pool: string;
  code: string;
  /** Present and true while no delivery has the code; the partial index of free codes filters on it. */
  free?: true;
  /** The delivery that claimed the code. A claim is permanent. */
  delivery?: string;
  claimedAt?: Date;
  createdAt: Date;
};

/** The keys of the index of free codes, in the form that an update takes as a hint. */
const FREE = { pool: 1, _id: 1 } as const;

export const couponCodes = defineCollection<CouponCodeDoc>()('couponCodes', {
  free: { key: FREE, partialFilterExpression: { free: true } },
  // MongoDB itself guarantees that a delivery gets only one code of a pool.
  claim: {
    key: { pool: 1, delivery: 1 },
    unique: true,
    partialFilterExpression: { delivery: { $exists: true } },
  },
});

export const codeId = (pool: string, code: string): string => `${pool}/${code}`;

/** Adds codes. Returns the indexes of those that the pool has already, which stay as they are. */
export async function insertCodes(
  database: Database,
  pool: string,
  codes: readonly string[],
  at: Date,
): Promise<number[]> {
  const rows = codes.map(
    (code): CouponCodeDoc => ({ _id: codeId(pool, code), pool, code, free: true, createdAt: at }),
  );
  try {
    await couponCodes(database).insertMany(rows, { ordered: false });
    return [];
  } catch (error) {
    return placesOfDuplicates(error);
  }
}

/**
 * Removes unclaimed codes from a pool. Returns how many were removed, and which of the codes are claimed and stay.
 */
export async function removeCodes(
  database: Database,
  pool: string,
  codes: readonly string[],
): Promise<{ removed: number; claimed: ReadonlySet<string> }> {
  const _id = { $in: codes.map((code) => codeId(pool, code)) };
  const { deletedCount } = await couponCodes(database).deleteMany({ _id, free: true }, { hint: { _id: 1 } });
  // Read after the delete: a code that was claimed a moment before is then reported as claimed.
  const had = { _id, delivery: { $exists: true } };
  const kept = await couponCodes(database)
    .find(had, { projection: { code: 1 }, hint: { _id: 1 } })
    .toArray();
  return { removed: deletedCount, claimed: new Set(kept.map(({ code }) => code)) };
}

/** Time limit of one count of codes, ms. */
const COUNT_MS = 5000;

/** Counts free and claimed codes. Rejects on the time limit, as `countFree` does. */
export async function countCodes(
  database: Database,
  pool: string,
): Promise<{ free: number; claimed: number }> {
  const given = { pool, delivery: { $exists: true } };
  const [free, claimed] = await Promise.all([
    countFree(database, pool),
    couponCodes(database).countDocuments(given, { hint: couponCodes.hint('claim'), maxTimeMS: COUNT_MS }),
  ]);
  return { free, claimed };
}

/** Counts the free codes of a pool. Rejects on the time limit. */
export async function countFree(database: Database, pool: string): Promise<number> {
  return couponCodes(database).countDocuments(
    { pool, free: true },
    { hint: couponCodes.hint('free'), maxTimeMS: COUNT_MS },
  );
}

/** The most attempts to claim when other planners take the codes between the read and the claim. */
const ROUNDS = 20;

/**
 * Up to this many codes are claimed one by one, each from those free at that moment. Planners that read many at
 * once would all read the same first codes.
 */
const FEW = 10;

/**
 * Claims one code of a pool for each delivery, or returns the code that the delivery has already. A planner that
 * died after the claim, and the next one, therefore give the same code. A delivery missing from the result found
 * the pool empty. Claims are written to a majority first. Throws `StaleRead` where other planners kept taking the
 * codes.
 */
export async function claimCodes(
  database: Database,
  pool: string,
  deliveries: readonly string[],
  at: Date,
): Promise<Map<string, string>> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const claimed = await claimsOf(database, pool, deliveries);
    const without = deliveries.filter((delivery) => !claimed.has(delivery));
    if (without.length === 0) return claimed;
    const claim = without.length > FEW ? claimTogether : claimEach;
    // A planner of the same deliveries may have claimed the last codes for them.
    if (!(await claim(database, pool, without, at))) return claimsOf(database, pool, deliveries);
  }
  throw new StaleRead('coupon codes were taken by others again and again');
}

const claimOf = (delivery: string, at: Date) => ({
  $set: { delivery, claimedAt: at },
  $unset: { free: '' as const },
});

/**
 * Claims several codes at once. False where no code is left. Other planners may have taken some of the codes read.
 */
async function claimTogether(
  database: Database,
  pool: string,
  deliveries: readonly string[],
  at: Date,
): Promise<boolean> {
  const free = await couponCodes(database)
    .find({ pool, free: true }, { projection: { _id: 1 }, hint: couponCodes.hint('free') })
    .limit(deliveries.length)
    .toArray();
  if (free.length === 0) return false;
  const writes = free.map(({ _id }, place) => ({
    updateOne: { filter: { _id, free: true as const }, update: claimOf(deliveries[place] ?? '', at) },
  }));
  // Another planner may have claimed for the same delivery meanwhile; the next attempt finds that claim.
  await couponCodes(database).bulkWrite(writes, { ordered: false }).catch(placesOfDuplicates);
  return true;
}

/** Claims codes one by one, each from those that are free at that moment. */
async function claimEach(
  database: Database,
  pool: string,
  deliveries: readonly string[],
  at: Date,
): Promise<boolean> {
  for (const delivery of deliveries) {
    const options = { hint: FREE, projection: { _id: 1 } };
    const taken = await couponCodes(database)
      .findOneAndUpdate({ pool, free: true }, claimOf(delivery, at), options)
      .catch((error: unknown) => {
        if (!isDuplicateKey(error)) throw error;
        return undefined;
      });
    if (taken === null) return false;
  }
  return true;
}

/** The delivery that claimed a code; null where the code is free or not in the pool. */
export async function holderOfCode(database: Database, pool: string, code: string): Promise<string | null> {
  const row = await couponCodes(database).findOne(
    { _id: codeId(pool, code) },
    { projection: { delivery: 1 } },
  );
  return row?.delivery ?? null;
}

/** The codes that one message claimed from some pools. */
export async function claimsOfMessage(
  database: Database,
  pools: readonly string[],
  delivery: string,
): Promise<{ pool: string; code: string; claimedAt: Date | null }[]> {
  if (pools.length === 0) return [];
  const rows = await couponCodes(database)
    .find({ pool: { $in: [...pools] }, delivery }, { hint: couponCodes.hint('claim') })
    .toArray();
  return rows.map(({ pool, code, claimedAt = null }) => ({ pool, code, claimedAt }));
}

async function claimsOf(
  database: Database,
  pool: string,
  deliveries: readonly string[],
): Promise<Map<string, string>> {
  const rows = await couponCodes(database)
    .find({ pool, delivery: { $in: [...deliveries] } }, { hint: couponCodes.hint('claim') })
    .toArray();
  return new Map(rows.map(({ delivery = '', code }) => [delivery, code]));
}

/** Indexes of the writes that violated a unique index. Rethrows every other error. */
function placesOfDuplicates(error: unknown): number[] {
  if (!isDuplicatesOnly(error)) throw error;
  return [error.writeErrors].flat().map(({ index }) => index);
}

/** A pool of codes, from which each delivery takes one. */
export type CouponPoolDoc = {
  _id: string;
  name: string;
  /** Length of the longest code ever added; 0 before the first. */
  longest: number;
  createdAt: Date;
  updatedAt: Date;
};

export const couponPools = defineModel<CouponPoolDoc>()(
  'couponPools',
  new Schema(
    {
      _id: String,
      name: { type: String, required: true },
      longest: { type: Number, required: true },
      createdAt: { type: Date, required: true },
      updatedAt: { type: Date, required: true },
    },
    STRICT_SCHEMA,
  ),
  {},
);

/** All coupon pools in id order; typically some dozens. */
export async function readCouponPools(database: Database): Promise<CouponPoolDoc[]> {
  return couponPools.model(database).find().sort({ _id: 1 }).lean<CouponPoolDoc[]>();
}

export async function findCouponPool(database: Database, id: string): Promise<CouponPoolDoc | null> {
  return couponPools.model(database).findById(id).lean<CouponPoolDoc>();
}

export async function writeCouponPool(
  database: Database,
  { id, name }: { id: string; name: string },
  at: Date,
): Promise<CouponPoolDoc> {
  return couponPools
    .model(database)
    .findOneAndUpdate(
      { _id: id },
      { $set: { name, updatedAt: at }, $setOnInsert: { createdAt: at, longest: 0 } },
      { upsert: true, returnDocument: 'after', runValidators: true },
    )
    .lean<CouponPoolDoc>()
    .orFail();
}

/** Updates the longest length. Call it before adding codes, so that no text is measured too short. */
export async function raiseLongest(database: Database, id: string, longest: number): Promise<void> {
  await couponPools.model(database).updateOne({ _id: id }, { $max: { longest } });
}
