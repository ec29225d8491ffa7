import type { Desk } from '../../consent/desk.ts';
import { SAMPLE_CODE, shortCode, shortUrl } from '../../domain/links/short-code.ts';
import type { Language } from '../../domain/program.ts';
import type { Nameable } from '../../domain/templates/check-template.ts';
import type { Issued } from '../../domain/templates/issued.ts';
import { readCouponPools } from '../../store/campaigns/coupon-pools.ts';
import type { LinkDoc } from '../../store/campaigns/links.ts';
import { mergeableFields } from './mergeable-fields.ts';

/** Of a pool without codes. */
const USUAL_CODE_LENGTH = 8;

/** As long as the longest of what any delivery is issued; for previews, and to count parts with. Reads the pools. */
export async function sampleIssued(desk: Desk): Promise<Issued> {
  const pools = await readCouponPools(desk.store);
  return {
    link: () => shortUrl(desk.publicUrl, SAMPLE_CODE),
    coupons: new Map(pools.map(({ _id, longest }) => [_id, 'X'.repeat(longest || USUAL_CODE_LENGTH)])),
  };
}

/** What stands in the text of one delivery. `edition`: its campaign's, where that was edited in flight. */
export const issuedTo = (
  desk: Desk,
  delivery: string,
  coupons: Issued['coupons'],
  edition?: number,
): Issued => ({
  link: (n, target) => shortUrl(desk.publicUrl, codeOf(desk, textOf(delivery, edition), n, target)),
  coupons,
});

/** Rows of the links of one delivery, to be written before it is. */
export function linksOf(
  desk: Desk,
  of: Pick<LinkDoc, 'delivery' | 'contact' | 'campaign' | 'test'>,
  targets: readonly string[],
  edition?: number,
): LinkDoc[] {
  return targets.map((target, n) => ({
    _id: codeOf(desk, textOf(of.delivery, edition), n, target),
    ...of,
    target,
    createdAt: desk.now(),
  }));
}

/** Each edition has links of its own: those of texts that left lead on where they led, new words where they say. */
const textOf = (delivery: string, edition: number | undefined): string =>
  edition === undefined ? delivery : `${delivery} ${edition}`;

/**
 * Keyed like the index of numbers, so that nobody without the key can tell a delivery's links. Of what it leads to as
 * well: ordered again in other words, of a later version or another language, it is another.
 */
function codeOf(desk: Desk, text: string, n: number, target: string): string {
  const hash = desk.indexOf(`link ${text} ${n} ${target}`);
  return shortCode(Buffer.from(hash.slice(hash.indexOf('.') + 1), 'base64url'));
}

/** How a marketing text says how to stop, where its author did not. */
export const optOutLine =
  (desk: Desk) =>
  (language: Language): string =>
    desk.catalog.current().say('opt-out-line', language, {});

/** What a template may name now. */
export async function readNameable(desk: Desk): Promise<Nameable> {
  const [own, samples] = await Promise.all([mergeableFields(desk.store), sampleIssued(desk)]);
  return { ...own, samples, optOutLine: optOutLine(desk) };
}
