import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import type { Actor } from '../domain/access/actor.ts';
import {
  type CouponPoolDoc,
  countCodes,
  findCouponPool,
  insertCodes,
  raiseLongest,
  readCouponPools,
  removeCodes,
  writeCouponPool,
} from '../store/templates/coupons.ts';

/** A coupon pool, with the codes that nobody has and those that a delivery has for good. */
export type CouponPoolView = { id: string; name: string; free: number; claimed: number; updatedAt: Date };

type Reading = Pick<AppContext, 'store'>;
type Writing = Pick<AppContext, 'store' | 'audit' | 'log' | 'now'>;

/** Pools whose codes are counted at once: connections to the database must stay free for inbound texts. */
const AT_ONCE = 4;

/** The first pools after `after` in the order of their ids. Rejects when counting codes takes too long. */
export async function listCouponPools(
  context: Reading,
  { after, limit }: { after: string; limit: number },
): Promise<{ pools: CouponPoolView[]; next: string | null }> {
  const found = (await readCouponPools(context.store)).filter(({ _id }) => _id > after);
  const shown = found.slice(0, limit);
  const pools: CouponPoolView[] = [];
  for (let at = 0; at < shown.length; at += AT_ONCE) {
    const some = shown.slice(at, at + AT_ONCE);
    pools.push(...(await Promise.all(some.map((pool) => viewOf(context, pool)))));
  }
  return { pools, next: found.length > limit ? (shown.at(-1)?._id ?? null) : null };
}

/** Null when there is no such pool. Rejects when counting its codes takes too long. */
export async function showCouponPool(context: Reading, id: string): Promise<CouponPoolView | null> {
  const pool = await findCouponPool(context.store, id);
  return pool === null ? null : viewOf(context, pool);
}

/**
 * Creates a pool, or changes its name; its codes stay. When counting its codes takes too long, rejects although the
 * pool was saved.
 */
export async function saveCouponPool(
  context: Writing,
  { actor, id, name }: { actor: Actor; id: string; name: string },
): Promise<CouponPoolView> {
  const pool = await writeCouponPool(context.store, { id, name }, context.now());
  await recordAudit(context, { actor, act: 'coupon-pool-saved', subject: poolSubject(id) });
  return viewOf(context, pool);
}

const poolSubject = (id: string) => ({ kind: 'coupon-pool', id }) as const;

type CodesOfPool = { actor: Actor; pool: string; codes: readonly string[] };

/**
 * Adds codes to a pool. `refused`: the places of codes that the pool had already, or that came twice. Null when there
 * is no such pool. A repeated call changes nothing.
 */
export async function addCouponCodes(
  context: Writing,
  { actor, pool, codes }: CodesOfPool,
): Promise<{ added: number; refused: number[] } | null> {
  const { store, now } = context;
  if ((await findCouponPool(store, pool)) === null) return null;
  await raiseLongest(store, pool, Math.max(...codes.map(({ length }) => length)));
  const unique = [...new Set(codes)];
  const known = new Set(await insertCodes(store, pool, unique, now()));
  const fresh = new Set(unique.filter((_, at) => !known.has(at)));
  const refused = codes.flatMap((code, at) => (fresh.delete(code) ? [] : [at]));
  const added = codes.length - refused.length;
  const details = { added, refused: refused.length };
  await recordAudit(context, { actor, act: 'coupon-codes-added', subject: poolSubject(pool), details });
  return { added, refused };
}

/**
 * Withdraws codes that no delivery has. `claimedPlaces`: the places of codes that a delivery has, which stay. Null
 * when there is no such pool. A repeated call finds the codes unknown.
 */
export async function withdrawCouponCodes(
  context: Writing,
  { actor, pool, codes }: CodesOfPool,
): Promise<{ withdrawn: number; claimed: number; unknown: number; claimedPlaces: number[] } | null> {
  const { store } = context;
  if ((await findCouponPool(store, pool)) === null) return null;
  const unique = [...new Set(codes)];
  const { removed: withdrawn, claimed } = await removeCodes(store, pool, unique);
  const unknown = Math.max(0, unique.length - withdrawn - claimed.size);
  const counts = { withdrawn, claimed: claimed.size, unknown };
  await recordAudit(context, {
    actor,
    act: 'coupon-codes-withdrawn',
    subject: poolSubject(pool),
    details: counts,
  });
  return { ...counts, claimedPlaces: codes.flatMap((code, at) => (claimed.has(code) ? [at] : [])) };
}

const viewOf = async ({ store }: Reading, pool: CouponPoolDoc): Promise<CouponPoolView> => ({
  id: pool._id,
  name: pool.name,
  ...(await countCodes(store, pool._id)),
  updatedAt: pool.updatedAt,
});
