import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { isOfCampaign } from '../domain/campaigns/recurrence.ts';
import {
  circularWaitSentence,
  findCircularWait,
  type HistoryDependency,
  isRecordingDue,
  type NamedCampaign,
  sendHistoryGap,
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
 * Throws `SendHistoryPending` where a segment refers to a campaign whose recipients are not known yet: a new
 * recipient would be taken for a person who did not get it. A clause that names no campaign waits only for
 * campaigns that were over before this campaign's start, and for none under way, because some campaign always is.
 * Resolves with the campaigns whose deliveries must be read for exclusions. `at`: when the campaign starts.
 */
export async function requireSendHistory(
  context: Pick<AppContext, 'now' | 'store'>,
  asking: Asking,
  segment: Resolved,
  at = context.now(),
): Promise<Exclusions | null> {
  // A resend reads its audience from the deliveries of the missed campaign.
  if (asking.missed !== undefined) return null;
  const clauses = sentAsked(segment);
  if (clauses.length === 0) return null;
  const named = campaignsAsked([segment]);
  const any = clauses.some(({ campaign }) => campaign === undefined);
  const anyUntil = any ? (asking.startAt ?? at) : null;
  const found = await findAskedAbout(context.store, { named, anyUntil });
  if (found.length === 0) return leftOut(context, asking, segment, []);
  const self = { id: asking._id, begun: await hasBegun(context, asking) };
  const byRows: string[] = [];
  for (const other of found) {
    if (other._id === asking._id) continue;
    const isSibling = other.runOf !== undefined && other.runOf === asking.runOf;
    const asked = {
      ...(await standingOf(context, other)),
      isSibling,
      leftOut: leavesOut(segment, other._id),
    };
    const why = sendHistoryGap(asked, self, at);
    if (why === 'by-rows') byRows.push(other._id);
    else if (why !== null) throw new SendHistoryPending(other._id, why);
  }
  return leftOut(context, asking, segment, byRows);
}

/**
 * Exclusions are always checked by deliveries, too: send histories forget old messages and cover only one number of
 * a person.
 */
async function leftOut(
  { store }: Pick<AppContext, 'store'>,
  { _id: by }: Asking,
  segment: Resolved,
  underWay: readonly string[],
): Promise<Exclusions | null> {
  const named = [...excludedCampaigns(segment)].filter((id) => id !== by);
  if (named.length + underWay.length === 0) return null;
  const recurrences = await findRecurrencesAmong(store, named);
  return { by, campaigns: [...new Set([...named, ...underWay])], recurrences };
}

/** What a campaign that starts at `at` will have to wait for, as far as is known now; null: nothing. */
export async function sendHistoryWait(
  context: Pick<AppContext, 'now' | 'store'>,
  asking: Asking,
  segment: Resolved,
  at: Date,
): Promise<SendHistoryPending | null> {
  return requireSendHistory(context, asking, segment, at).then(
    () => null,
    (error: unknown) => {
      if (error instanceof SendHistoryPending) return error;
      throw error;
    },
  );
}

async function standingOf(
  context: Pick<AppContext, 'now' | 'store'>,
  campaign: Started,
): Promise<Omit<NamedCampaign, 'isSibling' | 'leftOut'>> {
  const { _id: id, state, startAt, deadline, passes = 0, plan } = campaign;
  // The planner may still be writing the batch that it read before the pause.
  const held = state === 'paused' && plan.leaseUntil !== null && plan.leaseUntil > context.now();
  const begun = held || (await hasBegun(context, campaign));
  const planned = plan.complete && campaign.awaitsWinner !== true;
  return { id, state, startAt, deadline, passes, begun, planned };
}

/** True where a segment refers to a campaign, or to the recurrence of a run, only to exclude its recipients. */
function leavesOut(segment: Resolved, id: string): boolean {
  const out = excludedCampaigns(segment);
  return campaignsAsked([segment]).every((named) => !isOfCampaign(id, named) || out.has(named));
}

/** Throws `CommandRefused` where the campaign to be started and one under way would wait for each other. */
export async function refuseCircularWait(
  { store }: Pick<AppContext, 'store'>,
  { _id: id, missed }: Pick<CampaignDoc, '_id' | 'missed'>,
  segment: Resolved,
): Promise<void> {
  const asks = missed === undefined ? campaignsAsked([segment]) : [];
  if (asks.length === 0) return;
  const underWay = (await findAskingUnderWay(store)).map(
    ({ _id, frozen }): HistoryDependency => ({
      id: _id,
      asks: frozen === null ? [] : campaignsAsked([frozen.segment]),
    }),
  );
  const ring = findCircularWait({ id, asks }, underWay);
  if (ring !== null) throw new CommandRefused(circularWaitSentence(ring), 'segment');
}

/** True where nothing of the campaign is recorded as planned. */
export const isToBegin = ({ plan, winner }: Pick<CampaignDoc, 'plan' | 'winner'>): boolean =>
  plan.cursor === null && !plan.complete && winner === undefined;

/**
 * True where anybody has a delivery. The deliveries must be read, because a batch is recorded only after it is
 * written.
 */
export async function hasBegun(
  { store }: Pick<AppContext, 'store'>,
  campaign: Pick<CampaignDoc, '_id' | 'plan' | 'winner'>,
): Promise<boolean> {
  return !isToBegin(campaign) || hasRows(store, campaign._id);
}

/**
 * Records in the contacts' send histories what ended campaigns sent and who clicked, so that segments read a single
 * collection. MongoDB does the work, campaign by campaign. An interrupted pass is repeated when its lease is over.
 * What a planner wrote late of a canceled campaign is canceled first: after the last pass the dispatcher does not
 * close that campaign's lane any more. Returns the ids of the campaigns.
 */
export async function recordSendHistory(
  context: Pick<AppContext, 'now' | 'store'>,
  goOn: () => boolean = () => true,
): Promise<string[]> {
  const [noted, now]: [string[], Date] = [[], context.now()];
  for (const { _id, state, endedAt, passes = 0 } of await findUnnoted(context.store)) {
    if (!goOn()) break;
    if (endedAt === undefined || !isRecordingDue(endedAt, passes, now)) continue;
    if (state === 'canceled' && !(await endCanceled(context.store, _id))) continue;
    if (!(await claimHistoryPass(context.store, _id, now))) continue;
    await noteSends(context.store, _id);
    await noteClicks(context.store, _id);
    await endHistoryPass(context.store, _id, passes + 1);
    noted.push(_id);
  }
  return noted;
}
