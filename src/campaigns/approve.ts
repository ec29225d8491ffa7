import type { Desk } from '../consent/desk.ts';
import { noteApproval } from '../store/campaign-flight.ts';
import { type CampaignDoc, findCampaign } from '../store/campaigns.ts';
import { findMessageTemplate } from '../store/message-templates.ts';
import { draftDigest, peopleOf, variantsOf } from './check-start.ts';
import { CampaignRefused } from './refused.ts';
import { resolveTree } from './segments.ts';

/**
 * A second person's yes to a draft as it stands now; it lapses when draft or words change. Null where there is no
 * such campaign. Throws `CampaignRefused`, also to whoever asked for it, and `SegmentRefused`.
 */
export async function approveCampaign(desk: Desk, id: string, by: string): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  if (campaign.state !== 'draft') throw new CampaignRefused('Only a draft is approved; this was started.');
  const asker = campaign.asked?.by ?? campaign.savedBy;
  if (asker === by) {
    throw new CampaignRefused(
      'The key that asked cannot approve. A second person must, with a key of their own.',
    );
  }
  const { book } = desk.catalog.current();
  const program = book.programs.find((one) => one.id === campaign.program);
  const template = await findMessageTemplate(desk.store, campaign.template);
  if (program === undefined || template === null)
    throw new CampaignRefused('Its program or template is gone.');
  const segment = await resolveTree(desk.store, book, campaign.segment, null);
  const at = desk.now();
  const people = await peopleOf(desk, campaign, segment, at);
  const draft = draftDigest(campaign, { program, template, segment }, await variantsOf(desk, campaign));
  const approved = await noteApproval(desk.store, campaign, { by, at, people, draft });
  if (approved === null) throw new CampaignRefused('Someone changed it at the same moment. Read it again.');
  return approved;
}
