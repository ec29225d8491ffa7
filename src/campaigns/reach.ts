import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { type HowMany, scaledUp } from '../domain/statistics.ts';
import { CountTookLong } from '../segments/preview.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { programAndTopic } from './content.ts';
import { CountTimedOut } from './errors.ts';
import type { PreviewScope } from './preview-audience.ts';
import { AT_ONCE, ownOrder, type PreviewPlan, previewPlanOf } from './preview-plan.ts';
import { previewWhen, type Timing } from './schedule-preview.ts';

const ABOUT_GONE =
  'Its program or topic no longer exists. Save the campaign with another one, PUT /campaigns/{id}.';

/**
 * Previews a campaign by its own schedule, and a draft as if it started now. Throws `InvalidSegment`, and
 * `CommandRefused` where a draft is incomplete or its people could not be counted in time.
 */
export async function previewAsItIs(
  context: AppContext,
  campaign: CampaignDoc,
  scope: PreviewScope = 'whole',
): Promise<Timing> {
  const about = programAndTopic(context, campaign);
  if (about === null) throw new CommandRefused(ABOUT_GONE);
  const order = campaign.state === 'draft' ? AT_ONCE : ownOrder(campaign);
  const plan = await previewPlanOf(context, campaign, { program: about.program, order });
  return previewOrRefuse(context, plan, scope);
}

async function previewOrRefuse(context: AppContext, plan: PreviewPlan, scope: PreviewScope): Promise<Timing> {
  return previewWhen(context, plan, scope).catch((error: unknown) => {
    if (!(error instanceof CountTookLong)) throw error;
    throw plan.campaign.missed === undefined
      ? new CountTimedOut(TOO_MANY, 'segment')
      : new CountTimedOut(TOO_MANY_MISSED);
  });
}

const TOO_MANY =
  'Counting the people who can get it took too long. Begin its segment with a clause that few people match: a state, a ZIP, a list.';
const TOO_MANY_MISSED =
  'Counting the people who missed the other campaign took too long. Try again when less is sent.';

/**
 * How many more people would have a message planned: those who can get the campaign and whom planning has not reached.
 * A frequency cap, quiet hours or the deadline may still keep a planned message back.
 */
export const yetToPlan = ({ placed, basis }: Pick<Timing, 'placed' | 'basis'>): HowMany =>
  scaledUp(placed.filter(({ missed, isPlanned }) => !missed && !isPlanned).length, basis);

/** How many people can get a campaign. `withHeldOut`: together with those of them who are in its holdout. */
type Reach = { people: HowMany; withHeldOut: HowMany };

/**
 * How many people can get a campaign that would be started so, without its holdout and with it. Throws
 * `CommandRefused` like `previewAsItIs`.
 */
export async function countWhoCanGet(context: AppContext, plan: PreviewPlan): Promise<Reach> {
  const timing = await previewOrRefuse(context, plan, 'whole');
  const { placed, holdout, basis } = timing;
  const able = placed.filter(({ missed }) => !missed).length + holdout;
  return { people: yetToPlan(timing), withHeldOut: scaledUp(able, basis) };
}
