import type { Desk } from '../../consent/desk.ts';
import { isOfCampaign } from '../../domain/campaigns/run-id.ts';
import {
  type AskedAbout,
  type Asks,
  ringSentence,
  ringWith,
  unnoted,
} from '../../domain/campaigns/unnoted.ts';
import { campaignsAsked, leftOutBy, type Resolved, sentAsked } from '../../domain/segments/tree.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import type { LeavesOut } from '../../store/campaigns/got.ts';
import { findRecurrencesAmong } from '../../store/campaigns/runs.ts';
import { findAskedAbout, findAskingUnderWay, type Started } from '../../store/campaigns/sends.ts';
import { hasBegun } from '../begun.ts';
import { Refused, Unnoted } from '../refused.ts';

type Asking = Pick<CampaignDoc, '_id' | 'missed' | 'startAt' | 'plan' | 'winner' | 'runOf'>;

/**
 * Throws `Unnoted` where a segment asks who got another campaign and that is not known yet: whoever got it since would be
 * taken for one who did not. By a clause that names none it waits for what was over before its own time, and for nothing that
 * still flies: something always does. Resolves with the campaigns whose rows are to be asked who is left out. `at`: when it goes.
 */
export async function checkNoted(
  desk: Desk,
  asking: Asking,
  segment: Resolved,
  at = desk.now(),
): Promise<LeavesOut | null> {
  // Who missed another is read from that one's rows.
  if (asking.missed !== undefined) return null;
  const clauses = sentAsked(segment);
  if (clauses.length === 0) return null;
  const named = campaignsAsked([segment]);
  const any = clauses.some(({ campaign }) => campaign === undefined);
  const anyUntil = any ? (asking.startAt ?? at) : null;
  const found = await findAskedAbout(desk.store, { named, anyUntil });
  if (found.length === 0) return leftOut(desk, asking, segment, []);
  const self = { id: asking._id, begun: await hasBegun(desk, asking) };
  const byRows: string[] = [];
  for (const one of found) {
    if (one._id === asking._id) continue;
    const isSibling = one.runOf !== undefined && one.runOf === asking.runOf;
    const asked = { ...(await standingOf(desk, one)), isSibling, leftOut: leavesOut(segment, one._id) };
    const why = unnoted(asked, self, at);
    if (why === 'by-rows') byRows.push(one._id);
    else if (why !== null) throw new Unnoted(one._id, why);
  }
  return leftOut(desk, asking, segment, byRows);
}

/** Of whatever it leaves out the rows are asked: contacts forget what is long ago, and know of one number alone. */
async function leftOut(
  { store }: Desk,
  { _id: by }: Asking,
  segment: Resolved,
  underWay: readonly string[],
): Promise<LeavesOut | null> {
  const named = [...leftOutBy(segment)].filter((id) => id !== by);
  if (named.length + underWay.length === 0) return null;
  const recurrences = await findRecurrencesAmong(store, named);
  return { by, campaigns: [...new Set([...named, ...underWay])], recurrences };
}

/** What a campaign that goes at a moment will have to wait for, as things stand; null: nothing. */
export async function unnotedAt(
  desk: Desk,
  asking: Asking,
  segment: Resolved,
  at: Date,
): Promise<Unnoted | null> {
  return checkNoted(desk, asking, segment, at).then(
    () => null,
    (error: unknown) => {
      if (error instanceof Unnoted) return error;
      throw error;
    },
  );
}

async function standingOf(desk: Desk, one: Started): Promise<Omit<AskedAbout, 'isSibling' | 'leftOut'>> {
  const { _id: id, state, startAt, deadline, passes = 0, plan } = one;
  // Whoever planned it may still be writing what it read before the pause.
  const held = state === 'paused' && plan.leaseUntil !== null && plan.leaseUntil > desk.now();
  const begun = held || (await hasBegun(desk, one));
  const planned = plan.complete && one.awaitsWinner !== true;
  return { id, state, startAt, deadline, passes, begun, planned };
}

/** Whether a segment asks of a campaign, or of the recurrence of a run, nothing but that whoever got it is left out. */
function leavesOut(segment: Resolved, id: string): boolean {
  const out = leftOutBy(segment);
  return campaignsAsked([segment]).every((named) => !isOfCampaign(id, named) || out.has(named));
}

/** Throws `Refused` where a campaign that is to be started, and one under way that it asks about, would wait for each other. */
export async function refuseRing(
  { store }: Desk,
  { _id: id, missed }: Pick<CampaignDoc, '_id' | 'missed'>,
  segment: Resolved,
): Promise<void> {
  const asks = missed === undefined ? campaignsAsked([segment]) : [];
  if (asks.length === 0) return;
  const underWay = (await findAskingUnderWay(store)).map(
    ({ _id, frozen }): Asks => ({ id: _id, asks: frozen === null ? [] : campaignsAsked([frozen.segment]) }),
  );
  const ring = ringWith({ id, asks }, underWay);
  if (ring !== null) throw new Refused(ringSentence(ring), 'segment');
}
