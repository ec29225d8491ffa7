import type { Desk } from '../../consent/desk.ts';
import { mostIn, type Split, shareOf } from '../../domain/campaigns/split.ts';
import type { Issued } from '../../domain/templates/issued.ts';
import { claimCodes, countClaims, countCodes } from '../../store/campaigns/coupon-codes.ts';
import type { MessageTemplateDoc } from '../../store/campaigns/message-templates.ts';
import { poolsOf } from './merge-for.ts';

/** A delivery and the pools that its text takes codes of. */
export type Need = { delivery: string; pools: readonly string[] };

/**
 * A code of each pool for each delivery, claimed for good; a delivery that lacks one found its pool empty. Each pool is
 * asked once for all of them.
 */
export async function claimCoupons(
  desk: Desk,
  needs: readonly Need[],
): Promise<(delivery: string) => Issued['coupons']> {
  const pools = [...new Set(needs.flatMap((one) => one.pools))];
  const byPool = await Promise.all(
    pools.map(async (pool) => {
      const of = needs.filter((one) => one.pools.includes(pool)).map((one) => one.delivery);
      return [pool, await claimCodes(desk.store, pool, of, desk.now())] as const;
    }),
  );
  return (delivery) =>
    new Map(
      byPool.flatMap(([pool, codes]) => {
        const code = codes.get(delivery);
        return code === undefined ? [] : [[pool, code] as const];
      }),
    );
}

/** Words of a campaign: of a split those of its variants alone go to anybody. */
type Words = { template: MessageTemplateDoc; variants?: Readonly<Record<string, MessageTemplateDoc>> };

/** How many codes of each pool they take at most, of so many people. */
export function codesFor(
  { template, variants = {} }: Words,
  split: Split | undefined,
  people: number,
): ReadonlyMap<string, number> {
  const all = 100 - (split?.holdout ?? 0);
  const shares = sharesOf(partsOf({ template, variants }, split), all);
  return new Map([...shares].map(([pool, share]) => [pool, mostIn(people, share)]));
}

/**
 * How many codes of each pool that `next` takes more of than `before` it takes at most, beside those that are claimed:
 * whoever is planned with a code of the pool has theirs, and keeps it in its new words.
 */
export function codesAdded(
  before: Words,
  next: Words,
  split: Split | undefined,
  { planned, unplanned }: { planned: number; unplanned: number },
): ReadonlyMap<string, number> {
  const had = partsOf(before, split).map(({ pools }) => pools);
  const parts = partsOf(next, split);
  const pick = (isKept: boolean) =>
    parts.map(({ share, pools }, at) => ({
      share,
      pools: pools.filter((pool) => had[at]?.includes(pool) === isKept),
    }));
  const kept = sharesOf(pick(true), 100);
  const all = sharesOf(parts, 100);
  const added = new Map<string, number>();
  for (const [pool, share] of sharesOf(pick(false), 100)) {
    const more = Math.min(share, 100 - (kept.get(pool) ?? 0));
    if (more > 0) added.set(pool, mostIn(planned, more) + mostIn(unplanned, all.get(pool) ?? 0));
  }
  return added;
}

/** Of 100 people, how many get each wording at most, and the pools it takes codes of. */
type Part = { share: number; pools: readonly string[] };

function partsOf({ template, variants = {} }: Words, split: Split | undefined): Part[] {
  if (split === undefined) return [{ share: 100, pools: poolsOf(template) }];
  return split.variants.map((one) => ({
    share: shareOf(split, one),
    pools: poolsOf(variants[one.id] ?? template),
  }));
}

function sharesOf(parts: readonly Part[], all: number): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { share, pools } of parts)
    for (const pool of pools) shares.set(pool, Math.min(all, (shares.get(pool) ?? 0) + share));
  return shares;
}

/**
 * Why a campaign cannot start: the pool that has fewer codes than are needed of it, beside those that `rows` have. Null
 * where none has. `people`: of its audience.
 */
export async function shortPool(
  desk: Desk,
  needed: ReadonlyMap<string, number>,
  people: number,
  rows: readonly string[] = [],
): Promise<string | null> {
  for (const [pool, most] of needed) {
    const had = await countClaims(desk.store, pool, rows);
    const { free } = await countCodes(desk.store, pool);
    if (free + had < most) {
      const some = most < people ? `, of whom up to ${most} get one` : '';
      const theirs = had === 0 ? '' : `, of whom ${had} have theirs`;
      return `The coupon pool "${pool}" has ${free} codes left, and the audience ${people} people${some}${theirs}. Add codes: POST /coupon-pools/${pool}/codes.`;
    }
  }
  return null;
}
