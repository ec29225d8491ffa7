import type { Desk } from '../consent/desk.ts';
import { type CampaignDoc, findCampaign, writeDraft } from '../store/campaigns.ts';
import { CampaignRefused } from './refused.ts';

/**
 * A draft of the same words for whoever did not get a campaign that is over: failed, undelivered, expired, skipped
 * for want of words or of a number. Null where there is no such campaign. Throws `CampaignRefused`.
 */
export async function missCampaign(
  desk: Desk,
  of: string,
  { id, unknownToo, by }: { id: string; unknownToo: boolean; by: string },
): Promise<CampaignDoc | null> {
  const before = await findCampaign(desk.store, of);
  if (before === null) return null;
  if (before.state !== 'finished' && before.state !== 'canceled') {
    throw new CampaignRefused('It is not over: who missed it is known once it is finished or canceled.');
  }
  if ((await findCampaign(desk.store, id)) !== null) {
    throw new CampaignRefused('There is a campaign of this id. Choose another.', 'id');
  }
  const { name, program, topic, template, segment, missed } = before;
  const draft = await writeDraft(
    desk.store,
    {
      _id: id,
      name: `${name}, missed`.slice(0, 80),
      ...{ program, topic, template, segment },
      missed: { of, root: missed?.root ?? of, unknownToo },
      savedBy: by,
    },
    desk.now(),
  );
  if (draft === null) throw new CampaignRefused('There is a campaign of this id. Choose another.', 'id');
  return draft;
}
