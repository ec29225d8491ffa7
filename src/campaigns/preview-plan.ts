import type { AppContext } from '../consent/app-context.ts';
import { topicNamed } from '../consent/programs/catalog.ts';
import { timesAfter } from '../domain/campaigns/recurrence.ts';
import { firstAsked, placedFrom, type ScheduleRequest, startOf } from '../domain/campaigns/schedule.ts';
import type { Program, Topic } from '../domain/program.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { draftTree } from '../segments/segments.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import type { MessageTemplateDoc } from '../store/templates/templates.ts';
import { templateOfProgram, variantsOf, withCopy } from './content.ts';

/** A campaign, and the way in which it would be started now. */
export type PreviewPlan = {
  campaign: CampaignDoc;
  program: Program;
  topic: Topic;
  template: MessageTemplateDoc;
  /** The template of each variant of the split, by the variant's id. */
  variants: Record<string, MessageTemplateDoc>;
  segment: Resolved;
  order: ScheduleRequest;
};

/** A start at once, without a deadline. */
export const AT_ONCE: ScheduleRequest = { at: null, local: null, spreadMs: 0, deadline: null, repeat: null };

/**
 * Collects the words and the audience of a preview: those frozen at the start of a campaign, or the current ones of a
 * draft.
 * Throws `CommandRefused` and `InvalidSegment`.
 */
export async function previewPlanOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
  { program, order }: { program: Program; order: ScheduleRequest },
): Promise<PreviewPlan> {
  const { store, catalog } = context;
  const { frozen } = campaign;
  const asked = firstAsked(order, program.zone, context.now());
  const template =
    frozen?.template ?? (await templateOfProgram(store, campaign, campaign.template, 'template'));
  const segment = frozen?.segment ?? (await draftTree(store, catalog.current().book, campaign, asked));
  const topic = topicNamed(program, campaign.topic);
  const variants = frozen?.variants ?? (await variantsOf(context, campaign));
  const inForce = frozen === null ? program : withCopy(program, frozen.copy);
  return { campaign, program: inForce, order, topic, template, variants, segment };
}

/** The schedule with which a campaign was started. */
export function ownOrder(campaign: CampaignDoc): ScheduleRequest {
  const { startAt, wentAt, deadline, when = { local: null, spreadMs: 0 }, repeat = null } = campaign;
  const at = startAt && placedFrom(startAt, wentAt);
  return { ...when, at: when.local === null && repeat === null ? at : null, deadline, repeat };
}

/** A recurrence is previewed by its next run; once started, in the zone that was frozen at its start. */
export function startFor({ campaign, order, program }: PreviewPlan, now: Date): Date {
  const zone = campaign.repeat?.zone ?? program.zone;
  const [next] = order.repeat === null ? [] : timesAfter(order.repeat, zone, now, 1);
  return next ?? startOf(order, program.zone, now);
}

export function deadlineOf({ deadline, repeat }: ScheduleRequest, start: Date): Date | null {
  const validMs = repeat?.validMs ?? null;
  return validMs === null ? deadline : new Date(start.getTime() + validMs);
}
