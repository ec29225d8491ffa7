import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { mostIn, type Split, shareOf } from '../domain/campaigns/experiment.ts';
import { LANGUAGES, type Language } from '../domain/program.ts';
import type { HowMany } from '../domain/statistics.ts';
import { poolsIn, readTemplate } from '../domain/templates/template.ts';
import { isTimeLimit } from '../store/database-errors.ts';
import { countFree } from '../store/templates/coupons.ts';
import type { MessageTemplateDoc } from '../store/templates/templates.ts';
import { poolsOf } from '../templates/render.ts';
import { CountTimedOut } from './errors.ts';

/** The templates of a campaign. Of a split campaign, only the templates of its variants are sent. */
type Words = { template: MessageTemplateDoc; variants?: Readonly<Record<string, MessageTemplateDoc>> };

/** The most codes of each pool that a campaign to this many people can take. */
export function codesFor(
  { template, variants = {} }: Words,
  split: Split | undefined,
  people: number,
): ReadonlyMap<string, number> {
  const all = 100 - (split?.holdout ?? 0);
  const shares = sharesOf(partsOf({ template, variants }, split), all);
  return new Map([...shares].map(([pool, share]) => [pool, mostIn(people, share)]));
}

/** The pools from which an edit takes codes for people who may not have one. */
export const poolsAdded = (before: Words, next: Words, split: Split | undefined): Set<string> =>
  new Set(
    (split?.variants ?? [{ id: undefined }]).flatMap(({ id }) =>
      LANGUAGES.flatMap((language) => addedTo(wordsOf(before, id), wordsOf(next, id), language)),
    ),
  );

const wordsOf = ({ template, variants = {} }: Words, variant: string | undefined): MessageTemplateDoc =>
  (variant === undefined ? undefined : variants[variant]) ?? template;

/**
 * Pools from which a person who was planned in a language would newly take a code. Where a language is added or
 * removed, the person may get another language.
 */
function addedTo(before: MessageTemplateDoc, next: MessageTemplateDoc, language: Language): string[] {
  const was = before.texts[language];
  if (was === undefined) return [];
  const had = poolsIn(readTemplate(was).pieces);
  const isGone = next.texts[language] === undefined;
  const languages = LANGUAGES.filter(
    (candidate) => isGone || candidate === language || before.texts[candidate] === undefined,
  );
  const takes = languages.flatMap((candidate) => poolsIn(readTemplate(next.texts[candidate] ?? '').pieces));
  return [...new Set(takes)].filter((pool) => !had.includes(pool));
}

/** The largest percentage of people who get one wording, and the pools it takes codes from. */
type Part = { share: number; pools: readonly string[] };

function partsOf({ template, variants = {} }: Words, split: Split | undefined): Part[] {
  if (split === undefined) return [{ share: 100, pools: poolsOf(template) }];
  return split.variants.map((variant) => ({
    share: shareOf(split, variant),
    pools: poolsOf(wordsOf({ template, variants }, variant.id)),
  }));
}

function sharesOf(parts: readonly Part[], all: number): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { share, pools } of parts)
    for (const pool of pools) shares.set(pool, Math.min(all, (shares.get(pool) ?? 0) + share));
  return shares;
}

const codesUncounted = (pool: string): string =>
  `The free codes of the coupon pool "${pool}" took too long to count. Try again when less is sent.`;

/**
 * Says which pool has too few codes to start a campaign; null where none has. `needed`: the most codes of each pool.
 * `able`: how many people can get the campaign, with those in its holdout; of an estimate the upper bound counts.
 * Throws `CountTimedOut` where the codes of a pool cannot be counted in time.
 */
export async function shortPool(
  context: Pick<AppContext, 'store'>,
  needed: ReadonlyMap<string, number>,
  { exact, between: [, people] }: HowMany,
): Promise<string | null> {
  for (const [pool, most] of needed) {
    const free = await countFree(context.store, pool).catch((error: unknown) => {
      throw isTimeLimit(error) ? new CountTimedOut(codesUncounted(pool)) : error;
    });
    if (free < most) {
      const limit = most < people ? `, of whom up to ${most} get one` : '';
      const able = `${exact ? '' : 'up to '}${people} people may be texted`;
      return `The coupon pool "${pool}" has ${free} codes left, and ${able}${limit}. Add codes: POST /coupon-pools/${pool}/codes.`;
    }
  }
  return null;
}

/**
 * Throws `CommandRefused` where a pool has too few codes for the people who can get the campaign, of an estimate for
 * its upper bound. `codes`: the most codes of each pool that so many people can take.
 */
export async function requireCodes(
  context: Pick<AppContext, 'store'>,
  codes: (people: number) => ReadonlyMap<string, number>,
  able: HowMany,
): Promise<void> {
  const short = await shortPool(context, codes(able.between[1]), able);
  if (short !== null) throw new CommandRefused(short);
}
