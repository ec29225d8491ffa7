import { compile } from '../domain/segments/compile.ts';
import { type AudiencePage, readAudience } from '../store/audience.ts';
import { missedPage } from '../store/campaign-missed.ts';
import type { CampaignDoc } from '../store/campaigns.ts';
import type { Store } from '../store/store.ts';

/** Whoever fits its segment, or did not get the campaign it makes up for; from after its cursor on. */
export async function readPeople(store: Store, campaign: CampaignDoc, limit: number): Promise<AudiencePage> {
  const { frozen, missed, plan } = campaign;
  if (frozen === null) throw new Error('a campaign was started without what it needs');
  const page = { after: plan.cursor, limit };
  if (missed !== undefined) return missedPage(store, missed, campaign._id, page);
  return readAudience(store, compile(frozen.segment, frozen.at), page);
}
