import type { Desk } from '../../consent/desk.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { campaignRowId } from '../../store/campaigns/row.ts';
import { isFedBySends } from '../audience/check-noted.ts';
import { readPeople } from '../audience/people-of.ts';
import { peopleOf } from '../check-start.ts';
import { SLICE } from '../flight/plan-slice.ts';
import { Refused } from '../refused.ts';
import { codesFor, shortPool } from './coupons.ts';

/**
 * Of a run before its first slice is noted: each has people of its own; and of what follows others, which are not known before
 * those are over. What its rows have claimed before a slice broke
 * off is theirs. Throws `Refused` where a pool has too few codes for its people, and `Uncounted`.
 */
export async function checkCodes(
  desk: Desk,
  campaign: CampaignDoc,
  beforeCount: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  const { frozen, plan, runOf, winner } = campaign;
  const begun = plan.cursor !== null || plan.complete || winner !== undefined;
  if (frozen === null || begun || (runOf === undefined && !isFedBySends(campaign))) return;
  if (codesFor(frozen, campaign.split, 0).size === 0) return;
  await beforeCount();
  const { segment, at } = frozen;
  const people = await peopleOf(desk, campaign, { segment, at, most: null });
  const rows = await firstRows(desk, campaign);
  const short = await shortPool(desk, codesFor(frozen, campaign.split, people), people, rows);
  if (short !== null) throw new Refused(short);
}

/** Ids of the rows of its first slice, written or not: no others can have a code before that is noted. */
async function firstRows(desk: Desk, campaign: CampaignDoc): Promise<string[]> {
  const { people } = await readPeople(desk.store, campaign, SLICE);
  return people.map(({ index }) => campaignRowId(campaign._id, index));
}
