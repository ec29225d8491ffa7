import type { Desk } from '../../consent/desk.ts';
import { isNotingDue } from '../../domain/campaigns/noting.ts';
import { endCanceled } from '../../store/campaigns/plan.ts';
import { claimPass, countPass, findUnnoted, noteClicks, noteSends } from '../../store/campaigns/sends.ts';

/**
 * Notes on contacts what campaigns that ended sent them, and whether they clicked, so that segments can ask for it in one collection. The database
 * does it by itself, one campaign after the other; a pass that was cut off is done again
 * when its lease is over. What was written of a canceled one since it was swept ends first: after the last pass its lane is
 * closed no more. Returns their ids.
 */
export async function noteCampaigns(desk: Desk, goOn: () => boolean = () => true): Promise<string[]> {
  const [noted, now]: [string[], Date] = [[], desk.now()];
  for (const { _id, state, endedAt, passes = 0 } of await findUnnoted(desk.store)) {
    if (!goOn()) break;
    if (endedAt === undefined || !isNotingDue(endedAt, passes, now)) continue;
    if (state === 'canceled' && !(await endCanceled(desk.store, _id))) continue;
    if (!(await claimPass(desk.store, _id, now))) continue;
    await noteSends(desk.store, _id);
    await noteClicks(desk.store, _id);
    await countPass(desk.store, _id, passes + 1);
    noted.push(_id);
  }
  return noted;
}
