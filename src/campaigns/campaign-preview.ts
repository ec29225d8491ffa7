import type { AppContext } from '../consent/app-context.ts';
import { campaignSubject, recordAudit } from '../consent/audit/audit.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { programNamed } from '../consent/programs/catalog.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { PriceTable } from '../domain/campaigns/cost.ts';
import { timesAfter } from '../domain/campaigns/recurrence.ts';
import { type ScheduleRequest, startOf, whenFault } from '../domain/campaigns/schedule.ts';
import { later } from '../domain/durations.ts';
import type { Program } from '../domain/program.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { CountTookLong } from '../segments/preview.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { findCampaign } from '../store/campaigns/campaigns.ts';
import { type CostAhead, priced } from './cost.ts';
import { ownOrder, previewPlanOf } from './preview-plan.ts';
import { previewWhen, type Timing } from './schedule-preview.ts';
import { sendHistoryWait } from './send-history.ts';
import { previewStart } from './start.ts';

type PreviewOrder = {
  actor: Actor;
  id: string;
  /** How a draft would be started. */
  start: ScheduleRequest & { everyone: boolean };
  /** Whether the request says anything about the start. A started campaign is shown as it goes. */
  saysHow: boolean;
};

type CampaignPreview = {
  kind: 'previewed';
  timing: Timing;
  /** Why a start of the draft would be refused now. Null: it would not be, or the campaign was started. */
  startRefused: string | null;
  /** Parts and cost of the messages that leave, by the price table, if there is one. */
  table: PriceTable | null;
  cost: CostAhead;
  /** What the campaign will have to wait for at its time. Null: for nothing. */
  startWaits: string | null;
};

/**
 * Shows who would get a campaign, and when. Stores and sends nothing. `took-long`: its people could not be counted in
 * time. Null when there is no such campaign. Throws `CommandRefused` and `InvalidSegment`.
 */
export async function previewCampaign(
  context: AppContext,
  { actor, id, start, saysHow }: PreviewOrder,
): Promise<CampaignPreview | { kind: 'took-long'; isResend: boolean } | null> {
  const campaign = await findToCome(context, id);
  if (campaign === null) return null;
  const program = programNamed(context.catalog.current().book, campaign.program);
  const isDraft = campaign.state === 'draft';
  const order = isDraft ? start : orderAsStarted(campaign, saysHow);
  const fault = isDraft ? whenFault(order, program.zone, context.now(), campaign.split?.test) : null;
  if (fault !== null) throw new CommandRefused(fault.why, fault.field);
  const plan = await previewPlanOf(context, campaign, { program, order });
  const timing = await previewWhen(context, plan).catch((error: unknown) => {
    if (!(error instanceof CountTookLong)) throw error;
    return null;
  });
  if (timing === null) return { kind: 'took-long', isResend: campaign.missed !== undefined };
  const startRefused = isDraft ? await previewStart(context, campaign, start) : null;
  const startWaits = await waitOf(context, plan);
  const { table, cost } = await priced(context, timing);
  const details = { people: timing.people.people };
  await recordAudit(context, { actor, act: 'campaign-previewed', subject: campaignSubject(id), details });
  return { kind: 'previewed', timing, startRefused, startWaits, table, cost };
}

/**
 * Finds a campaign that people may still get; null where there is none with this id. Throws `CommandRefused` where
 * it is over, or where no further run will come.
 */
async function findToCome(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  id: string,
): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(store, id);
  const { state, repeat } = campaign ?? {};
  if (state === 'finished' || state === 'canceled') {
    throw new CommandRefused(
      'The campaign has ended, so nobody gets it any more. GET /campaigns/{id} shows its outcome.',
    );
  }
  if (repeat !== undefined && timesAfter(repeat, repeat.zone, now(), 1).length === 0) {
    throw new CommandRefused(
      'Its last time has passed, so it starts no more runs. Request the preview of one of its runs.',
    );
  }
  return campaign;
}

/** The schedule with which the campaign was started. */
function orderAsStarted(campaign: CampaignDoc, saysHow: boolean): ScheduleRequest {
  if (saysHow) throw new CommandRefused('It was started: it is shown as it goes, so ask without any times.');
  return ownOrder(campaign);
}

type Waiting = { campaign: CampaignDoc; segment: Resolved; order: ScheduleRequest; program: Program };

/**
 * Null for a recurrence, whose runs wait one by one, and for a draft that would be sent at once: its start is refused
 * instead.
 */
async function waitOf(
  context: Pick<AppContext, 'now' | 'store'>,
  { campaign, segment, order, program }: Waiting,
): Promise<string | null> {
  const [now, isDraft] = [context.now(), campaign.state === 'draft'];
  const startAt = isDraft ? startOf(order, program.zone, now) : campaign.startAt;
  if (order.repeat !== null || (isDraft && startAt !== null && startAt <= now)) return null;
  const at = later(startAt ?? now, now);
  const pending = await sendHistoryWait(context, { ...campaign, startAt }, segment, at);
  return pending === null ? null : pending.willWait;
}
