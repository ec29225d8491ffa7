import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { sealedAsked } from '../../store/sealing/sealed-asked.ts';
import type { Store } from '../../store/store.ts';
import { Refused } from '../refused.ts';

/** Throws `Refused` where its frozen segment asks a field that has been sealed since. */
export async function checkSealed(store: Store, { frozen, missed }: CampaignDoc): Promise<void> {
  // Who missed another is read from that one's rows.
  if (frozen === null || missed !== undefined) return;
  const fault = await sealedAsked(store, [frozen.segment]);
  if (fault !== null) throw new Refused(`${fault} Cancel it, and draft it with another segment.`);
}
