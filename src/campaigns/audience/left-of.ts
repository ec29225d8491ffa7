import type { Desk } from '../../consent/desk.ts';
import { estimated } from '../../domain/segments/estimate.ts';
import type { Resolved } from '../../domain/segments/tree.ts';
import { readAudience } from '../../store/campaigns/audience.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { gotAmong } from '../../store/campaigns/got.ts';
import { rowStates } from '../../store/campaigns/plan.ts';
import { campaignRowId } from '../../store/campaigns/row.ts';
import { Unnoted } from '../refused.ts';
import { checkNoted } from './check-noted.ts';
import { whoOf } from './people-of.ts';

/** People whose rows are asked to tell the share of all; ids are random, so the first are a fair sample. */
const SAMPLE = 1000;

/**
 * How many are left at most of the people who were counted by their contacts, without those whom the rows of another campaign
 * leave out: so many need a code, or a second person's yes. Exact where the sample is everybody; all where the rows cannot be
 * asked yet. `after`: the contact after which they were counted. Who has a message of it may have got the other since, and counts.
 */
export async function leftOf(
  desk: Desk,
  campaign: CampaignDoc,
  {
    people,
    segment,
    at,
    after = null,
  }: { people: number; segment: Resolved; at: Date; after?: string | null },
): Promise<number> {
  const leavesOut = await checkNoted(desk, campaign, segment).catch((error: unknown) => {
    if (error instanceof Unnoted) return null;
    throw error;
  });
  if (leavesOut === null) return people;
  const page = { after, limit: SAMPLE };
  const { people: sample } = await readAudience(desk.store, whoOf({ segment, at }), page);
  if (sample.length === 0) return people;
  const out = await gotAmong(desk.store, leavesOut, sample, desk.now());
  const ids = sample.map(({ index }) => campaignRowId(campaign._id, index));
  const planned = new Set((await rowStates(desk.store, ids)).map(({ contact }) => contact));
  const left = sample.filter(({ _id }) => planned.has(_id) || !out.has(_id)).length;
  return estimated(left, sample.length, people).between[1];
}
