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
  const parts =
    split === undefined
      ? [{ share: 100, words: template }]
      : split.variants.map((one) => ({ share: shareOf(split, one), words: variants[one.id] ?? template }));
  const all = 100 - (split?.holdout ?? 0);
  const shares = new Map<string, number>();
  for (const { share, words } of parts)
    for (const pool of poolsOf(words)) shares.set(pool, Math.min(all, (shares.get(pool) ?? 0) + share));
  return new Map([...shares].map(([pool, share]) => [pool, mostIn(people, share)]));
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
