import type { AppContext } from '../../consent/app-context.ts';
import { checkRecurrence, PUNCTUAL_MS, runId } from '../../domain/campaigns/recurrence.ts';
import { type CampaignDoc, NO_PLAN } from '../../store/campaigns/campaign-document.ts';
import { finishCampaigns, sweepCanceled } from '../../store/campaigns/ending.ts';
import { claimForPlanning, hasWork } from '../../store/campaigns/planning.ts';
import { endRepeat, findDueRepeats, type Repeated, takeTurn } from '../../store/campaigns/recurrence.ts';
import { type Looking, startPollers } from '../../store/poller.ts';
import { withTimeLimit } from '../../store/transaction.ts';
import { monitorPoller } from './monitor.ts';
import { planCampaign } from './planner.ts';

/**
 * The pause between polls, ms: both between checks whether any campaign has work, and between polls while one has.
 */
const LOOK_MS = 500;

/** Time limit of that check, ms. Without it, a read that the driver never ends would stop the worker for good. */
const ASK_MS = 2000;

const NOT_SWEPT = 'the open messages of a canceled campaign could not be canceled; the scheduler tries again';
const NOT_PLANNED = 'planning of a campaign failed; the planner tries again';

export type CampaignWorker = Looking;

/**
 * Plans due campaigns batch by batch, while the dispatcher sends what is planned, and finishes those that are done.
 */
export function startCampaignWorker(
  context: AppContext,
  onError: (error: unknown, line: string) => void,
): CampaignWorker {
  const planning = {
    look: (mayGoOn: () => boolean) => pollOnce(context, mayGoOn),
    onError: (error: unknown) => onError(error, 'a campaign could not be planned; it is tried again'),
  };
  const all = [planning, monitorPoller(context, onError)];
  return startPollers(() => withTimeLimit(ASK_MS, hasWork(context.store, context.now())), all, LOOK_MS);
}

/** One poll. True where another should follow at once. */
async function pollOnce(context: AppContext, mayGoOn: () => boolean): Promise<boolean> {
  await sweepCanceled(context.store, context.now(), (campaign, error) =>
    context.log.error({ campaign, error }, NOT_SWEPT),
  );
  await makeDueRuns(context);
  const campaign = await claimForPlanning(context.store, context.now());
  const more =
    campaign !== null && (await planCampaign(context, campaign, mayGoOn).catch(tellOf(context, campaign)));
  // Read the clock again: holdout deliveries were due when they were planned, which must be before the campaign's
  // end.
  for (const id of await finishCampaigns(context.store, context.now()))
    context.log.info({ campaign: id }, 'a campaign finished');
  return more;
}

/** Logs which campaign could not be planned, and rethrows. */
const tellOf =
  ({ log }: Pick<AppContext, 'log'>, { _id: campaign }: CampaignDoc) =>
  (error: unknown): never => {
    log.error({ campaign, error }, NOT_PLANNED);
    throw error;
  };

/**
 * Makes the due runs, each once, however many processes poll; finishes recurrences without a further time or an
 * open run. Until then they can be paused and canceled together with their last runs. A failure in one recurrence
 * is logged and does not stop the others.
 */
export async function makeDueRuns(context: Pick<AppContext, 'log' | 'now' | 'store'>): Promise<void> {
  const now = context.now();
  for (const campaign of await findDueRepeats(context.store, now)) {
    await takeUp(context, campaign, now).catch((error: unknown) =>
      context.log.error(
        { campaign: campaign._id, error },
        'a recurrence could not be checked; it is checked again',
      ),
    );
  }
}

async function takeUp(
  context: Pick<AppContext, 'log' | 'store'>,
  campaign: Repeated,
  now: Date,
): Promise<void> {
  const { nextAt } = campaign.repeat;
  if (nextAt !== null) await makeRun(context, campaign, nextAt, now);
  else if (await endRepeat(context.store, campaign._id, now))
    context.log.info({ campaign: campaign._id }, 'a recurrence ended');
}

async function makeRun(
  context: Pick<AppContext, 'log' | 'store'>,
  campaign: Repeated,
  nextAt: Date,
  now: Date,
): Promise<void> {
  const { repeat } = campaign;
  const { run, missed, next } = checkRecurrence(repeat, repeat.zone, nextAt, now);
  const made = run === null ? null : runOf(campaign, run, now);
  const after = {
    ...repeat,
    nextAt: next,
    runs: repeat.runs + (made === null ? 0 : 1),
    missed: repeat.missed + missed,
    lastRun: made?._id ?? repeat.lastRun,
  };
  if (!(await takeTurn(context.store, campaign, after, made, now))) return;
  context.log.info({ campaign: campaign._id, run: made?._id, missed }, 'a recurrence was checked');
}

/** One run: a campaign of its own, with the frozen words of the recurrence and the audience of its own time. */
function runOf(campaign: Repeated, time: Date, now: Date): CampaignDoc {
  const { repeat, archived: _, ...same } = campaign;
  if (same.frozen === null) throw new Error('a recurrence was started without what it needs');
  const startAt = now.getTime() - time.getTime() > PUNCTUAL_MS ? now : time;
  return {
    ...same,
    _id: runId(campaign._id, time),
    state: 'scheduled',
    startAt,
    deadline: repeat.validMs === null ? null : new Date(time.getTime() + repeat.validMs),
    frozen: { ...same.frozen, at: startAt },
    plan: NO_PLAN,
    runOf: campaign._id,
    createdAt: now,
    updatedAt: now,
  };
}
