import type { Desk } from '../../consent/desk.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { noteWent } from '../../store/campaigns/flight.ts';
import { hasBegun } from '../begun.ts';

/** What goes no later than this after its time went at its time, ms. */
const LATE_MS = MINUTE_MS;

/**
 * A campaign that is about to go, with when it went where its time is over, as after a wait for another: spread from that time on
 * everybody's message would be late, and all would leave at once.
 */
export async function wentLate(desk: Desk, campaign: CampaignDoc): Promise<CampaignDoc> {
  const { when, startAt } = campaign;
  const now = desk.now();
  if (when === undefined || when.spreadMs === 0 || when.local !== null || startAt === null) return campaign;
  if (now.getTime() - startAt.getTime() <= LATE_MS) return campaign;
  // Whoever died over its first slice placed it.
  if (await hasBegun(desk, campaign)) return campaign;
  const since = new Date(now.getTime() - LATE_MS);
  const wentAt = await noteWent(desk.store, campaign, { now, since });
  return wentAt === undefined ? campaign : { ...campaign, wentAt };
}
