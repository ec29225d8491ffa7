import type { Desk } from '../../consent/desk.ts';
import {
  type AskedAbout,
  type Asks,
  asksAbout,
  UNNOTED_STEPS,
  unnoted,
  unnotedSentence,
} from '../../domain/campaigns/unnoted.ts';
import { campaignsAsked, type Resolved, sentAsked } from '../../domain/segments/tree.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { findAskedAbout, findAskingInFlight, type Started } from '../../store/campaigns/sends.ts';
import { hasBegun } from '../approve.ts';
import { Unnoted } from '../refused.ts';

type Asking = Pick<CampaignDoc, '_id' | 'missed' | 'startAt' | 'plan' | 'winner'>;

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
  const found = await findAskedAbout(desk.store, { named, anyUntil });
  if (found.length === 0) return;
  const self = { id: asking._id, startAt: asking.startAt, begun: await hasBegun(desk, asking) };
  for (const one of found) {
    if (one._id === asking._id) continue;
    const of = await askedAbout(desk, one, asking._id, now);
    const why = unnoted(of, self, now);
    if (why !== null) throw new Unnoted(unnotedSentence(of.id, why), UNNOTED_STEPS[why]);
  }
}

async function askedAbout(desk: Desk, one: Started, asking: string, now: Date): Promise<AskedAbout> {
  const { _id: id, state, startAt, passes = 0, plan } = one;
  // Whoever planned it may still be writing what it read before the pause.
  const held = state === 'paused' && plan.leaseUntil !== null && plan.leaseUntil > now;
  const begun = held || (await hasBegun(desk, one));
  return { id, state, startAt, passes, begun, asksBack: await asksBack(desk, one, asking) };
}

async function asksBack({ store }: Desk, one: Started, asking: string): Promise<boolean> {
  const asks = asksOf(one);
  // Whoever asks about none closes no ring.
  if (asks.asks.length === 0) return false;
  return asksAbout(asks, asking, (await findAskingInFlight(store)).map(asksOf));
}

const asksOf = ({ _id: id, frozen, missed }: Pick<Started, '_id' | 'frozen' | 'missed'>): Asks => ({
  id,
  asks: frozen === null || missed !== undefined ? [] : campaignsAsked([frozen.segment]),
});
