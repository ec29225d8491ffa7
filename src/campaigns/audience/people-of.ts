import { compile } from '../../domain/segments/compile/compile.ts';
import type { Filter } from '../../domain/segments/compile/filter.ts';
import type { Resolved } from '../../domain/segments/tree.ts';
import { type AudiencePage, contactsAmong, readAudience } from '../../store/campaigns/audience.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { missedAmong, missedPage } from '../../store/campaigns/missed.ts';
import type { Store } from '../../store/store.ts';

/** Whoever fits its segment, or did not get the campaign it makes up for; from after its cursor on. */
export async function readPeople(store: Store, campaign: CampaignDoc, limit: number): Promise<AudiencePage> {
  const { frozen, missed, plan } = campaign;
  if (frozen === null) throw new Error('a campaign was started without what it needs');
  const page = { after: plan.cursor, limit };
  if (missed !== undefined) return missedPage(store, missed, campaign._id, page);
  return readAudience(store, whoOf(frozen), page);
}

/** Whoever became a contact later is not of it: a test of two versions may wait two weeks for its winner. */
export const whoOf = ({
  segment,
  at,
}: Pick<NonNullable<CampaignDoc['frozen']>, 'segment' | 'at'>): Filter => ({
  $and: [compile(segment, at), { createdAt: { $lte: at } }],
});

/** Whom a preview speaks of: of what was started those whom it goes to, else whoever fits its segment at a moment. */
export const whoAt = (
  { campaign: { frozen, repeat }, segment }: { campaign: CampaignDoc; segment: Resolved },
  at: Date,
): Filter => (frozen === null || repeat !== undefined ? compile(segment, at) : whoOf(frozen));

/** Who of some contacts is in its audience. */
export async function audienceAmong(
  store: Store,
  { _id, frozen, missed }: CampaignDoc,
  contacts: readonly string[],
): Promise<ReadonlySet<string>> {
  if (frozen === null) throw new Error('a campaign was started without what it needs');
  if (missed !== undefined) return missedAmong(store, missed, _id, contacts);
  return contactsAmong(store, whoOf(frozen), contacts);
}
