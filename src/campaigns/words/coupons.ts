import type { Desk } from '../../consent/desk.ts';
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

/**
 * Why a campaign cannot start: the pool that has fewer codes than its audience has people, beside those whose `rows` have
 * one of it. Null where none has.
 */
export async function shortPool(
  desk: Desk,
  template: MessageTemplateDoc,
  people: number,
  { besides = new Set(), rows = [] }: { besides?: ReadonlySet<string>; rows?: readonly string[] } = {},
): Promise<string | null> {
  for (const pool of poolsOf(template)) {
    if (besides.has(pool)) continue;
    const had = await countClaims(desk.store, pool, rows);
    const { free } = await countCodes(desk.store, pool);
    if (free + had < people) {
      const theirs = had === 0 ? '' : `, of whom ${had} have theirs`;
      return `The coupon pool "${pool}" has ${free} codes left, and the audience ${people} people${theirs}. Add codes: POST /coupon-pools/${pool}/codes.`;
    }
  }
  return null;
}
