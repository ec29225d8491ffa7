import type { Desk } from '../consent/desk.ts';
import { tripSentence } from '../domain/campaigns/breaker.ts';
import { move } from '../domain/campaigns/moves.ts';
import { programById } from '../domain/program.ts';
import { findCampaign } from '../store/campaigns/campaigns.ts';
import { checkSealed } from './audience/check-sealed.ts';
import { checkTried } from './flight/choose-winner.ts';
import { aboutOf, PROGRAM_ENDED, topicGone } from './flight/going.ts';
import { Refused } from './refused.ts';
import { type Steered, steerCampaign } from './steer.ts';

/**
 * Lets a paused campaign go on. One that paused itself needs a note of what was done about it, and is from then on
 * judged by what leaves after it. Null where there is no such campaign. Throws `Refused`.
 */
export async function resumeCampaign(
  desk: Desk,
  id: string,
  { by, note }: { by: string; note: string | null },
): Promise<Steered | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  const at = desk.now();
  // Before its deadline is asked: a later one would not help it.
  await checkTried(desk, campaign);
  const moved = move(campaign, 'resume', at);
  if (!moved.ok) throw new Refused(moved.why);
  const { book } = desk.catalog.current();
  if (programById(book, campaign.program)?.status !== 'active') {
    throw new Refused(PROGRAM_ENDED);
  }
  if (aboutOf(desk, campaign) === null) throw new Refused(topicGone(campaign));
  if (!campaign.plan.complete) await checkSealed(desk.store, campaign);
  const { trip } = campaign;
  if (trip == null) return steerCampaign(desk, id, 'resume');
  if (note === null) {
    throw new Refused(`${tripSentence(trip)} Say in "note" what was done about it.`, 'note');
  }
  return steerCampaign(desk, id, 'resume', { seen: { by, at, note, trip } });
}
