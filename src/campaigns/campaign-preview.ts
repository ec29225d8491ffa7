import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { programNamed, topicNamed } from '../consent/programs/catalog.ts';
import {
  firstAsked,
  placedFrom,
  type ScheduleRequest,
  startOf,
  whenFault,
} from '../domain/campaigns/schedule.ts';
import { later } from '../domain/durations.ts';
import type { Program, Topic } from '../domain/program.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { CountTookLong } from '../segments/preview.ts';
import { draftTree } from '../segments/segments.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { templateOfProgram, variantsOf } from './content.ts';
import { findToCome, previewWhen, type Timing } from './schedule-preview.ts';
import { sendHistoryWait } from './send-history.ts';
import { previewStart } from './start.ts';

type PreviewOrder = {
  key: string;
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
  /** What the campaign will have to wait for at its time. Null: for nothing. */
  startWaits: string | null;
};

/**
 * Shows who would get a campaign, and when. Stores and sends nothing. `took-long`: its people could not be counted in
 * time. Null when there is no such campaign. Throws `CommandRefused` and `InvalidSegment`.
 */
export async function previewCampaign(
  context: AppContext,
  { key, id, start, saysHow }: PreviewOrder,
): Promise<CampaignPreview | { kind: 'took-long'; isResend: boolean } | null> {
  const campaign = await findToCome(context, id);
  if (campaign === null) return null;
  const program = programNamed(context.catalog.current().book, campaign.program);
  const isDraft = campaign.state === 'draft';
  const order = isDraft ? start : ownOrder(campaign, saysHow);
  const fault = isDraft ? whenFault(order, program.zone, context.now(), campaign.split?.test) : null;
  if (fault !== null) throw new CommandRefused(fault.why, fault.field);
  const content = await contentOf(context, campaign, { program, order });
  const plan = { campaign, program, order, ...content };
  const timing = await previewWhen(context, plan).catch((error: unknown) => {
    if (!(error instanceof CountTookLong)) throw error;
    return null;
  });
  if (timing === null) return { kind: 'took-long', isResend: campaign.missed !== undefined };
  const startRefused = isDraft ? await previewStart(context, campaign, start) : null;
  const startWaits = await waitOf(context, plan);
  context.log.info({ key, campaign: id, people: timing.people }, 'a campaign was previewed');
  return { kind: 'previewed', timing, startRefused, startWaits };
}

/** The schedule with which the campaign was started. */
function ownOrder(campaign: CampaignDoc, saysHow: boolean): ScheduleRequest {
  if (saysHow) throw new CommandRefused('It was started: it is shown as it goes, so ask without any times.');
  const { startAt, wentAt, deadline, when = { local: null, spreadMs: 0 }, repeat = null } = campaign;
  const at = startAt && placedFrom(startAt, wentAt);
  return { ...when, at: when.local === null && repeat === null ? at : null, deadline, repeat };
}

type Content = {
  topic: Topic;
  template: Awaited<ReturnType<typeof templateOfProgram>>;
  variants: Awaited<ReturnType<typeof variantsOf>>;
  segment: Resolved;
};

/** Words and audience: frozen at the start, those of now for a draft. */
async function contentOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
  { program, order }: { program: Program; order: ScheduleRequest },
): Promise<Content> {
  const { store, catalog } = context;
  const { frozen } = campaign;
  const asked = firstAsked(order, program.zone, context.now());
  const template =
    frozen?.template ?? (await templateOfProgram(store, campaign, campaign.template, 'template'));
  const segment = frozen?.segment ?? (await draftTree(store, catalog.current().book, campaign, asked));
  const topic = topicNamed(program, campaign.topic);
  const variants = frozen?.variants ?? (await variantsOf(context, campaign));
  return { topic, template, variants, segment };
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
