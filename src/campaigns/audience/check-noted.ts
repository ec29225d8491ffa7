import type { Desk } from '../../consent/desk.ts';
import { isOfCampaign } from '../../domain/campaigns/run-id.ts';
import { type AskedAbout, UNNOTED_STEPS, unnoted, unnotedSentence } from '../../domain/campaigns/unnoted.ts';
import { campaignsAsked, type Resolved, sentAsked } from '../../domain/segments/tree.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { findAskedAbout, type Started } from '../../store/campaigns/sends.ts';
import { hasBegun } from '../approve.ts';
import { Unnoted } from '../refused.ts';

type Asking = Pick<CampaignDoc, '_id' | 'missed' | 'startAt'>;

/**
 * Throws `Unnoted` where a segment asks who got another campaign and contacts do not tell it yet: whoever got it since would be
 * taken for one who did not. By a clause that names none it waits for what was over before its own time, and for nothing that
 * still flies: something always does.
 */
export async function checkNoted(desk: Desk, asking: Asking, segment: Resolved): Promise<void> {
  // Who missed another is read from that one's rows.
  if (asking.missed !== undefined) return;
  const clauses = sentAsked(segment);
  if (clauses.length === 0) return;
  const named = campaignsAsked([segment]);
  const any = clauses.some(({ campaign }) => campaign === undefined);
  const now = desk.now();
  const anyUntil = any ? (asking.startAt ?? now) : null;
  for (const one of await findAskedAbout(desk.store, { named, anyUntil })) {
    if (one._id === asking._id) continue;
    const of = await askedAbout(desk, one, asking, now);
    const why = unnoted(of, { id: asking._id, startAt: asking.startAt }, now);
    if (why !== null) throw new Unnoted(unnotedSentence(of.id, why), UNNOTED_STEPS[why]);
  }
}

async function askedAbout(desk: Desk, one: Started, asking: Asking, now: Date): Promise<AskedAbout> {
  const { _id: id, state, startAt, passes = 0, frozen, missed, plan } = one;
  const back = frozen === null || missed !== undefined ? [] : campaignsAsked([frozen.segment]);
  const asksBack = back.some((named) => isOfCampaign(asking._id, named));
  // Whoever planned it may still be writing what it read before the pause.
  const held = state === 'paused' && plan.leaseUntil !== null && plan.leaseUntil > now;
  return { id, state, startAt, passes, begun: held || (await hasBegun(desk, one)), asksBack };
}
