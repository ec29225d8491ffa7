import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { isOfCampaign } from '../domain/campaigns/recurrence.ts';
import {
  type AskedAbout,
  type Asks,
  isNotingDue,
  ringSentence,
  ringWith,
  unnoted,
} from '../domain/campaigns/send-history.ts';
import { campaignsAsked, excludedCampaigns, sentAsked } from '../domain/segments/asks.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { endCanceled } from '../store/campaigns/ending.ts';
import { hasRows } from '../store/campaigns/messages.ts';
import { findRecurrencesAmong } from '../store/campaigns/recurrence.ts';
import {
  claimHistoryPass,
  type Exclusions,
  endHistoryPass,
  findAskedAbout,
  findAskingUnderWay,
  findUnnoted,
  noteClicks,
  noteSends,
  type Started,
} from '../store/campaigns/send-history.ts';
import { SendHistoryPending } from './errors.ts';

type Asking = Pick<CampaignDoc, '_id' | 'missed' | 'startAt' | 'plan' | 'winner' | 'runOf'>;

/**
 * Throws `Unnoted` where a segment asks who got another campaign and that is not known yet: whoever got it since would be
 * taken for one who did not. By a clause that names none it waits for what was over before its own time, and for nothing that
 * still flies: something always does. Resolves with the campaigns whose rows are to be asked who is left out. `at`: when it goes.
 */
export async function requireSendHistory(
  desk: AppContext,
  asking: Asking,
  segment: Resolved,
  at = desk.now(),
): Promise<Exclusions | null> {
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
    else if (why !== null) throw new SendHistoryPending(one._id, why);
  }
  return leftOut(desk, asking, segment, byRows);
}

/** Of whatever it leaves out the rows are asked: contacts forget what is long ago, and know of one number alone. */
async function leftOut(
  { store }: AppContext,
  { _id: by }: Asking,
  segment: Resolved,
  underWay: readonly string[],
): Promise<Exclusions | null> {
  const named = [...excludedCampaigns(segment)].filter((id) => id !== by);
  if (named.length + underWay.length === 0) return null;
  const recurrences = await findRecurrencesAmong(store, named);
  return { by, campaigns: [...new Set([...named, ...underWay])], recurrences };
}

/** What a campaign that goes at a moment will have to wait for, as things stand; null: nothing. */
export async function sendHistoryWait(
  desk: AppContext,
  asking: Asking,
  segment: Resolved,
  at: Date,
): Promise<SendHistoryPending | null> {
  return requireSendHistory(desk, asking, segment, at).then(
    () => null,
    (error: unknown) => {
      if (error instanceof SendHistoryPending) return error;
      throw error;
    },
  );
}

async function standingOf(
  desk: AppContext,
  one: Started,
): Promise<Omit<AskedAbout, 'isSibling' | 'leftOut'>> {
  const { _id: id, state, startAt, deadline, passes = 0, plan } = one;
  // Whoever planned it may still be writing what it read before the pause.
  const held = state === 'paused' && plan.leaseUntil !== null && plan.leaseUntil > desk.now();
  const begun = held || (await hasBegun(desk, one));
  const planned = plan.complete && one.awaitsWinner !== true;
  return { id, state, startAt, deadline, passes, begun, planned };
}

/** Whether a segment asks of a campaign, or of the recurrence of a run, nothing but that whoever got it is left out. */
function leavesOut(segment: Resolved, id: string): boolean {
  const out = excludedCampaigns(segment);
  return campaignsAsked([segment]).every((named) => !isOfCampaign(id, named) || out.has(named));
}

/** Throws `Refused` where a campaign that is to be started, and one under way that it asks about, would wait for each other. */
export async function refuseRing(
  { store }: AppContext,
  { _id: id, missed }: Pick<CampaignDoc, '_id' | 'missed'>,
  segment: Resolved,
): Promise<void> {
  const asks = missed === undefined ? campaignsAsked([segment]) : [];
  if (asks.length === 0) return;
  const underWay = (await findAskingUnderWay(store)).map(
    ({ _id, frozen }): Asks => ({ id: _id, asks: frozen === null ? [] : campaignsAsked([frozen.segment]) }),
  );
  const ring = ringWith({ id, asks }, underWay);
  if (ring !== null) throw new CommandRefused(ringSentence(ring), 'segment');
}

/** Whether nothing of it was planned yet. */
export const isToBegin = ({ plan, winner }: Pick<CampaignDoc, 'plan' | 'winner'>): boolean =>
  plan.cursor === null && !plan.complete && winner === undefined;

/** Whether anybody has a row: that a slice was written is noted only after it. */
export async function hasBegun(
  { store }: AppContext,
  campaign: Pick<CampaignDoc, '_id' | 'plan' | 'winner'>,
): Promise<boolean> {
  return !isToBegin(campaign) || hasRows(store, campaign._id);
}

/**
 * Notes on contacts what campaigns that ended sent them, and whether they clicked, so that segments can ask for it in one collection. The database
 * does it by itself, one campaign after the other; a pass that was cut off is done again
 * when its lease is over. What was written of a canceled one since it was swept ends first: after the last pass its lane is
 * closed no more. Returns their ids.
 */
export async function recordSendHistory(
  desk: AppContext,
  goOn: () => boolean = () => true,
): Promise<string[]> {
  const [noted, now]: [string[], Date] = [[], desk.now()];
  for (const { _id, state, endedAt, passes = 0 } of await findUnnoted(desk.store)) {
    if (!goOn()) break;
    if (endedAt === undefined || !isNotingDue(endedAt, passes, now)) continue;
    if (state === 'canceled' && !(await endCanceled(desk.store, _id))) continue;
    if (!(await claimHistoryPass(desk.store, _id, now))) continue;
    await noteSends(desk.store, _id);
    await noteClicks(desk.store, _id);
    await endHistoryPass(desk.store, _id, passes + 1);
    noted.push(_id);
  }
  return noted;
}
