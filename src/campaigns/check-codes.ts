import type { Desk } from '../consent/desk.ts';
import { noteCodes } from '../store/campaign-flight.ts';
import type { CampaignDoc } from '../store/campaigns.ts';
import { peopleOf } from './check-start.ts';
import { shortPool } from './coupons.ts';
import { poolsOf } from './merge-for.ts';
import { CampaignRefused } from './refused.ts';

/** Of a run before its first row: each has people of its own. Throws `CampaignRefused` where a pool has too few codes for them. */
export async function checkCodes(desk: Desk, campaign: CampaignDoc): Promise<void> {
  const { _id, frozen, plan, runOf, codesEnough } = campaign;
  const begun = plan.cursor !== null || plan.complete || codesEnough === true;
  if (frozen === null || runOf === undefined || begun) return;
  const words = [frozen.template, ...Object.values(frozen.variants ?? {})];
  if (words.every((template) => poolsOf(template).length === 0)) return;
  const people = await peopleOf(desk, campaign, { segment: frozen.segment, at: frozen.at, most: null });
  for (const template of words) {
    const short = await shortPool(desk, template, people);
    if (short !== null) throw new CampaignRefused(short);
  }
  await noteCodes(desk.store, _id);
}
